"""Diffs: what differs between two environments, in what the application reads of them."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from typing import Final

import attrs

from envatlas.environs import UntoldTextError
from envatlas.errors import InvalidValueError
from envatlas.readings import Reading
from envatlas.registry import Registry
from envatlas.values import find_text, inputs, read

_HOME: Final = "HOME"
"""A file seldom says it, and what it stands for is then only known where the process runs."""


class Extent(enum.StrEnum):
    """How much of a variable differs."""

    VALUE = "value"
    """Its values differ; or it can be read from one of the two alone."""
    TEXT = "text"
    """Its values are the same, and only the texts differ, or it has its default in one of the two."""
    UNREAD = "unread"
    """Nothing reads the name in either, although it starts as the application's do, and its texts differ."""
    UNKNOWN = "unknown"
    """Both set it, or neither does, and what it is read from is not told by one of the two."""


@attrs.frozen
class Side:
    """What one environment has of a name.

    Attributes:
        is_set: Whether it is set.
        reading: Its reading; None where no active plugin declares it.
    """

    is_set: bool
    reading: Reading | None = None


@attrs.frozen
class ReadingDifference:
    """A variable, or another name, that differs between two environments. A secret's text is in none of it.

    Attributes:
        name: The name.
        extent: How much of it differs.
        left: What the first environment has of it.
        right: What the second has.
    """

    name: str
    extent: Extent
    left: Side
    right: Side

    @property
    def secret(self) -> bool:
        """Whether it is a secret in one of the two."""
        return any(each.reading is not None and each.reading.secret for each in (self.left, self.right))


def differences(left: Registry, right: Registry) -> tuple[ReadingDifference, ...]:
    """Return what differs between the environments of two registries, by name.

    A value that depends on ``HOME`` is not compared where only one of the two says ``HOME``, unless its text differs.

    Args:
        left: The registry in the first environment.
        right: The same in the second; its selection of plugins may be another.

    >>> from envatlas.vllm import registry
    >>> one = registry.with_environ({"VLLM_PORT": "5000", "VLLM_RPC_TIMEOUT": "1"})
    >>> other = registry.with_environ({"VLLM_PORT": " 5000"})
    >>> [(each.name, str(each.extent)) for each in differences(one, other)]
    [('VLLM_PORT', 'text'), ('VLLM_RPC_TIMEOUT', 'value')]
    """
    found = [*_of_variables(left, right), *_of_other_names(left, right)]
    return tuple(sorted(found, key=lambda each: each.name))


@attrs.frozen(repr=False)  # a representation would show secrets
class _State:
    """What a variable is in an environment, secret or not."""

    side: Side
    found: tuple[str, str] | None = attrs.field(default=None, repr=False)  # for whoever shows objects by their fields
    value: object = attrs.field(default=None, repr=False)
    is_readable: bool = False
    is_told: bool = True
    depends_on_home: bool = False
    lacks_home_alone: bool = False
    depends_on_others: bool = False


def _of_variables(left: Registry, right: Registry) -> Iterator[ReadingDifference]:
    says_home_in_one = (_HOME in left.environ) != (_HOME in right.environ)
    for name in sorted({each.name for registry in (left, right) for each in registry}):
        states = _state(left, right, name), _state(right, left, name)
        extent = _extent(*states, ignores_home=says_home_in_one)
        if extent is not None:
            yield ReadingDifference(name, extent, states[0].side, states[1].side)


def _state(registry: Registry, other: Registry, name: str) -> _State:
    """Return what a variable is in a registry's environment; it may be active in the other alone."""
    environ = registry.environ
    if name not in registry:
        return _State(Side(any(source in environ for source in other[name].sources)))
    variable, owner = registry[name], registry.owner(name)
    reading = registry.explain(name)
    others = {*inputs(variable)} - {*variable.sources}
    state = _State(
        Side(reading.is_set, reading),
        is_told=not reading.untold,
        depends_on_home=_HOME in others,
        lacks_home_alone=_HOME in others and not any(name in environ for name in others),
        depends_on_others=bool(others),
    )
    try:
        state = attrs.evolve(state, found=find_text(variable, environ))
    except UntoldTextError:
        return state
    if reading.untold:
        return state
    try:
        return attrs.evolve(state, value=read(variable, environ, owner), is_readable=True)
    except InvalidValueError:
        return state


def _extent(left: _State, right: _State, *, ignores_home: bool) -> Extent | None:
    """Return how much differs; None for nothing."""
    is_set = left.side.is_set, right.side.is_set
    if left.side.reading is None or right.side.reading is None:
        return Extent.VALUE if any(is_set) else None
    if left.found and right.found and left.found != right.found and not (left.is_told and right.is_told):
        return Extent.VALUE
    if not (left.is_told and right.is_told):
        if is_set[0] != is_set[1]:
            return Extent.VALUE
        only_home = all(each.is_told or each.lacks_home_alone for each in (left, right))
        return None if only_home and not any(is_set) else Extent.UNKNOWN
    if _values_differ(left, right, ignores_home=ignores_home):
        return Extent.VALUE
    return Extent.TEXT if left.found != right.found else None


def _values_differ(left: _State, right: _State, *, ignores_home: bool) -> bool:
    is_same_text = left.found == right.found
    if is_same_text and (not left.depends_on_others or (ignores_home and left.depends_on_home)):
        return False
    if not (left.is_readable and right.is_readable):
        return not is_same_text or left.is_readable != right.is_readable
    return not _are_same(left.value, right.value)


def _are_same(left: object, right: object) -> bool:
    """Return whether two values are equal, or both not a number; values of a plugin's own type may refuse to tell."""
    try:
        return bool(left == right or (left != left and right != right))  # noqa: PLR0124
    except Exception:  # noqa: BLE001
        return False


def _of_other_names(left: Registry, right: Registry) -> Iterator[ReadingDifference]:
    """Yield the names that look like the application's, and that no active plugin declares in either environment."""
    if not left.prefix:
        return
    declared = {name for registry in (left, right) for each in registry for name in (each.name, *each.sources)}
    for name in sorted({*left.environ, *right.environ} - declared):
        if name.startswith(left.prefix):
            sides = Side(name in left.environ), Side(name in right.environ)
            extent = _extent_of_unread(name, left.environ, right.environ)
            if extent is not None:
                yield ReadingDifference(name, extent, *sides)


def _extent_of_unread(name: str, left: Mapping[str, str], right: Mapping[str, str]) -> Extent | None:
    if (name in left) != (name in right):
        return Extent.UNREAD
    try:
        return Extent.UNREAD if left[name] != right[name] else None
    except UntoldTextError:
        return Extent.UNKNOWN
