"""Forms: what a reader does while its variable is in one state, and nothing besides.

A state is the texts that a value was made of, and the value. A form looks whether the same objects are still there, and
returns the value if they are; if not, it asks the memory. All forms have the same parameters, because a reader is one
function, whose code is that of a form, and whose defaults are the state: Python copies those into each call at once.

A form calls nothing between its looks. In CPython, threads take turns only where something is called or a loop goes on,
so all looks of a form are at one moment. Before it asks, it forgets all texts: an error shows the locals of each frame.
"""

# ruff: noqa: ARG001, PLR0913, PLR0917  all forms have the same parameters

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import CodeType
from typing import Any, Final, Protocol

from envatlas.values import can_change, is_flat_list

Held = dict[Any, Any]
Look = tuple[Held | None, object, object]
"""A dict, if there is one, a name in it, and the object that is there, or None where the name is not."""
State = tuple[object, object, object, object, object, object]
"""The arguments of a form but for the first two."""
_Two = tuple[Held, object, object, Held, object, object]
Get = Callable[[object], object]


class Memory(Protocol):
    """What is asked where a state is gone."""

    def miss(self) -> object:
        """Return the value as it is now."""
        ...


def _ask(
    _: object, memory: Memory, texts: object, name: object, text: object, other: object, its: object, value: object
) -> object:
    return memory.miss()


def _public(
    _: object, memory: Memory, get: Get, name: object, text: object, other: object, its: object, value: object
) -> object:
    if get(name) == text:  # a mapping that makes its texts anew never has the same object
        return value
    del get, text, value
    return memory.miss()


def _set(
    _: object, memory: Memory, texts: Held, name: object, text: object, other: object, its: object, value: object
) -> object:
    try:
        if texts[name] is text:
            return value
    except KeyError:
        pass
    del texts, text, value
    return memory.miss()


def _set_list(
    _: object, memory: Memory, texts: Held, name: object, text: object, other: object, its: object, value: list[object]
) -> object:
    try:
        if texts[name] is text:
            return value[:]
    except KeyError:
        pass
    del texts, text, value
    return memory.miss()


def _set_with_another(
    _: object, memory: Memory, texts: Held, name: object, text: object, other: object, its: object, value: object
) -> object:
    try:
        if texts[name] is text and texts[other] is its:
            return value
    except KeyError:
        pass
    del texts, text, its, value
    return memory.miss()


def _unset(
    _: object, memory: Memory, texts: Held, name: object, text: object, other: object, its: object, value: object
) -> object:
    if name not in texts:
        return value
    del texts, value
    return memory.miss()


def _unset_list(
    _: object, memory: Memory, texts: Held, name: object, text: object, other: object, its: object, value: list[object]
) -> object:
    if name not in texts:
        return value[:]
    del texts, value
    return memory.miss()


def _unset_with_another(
    _: object, memory: Memory, texts: Held, name: object, text: object, other: object, its: object, value: object
) -> object:
    try:
        if name not in texts and (other not in texts if its is None else texts[other] is its):
            return value
    except KeyError:
        pass
    del texts, its, value
    return memory.miss()


def _unset_with_two(
    _: object, memory: Memory, texts: Held, name: object, text: object, other: object, its: _Two, value: object
) -> object:
    here, second, seen, there, third, found = its
    try:
        if name not in texts and here[second] is seen and there[third] is found:
            return value
    except KeyError:
        pass
    del texts, its, here, seen, there, found, value
    return memory.miss()


def _unset_with_two_or_none(
    _: object, memory: Memory, texts: Held, name: object, text: object, other: object, its: _Two, value: object
) -> object:
    here, second, seen, there, third, found = its
    try:
        if (
            name not in texts
            and (second not in here if seen is None else here[second] is seen)
            and (third not in there if found is None else there[third] is found)
        ):
            return value
    except KeyError:
        pass
    del texts, its, here, seen, there, found, value
    return memory.miss()


ASK: Final[tuple[CodeType, State]] = (_ask.__code__, (None, None, None, None, None, None))
"""The form of a reader that has nothing to return, and its state."""
_ALONE: Final = {
    (True, False): _set.__code__,
    (True, True): _set_list.__code__,
    (False, False): _unset.__code__,
    (False, True): _unset_list.__code__,
}
"""The forms of one look, by whether the name is set, and the value a list."""


def form_of(get: Get, looks: Sequence[Look], value: object) -> tuple[CodeType, State]:
    """Return the form that tells a state by its looks, and the state.

    Args:
        get: Looks up a text, where there is no dict of them.
        looks: What the value is made of, the variable's own name first.
        value: The value.

    >>> environ = {"A": "1"}
    >>> form_of(environ.get, [(environ, "A", "1")], 1)[1]
    ({'A': '1'}, 'A', '1', None, None, 1)
    """
    (texts, name, text), *others = looks
    is_list = is_flat_list(value)
    if can_change(value) and not (is_list and texts is not None and not others):
        return ASK
    if texts is None:
        return ASK if others else (_public.__code__, (get, name, text, None, None, value))
    if not others:
        return _ALONE[text is not None, is_list], (texts, name, text, None, None, value)
    return _with_others(looks, value)


def _with_others(looks: Sequence[Look], value: object) -> tuple[CodeType, State]:
    (texts, name, text), (there, other, its) = looks[0], looks[1]
    if len(looks) == 2 and there is texts and (text is None or its is not None):  # noqa: PLR2004  itself and another
        form = _unset_with_another if text is None else _set_with_another
        return form.__code__, (texts, name, text, other, its, value)
    if text is None and len(looks) <= 3:  # noqa: PLR2004  itself and two others, which may be the same
        two = (*looks[1], *looks[-1])
        of_two = _unset_with_two_or_none if two[2] is None or two[5] is None else _unset_with_two
        return of_two.__code__, (texts, name, None, None, two, value)
    return ASK
