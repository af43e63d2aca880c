"""Readers: one variable's live value, at the cost of a look at its text.

A value is a function of texts. A reader looks at the texts, live, and at what they were read as before; only texts
that it has not met are parsed. So nothing has to be reset when the environment changes, and no thread can see a value
that belongs to another text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Generic, TypeVar, cast

import attrs

from envatlas.defaults import Computed
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
    memory = _Memory(variable, environ, texts, owner, names, tuple(map(texts.name, names)))
    return _FORMS.get(len(names), _many)(memory)


@attrs.define(eq=False, repr=False)  # a representation would show secrets, where tracebacks show local variables
class _Memory(Generic[T]):
    """What one variable's texts were read as.

    Attributes:
        names: The names that the value depends on, the variable's own first.
        stored: The same, as they are stored.
        alone: Values by the text of the first name, where no other was looked at.
        together: Values by the texts of all names.
        latest: One item, so that it is exchanged at once: the names but the first, each with its latest text, and
            the value that those make while the first is unset.
    """

    variable: Variable[T]
    environ: Mapping[str, str]
    texts: Texts
    owner: Owner
    names: tuple[str, ...]
    stored: tuple[Raw, ...]
    alone: dict[Raw | None, T] = attrs.field(factory=dict[Raw | None, T])
    together: dict[tuple[Raw | None, ...], T] = attrs.field(factory=dict[tuple[Raw | None, ...], T])
    latest: list[tuple[object, ...]] = attrs.field(factory=list[tuple[object, ...]])

    is_volatile: bool = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        default: object = self.variable.default
        self.is_volatile = isinstance(default, Computed) and default.depends is None
        self._keep((_NEVER,) * len(self.names), None)

    def miss(self) -> T:
        """Read the variable, and remember the value by the texts that it is made of."""
        raws = tuple(map(self.texts.get, self.stored))
        remembered = self.together.get(raws, _NEVER)
        if remembered is not _NEVER:
            return own_copy(cast("T", remembered))
        if self.is_volatile and raws[0] is None and len(raws) == 1:
            return default_of(self.variable, self.environ, self.owner)
        if len(self.stored) > 1:
            raws = tuple(map(self.texts.still(), self.stored))  # what is remembered was all there at one moment
        moment = Moment(self.environ, dict(zip(self.names, map(self._text, raws), strict=True)))
        value = read(self.variable, moment, self.owner)
        if moment.is_whole and not (self.is_volatile and find_text(self.variable, moment) is None):
            self._remember(raws, moment.looked_at, value)
        return value

    def _remember(self, raws: tuple[Raw | None, ...], looked_at: set[str], value: T) -> None:
        if is_container(value):
            _put(self.together, raws, own_copy(value))
        elif can_change(value):
            return  # parsed anew at each read, for nobody knows how to copy it
        elif len(raws) == 1 or (raws[0] is not None and looked_at == {self.names[0]}):
            _put(self.alone, raws[0], value)
        else:
            _put(self.together, raws, value)
            if raws[0] is None:
                self._keep(raws, value)

    def _keep(self, raws: tuple[object, ...], value: object) -> None:
        pairs = zip(self.stored[1:], raws[1:], strict=True)
        self.latest[:] = [(*(each for pair in pairs for each in pair), value)]

    def _text(self, raw: Raw | None) -> str | None:
        return None if raw is None else self.texts.text(raw)


# The forms of a reader differ only in how many texts they look at: a loop would cost as much as the looks. Each names
# as little as it can, for a function pays at every call for each name from outside.


def _one(memory: _Memory[T]) -> Reader[T]:
    get, (first,), alone, miss = memory.texts.get, memory.stored, memory.alone, memory.miss

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
            if get(second) is text:
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


def _many(memory: _Memory[T]) -> Reader[T]:
    get, (first, *_), alone, miss = memory.texts.get, memory.stored, memory.alone, memory.miss

    def read_many(_: object) -> T:
        try:
            return alone[get(first)]
        except KeyError:
            pass
        return miss()  # not above, where what it raises would carry the text

    return read_many


_FORMS: Final = {1: _one, 2: _two, 3: _three}


def _put(values: dict[K, T], key: K, value: T) -> None:
    if len(values) >= _MOST:
        values.clear()
    values[key] = value
