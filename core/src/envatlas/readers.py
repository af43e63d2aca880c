"""Readers: one variable's live value, at the cost of a look at its text.

A value is a function of texts. A reader looks at the texts, live, and at what they were read as before; only texts
that it has not met are parsed. So nothing has to be reset when the environment changes, and no thread can see a value
that belongs to another text.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import Final, Generic, TypeVar, cast

import attrs

from envatlas.defaults import Computed
from envatlas.errors import InvalidValueError
from envatlas.owner import Owner
from envatlas.texts import Raw, Texts
from envatlas.values import Moment, can_change, default_of, find_text, inputs, is_container, own_copy, read
from envatlas.variable import Variable

T = TypeVar("T")
K = TypeVar("K")

Reader = Callable[[object], T]
"""Takes an environment, so that it can be the getter of a property, and returns the value."""

_MOST: Final = 32
"""The most texts of one variable that are remembered: an environment that changes all the time must not leak."""
_NEVER: Final = object()
"""What no text is."""


def reader_of(variable: Variable[T], environ: Mapping[str, str], texts: Texts, owner: Owner) -> Reader[T]:
    """Return the reader of a variable in an environment.

    Args:
        variable: The variable.
        environ: The environment.
        texts: The way to its texts.
        owner: Who declared the variable, for errors.

    >>> from envatlas import Integer, Variable
    >>> from envatlas.texts import texts_of
    >>> environ = {"A_PORT": "1"}
    >>> port = Variable("A_PORT", Integer(), default=None, help="The port.")
    >>> read_port = reader_of(port, environ, texts_of(environ), Owner("a", "a", "1"))
    >>> environ["A_PORT"] = "2"
    >>> read_port(None)
    2
    """
    names = inputs(variable)
    memory = _Memory(variable, environ, texts, owner, texts.held(tuple(map(texts.name, names))))
    reader = _FORMS.get(len(names), _one)(memory)
    memory.first = (reader.__closure__ or ())[reader.__code__.co_freevars.index("first")]
    return reader


@attrs.define(eq=False, repr=False)  # a representation would show secrets, where tracebacks show local variables
class _Memory(Generic[T]):
    """What one variable's texts were read as.

    Attributes:
        stored: The names that the value depends on, as they are stored, the variable's own first.
        alone: The value by the latest text of the first name, where no other was looked at.
        together: Values by the texts of all names, once there are any.
        latest: For several names, and one item, so that it is exchanged at once: the names but the first, each with
            its latest text, and the value that they make together while the first is unset.
    """

    variable: Variable[T]
    environ: Mapping[str, str]
    texts: Texts
    owner: Owner
    stored: tuple[Raw, ...]
    alone: dict[Raw | None, T] = attrs.field(factory=dict[Raw | None, T])
    together: dict[tuple[Raw | None, ...], T] | None = None
    latest: list[tuple[object, ...]] | None = None
    is_volatile: bool = attrs.field(init=False)
    first: types.CellType = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        default: object = self.variable.default
        self.is_volatile = isinstance(default, Computed) and default.depends is None
        if len(self.stored) > 1:
            self.latest = [()]
            self._keep((_NEVER,) * len(self.stored), None)

    def miss(self) -> T:
        """Read the variable, and remember the value by the texts that it is made of.

        A secret's text is in none of the frames that an error shows.
        """
        try:
            return self._value()
        except InvalidValueError as error:
            if not self.variable.secret:
                raise
            refused = error.with_traceback(None)
        raise refused

    def _hold(self) -> None:
        """Look up the names from now on by the objects that are stored: somebody may have set them anew.

        What is read fast is one state at a time, so that this happens whenever there is another.
        """
        self.stored = self.texts.held(self.stored)
        self.first.cell_contents = self.stored[0]
        self.alone.clear()
        self._keep((_NEVER,) * len(self.stored), None)

    def _value(self) -> T:
        raws = tuple(map(self.texts.get, self.stored))  # at one moment, for this is one step to other threads
        remembered = _NEVER if self.together is None else self.together.get(raws, _NEVER)
        if remembered is not _NEVER:
            if raws[0] is None and not is_container(remembered):
                self._hold()
                self._keep(raws, remembered)
            return own_copy(cast("T", remembered))
        if self.is_volatile and raws[0] is None and len(raws) == 1:
            return default_of(self.variable, self.environ, self.owner)
        moment = Moment(self.environ, dict(zip(inputs(self.variable), map(self._text, raws), strict=True)))
        value = read(self.variable, moment, self.owner)
        self._hold()
        if moment.is_whole and not (self.is_volatile and find_text(self.variable, moment) is None):
            self._remember(raws, moment.looked_at, value)
        return value

    def _remember(self, raws: tuple[Raw | None, ...], looked_at: set[str], value: T) -> None:
        is_alone = len(raws) == 1 or (raws[0] is not None and looked_at == {self.variable.sources[0]})
        if is_alone and not can_change(value):
            self.alone[raws[0]] = value
        elif is_container(value) or not can_change(value):  # other values are made anew: nobody knows how to copy them
            self.together = {} if self.together is None else self.together
            _put(self.together, raws, own_copy(value))
            self._keep(raws, value)

    def _keep(self, raws: tuple[object, ...], value: object) -> None:
        if self.latest is not None and raws[0] in (None, _NEVER) and not can_change(value):
            pairs = zip(self.stored[1:], raws[1:], strict=True)
            self.latest[:] = [(*(each for pair in pairs for each in pair), value)]

    def _text(self, raw: Raw | None) -> str | None:
        return None if raw is None else self.texts.text(raw)


# The forms of a reader differ only in how many texts they look at: a loop would cost as much as the looks. Each names
# as little as it can, for a function pays at every call for each name from outside.


def _one(memory: _Memory[T]) -> Reader[T]:
    get, first, alone, miss = memory.texts.get, memory.stored[0], memory.alone, memory.miss

    def read_one(_: object) -> T:
        try:
            return alone[get(first)]
        except KeyError:
            pass
        return miss()  # not above, where what it raises would carry the text

    return read_one


def _two(memory: _Memory[T]) -> Reader[T]:
    get, first, alone, miss = memory.texts.get, memory.stored[0], memory.alone, memory.miss
    latest = cast("list[tuple[Raw, object, T]]", memory.latest)

    def read_two(_: object) -> T:
        if (raw := get(first)) is not None:
            try:
                return alone[raw]
            except KeyError:
                pass
        else:
            second, text, value = latest[0]
            # The first is looked at once more, for another thread may have changed both in between.
            if get(second) is text and get(first) is None:
                return value
        return miss()

    return read_two


def _three(memory: _Memory[T]) -> Reader[T]:
    get, first, alone, miss = memory.texts.get, memory.stored[0], memory.alone, memory.miss
    latest = cast("list[tuple[Raw, object, Raw, object, T]]", memory.latest)

    def read_three(_: object) -> T:
        if (raw := get(first)) is not None:
            try:
                return alone[raw]
            except KeyError:
                pass
        else:
            second, text, third, other, value = latest[0]
            if get(second) is text and get(third) is other:
                return value
        return miss()

    return read_three


_FORMS: Final = {2: _two, 3: _three}


def _put(values: dict[K, T], key: K, value: T) -> None:
    if len(values) >= _MOST:
        values.clear()
    values[key] = value
