"""Texts: the quickest exact way to an environment's texts.

`os.environ` encodes a name and decodes a text at every look. Underneath lie bytes, in a dict that all its methods
read and write; whoever looks there finds the same, at once, and can tell by the bytes what it has parsed before.
That dict is a private detail of CPython, so it is used only where a check finds what is expected.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Hashable, Iterable, Mapping
from itertools import islice
from typing import Final, cast

import attrs

Raw = Hashable
"""A text as it is stored: a str, or its bytes."""

_CHECKED: Final = 8


@attrs.frozen
class Texts:
    """A way to an environment's texts.

    Attributes:
        get: Takes a stored name, and returns the stored text, or None.
        name: Takes a name, and returns it as it is stored.
        text: Takes a stored text, and returns it as a str.
        stored: The dict that holds them all, if there is one.
    """

    get: Callable[[Raw], Raw | None]
    name: Callable[[str], Raw]
    text: Callable[[Raw], str]
    stored: dict[Raw, Raw] | None = attrs.field(default=None, repr=False)

    def still(self) -> Callable[[Raw], Raw | None]:
        """Return `get` for the texts as they all are at this one moment, where they can be had at once.

        >>> environ = {"A": "1"}
        >>> get = texts_of(environ).still()
        >>> environ["A"] = "2"
        >>> get("A")
        '1'
        """
        return self.get if self.stored is None else self.stored.copy().get  # copying a dict is one step

    def held(self, names: tuple[Raw, ...]) -> tuple[Raw, ...]:
        """Return stored names as the very objects that are stored: looking up one of those spares a comparison.

        >>> texts_of({"A": "1"}).held(("A", "B"))
        ('A', 'B')
        """
        there = {each: each for each in set(names).intersection(self.stored or ())}  # what it returns is what is stored
        return tuple(there.get(name, name) for name in names)

    def moment(self, names: Iterable[str]) -> dict[str, str | None]:
        """Return the texts of some names, as they are at one moment; None for a name that is unset.

        >>> texts_of({"A": "1"}).moment(["A", "B"])
        {'A': '1', 'B': None}
        """
        get = self.still()
        raws = {name: get(self.name(name)) for name in names}
        return {name: None if raw is None else self.text(raw) for name, raw in raws.items()}


def takes_turns() -> bool:
    """Return whether one thread runs at a time, and another takes its turn only at a call or a loop, as in CPython.

    >>> sys.implementation.name != "cpython" or sys.version_info >= (3, 13) or takes_turns()
    True
    """
    is_locked: Callable[[], bool] = getattr(sys, "_is_gil_enabled", lambda: True)
    return sys.implementation.name == "cpython" and is_locked()


def texts_of(environ: Mapping[str, str]) -> Texts:
    """Return the quickest way to a mapping's texts that is certain to find what the mapping itself has.

    >>> texts = texts_of({"A": "1"})
    >>> texts.get(texts.name("A")), texts.get(texts.name("B"))
    ('1', None)
    """
    stored = _stored(environ)
    if stored is not None:
        return stored
    held = cast("dict[Raw, Raw]", environ) if type(cast("object", environ)) is dict else None
    return Texts(cast("Callable[[Raw], str | None]", environ.get), str, str, held)


def told(environ: Mapping[str, str], name: str) -> str | None:
    """Return a text; None for one that is unset, or that nobody knows, as where a file does not tell it.

    >>> told({"A": "1"}, "A"), told({}, "A")
    ('1', None)
    """
    try:
        return environ[name]
    except LookupError:
        return None


def _stored(environ: Mapping[str, str]) -> Texts | None:
    """Return the way to the dict below `os.environ`, if it is there and holds what the mapping says."""
    if type(environ) is not type(os.environ):
        return None
    data: object = getattr(environ, "_data", None)
    encode: object = getattr(environ, "encodekey", None)
    decode: object = getattr(environ, "decodevalue", None)
    if type(data) is not dict or not callable(encode) or not callable(decode):
        return None
    below = cast("dict[Raw, Raw]", data)
    try:
        holds = len(below) == len(environ) and all(
            decode(below[encode(name)]) == environ[name] for name in islice(environ, _CHECKED)
        )
    except Exception:  # noqa: BLE001  it is not what it was
        return None
    if not holds:
        return None
    get = cast("Callable[[Raw], Raw | None]", below.get)
    return Texts(get, cast("Callable[[str], Raw]", encode), cast("Callable[[Raw], str]", decode), below)
