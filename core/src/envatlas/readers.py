"""Readers: one variable's live value, at the cost of a look at its text.

A value is a function of texts. A reader looks at the texts, live, and at what they were read as before; only texts
that it has not met are parsed. So nothing has to be reset when the environment changes, and no thread can see a value
that belongs to another text.
"""

from __future__ import annotations

import sys
import threading
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Generic, Protocol, TypeVar, cast

import attrs

from envatlas.defaults import Computed
from envatlas.errors import InvalidValueError
from envatlas.forms import ASK, Held, Look, State, form_of
from envatlas.owner import Owner
from envatlas.texts import Raw, Texts, takes_turns
from envatlas.values import Moment, can_change, default_of, find_text, inputs, is_container, own_copy, read
from envatlas.variable import Variable

T = TypeVar("T")

Reader = Callable[[object], T]
"""Takes an environment, so that it can be the getter of a property, and returns the value."""

_MOST: Final = 32
"""The most states of one variable that are remembered: an environment that changes all the time must not leak."""


class Notice(Protocol):
    """What is to be said when a variable is read."""

    def give(self) -> bool:
        """Say it, if it was not said before; return whether nothing is left to be said of the texts as they are."""
        ...


def reader_of(
    variable: Variable[T], environ: Mapping[str, str], texts: Texts, owner: Owner, notice: Notice | None = None
) -> Reader[T]:
    """Return the reader of a variable in an environment.

    Args:
        variable: The variable.
        environ: The environment.
        texts: The way to its texts.
        owner: Who declared the variable, for errors.
        notice: What is to be said before texts are read that were not met before; what it raises, the read raises.

    >>> from envatlas import Integer, Variable
    >>> from envatlas.texts import texts_of
    >>> environ = {"A_PORT": "1"}
    >>> port = Variable("A_PORT", Integer(), default=None, help="The port.")
    >>> read_port = reader_of(port, environ, texts_of(environ), Owner("a", "a", "1"))
    >>> environ["A_PORT"] = "2"
    >>> read_port(None)
    2
    """
    return _Memory(variable, environ, texts, owner, notice).reader


@attrs.frozen
class _Known(Generic[T]):
    """What some texts were read as.

    Attributes:
        value: The value.
        others: The places of the names, besides the first, that it is made of; None where no form can tell.
    """

    value: T
    others: tuple[int, ...] | None


@attrs.define(eq=False, repr=False)  # a representation would show secrets, where tracebacks show local variables
class _Memory(Generic[T]):
    """What one variable's texts were read as.

    Attributes:
        held: The dict that holds the texts, if there is one that is safe to look at more than once.
        stored: The names that the value depends on, as they are stored, the variable's own first.
        reader: The reader, in the form for the latest state.
        state: That state.
        known: Values by the texts of all names, but for what the reader itself keeps and nothing else can change.
        exchanging: Held while the reader's form is exchanged. Nobody waits for it: a fork may leave it held.
    """

    variable: Variable[T]
    environ: Mapping[str, str] = attrs.field(repr=False)  # for whoever shows objects by their fields
    texts: Texts
    owner: Owner
    notice: Notice | None
    held: Held | None = attrs.field(init=False, repr=False)
    stored: tuple[Raw, ...] = attrs.field(init=False)
    reader: Reader[T] = attrs.field(init=False, repr=False)
    state: State = attrs.field(default=ASK[1], repr=False)
    known: dict[tuple[Raw | None, ...], _Known[T]] | None = attrs.field(default=None, repr=False)
    exchanging: threading.Lock = attrs.field(factory=threading.Lock)

    def __attrs_post_init__(self) -> None:
        self.held = self.texts.stored if takes_turns() else None
        self.stored = tuple(map(self.texts.name, inputs(self.variable)))
        self.reader = types.FunctionType(ASK[0], globals(), self.variable.name, (self, *ASK[1]))

    def miss(self) -> T:
        """Read the variable, and have the reader return the value for as long as nothing changes.

        A secret's text is in none of the frames that an error shows.
        """
        try:
            return self._value()
        except InvalidValueError as error:
            if not self.variable.secret:
                raise
            refused = error.with_traceback(None)
        raise refused

    def _value(self) -> T:
        if self.notice is not None and not self.notice.give():
            moment = Moment.of(self.variable, self.environ)
            return read(self.variable, moment, self.owner)  # not remembered, so that the next read asks again
        raws = tuple(map(self.texts.get, self.stored))  # at one moment, for this is one step to other threads
        known = self._recall(raws)
        if known is not None:
            self._show(raws, known)
            return own_copy(known.value)
        default = _volatile(self.variable)
        if default is not None and raws == (None,):
            value = default_of(self.variable, self.environ, self.owner)
            if self.held is None or not _watched(default, value):
                self._exchange(*ASK)
                return value
        names = inputs(self.variable)
        moment = Moment(self.environ, dict(zip(names, map(self._text, raws), strict=True)))
        value = read(self.variable, moment, self.owner)
        is_default = default is not None and find_text(self.variable, moment) is None
        watched = _watched(default, value) if default is not None and is_default else ()
        is_lasting = moment.is_whole and (bool(watched) or not is_default)
        if is_lasting and (is_container(value) or not can_change(value)):  # nobody knows how to copy what else changes
            others = tuple(place for place, name in enumerate(names) if place and name in moment.looked_at)
            self._remember(raws, _Known(own_copy(value), others), watched)
        else:
            self._exchange(*ASK)
        return value

    def _recall(self, raws: tuple[Raw | None, ...]) -> _Known[T] | None:
        """Return what these texts were read as, though they may be other objects."""
        if self.known is not None and raws in self.known:
            return self.known.get(raws)  # None, if another thread has cleared it
        _, _, text, _, _, value = self.state
        return _Known(cast("T", value), ()) if text is not None and raws == (text,) else None

    def _remember(self, raws: tuple[Raw | None, ...], known: _Known[T], watched: Sequence[Look]) -> None:
        is_shown = self._show(raws, known, watched)
        if not watched and (len(raws) > 1 or not is_shown):
            if self.known is None or len(self.known) >= _MOST:
                self.known = {}
            self.known[raws] = known if is_shown else attrs.evolve(known, others=None)

    def _show(self, raws: tuple[Raw | None, ...], known: _Known[T], watched: Sequence[Look] = ()) -> bool:
        """Have the reader return a value while its texts are these; return whether it can."""
        if known.others is None:
            self._exchange(*ASK)
            return False
        # A name may have been set anew since, and looking up the object that is stored spares a comparison.
        stored = self.stored = self.texts.held(self.stored)
        looks = [(self.held, stored[place], raws[place]) for place in (0, *known.others)]
        form, state = form_of(self.texts.get, [*looks, *watched], known.value)
        self._exchange(form, state)
        return form is not ASK[0]

    def _exchange(self, form: types.CodeType, state: State) -> None:
        """Exchange the reader's form and state; until both are there, it asks."""
        reader = cast("types.FunctionType", self.reader)
        if (form is ASK[0] and reader.__code__ is form) or not self.exchanging.acquire(blocking=False):
            return  # it asks already, or another thread does the same
        try:
            reader.__code__ = ASK[0]
            reader.__defaults__ = (self, *state)
            reader.__code__ = form
            self.state = state
        finally:
            self.exchanging.release()

    def _text(self, raw: Raw | None) -> str | None:
        return None if raw is None else self.texts.text(raw)


def _volatile(variable: Variable[object]) -> Computed[object] | None:
    """Return a variable's default if more than texts can change its answer."""
    default: object = variable.default
    if isinstance(default, Computed) and (default.depends is None or default.watches):
        return cast("Computed[object]", default)
    return None


def _watched(default: Computed[object], answer: object) -> Sequence[Look]:
    """Return the looks that tell whether a default's answer still holds; none if they cannot tell.

    A function that stands in for a module's own one may answer anything.
    """
    looks: list[Look] = []
    for dotted in default.watches:
        module_name, _, name = dotted.rpartition(".")
        module = sys.modules.get(module_name)
        there: Held = vars(module) if isinstance(module, types.ModuleType) else {}
        name = sys.intern(name)  # as a module's names are: looking up the same object spares a comparison
        found = there.get(name)
        if found is None or (callable(found) and getattr(found, "__globals__", None) is not there):
            return ()
        looks.append((there, name, found))
    return looks if any(found is answer for _, _, found in looks) else ()
