"""Scalars: what a YAML text without quotes is to Kubernetes and to Compose, where text is expected.

Both read YAML with a Go library, each with another version of it: ``yes`` is a boolean to Kubernetes, and a text to
Compose. To both, ``1e3`` is a number, and ``12:30`` is none.
"""

from __future__ import annotations

import enum
import re
from decimal import Decimal
from typing import Final

from envatlas.files.nodes import ScalarNode
from envatlas.messages import Message, marked, message_of


class Sort(enum.StrEnum):
    """What a scalar is."""

    TEXT = marked("a text")
    NOTHING = marked("nothing")
    BOOLEAN = marked("a boolean")
    NUMBER = marked("a number")


MORE: Final = marked("more than a text")
"""What a list or a mapping is, beside those sorts."""


def not_text(sort: Sort | None) -> Message:
    """Return what is wrong where something stands that is no text, None for what is more than one.

    >>> not_text(Sort.NUMBER), not_text(None)
    ('a number stands where text must', 'more than a text stands where text must')
    """
    return Message("{sort} stands where text must", sort=message_of(sort or MORE))


_NOTHING: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEAN: Final = frozenset({"true", "True", "TRUE", "false", "False", "FALSE"})
_YES_NO: Final = frozenset(
    form for word in ("y", "yes", "on", "n", "no", "off") for form in (word, word.title(), word.upper())
)
_INTEGER: Final = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*)")
_FLOAT: Final = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)


def sort_in_kubernetes(scalar: ScalarNode) -> Sort:
    """Return what Kubernetes reads a scalar as.

    >>> sort_in_kubernetes(ScalarNode(1, "yes")).value, sort_in_kubernetes(ScalarNode(1, "1", is_plain=False)).value
    ('a boolean', 'a text')
    """
    return Sort.BOOLEAN if scalar.is_plain and scalar.text in _YES_NO else sort_in_compose(scalar)


def sort_in_compose(scalar: ScalarNode) -> Sort:
    """Return what Compose reads a scalar as.

    >>> sort_in_compose(ScalarNode(1, "yes")).value, sort_in_compose(ScalarNode(1, "1_000")).value
    ('a text', 'a number')
    """
    if not scalar.is_plain:
        return Sort.TEXT
    if scalar.text in _NOTHING:
        return Sort.NOTHING
    if scalar.text in _BOOLEAN:
        return Sort.BOOLEAN
    return Sort.NUMBER if _is_number(scalar.text) else Sort.TEXT


def _is_number(text: str) -> bool:
    if not text.startswith((*"+-.0123456789",)):
        return False
    digits = text.replace("_", "")
    return bool(_INTEGER.fullmatch(digits) or _FLOAT.fullmatch(digits))


_LONGEST: Final = 20
_EXPONENTS: Final = range(-4, 21)
"""Go writes a number outside of these with an exponent."""


def number_in_compose(text: str) -> str | None:
    """Return the text that Compose makes of a number, or None where that is not told here.

    >>> number_in_compose("8000"), number_in_compose("0x1F"), number_in_compose("0.90"), number_in_compose("1e3")
    ('8000', '31', '0.9', '1000')
    """
    digits = text.replace("_", "")
    if len(digits) > _LONGEST or digits.lstrip("+-").lower() in {".inf", ".nan"}:
        return None
    if _INTEGER.fullmatch(digits):
        return _integer(digits)
    number = Decimal(repr(float(digits)))
    if number and number.adjusted() not in _EXPONENTS:
        return None
    whole = format(number, "f")
    return whole.rstrip("0").rstrip(".") if "." in whole else whole


def _integer(digits: str) -> str:
    sign, magnitude = ("-" if digits.startswith("-") else ""), digits.lstrip("+-").lower()
    is_octal = magnitude.startswith("0") and magnitude.isdigit()
    number = int(magnitude, 8 if is_octal else 0)
    return f"{sign}{number}" if number else "0"
