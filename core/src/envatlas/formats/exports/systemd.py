"""Systemd: a file for a unit's ``EnvironmentFile=``, by the rules that systemd.exec(5) has for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from envatlas.formats.exports.lines import NO_COMMENTS, assignments
from envatlas.formats.exports.refusals import not_utf8, refuse_unsayable

FORMAT: Final = "systemd"

_PLAIN: Final = re.compile(r"[\w./:,@%+=-]+", re.ASCII)
_ESCAPED: Final = re.compile(r'["\\`$]')
"""What a backslash has a meaning before, in double quotes."""
_RESERVED: Final = range(0xFDD0, 0xFDF0)
_BYTE_ORDER_MARK: Final = 0xFEFF
_LAST_TWO: Final = 0xFFFE
"""The last two code points of each plane are no characters."""


def render(texts: Mapping[str, str], comments: Mapping[str, str] = NO_COMMENTS) -> str:
    r"""Return texts as a file for ``EnvironmentFile=``. A POSIX shell reads it as well.

    A text stands in single quotes where it needs any, and in double quotes, with escapes, where it has single ones.

    Args:
        texts: The texts by their names.
        comments: What to say above a name.

    Raises:
        UnsayableTextError: A text is not UTF-8, or holds a byte order mark or a noncharacter.

    >>> print(render({"A_PORT": "80", "A_PREFIX": "the $", "A_MARK": "it's $"}), end="")
    A_MARK="it's \$"
    A_PORT=80
    A_PREFIX='the $'
    """
    refuse_unsayable(FORMAT, texts, _reason)
    return assignments(texts, comments, lambda name, text: f"{name}={_quoted(text)}")


def _quoted(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    return f"'{text}'" if "'" not in text else '"' + _ESCAPED.sub(r"\\\g<0>", text) + '"'


def _reason(_: str, text: str) -> str:
    if any(map(_is_forbidden, text)):
        return "its text holds a byte order mark or a noncharacter, which systemd does not take"
    return not_utf8(text)


def _is_forbidden(letter: str) -> bool:
    point = ord(letter)
    return point in _RESERVED or point == _BYTE_ORDER_MARK or point & _LAST_TWO == _LAST_TWO
