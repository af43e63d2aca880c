"""Suggestions: the value nearest to one that the documentation does not allow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from envatlas.expectations import Between, EachOf, Expectation, OneOf
from envatlas.spelling import nearest_names


def nearest_allowed(expects: Expectation, value: object) -> object | None:
    """Return the allowed value that is nearest to one; None where there is none to tell.

    >>> nearest_allowed(OneOf("fork", "spawn"), "Spawn"), nearest_allowed(Between(0, 65535), 70000)
    ('spawn', 65535)
    >>> nearest_allowed(EachOf(OneOf("a", "b")), ["a", " b", ""])
    ['a', 'b']
    """
    if isinstance(expects, OneOf):
        return _nearest_choice(expects.choices, value)
    if isinstance(expects, Between):
        return _nearest_bound(expects, value)
    if isinstance(expects, EachOf) and isinstance(value, list):
        items = [item for item in cast("list[object]", value) if item != ""]
        found = [item if expects.each.allows(item) else nearest_allowed(expects.each, item) for item in items]
        return None if None in found else found
    return None


def _nearest_choice(choices: Iterable[object], value: object) -> object | None:
    if isinstance(value, str):
        texts = [choice for choice in choices if isinstance(choice, str)]
        nearest = nearest_names(value.strip(), texts)
        return nearest[0] if nearest else None
    numbers = [choice for choice in choices if isinstance(choice, int | float)]
    if not numbers or not isinstance(value, int | float) or value != value:  # noqa: PLR0124  NaN is near to nothing
        return None
    return min(numbers, key=lambda choice: abs(choice - value))


def _nearest_bound(expects: Between, value: object) -> object | None:
    if not isinstance(value, int | float) or value != value:  # noqa: PLR0124  NaN is near to neither bound
        return None
    bounds = (expects.minimum, expects.maximum)
    return bounds[0] if bounds[0] is not None and value < bounds[0] else bounds[1]
