"""Simplifying: what depends on nothing is computed, and what is never reached is left out."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from typing import Final, cast

from envatlas.adopting.constants import UnknownValueError, as_expression, evaluate
from envatlas.adopting.marks import AT, FIRST, FUNCTION, GET, HAS, TEXT, is_mark, mark

_OF_TEXTS: Final = frozenset({"lower", "lstrip", "rstrip", "strip", "upper"})
_THERE: Final = frozenset({"os.environ", "os.getenv"})
_OF_PATHS: Final = frozenset({"os.path.expanduser", "os.path.join"})
_COMPARES_ALL: Final = ast.Eq | ast.NotEq | ast.Is | ast.IsNot


class Simplifier(ast.NodeTransformer):
    """Computes what depends on nothing, and leaves out what is never reached."""

    def visit(self, node: ast.AST) -> ast.AST:
        """Return an expression simplified, with what is in it."""
        made = super().visit(node)
        if is_mark(made, FIRST):
            made = first(*cast("ast.Call", made).args)
        if isinstance(made, ast.Constant | ast.List | ast.Tuple | ast.Lambda) or not isinstance(made, ast.expr):
            return made
        try:
            return as_expression(evaluate(made))
        except UnknownValueError:
            return made

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        """Return the branch that is taken, where the test is known."""
        test = self.expr(node.test)
        if isinstance(test, ast.Constant):
            return self.visit(node.body if test.value else node.orelse)
        return ast.IfExp(test, self.expr(node.body), self.expr(node.orelse))

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        """Return what remains of ``and`` or ``or`` once the first operands are known."""
        values = [self.expr(each) for each in node.values]
        ends = isinstance(node.op, ast.Or)
        while len(values) > 1 and isinstance(values[0], ast.Constant):
            if bool(values[0].value) is ends:
                return values[0]
            values = values[1:]
        return values[0] if len(values) == 1 else ast.BoolOp(node.op, values)

    def expr(self, node: ast.expr) -> ast.expr:
        """Return an expression simplified."""
        return cast("ast.expr", self.visit(node))


def first(computed: ast.expr, result: ast.expr) -> ast.expr:
    """Return an expression that computes one thing, and then results in another: that alone, if nobody can tell.

    >>> ast.unparse(first(ast.Constant(5), ast.Constant(6)))
    '6'
    """
    if _never_raises(computed) or _always_computes(result, ast.dump(computed)):
        return result
    return mark(FIRST, computed, result)


def _never_raises(node: ast.expr) -> bool:  # noqa: PLR0911  one for each form
    """Return whether computing an expression is sure to raise nothing."""
    match node:
        case ast.Constant() | ast.Lambda() | ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float())):
            return True
        case ast.Name(id=name):
            return name == TEXT or name.startswith(FUNCTION) or hasattr(builtins, name)
        case ast.Attribute():
            return ast.unparse(node) in _THERE
        case ast.Compare(ops=[ast.In() | ast.NotIn()], left=left, comparators=[ast.List() | ast.Tuple() as right]):
            return _never_raises(left) and _never_raises(right)
        case ast.Compare(ops=ops) if not all(isinstance(op, _COMPARES_ALL) for op in ops):
            return False
        case ast.Call() if is_mark(node, HAS):
            return True
        case ast.Call() if is_mark(node, GET):
            return _never_raises(node.args[1])
        case ast.Call(func=ast.Attribute()) if _is_text(node):
            return all(map(_never_raises, _arguments(node)))
        case ast.UnaryOp(op=ast.Not()) | ast.BoolOp() | ast.IfExp() | ast.Compare() | ast.List() | ast.Tuple():
            return all(map(_never_raises, _parts(node)))
        case _:
            return False


def _is_text(node: ast.expr) -> bool:
    """Return whether an expression is a text, unless computing a part of it raises."""
    match node:
        case ast.Constant(value=value):
            return isinstance(value, str)
        case ast.Name(id=name):
            return name == TEXT
        case ast.Call(func=ast.Attribute() as function, keywords=[]):
            is_path = node.args and ast.unparse(function) in _OF_PATHS
            is_method = not node.args and function.attr in _OF_TEXTS
            return bool(is_path or is_method) and all(map(_is_text, _arguments(node)))
        case ast.Call() if is_mark(node, GET):
            return _is_text(node.args[1])
        case _:
            return is_mark(node, AT)


def _arguments(call: ast.Call) -> list[ast.expr]:
    """Return what a function of texts computes with: its arguments, or the text whose method it is."""
    return call.args or [cast("ast.Attribute", call.func).value]


def _always_computes(node: ast.expr, dumped: str) -> bool:  # noqa: PLR0911  one for each form
    """Return whether an expression always computes another one."""
    if ast.dump(node) == dumped:
        return True
    match node:
        case ast.Lambda():
            return False
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return _always_computes(test, dumped) or all(_always_computes(each, dumped) for each in (body, orelse))
        case ast.BoolOp(values=[part, *_]):
            return _always_computes(part, dumped)
        case ast.Compare(left=left, comparators=[right, *_]):
            return any(_always_computes(each, dumped) for each in (left, right))
        case ast.ListComp(generators=[ast.comprehension(iter=iterated), *_]):
            return _always_computes(iterated, dumped)
        case _:
            return any(_always_computes(each, dumped) for each in _parts(node))


def _parts(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the expressions that an expression is made of."""
    for each in ast.iter_child_nodes(node):
        if isinstance(each, ast.expr):
            yield each
        else:
            yield from _parts(each)
