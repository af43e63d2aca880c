"""Shown: values and texts of any origin, as they are written for people: nothing in them acts on what shows them."""

from __future__ import annotations

from typing import Final

from envatlas.defaults import Computed, written
from envatlas.languages import Words
from envatlas.readings import Reading
from envatlas.redaction import SHOWN_AS

_LONGEST: Final = 400
"""In characters: a longer value or reason is cut where people read it, and whole in the JSON."""
_JOINERS: Final = "\u200c\u200d"
_JOINED: Final = frozenset({"Lo", "Mc", "Mn"})


def shown_reading(reading: Reading, words: Words) -> str:
    """Return what a variable is set to, or why that is not to be said; of a secret, only that it has a value.

    >>> from envatlas.vllm import registry
    >>> shown_reading(registry.explain("VLLM_API_KEY", {"VLLM_API_KEY": "sk-123"}), Words("en"))
    '<secret>'
    """
    if reading.untold:
        return words("(set)") if reading.is_set else words("(not known)")
    if reading.error is not None:
        return words("cannot be read") if reading.is_set else words("the default cannot be computed")
    default: object = reading.variable.default
    has_value = reading.is_set or isinstance(default, Computed)
    return SHOWN_AS if reading.secret and has_value else shown_value(reading.value)


def shown_value(value: object) -> str:
    r"""Return a value as Python writes it, cut if it is very long.

    >>> print(shown_value("cuda"), shown_value(True), shown_value("red \x1b[31m"))
    'cuda' True 'red \x1b[31m'
    """
    return cut(printable(written(value)))


def printable(text: str) -> str:
    r"""Return a text with everything escaped that would move the cursor, change colours, or turn the letters around.

    What joins two letters, or keeps them apart, is spelling in Persian or in Hindi, and stays where it does that.

    >>> print(printable("red \x1b[31m"), printable("a\u200cb"), printable("می\u200cشود") == "می\u200cشود")
    red \x1b[31m a\u200cb True
    """
    places = enumerate(text)
    return "".join(each if each.isprintable() or _joins(text, at) else repr(each)[1:-1] for at, each in places)


def _joins(text: str, place: int) -> bool:
    """Return whether a joiner or a non-joiner stands between two letters, or marks, of a script without capitals."""
    if text[place] not in _JOINERS:
        return False
    from unicodedata import category  # noqa: PLC0415  few languages need it

    beside = text[place - 1 : place], text[place + 1 : place + 2]
    return all(each and category(each) in _JOINED for each in beside)


def one_line(text: object) -> str:
    r"""Return a text with all else escaped as well, and with a single space for each white space.

    >>> print(one_line("one\n  line\u202e"))
    one line\u202e
    """
    return printable(" ".join(str(text).split()))


def cut(text: str, longest: int = _LONGEST) -> str:
    """Return a text, or its beginning and how long it is.

    Args:
        text: The text.
        longest: How much of it is shown, in characters.

    >>> cut("x" * 1000)[-22:]
    'x... (1000 characters)'
    """
    return text if len(text) <= longest else f"{text[:longest]}... ({len(text)} characters)"
