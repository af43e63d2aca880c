"""Lines: what the formats have in common that write a variable after the other, with comments between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

NO_COMMENTS: Final[Mapping[str, str]] = MappingProxyType({})


def assignments(texts: Mapping[str, str], comments: Mapping[str, str], assign: Callable[[str, str], str]) -> str:
    """Return variables in the order of their names, each below its comment.

    Args:
        texts: The texts by their names.
        comments: What to say above a name; one that has no text is said all the same.
        assign: Takes a name and its text, and returns the assignment.

    >>> print(assignments({"B": "2"}, {"A": "A is unset"}, "{}={}".format), end="")
    # A is unset
    B=2
    """
    blocks: list[str] = []
    for name in sorted({*texts, *comments}):
        blocks += [comment(comments[name])] if name in comments else []
        blocks += [assign(name, texts[name])] if name in texts else []
    return "".join(f"{block}\n" for block in blocks)


def comment(text: str) -> str:
    r"""Return a text as a comment of one line, whatever it holds; what cannot be printed is escaped.

    >>> print(comment("one\ntwo"))
    # one\ntwo
    """
    return "# " + "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
