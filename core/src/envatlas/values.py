"""Values: one variable's value in an environment, from the text that is found for it or from its default."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeGuard, TypeVar, cast

from envatlas.defaults import Computed
from envatlas.errors import DefaultError, InvalidValueError, ProcessOnlyError
from envatlas.kinds import is_environ_kind
from envatlas.owner import Owner
from envatlas.texts import texts_of
from envatlas.variable import Variable

T = TypeVar("T")

_CONTAINERS: Final = (list, dict, set, bytearray)
_FROZEN: Final = (tuple, frozenset)


class Moment(Mapping[str, str]):
    """An environment as it was when some of its texts were got; it notes what is looked at.

    Args:
        environ: The environment, for whatever else is looked at.
        texts: The texts that were got, by their names; None for a name that is unset.

    Attributes:
        environ: The environment, as it is now.
        looked_at: The names, of those whose texts were got, that were looked at since.
        is_whole: Whether nothing else was looked at.

    >>> moment = Moment({"A": "2", "B": "3"}, {"A": "1"})
    >>> moment["A"], moment.is_whole, moment["B"], moment.is_whole
    ('1', True, '3', False)
    """

    def __init__(self, environ: Mapping[str, str], texts: Mapping[str, str | None]) -> None:
        self.environ = environ
        self._texts = texts
        self.looked_at: set[str] = set()
        self.is_whole = True

    @classmethod
    def of(cls, variable: Variable[object], environ: Mapping[str, str]) -> Moment:
        """Return the environment as it is now for a variable, all of whose texts are got once.

        >>> from envatlas import Integer, Variable
        >>> port = Variable("A_PORT", Integer(), default=80, help="The port.")
        >>> Moment.of(port, {"A_PORT": "8080"})["A_PORT"]
        '8080'
        """
        return cls(environ, texts_of(environ).moment(inputs(variable)))

    def __getitem__(self, name: str) -> str:
        if name not in self._texts:
            self.is_whole = False
            return self.environ[name]
        self.looked_at.add(name)
        text = self._texts[name]
        if text is None:
            raise KeyError(name)
        return text

    def __iter__(self) -> Iterator[str]:
        self.is_whole = False
        return (
            name for name in {**dict.fromkeys(self.environ), **self._texts} if self._texts.get(name, "") is not None
        )

    def __len__(self) -> int:
        self.is_whole = False
        texts = self._texts.items()
        return len(self.environ) + sum((text is not None) - (name in self.environ) for name, text in texts)


def inputs(variable: Variable[object]) -> tuple[str, ...]:
    """Return the names of the variables that a variable's value says to depend on, its own first.

    >>> from envatlas import Path, Variable, user_cache
    >>> inputs(Variable("CACHE", Path(), default=user_cache("acme"), help="Where files are kept."))
    ('CACHE', 'HOME', 'XDG_CACHE_HOME')
    """
    default: object = variable.default
    of_kind = variable.kind.depends if is_environ_kind(variable.kind) else ()
    of_default = default.depends or () if isinstance(default, Computed) else ()
    return tuple(dict.fromkeys((*variable.sources, *of_kind, *of_default)))


def find_text(variable: Variable[object], environ: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the text that a variable has, after the name that it was found under; None if it is unset.

    The first of its names that is set and not empty counts; if all that are set are empty, the first of those.

    >>> from envatlas import OneFlag, Variable
    >>> quiet = Variable("A_QUIET", OneFlag(), default=False, help="Says less.", reads=("A_QUIET", "QUIET"))
    >>> find_text(quiet, {"A_QUIET": "", "QUIET": "1"})
    ('QUIET', '1')
    """
    empty: tuple[str, str] | None = None
    for name in variable.sources:
        text = environ.get(name)
        if text is None or (variable.kind.empty_is_unset and not text.strip()):
            continue
        if text:
            return name, text
        empty = empty or (name, text)
    return empty


def read(variable: Variable[T], environ: Mapping[str, str], owner: Owner | None = None) -> T:
    """Return the value that a variable has in an environment.

    Args:
        variable: The variable.
        environ: The texts by their names.
        owner: Who declared it, for errors.

    Raises:
        InvalidValueError: Its kind refuses its text, or its default cannot be computed.

    >>> from envatlas import Integer, Variable
    >>> read(Variable("A_PORT", Integer(), default=80, help="The port."), {})
    80
    """
    found = find_text(variable, environ)
    return default_of(variable, environ, owner) if found is None else parse(variable, *found, environ, owner)


def default_of(variable: Variable[T], environ: Mapping[str, str], owner: Owner | None = None) -> T:
    """Return the value that a variable has while it is unset.

    Raises:
        DefaultError: It cannot be computed.

    >>> from envatlas import Integer, Variable
    >>> default_of(Variable("A_PORT", Integer(), default=80, help="The port."), {"A_PORT": "8080"})
    80
    """
    default = variable.default
    if not isinstance(default, Computed):
        return own_copy(default)
    try:
        return cast("Computed[T]", default).compute(environ)
    except (KeyboardInterrupt, ProcessOnlyError):
        raise
    except BaseException as error:  # a plugin's, and must not end the process
        refused = DefaultError(variable.name, variable.name, None, variable.kind.expected, variable.default_text, owner)
        if not variable.secret:
            raise refused from error
    raise refused


def parse(variable: Variable[T], source: str, text: str, environ: Mapping[str, str], owner: Owner | None = None) -> T:
    """Return the value that a text stands for.

    Raises:
        InvalidValueError: The variable's kind refuses it, whatever it raises. A secret's text is in no part of
            the error, nor is what the kind raised, which may quote it.

    >>> from envatlas import Integer, Variable
    >>> parse(Variable("A_PORT", Integer(), default=80, help="The port."), "A_PORT", "8080", {})
    8080
    """
    kind = variable.kind
    try:
        return kind.parse_in(text, environ) if is_environ_kind(kind) else kind.parse(text)
    except (KeyboardInterrupt, ProcessOnlyError):
        raise
    except BaseException as error:  # a plugin's, and must not end the process
        if not variable.secret:
            raise invalid(variable, source, text, owner) from error
    raise invalid(variable, source, text, owner)


def invalid(variable: Variable[object], source: str, text: str, owner: Owner | None) -> InvalidValueError:
    """Return the error that says what a variable's kind refused.

    >>> from envatlas import Integer, Variable
    >>> invalid(Variable("A_PORT", Integer(), default=80, help="The port."), "A_PORT", "x", None).expected
    'a whole number'
    """
    shown = None if variable.secret else text
    return InvalidValueError(variable.name, source, shown, variable.kind.expected, variable.default_text, owner)


def can_change(value: object) -> bool:
    """Return whether a value's content can be changed, as far as Python can tell.

    What can be hashed by its content cannot be changed; what is hashed by its identity, or not at all, can.

    >>> can_change([]), can_change(([],)), can_change(range(2)), can_change("text")
    (True, True, False, False)
    """
    if isinstance(value, _FROZEN):
        return any(map(can_change, cast("Iterable[object]", value)))
    hash_of = type(value).__hash__
    return value is not None and (cast("object", hash_of) is None or hash_of is object.__hash__)


def is_container(value: object) -> bool:
    """Return whether a value is one of Python's own containers whose content can be changed.

    >>> is_container([]), is_container("text")
    (True, False)
    """
    return isinstance(value, _CONTAINERS)


def is_flat_list(value: object) -> TypeGuard[list[object]]:
    """Return whether a value is a list, and no other type's, of what cannot be changed.

    >>> is_flat_list(["a"]), is_flat_list([[]])
    (True, False)
    """
    return type(value) is list and not any(map(can_change, cast("list[object]", value)))


def own_copy(value: T) -> T:
    """Return a value that its reader may change without changing anybody else's.

    >>> original = ["a"]
    >>> own_copy(original) is original
    False
    """
    if not is_container(value):
        return value
    if is_flat_list(value):
        return cast("T", value[:])  # many times as fast
    return copy.deepcopy(value)
