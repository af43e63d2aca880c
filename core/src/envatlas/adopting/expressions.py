"""Expressions: what a function computes, as one expression over the environment, without running any of it.

Helpers of the same file are put in place of their calls, and whatever depends on nothing is computed, as far as that
is plain arithmetic of texts. Marks stand for looks at the environment, for exceptions, and for what is not known.
"""

from __future__ import annotations

import ast
import builtins
import copy
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn

import attrs

from envatlas.adopting.bindings import Scope, bindings, own_nodes, parameters
from envatlas.adopting.marks import (
    AT,
    FIRST,
    FUNCTION,
    GET,
    HAS,
    ITEM,
    OTHER,
    RAISE,
    NotUnderstoodError,
    is_mark,
    mark,
    shown,
)
from envatlas.adopting.simplifying import Simplifier, first
from envatlas.messages import Message, marked

_DEEPEST: Final = 20
_READS: Final = frozenset({"os.getenv", "os.environ.get"})
_MOST: Final = 5000
"""The most parts of a function that are looked at; a few hundred are usual."""
TOO_LONG: Final = marked("it is too long to follow")
_ONCE: Final = marked("{name} is what was read when the module was imported")
_UNBOUND: Final = marked("it uses {name} where that may have no value")
_UNSAID: Final = marked("it has {code}, which no declaration says")
_STATEMENT: Final = marked("line {line} has a statement that no expression can say")
_SCOPED: Final = ast.NamedExpr | ast.GeneratorExp | ast.SetComp | ast.DictComp | ast.Yield | ast.YieldFrom | ast.Await
"""Expressions that do more than to compute a value, or have names of their own."""
_SPOKEN: Final = frozenset({"format", "join", "keys", "list", "repr", "sorted", "str", "tuple"})
"""What the message of an exception may call."""


def expression_of(value: ast.expr, scope: Scope) -> ast.expr:
    """Return what calling a value of the dict computes, as one expression.

    Args:
        value: A lambda, the name of a function, or a call that returns a function.
        scope: What the names of the module stand for.

    Raises:
        NotUnderstoodError: It is something else, or does what no expression can say.
        RecursionError: It is nested too deeply.

    >>> value = ast.parse("lambda: int('5') if True else 6", mode="eval").body
    >>> ast.unparse(expression_of(value, Scope()))
    '5'
    """
    made = _Reducer(scope, {}, _Budget()).function(value)
    if made is None:
        _refuse(Message("{code} is no function that its source shows", code=shown(value, 40)))
    return made


@attrs.define
class _Budget:
    """How much more of a function is looked at."""

    left: int = _MOST

    def spend(self, parts: int) -> None:
        self.left -= parts
        if self.left < 0:
            _refuse(TOO_LONG)


class _Reducer(Simplifier):
    """Puts arguments and helpers in their places, and marks looks at the environment.

    Args:
        scope: What the names of the module stand for.
        names: What the names of the function stand for that is being read, or why nobody can tell.
        budget: How much more is looked at.
        depth: How many functions are around it.
        is_read: Whether this is computed at each read, and not when the module is imported.
    """

    def __init__(
        self,
        scope: Scope,
        names: Mapping[str, ast.expr | str],
        budget: _Budget,
        depth: int = 0,
        *,
        is_read: bool = False,
    ) -> None:
        self._scope = scope
        self._names = names
        self._budget = budget
        self._depth = depth
        self._is_read = is_read

    def function(self, value: ast.expr) -> ast.expr | None:
        """Return what a function computes at each read; None if a value is none."""
        made = self.value(value)
        if isinstance(made, ast.Lambda):
            return made.body
        if not _dotted(made).startswith(FUNCTION):
            return None
        reading = _Reducer(self._scope, {}, self._budget, is_read=True)
        return reading.call(self._scope.functions[_dotted(made).removeprefix(FUNCTION)], [], {})

    def value(self, node: ast.expr) -> ast.expr:
        """Return what an expression of the source computes."""
        return self.expr(copy.deepcopy(node))

    def visit(self, node: ast.AST) -> ast.AST:
        self._budget.spend(1)
        if isinstance(node, _SCOPED):
            _refuse(Message(_UNSAID, code=shown(node, 40)))
        return super().visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:  # noqa: N802  as ast calls it
        known = self._names.get(node.id)
        if isinstance(known, str):
            _refuse(known)
        if known is None:
            return self._scope.expression_of(node.id)
        self._budget.spend(sum(1 for _ in ast.walk(known)))
        return copy.deepcopy(known)

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:  # noqa: N802  as ast calls it
        if any(parameters(node)):
            _refuse(marked("it has a lambda with arguments"))
        return ast.Lambda(node.args, self._within().expr(node.body))

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:  # noqa: N802  as ast calls it
        match node.generators:
            case [ast.comprehension(target=ast.Name(id=name), iter=iterated, ifs=ifs, is_async=0)]:
                item = ast.Name(ITEM + name, ast.Load())
                inner = self._having({name: item})
                made = ast.comprehension(item, self.expr(iterated), [inner.expr(each) for each in ifs], 0)
                return ast.ListComp(inner.expr(node.elt), [made])
            case _:
                raise NotUnderstoodError(Message(_UNSAID, code=shown(node, 40)))

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:  # noqa: N802  as ast calls it
        value, key = self.expr(node.value), self.expr(node.slice)
        return mark(AT, _name(key)) if _dotted(value) == "os.environ" else ast.Subscript(value, key, node.ctx)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:  # noqa: N802  as ast calls it
        left, *others = [self.expr(each) for each in (node.left, *node.comparators)]
        match node.ops:
            case [ast.In() | ast.NotIn() as op] if _dotted(others[0]) == "os.environ":
                has = mark(HAS, _name(left))
                return ast.UnaryOp(ast.Not(), has) if isinstance(op, ast.NotIn) else has
            case _:
                return ast.Compare(left, node.ops, others)

    def visit_Call(self, node: ast.Call) -> ast.AST:  # noqa: N802  as ast calls it
        callee = self.expr(node.func)
        if any(isinstance(each, ast.Starred) for each in node.args) or any(each.arg is None for each in node.keywords):
            _refuse(Message("it calls {code} with arguments that its source does not show", code=shown(callee)))
        dotted = _dotted(callee)
        if dotted.startswith(OTHER) and _is_pythons(dotted.removeprefix(OTHER)):
            _refuse(Message("{code} is not Python's own there", code=shown(callee)))
        arguments = [self.expr(each) for each in node.args]
        keywords = {str(each.arg): self.expr(each.value) for each in node.keywords}
        if dotted.startswith(FUNCTION):
            return self.call(self._scope.functions[dotted.removeprefix(FUNCTION)], arguments, keywords)
        if isinstance(callee, ast.Lambda):
            _bound(Message("a function"), [], [], arguments, keywords)
            return callee.body
        if dotted in _READS:
            bound = {"default": ast.Constant(None), **_bound(dotted, ["key", "default"], [], arguments, keywords)}
            return mark(GET, _name(bound.get("key")), bound["default"])
        if dotted == "callable":
            return ast.Constant(_is_callable(_bound(dotted, ["it"], [], arguments, keywords).get("it")))
        return ast.Call(callee, arguments, [ast.keyword(name, each) for name, each in keywords.items()])

    def call(
        self, function: ast.FunctionDef, arguments: Sequence[ast.expr], keywords: Mapping[str, ast.expr]
    ) -> ast.expr:
        """Return what a function of the module computes of its arguments."""
        if self._depth > _DEEPEST:
            _refuse(Message("it calls {name}, which calls itself", name=function.name))
        its, name = function.args, function.name
        if its.vararg or its.kwarg or its.posonlyargs:
            _refuse(Message("it calls {name}, which takes any arguments", name=name))
        names, named = [each.arg for each in its.args], [each.arg for each in its.kwonlyargs]
        bound = _bound(name, names, named, arguments, keywords)
        defaults = dict(zip(names[len(names) - len(its.defaults) :], its.defaults, strict=True))
        defaults |= {each: value for each, value in zip(named, its.kw_defaults, strict=True) if value}
        if not {*names, *named} <= {*bound, *defaults}:
            _refuse(Message("it calls {name} without all its arguments", name=name))
        there: dict[str, ast.expr | str] = {
            each: self._default(each, value) for each, value in defaults.items() if each not in bound
        }
        outer = _Reducer(self._scope, {}, self._budget, self._depth + 1, is_read=self._is_read)
        made = outer.frame(function, {**there, **bound}).block(function.body)
        for each in reversed([*arguments, *keywords.values()]):
            made = first(each, made)
        return made

    def block(self, statements: Sequence[ast.stmt]) -> ast.expr:  # noqa: PLR0911  one for each form
        """Return what a function's statements compute."""
        self._budget.spend(1)
        if not statements:
            return ast.Constant(None)
        statement, rest = statements[0], statements[1:]
        _check_captured(statement, rest)
        match statement:
            case ast.Return(value=value):
                return ast.Constant(None) if value is None else self.value(value)
            case ast.Raise():
                return mark(RAISE, ast.Constant(self._raised(statement)))
            case ast.If():
                return self._branch(statement, rest)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.expr() as value):
                return self._assigned(name, value, rest)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                return self._assigned(name, value, rest)
            case ast.FunctionDef(name=name) if not any(parameters(statement)):
                inner = self._within().frame(statement, {}).block(statement.body)
                return self._having({name: ast.Lambda(statement.args, inner)}).block(rest)
            case ast.Expr(value=ast.Constant()):
                return self.block(rest)
            case _:
                raise NotUnderstoodError(Message(_STATEMENT, line=statement.lineno))

    def _assigned(self, name: str, value: ast.expr, rest: Sequence[ast.stmt]) -> ast.expr:
        made = self.value(value)
        return first(made, self._having({name: made}).block(rest))

    def _branch(self, branch: ast.If, rest: Sequence[ast.stmt]) -> ast.expr:
        test = self.value(branch.test)
        taken, other = [*branch.body, *rest], [*branch.orelse, *rest]
        if isinstance(test, ast.Constant):
            return self.block(taken if test.value else other)
        return ast.IfExp(test, self.block(taken), self.block(other))

    def _raised(self, node: ast.Raise) -> str:
        """Return the name of the class of an exception that is Python's own; empty where that is not sure."""
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        is_plain = all(_is_said(each) for each in ast.walk(node) if each is not node.exc)
        name = _dotted(self.value(raised)) if isinstance(raised, ast.Name) and is_plain else ""
        return name if _is_pythons(name) else ""

    def _default(self, name: str, value: ast.expr) -> ast.expr | str:
        """Return what the default of a parameter is, since the module was imported."""
        made = _Reducer(self._scope, {}, self._budget).value(value)
        return Message(_ONCE, name=name) if _looks(made) else made

    def frame(self, function: ast.FunctionDef, bound: Mapping[str, ast.expr | str]) -> _Reducer:
        """Return what reads the body of a function within this one, whose own names count more."""
        if function.decorator_list:
            _refuse(Message("it calls {name}, which is decorated", name=function.name))
        for node in own_nodes(function):
            if isinstance(node, ast.Yield | ast.YieldFrom | ast.Global | ast.Nonlocal):
                _refuse(Message(_STATEMENT, line=node.lineno))
        annotated = [each.target for each in own_nodes(function) if isinstance(each, ast.AnnAssign)]
        own = [name for name, _ in bindings(function.body)]
        own += [each.id for each in annotated if isinstance(each, ast.Name)]
        return self._having({**{each: Message(_UNBOUND, name=each) for each in own}, **bound})

    def _within(self) -> _Reducer:
        """Return what reads a function within this one, which keeps what the names around it stand for."""
        once = (
            {}
            if self._is_read
            else {name: Message(_ONCE, name=name) for name, each in self._names.items() if _looks(each)}
        )
        return _Reducer(self._scope, {**self._names, **once}, self._budget, self._depth, is_read=True)

    def _having(self, names: Mapping[str, ast.expr | str]) -> _Reducer:
        """Return what reads the same where some names stand for something else."""
        return _Reducer(self._scope, {**self._names, **names}, self._budget, self._depth, is_read=self._is_read)


def _bound(
    who: str,
    names: Sequence[str],
    named: Sequence[str],
    arguments: Sequence[ast.expr],
    keywords: Mapping[str, ast.expr],
) -> dict[str, ast.expr]:
    """Return the arguments by the parameters that they are for."""
    bound = dict(zip(names, arguments, strict=False))
    if len(arguments) > len(names) or not keywords.keys() <= {*names, *named} - bound.keys():
        _refuse(Message("it calls {name} with other arguments than it has", name=who))
    return {**bound, **keywords}


def _check_captured(statement: ast.stmt, rest: Sequence[ast.stmt]) -> None:
    """Refuse a function that uses a name of the one around it which gets another value after it."""
    within = [each for each in ast.walk(statement) if isinstance(each, ast.FunctionDef | ast.Lambda)]
    used = {name.id for each in within for name in ast.walk(each) if isinstance(name, ast.Name)}
    changed = used & {name for name, _ in bindings([statement, *rest])} if used else used
    if changed:
        _refuse(Message("it changes {name}, which a function within it uses", name=min(changed)))


def _is_callable(node: ast.expr | None) -> bool:
    match node:
        case ast.Lambda():
            return True
        case ast.Constant() | ast.List() | ast.Tuple():
            return False
        case ast.Name(id=name) if name.startswith(FUNCTION) or hasattr(builtins, name):
            return True
        case _:
            raise NotUnderstoodError(marked("it asks whether something can be called, which its source does not show"))


def _is_said(node: ast.AST) -> bool:
    """Return whether a part of an exception does nothing but to tell what is there."""
    if isinstance(node, ast.Call):
        return ast.unparse(node.func).rpartition(".")[2] in _SPOKEN
    return not isinstance(node, ast.Subscript)


def _is_pythons(dotted: str) -> bool:
    root = dotted.partition(".")[0]
    return root == "os" or hasattr(builtins, root)


def _looks(node: ast.expr | str) -> bool:
    """Return whether computing an expression looks at the environment."""
    if isinstance(node, str | ast.Lambda):
        return False  # which is computed later, or not at all
    return any(is_mark(each, GET, AT, HAS, RAISE, FIRST) for each in ast.walk(node))


def _name(node: ast.expr | None) -> ast.expr:
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        _refuse(marked("it computes the name that it looks up"))
    return node


def _dotted(node: ast.expr) -> str:
    """Return the full name that an expression is; empty where it is none."""
    return ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""


def _refuse(why: str) -> NoReturn:
    raise NotUnderstoodError(why)
