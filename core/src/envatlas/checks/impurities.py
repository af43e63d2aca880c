"""Impurities: what stands around a text that its writer hardly meant, and seldom sees.

Space is one, plain or not; so are quotes that a shell would have taken away and docker's env files keep, the carriage
return of a file from Windows, and letters that are not shown at all.
"""

from __future__ import annotations

from typing import Final

from envatlas.messages import marked

_INVISIBLE: Final = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
"""Letters that Python does not count as space, and no editor shows: soft hyphen, zero-width space, byte-order mark."""
_PLAIN: Final = " \t\n"
"""What `str.strip` and its like in other languages take away alike."""
_QUOTES: Final = "\"'"


def cleaned(text: str) -> str:
    r"""Return a text without its impurities.

    >>> cleaned(' "5000" \r'), cleaned("\ufeff5000"), cleaned("'a' or 'b'")
    ('5000', '5000', "'a' or 'b'")
    """
    bare = _without_space(text)
    return _without_space(bare[1:-1]) if is_quoted(bare) else bare


def impurity(text: str) -> str:
    r"""Return what stands around a text, in words; empty if nothing does.

    >>> impurity('"5000"'), impurity("5000 "), impurity("5000\r"), impurity("5000")
    ('it has quotes around it', 'it has space around it', 'it ends with a carriage return', '')
    """
    bare = _without_space(text)
    around = text.replace(bare, "", 1) if bare else text
    if any(letter in _INVISIBLE for letter in around):
        return marked("it has letters around it that are not shown")
    if around.strip(_PLAIN + "\r"):
        return marked("it has space around it that is no plain space")
    if around.endswith(("\r", "\r\n")):
        return marked("it ends with a carriage return")
    if is_quoted(bare):
        return marked("it has quotes around it")
    return marked("it has space around it") if around else ""


def is_plain(text: str) -> bool:
    r"""Return whether nothing stands around a text but space that every program takes for space.

    >>> is_plain(" 5000\n"), is_plain("5000\u00a0")
    (True, False)
    """
    return text.strip(_PLAIN) == cleaned(text)


def is_quoted(text: str) -> bool:
    """Return whether a text as a whole is in quotes.

    >>> is_quoted("'a'"), is_quoted("'a','b'"), is_quoted("'")
    (True, False, False)
    """
    is_open = len(text) > 1 and text[0] in _QUOTES and text[-1] == text[0]
    return is_open and text[0] not in text[1:-1]


def _without_space(text: str) -> str:
    start, end = 0, len(text)
    while start < end and _is_space(text[start]):
        start += 1
    while end > start and _is_space(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_space(letter: str) -> bool:
    return letter.isspace() or letter in _INVISIBLE
