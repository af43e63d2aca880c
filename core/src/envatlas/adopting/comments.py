"""Comments: what a file says of its variables, beside them."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Mapping
from typing import Final

import attrs

_RULE: Final = re.compile(r"^[\W_]+$|[=\-#*~]{3,}\s*$")
_FOR_TOOLS: Final = re.compile(r"^(noqa|type:|fmt:|ruff:|pylint:|isort:|pragma|yapf:|mypy:|pyright:)")


@attrs.frozen
class Comments:
    """The comments of a file by their lines.

    Attributes:
        alone: Those that have a line of their own.
        trailing: Those behind something else.
    """

    alone: Mapping[int, str]
    trailing: Mapping[int, str]

    def of(self, first: int, last: int) -> str:
        r"""Return the comment above some lines, or else behind the first or the last; a line for each paragraph.

        Rules, what stands above them, and words for tools are left out.

        >>> comments_of("# The port.\n#\n# It is\n# free.\nX = 5").of(5, 5)
        'The port.\nIt is free.'
        """
        return self._above(first) or self._behind(first) or self._behind(last)

    def _above(self, line: int) -> str:
        said: list[str] = []
        while line - 1 in self.alone:
            line -= 1
            said.insert(0, self.alone[line])
        last_rule = max((place for place, each in enumerate(said) if _RULE.search(each)), default=-1)
        told = [each for each in said[last_rule + 1 :] if not _FOR_TOOLS.match(each)]
        paragraphs = "\n".join(told).split("\n\n")
        return "\n".join(" ".join(each.split()) for each in paragraphs if each.strip())

    def _behind(self, line: int) -> str:
        said = self.trailing.get(line, "")
        return "" if _RULE.search(said) or _FOR_TOOLS.match(said) else said


def comments_of(source: str) -> Comments:
    r"""Return the comments of a file's source, which is valid.

    >>> comments_of("X = 5  # five\n# six").trailing
    {1: 'five'}
    """
    found: tuple[dict[int, str], dict[int, str]] = ({}, {})
    for token in tokenize.generate_tokens(io.StringIO(source, newline=None).readline):
        if token.type == tokenize.COMMENT:
            is_behind = not token.line.lstrip().startswith("#")
            found[is_behind][token.start[0]] = token.string.lstrip("#").strip()
    return Comments(*found)
