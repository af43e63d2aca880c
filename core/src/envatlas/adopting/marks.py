"""Marks: what stands in an expression for a look at the environment, for an exception, and for names of the file.

None can be a name of Python's, so a file has no function that is taken for one.
"""

from __future__ import annotations

import ast
import copy
from typing import Final, cast

GET: Final = "<get>"
"""A name's text, or a default."""
AT: Final = "<at>"
"""A name's text, or a `KeyError`."""
HAS: Final = "<has>"
"""Whether a name is set."""
RAISE: Final = "<raise>"
"""An exception, by the name of its class."""
FIRST: Final = "<first>"
"""One expression, whose value nobody needs, and then another one."""
TEXT: Final = "<text>"
"""The variable's text."""
FUNCTION: Final = "def "
"""Before the name of a function of the file."""
ITEM: Final = "each "
"""Before the name of what a comprehension runs through."""
OTHER: Final = "other "
"""Before any other name of the file."""


class NotUnderstoodError(Exception):
    """What a function does cannot be told from its source.

    Attributes:
        why: What it is, as a clause; a message, or marked.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def mark(name: str, *arguments: ast.expr) -> ast.Call:
    """Return a mark with its arguments.

    >>> shown(mark(AT, ast.Constant("A")))
    "os.environ['A']"
    """
    return ast.Call(ast.Name(name, ast.Load()), [*arguments], [])


def is_mark(node: ast.AST, *marks: str) -> bool:
    """Return whether an expression is one of some marks.

    >>> is_mark(mark(HAS, ast.Constant("A")), GET, HAS)
    True
    """
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in marks


def looked_up(node: ast.AST) -> tuple[str, ...]:
    """Return the names that an expression looks up, in order.

    >>> looked_up(mark(GET, ast.Constant("A"), mark(AT, ast.Constant("B"))))
    ('A', 'B')
    """
    marks = [cast("ast.Call", each) for each in ast.walk(node) if is_mark(each, GET, AT, HAS)]
    return tuple(dict.fromkeys(str(cast("ast.Constant", each.args[0]).value) for each in marks))


def shown(node: ast.AST, most: int = 60) -> str:
    """Return an expression as a file would have it, of no more than so many letters.

    >>> shown(mark(GET, ast.Constant("A"), ast.Constant(None)))
    "os.getenv('A')"
    """
    text = ast.unparse(_Written().visit(copy.deepcopy(node)))
    return text if len(text) <= most else f"{text[:most]}..."


class _Written(ast.NodeTransformer):
    """Puts what they stand for in the places of marks."""

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(node.id.rpartition(" ")[2].strip("<>"), node.ctx)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        made = cast("ast.Call", self.generic_visit(node))
        first, *others = [*made.args, ast.Constant(None)]
        if name == GET:
            is_bare = ast.unparse(others[0]) == "None"
            return ast.Call(_name("os.getenv"), made.args[: 1 if is_bare else 2], [])
        if name == AT:
            return ast.Subscript(_name("os.environ"), first, ast.Load())
        if name == HAS:
            return ast.Compare(first, [ast.In()], [_name("os.environ")])
        if name == RAISE:
            return _name(f"raise {ast.literal_eval(first)!s}".strip())
        return ast.Subscript(ast.Tuple(made.args, ast.Load()), ast.Constant(-1), ast.Load()) if name == FIRST else made


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())
