"""Differences for other programs, as JSON objects. Their members are stable."""

from __future__ import annotations

from collections.abc import Mapping

from envatlas.diffs import ReadingDifference, Side
from envatlas.environs import PROCESS, Environ
from envatlas.formats.listings import Json, json_value, place_object


def difference_object(
    difference: ReadingDifference, left: Mapping[str, str], right: Mapping[str, str]
) -> dict[str, object]:
    """Return a difference between two environments as a JSON object.

    Members:
        name: The name.
        differs: ``value``, ``text``, ``unread`` or ``unknown``.
        secret: Whether it is a secret, whose texts and values are null.
        left, right: What each environment has: ``set``; ``origin``, ``text``, ``value``, ``error`` as a listing has
            them; ``untold``, why its text is not known, or null; ``place``, as a listing has it.

    >>> from envatlas.diffs import differences
    >>> from envatlas.vllm import registry
    >>> left, right = {"VLLM_PORT": "5000"}, {"VLLM_PORT": "8000"}
    >>> (found,) = differences(registry.with_environ(left), registry.with_environ(right))
    >>> difference_object(found, left, right)["differs"]
    'value'
    """
    return {
        "name": difference.name,
        "differs": str(difference.extent),
        "secret": difference.secret,
        "left": _side_object(difference.name, difference.left, left),
        "right": _side_object(difference.name, difference.right, right),
    }


def _side_object(name: str, side: Side, environ: Mapping[str, str]) -> Json:
    reading = side.reading
    source = name if reading is None else reading.source
    place = environ.place_of(source) if isinstance(environ, Environ) and side.is_set and source is not None else PROCESS
    return {
        "set": side.is_set,
        "origin": None if reading is None else reading.origin,
        "text": None if reading is None else reading.text,
        "value": None if reading is None else json_value(reading.variable, reading.value),
        "error": None if reading is None or reading.error is None else str(reading.error),
        "untold": None if reading is None else reading.untold or None,
        "place": place_object(place),
    }
