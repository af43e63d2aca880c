r"""Patterns: regular expressions that mean one thing to every validator of JSON Schemas.

JSON Schema asks for those of ECMA 262; its validators use Python's, Rust's and Go's as well. They differ in ``\s``
and ``\d``, so characters are listed one by one, as this Python has them; in escapes, so only syntax is escaped; in what
they can do, so nothing looks around or back, and nothing is repeated more than a thousand times; and in ``$``, which
Python also finds before a newline at the end: it is right only where such a newline is read as well.
"""

from __future__ import annotations

import functools
import re
from typing import Final

_SYNTAX: Final = frozenset("\\^$.*+?()[]{}|")
_KELVIN: Final = "\u212a"
_PLANES: Final = 0x20000
"""Unicode keeps its digits and its space in the first two planes; the others hold Chinese characters and the like."""
_MOST_REPEATS: Final = 1000
"""The most that RE2, and so Go, allows."""


def literally(text: str) -> str:
    r"""Return the pattern of a text itself.

    >>> print(literally("fork.server"), literally("a-b c"))
    fork\.server a-b c
    """
    return "".join(f"\\{letter}" if letter in _SYNTAX else letter for letter in text)


def any_case(word: str) -> str:
    r"""Return the pattern of the texts whose lower case is an ASCII word; the sign of Kelvin is a ``K``, too.

    >>> print(any_case("on1."))
    [oO][nN]1\.
    """
    return "".join(
        f"[{letter}{letter.upper()}{_KELVIN * (letter == 'k')}]" if letter.isalpha() else literally(letter)
        for letter in word
    )


@functools.cache
def digits() -> str:
    r"""Return the inside of a class of all characters that `int` and `float` read as decimal digits.

    >>> digits()[:3], re.match(f"[{digits()}]+", "12\u0663x")[0] == "12\u0663"
    ('0-9', True)
    """
    return _ranges(r"\d+")


@functools.cache
def space() -> str:
    r"""Return the inside of a class of all characters that `str.strip` strips.

    >>> print(space()[:13])
    \x09-\x0d\x1c
    """
    return _ranges(r"\s+")


@functools.cache
def space_of_numbers() -> str:
    r"""Return the inside of a class of all characters that `int` and `float` strip: four fewer than `str.strip`.

    >>> print(space_of_numbers()[:13])
    \x09-\x0d\x20
    """
    return _ranges(r"[^\S\x1c-\x1f]+")


def repeated(pattern: str, times: int) -> str:
    """Return a pattern for so many times another one, which is a group or a single character.

    >>> repeated("[01]", 2001)
    '[01]{1000}[01]{1000}[01]{1}'
    """
    whole, rest = divmod(times, _MOST_REPEATS)
    return f"{pattern}{{{_MOST_REPEATS}}}" * whole + (f"{pattern}{{{rest}}}" if rest else "")


def _ranges(pattern: str) -> str:
    """Return all characters of a pattern's runs, as the ranges of a class."""
    everything = "".join(map(chr, range(_PLANES)))
    return "".join(
        _written(run[0]) + (f"-{_written(run[-1])}" if len(run) > 1 else "") for run in re.findall(pattern, everything)
    )


def _written(letter: str) -> str:
    is_latin = ord(letter) <= 0xFF  # noqa: PLR2004  the characters that \x can name
    return letter if letter.isalnum() or not is_latin else f"\\x{ord(letter):02x}"
