"""An environment: the values of a registry's variables, read from a mapping of texts, live."""

from __future__ import annotations

import contextlib
import os
import types
from collections.abc import Callable, Generator, Iterator, Mapping, MutableMapping
from typing import TYPE_CHECKING, NoReturn, TypeVar, cast, overload

from envatlas.errors import InvalidEnvironmentError, InvalidValueError, ReadOnlyError
from envatlas.readers import Reader, reader_of
from envatlas.registry import Registry
from envatlas.texts import Texts, texts_of
from envatlas.values import Moment, find_text, inputs, read
from envatlas.variable import Variable

if TYPE_CHECKING:
    from envatlas.deprecations import Notice
    from envatlas.snapshot import Snapshot

T = TypeVar("T")


class Environment(types.ModuleType, Mapping[str, object]):
    """The values of a registry's variables, as a mapping of texts has them at each moment.

    A variable is an attribute, and an item; a name that nobody declares is an AttributeError, and a KeyError.
    An item can be asked for by its `Variable` as well, and then has that variable's type.

    It is a module because Python asks a module's ``__getattr__`` only for names that it does not find; a class with
    one pays for it at every read. An attribute is found from its first read on.

    Args:
        registry: The registry; it loads at the first read.
        environ: The texts by their names; `os.environ` where it is not given.

    >>> from envatlas.vllm import registry
    >>> envs = Environment(registry, {"VLLM_PORT": "5000"})
    >>> envs.VLLM_PORT, envs["VLLM_RPC_TIMEOUT"], "VLLM_PORT" in envs
    (5000, 10000, True)
    """

    _registry: Registry
    _environ: Callable[[], Mapping[str, str]]
    _texts: Texts | None
    _readers: dict[str, Reader[object]]
    _notices: dict[str, Notice]

    def __init__(self, registry: Registry, environ: Mapping[str, str] | None = None) -> None:
        super().__init__(registry.name)
        own, texts = type(self), os.environ if environ is None else environ
        vars(self).update(
            _registry=registry,
            _environ=lambda: texts,  # not the mapping, which would be shown with all its texts
            _texts=None,
            _readers={},
            _notices={},
            __getattr__=self._found,
            __all__=(),  # help() would print the values, and secrets among them
        )
        # A class of its own, because a class holds the properties that read the variables.
        object.__setattr__(self, "__class__", type(own.__name__, (own,), {"__module__": own.__module__}))

    @overload
    def __getitem__(self, name: str) -> object: ...
    @overload
    def __getitem__(self, name: Variable[T]) -> T: ...
    def __getitem__(self, name: str | Variable[T]) -> object:
        if isinstance(name, Variable):
            name = self._registry[name].name
        reader = self._readers.get(name) or self._readers.setdefault(name, self._reader(name))
        return reader(self)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> object: ...

    def __iter__(self) -> Iterator[str]:
        return (variable.name for variable in self._registry)

    def __len__(self) -> int:
        return len(self._registry)

    def __contains__(self, name: object) -> bool:
        return name in self._registry

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *self})

    def __repr__(self) -> str:
        return f"<Environment of the registry {self._registry.name!r}>"

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return object.__hash__(self)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise ReadOnlyError(name, "an environment", f"use override({name}=...), or set the variable itself")

    def __delattr__(self, name: str) -> NoReturn:
        raise ReadOnlyError(name, "an environment", f"use override({name}=None), or unset the variable itself")

    def __copy__(self) -> Environment:
        return self

    def __deepcopy__(self, memo: object) -> Environment:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("an environment is live, and stays in its process; pickle its snapshot()")

    def _found(self, name: str) -> object:
        """Return the value of a variable that is read as an attribute for the first time."""
        if name.startswith("__"):
            raise AttributeError(name)  # what Python asks objects about is no variable
        reader = self._reader(name)
        setattr(type(self), name, property(reader))
        return reader(self)

    def _reader(self, name: str) -> Reader[object]:
        variable = self._registry[name]
        texts = self._texts
        if texts is None:
            texts = vars(self)["_texts"] = texts_of(self._environ())
        return reader_of(variable, self._environ(), texts, self._registry.owner(name), self._notice(variable))

    def _notice(self, variable: Variable[object]) -> Notice | None:
        """Return what is to be said of a variable when it is read, however it is read; None for most."""
        if variable.deprecated is None and not variable.formerly:
            return None
        from envatlas.deprecations import Notice  # noqa: PLC0415  only what is deprecated needs it

        notice = Notice(variable, self._registry, self._environ())
        return self._notices.setdefault(variable.name, notice)

    def get(self, name: object, default: object = None) -> object:
        """Return the value of a variable, or a default where nobody declares it; a bad value is an error here, too.

        >>> from envatlas.vllm import registry
        >>> Environment(registry, {}).get("VLLM_NO_SUCH_THING", 5)
        5
        """
        known = name in self._registry
        return self[cast("str", name)] if known else default

    def is_set(self, name: str | Variable[object]) -> bool:
        """Return whether a variable's value comes from the environment, and not from its default.

        Raises:
            UnknownVariableError: Nobody declares it.

        >>> from envatlas.vllm import registry
        >>> Environment(registry, {"VLLM_PORT": ""}).is_set("VLLM_PORT")
        True
        """
        return find_text(self._registry[name], self._environ()) is not None

    def snapshot(self) -> Snapshot:
        """Return all values as they are at this moment.

        Raises:
            InvalidEnvironmentError: A group of all the errors, if any value cannot be read.

        >>> from envatlas.vllm import registry
        >>> Environment(registry, {}).snapshot().VLLM_RPC_TIMEOUT
        10000
        """
        from envatlas.snapshot import Snapshot, foreign_texts  # noqa: PLC0415  pickle costs each start a millisecond

        variables = [*self._registry]
        for notice in map(self._notice, variables):
            if notice is not None:
                notice.give()
        names = dict.fromkeys(name for variable in variables for name in inputs(variable))
        moment = Moment(self._environ(), texts_of(self._environ()).moment(names))
        values: dict[str, object] = {}
        errors: list[InvalidValueError] = []
        for variable in variables:
            try:
                values[variable.name] = read(variable, moment, self._registry.owner(variable.name))
            except InvalidValueError as error:
                errors.append(error)
        if errors:
            raise InvalidEnvironmentError.of(errors)
        secrets = {variable.name for variable in variables if variable.secret}
        return Snapshot(self._registry.name, values, secrets, foreign_texts(variables, values))

    @contextlib.contextmanager
    def override(self, /, **values: object) -> Generator[None]:
        """Give variables other values for the length of a ``with`` block.

        The texts are written to the environment itself, so that child processes see them, and put back at the
        end as they were, whatever happens inside. It can be nested.

        Args:
            values: By the variables' names: a value, or a str as its text; None unsets.

        Raises:
            UnknownVariableError: Nobody declares one of the names.
            InvalidValueError: A text cannot be read, or no text stands for a value; nothing is written then.

        >>> from envatlas.vllm import registry
        >>> envs = Environment(registry, {})
        >>> with envs.override(VLLM_PORT=5000):
        ...     envs.VLLM_PORT
        5000
        >>> envs.VLLM_PORT is None
        True
        """
        from envatlas.overriding import texts_for, write  # noqa: PLC0415  no start needs it

        environ = self._environ()
        if not isinstance(environ, MutableMapping):
            raise ReadOnlyError(", ".join(values), "its mapping", "give the environment one that can be written")
        texts: dict[str, str | None] = {}
        for name, value in values.items():
            texts |= texts_for(self._registry[name], value, environ, self._registry.owner(name))
        before = {name: environ.get(name) for name in texts}
        try:
            write(environ, texts)
            if any(environ.get(name) != text for name, text in texts.items()):
                raise ReadOnlyError(", ".join(values), "its mapping", "it does not keep what is written to it")
            yield
        finally:
            write(environ, before)
