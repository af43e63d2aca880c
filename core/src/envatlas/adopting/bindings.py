"""Bindings: what the names of a module stand for, where that is certain.

A name counts only where one statement of the module itself binds it, whatever else is in the file: what is bound
twice, under a condition, by a star or behind the scenes may be anything by the time a function runs.
"""

from __future__ import annotations

import ast
import builtins
import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import attrs

from envatlas.adopting.marks import FUNCTION, OTHER

Function = ast.FunctionDef | ast.AsyncFunctionDef
_BINDS_ANYTHING: Final = frozenset(
    {
        *("*", "__builtins__", "__import__", "builtins", "delattr", "eval"),
        *("exec", "globals", "locals", "setattr", "vars"),
    }
)
"""Names, and what is imported, by which any name can be bound without being written."""
_LEADS_TO_NAMES: Final = frozenset(
    {"__delattr__", "__dict__", "__globals__", "__setattr__", "f_builtins", "f_globals", "modules"}
)
"""Attributes, and what is imported, by which the same can be done."""


@attrs.frozen
class Scope:
    """What the names of a module stand for.

    Attributes:
        functions: Its functions.
        constants: What it assigns once, and is a literal.
        imported: What its imports stand for: ``os.getenv`` for ``getenv``.
        bound: All names that it binds, however.
        is_certain: Whether no others can be.
    """

    functions: Mapping[str, ast.FunctionDef] = attrs.field(factory=dict[str, ast.FunctionDef])
    constants: Mapping[str, ast.expr] = attrs.field(factory=dict[str, ast.expr])
    imported: Mapping[str, str] = attrs.field(factory=dict[str, str])
    bound: frozenset[str] = frozenset()
    is_certain: bool = True

    def expression_of(self, name: str) -> ast.expr:
        """Return what a name stands for: a literal, a name of Python's own or of `os`, or one that is marked.

        >>> ast.unparse(Scope(imported={"getenv": "os.getenv"}).expression_of("getenv"))
        'os.getenv'
        """
        if name in self.constants:
            return copy.deepcopy(self.constants[name])
        if name in self.functions:
            return ast.Name(FUNCTION + name, ast.Load())
        if self.imported.get(name, "").partition(".")[0] == "os":
            return ast.parse(self.imported[name], mode="eval").body
        is_own = self.is_certain and name not in self.bound and hasattr(builtins, name)
        return ast.Name(name if is_own else OTHER + name, ast.Load())


def scope_of(tree: ast.Module) -> Scope:
    r"""Return what the names of a module stand for.

    >>> scope = scope_of(ast.parse("import os\nX = 5\nY = 1\nif X: Y = 2"))
    >>> [*scope.constants], scope.imported
    (['X'], {'os': 'os'})
    """
    binders: dict[str, list[ast.AST]] = {}
    for name, node in (*bindings(tree.body), *_from_within(tree)):
        binders.setdefault(name, []).append(node)
    if any(map(_binds_anything, ast.walk(tree))):
        return Scope(bound=frozenset(binders), is_certain=False)
    own = {*tree.body}
    sure = {name: nodes[0] for name, nodes in binders.items() if len(nodes) == 1 and nodes[0] in own}
    functions = {name: node for name, node in sure.items() if isinstance(node, ast.FunctionDef)}
    constants = {name: value for name, node in sure.items() if (value := _assigned(node)) and _is_literal(value)}
    imports = {
        name: {_imported(node, name) if node in own else "" for node in nodes} for name, nodes in binders.items()
    }
    imported = {name: each.pop() for name, each in imports.items() if len(each) == 1}
    return Scope(functions, constants, {name: each for name, each in imported.items() if each}, frozenset(binders))


def bindings(body: Iterable[ast.AST]) -> list[tuple[str, ast.AST]]:
    r"""Return the names that statements bind in the scope they are in, each with the statement.

    >>> [name for name, _ in bindings(ast.parse("import a.b\nfor x in y: z = 1\ndef f(p): q = 1").body)]
    ['a', 'x', 'z', 'f']
    """
    return [(name, each) for each in body for name in _names_in(each)]


def own_nodes(function: Function | ast.Lambda) -> Iterator[ast.AST]:
    r"""Yield the nodes of a function's body, but for those of functions and classes within it.

    >>> [type(node).__name__ for node in own_nodes(ast.parse("def f():\n def g(): yield").body[0])]
    ['FunctionDef']
    """
    waiting: list[ast.AST] = [function.body] if isinstance(function, ast.Lambda) else [*function.body]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Function | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)


def parameters(function: Function | ast.Lambda) -> Iterator[str]:
    """Yield the names of a function's parameters.

    >>> [*parameters(ast.parse("lambda a, *b, c=1: a", mode="eval").body)]
    ['a', 'b', 'c']
    """
    yield from (node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg))


def _names_in(statement: ast.AST) -> Iterator[str]:
    """Yield the names that a statement binds in the scope it is in."""
    waiting = [statement]
    while waiting:
        node = waiting.pop()
        match node:
            case ast.Name(id=str() as name, ctx=ast.Store() | ast.Del()) | ast.MatchMapping(rest=str() as name):
                yield name
            case ast.ExceptHandler(name=str() as name) | ast.MatchAs(name=str() as name):
                yield name
            case ast.MatchStar(name=str() as name) | ast.ClassDef(name=name):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.alias(name=name, asname=alias):
                yield alias or name.partition(".")[0]
            case _:
                pass
        waiting += reversed([*_in_scope(node)])


def _in_scope(node: ast.AST) -> Iterable[ast.AST]:
    """Return the parts of a node that are in the scope that it is in."""
    match node:
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return [each.target for each in ast.walk(node) if isinstance(each, ast.NamedExpr)]
        case ast.Lambda(args=arguments):
            return [arguments]
        case ast.FunctionDef(body=body) | ast.AsyncFunctionDef(body=body) | ast.ClassDef(body=body):
            within = {*body}
            return [each for each in ast.iter_child_nodes(node) if each not in within]
        case ast.AnnAssign(value=None):
            return []
        case _:
            return ast.iter_child_nodes(node)


def _from_within(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Yield the names that functions bind in the module, and attributes that are set anywhere, and whose they are.

    What has the attribute may be the module itself.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            yield from ((name, node) for name in node.names)
        elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            yield node.attr, node
            owner: ast.expr = node
            while isinstance(owner, ast.Attribute | ast.Subscript):
                owner = owner.value
            if isinstance(owner, ast.Name):
                yield owner.id, node


def _binds_anything(node: ast.AST) -> bool:
    """Return whether a node may bind any name of the module."""
    match node:
        case ast.Name(id=name):
            return name in _BINDS_ANYTHING
        case ast.alias(name=name) | ast.Attribute(attr=name):
            return name in _BINDS_ANYTHING or name in _LEADS_TO_NAMES
        case _:
            return False


def _assigned(node: ast.AST) -> ast.expr | None:
    match node:
        case ast.Assign(targets=[ast.Name()], value=value) | ast.AnnAssign(target=ast.Name(), value=value):
            return value
        case _:
            return None


def _imported(node: ast.AST, name: str) -> str:
    """Return what an import binds a name to; empty where it is no import."""
    match node:
        case ast.Import(names=names):
            found = [each.name if each.asname else name for each in names if name in {each.asname, _root(each)}]
        case ast.ImportFrom(module=str() as module, names=names, level=0):
            found = [f"{module}.{each.name}" for each in names if name == (each.asname or each.name)]
        case _:
            found = []
    return found[0] if len({*found}) == 1 else ""


def _root(alias: ast.alias) -> str:
    return "" if alias.asname else alias.name.partition(".")[0]


def _is_literal(node: ast.expr) -> bool:
    """Return whether an expression is a literal that nothing can change."""
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Tuple) and all(map(_is_literal, node.elts)))
