"""Expressions: what a function computes, as one expression over the environment, without running any of it.

Helpers of the same file are put in place of their calls, and whatever depends on nothing is computed, as far as that
is plain arithmetic of texts. Three marks stand for looks at the environment: ``GET(name, default)``, ``AT(name)``, and
``HAS(name)``; ``RAISE(class)`` for an exception.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn, cast

import attrs

from envatlas.adopting.constants import UnknownValueError, as_expression, evaluate

GET: Final = "GET"
AT: Final = "AT"
HAS: Final = "HAS"
RAISE: Final = "RAISE"
_DEEPEST: Final = 20
_READS: Final = {"os.getenv": GET, "os.environ.get": GET}


class NotUnderstoodError(Exception):
    """What a function does cannot be told from its source; the text says what, as a clause."""


@attrs.frozen
class Scope:
    """What a module's source defines.

    Attributes:
        functions: Its functions by their names.
        constants: What it assigns once, and is a literal, by the names.
        aliases: What its names stand for that are imported from `os`: ``getenv`` for ``os.getenv``.
        shadowed: The names of Python's own, and of `os`, that mean something else in it.
    """

    functions: Mapping[str, ast.FunctionDef]
    constants: Mapping[str, ast.expr]
    aliases: Mapping[str, str]
    shadowed: frozenset[str] = frozenset()

    def dotted(self, node: ast.expr) -> str:
        """Return the full name that an expression is; empty where it is none.

        >>> Scope({}, {}, {"getenv": "os.getenv"}).dotted(ast.parse("getenv", mode="eval").body)
        'os.getenv'
        """
        if isinstance(node, ast.Name):
            return self.aliases.get(node.id, node.id)
        inner = self.dotted(node.value) if isinstance(node, ast.Attribute) else ""
        return f"{inner}.{cast('ast.Attribute', node).attr}" if inner else ""


def expression_of(value: ast.expr, scope: Scope) -> ast.expr:
    """Return what calling a value of the dict computes, as one expression.

    Args:
        value: A lambda, the name of a function, or a call that returns a function.
        scope: What the module defines.

    Raises:
        NotUnderstoodError: It is something else, or does what no expression can say.

    >>> value = ast.parse("lambda: int(os.getenv('A', '1'))", mode="eval").body
    >>> ast.unparse(expression_of(value, Scope({}, {}, {})))
    "int(GET('A', '1'))"
    """
    if isinstance(value, ast.Name) and value.id in scope.functions:
        return _Reducer(scope, {}, 0).call(scope.functions[value.id], [], [])
    made = _Reducer(scope, {}, 0).visit(copy.deepcopy(value))
    if isinstance(made, ast.Lambda):
        return made.body
    raise NotUnderstoodError(f"{_shown(value)} is no function that its source shows")


class Simplifier(ast.NodeTransformer):
    """Computes what depends on nothing, and leaves out what is never reached."""

    def visit(self, node: ast.AST) -> ast.AST:
        """Return an expression simplified, with what is in it."""
        made = super().visit(node)
        if isinstance(made, ast.Constant | ast.List | ast.Tuple | ast.Lambda) or not isinstance(made, ast.expr):
            return made
        try:
            return as_expression(evaluate(made))
        except UnknownValueError:
            return made

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        """Return the branch that is taken, where the test is known."""
        test = self.visit(node.test)
        if isinstance(test, ast.Constant):
            return self.visit(node.body if test.value else node.orelse)
        return ast.IfExp(cast("ast.expr", test), self._expr(node.body), self._expr(node.orelse))

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        """Return what remains of ``and`` or ``or`` once the first operands are known."""
        values = [self._expr(each) for each in node.values]
        ends = isinstance(node.op, ast.Or)
        while len(values) > 1 and isinstance(values[0], ast.Constant):
            if bool(values[0].value) is ends:
                return values[0]
            values = values[1:]
        return values[0] if len(values) == 1 else ast.BoolOp(node.op, values)

    def _expr(self, node: ast.expr) -> ast.expr:
        return cast("ast.expr", self.visit(node))


class _Reducer(Simplifier):
    """Puts arguments and helpers in their places, and marks looks at the environment."""

    def __init__(self, scope: Scope, bound: Mapping[str, ast.expr], depth: int) -> None:
        self._scope = scope
        self._bound = bound
        self._depth = depth

    def visit_Name(self, node: ast.Name) -> ast.AST:
        known = self._bound.get(node.id) or self._scope.constants.get(node.id)
        return node if known is None else copy.deepcopy(known)

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        if ast.unparse(node.args):
            _refuse("it has a lambda with arguments")
        return ast.Lambda(node.args, self._expr(node.body))

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        targets = {each.id for part in node.generators for each in ast.walk(part.target) if isinstance(each, ast.Name)}
        bound = {name: each for name, each in self._bound.items() if name not in targets}
        inner = _Reducer(self._scope, bound, self._depth)
        return ast.NodeTransformer.generic_visit(inner, node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if self._scope.dotted(node.value) == "os.environ":
            return _mark(AT, self._name(self._expr(node.slice)))
        return self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        if self._scope.dotted(node.comparators[-1]) != "os.environ":
            return self.generic_visit(node)
        has = _mark(HAS, self._name(self._expr(node.left)))
        return ast.UnaryOp(ast.Not(), has) if isinstance(node.ops[0], ast.NotIn) else has

    def visit_Call(self, node: ast.Call) -> ast.AST:
        dotted = self._scope.dotted(node.func)
        if dotted.partition(".")[0] in self._scope.shadowed:
            _refuse(f"{dotted} is not Python's own there")
        arguments = [self._expr(each) for each in node.args]
        keywords = [ast.keyword(each.arg, self._expr(each.value)) for each in node.keywords]
        if dotted in _READS:
            return self._read(arguments, keywords)
        if dotted == "callable":
            return ast.Constant(isinstance(arguments[0], ast.Lambda))
        function = self._bound.get(dotted)
        if isinstance(function, ast.Lambda):
            return copy.deepcopy(function.body)
        if dotted in self._scope.functions:
            return self.call(self._scope.functions[dotted], arguments, keywords)
        method = node.func if dotted.startswith("os.") else self._expr(node.func)
        return ast.Call(_named(dotted, method), arguments, keywords)

    def call(
        self, function: ast.FunctionDef, arguments: Sequence[ast.expr], keywords: Sequence[ast.keyword]
    ) -> ast.expr:
        """Return what a function of the module computes of its arguments."""
        if self._depth > _DEEPEST or function.decorator_list:
            _refuse(f"it calls {function.name}, which {'is decorated' if function.decorator_list else 'calls itself'}")
        bound = _bound(function, arguments, keywords)
        return _Reducer(self._scope, bound, self._depth + 1).block(function.body)

    def block(self, statements: Sequence[ast.stmt]) -> ast.expr:
        """Return what a function's statements compute."""
        if not statements:
            return ast.Constant(None)
        first, rest = statements[0], statements[1:]
        match first:
            case ast.Return(value=value):
                made = ast.Constant(None) if value is None else self._expr(copy.deepcopy(value))
            case ast.Raise():
                made = _mark(RAISE, _raised(first))
            case ast.If():
                made = self._branch(first, rest)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                made = self._with(name, self._expr(copy.deepcopy(value))).block(rest)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                made = self._with(name, self._expr(copy.deepcopy(value))).block(rest)
            case ast.FunctionDef(name=name) if not ast.unparse(first.args):
                made = self._with(name, ast.Lambda(first.args, self.block(first.body))).block(rest)
            case ast.Expr(value=ast.Constant()):
                made = self.block(rest)
            case _:
                _refuse(f"line {first.lineno} has a statement that no expression can say")
        return made

    def _branch(self, branch: ast.If, rest: Sequence[ast.stmt]) -> ast.expr:
        test = self._expr(copy.deepcopy(branch.test))
        taken, other = [*branch.body, *rest], [*branch.orelse, *rest]
        if isinstance(test, ast.Constant):
            return self.block(taken if test.value else other)
        return ast.IfExp(test, self.block(taken), self.block(other))

    def _with(self, name: str, value: ast.expr) -> _Reducer:
        return _Reducer(self._scope, {**self._bound, name: value}, self._depth)

    def _read(self, arguments: Sequence[ast.expr], keywords: Sequence[ast.keyword]) -> ast.expr:
        default = [*arguments[1:], *(each.value for each in keywords), ast.Constant(None)][0]
        return _mark(GET, self._name(arguments[0]), default)

    def _name(self, node: ast.expr) -> ast.expr:
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            _refuse("it computes the name that it looks up")
        return node


def is_mark(node: ast.AST, *marks: str) -> bool:
    """Return whether an expression is one of some marks.

    >>> is_mark(ast.parse("HAS('A')", mode="eval").body, GET, HAS)
    True
    """
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in marks


def looked_up(node: ast.expr) -> tuple[str, ...]:
    """Return the names that an expression looks up, in order.

    >>> looked_up(ast.parse("GET('A', GET('B', None))", mode="eval").body)
    ('A', 'B')
    """
    marks = [cast("ast.Call", each) for each in ast.walk(node) if is_mark(each, GET, AT, HAS)]
    return tuple(dict.fromkeys(str(cast("ast.Constant", each.args[0]).value) for each in marks))


def _bound(
    function: ast.FunctionDef, arguments: Sequence[ast.expr], keywords: Sequence[ast.keyword]
) -> dict[str, ast.expr]:
    """Return the expressions that a function's parameters stand for."""
    asked = function.args
    if asked.vararg or asked.kwarg or asked.posonlyargs:
        _refuse(f"it calls {function.name}, which takes any arguments")
    names = [each.arg for each in asked.args]
    bound = dict(zip(names[len(names) - len(asked.defaults) :], asked.defaults, strict=True))
    bound |= {each.arg: value for each, value in zip(asked.kwonlyargs, asked.kw_defaults, strict=True) if value}
    bound |= dict(zip(names, arguments, strict=False))
    bound |= {str(each.arg): each.value for each in keywords}
    if not {*names, *(each.arg for each in asked.kwonlyargs)} <= set(bound):
        _refuse(f"it calls {function.name} without all its arguments")
    return bound


def _raised(node: ast.Raise) -> ast.expr:
    raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return ast.Constant(ast.unparse(raised) if raised else "")


def _named(dotted: str, otherwise: ast.AST) -> ast.expr:
    """Return a name of `os` as it is written in full, or the expression that it is."""
    return cast("ast.expr", ast.parse(dotted, mode="eval").body if dotted.startswith("os.") else otherwise)


def _mark(mark: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(mark, ast.Load()), [*arguments], [])


def _shown(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 40 else f"{text[:40]}..."  # noqa: PLR2004  enough to be found by


def _refuse(why: str) -> NoReturn:
    raise NotUnderstoodError(why)
