"""Uses: where the statements of a module use its names, and bind them."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Iterator

import attrs

from envatlas.adopting.bindings import Function, bindings, own_nodes, parameters


@attrs.frozen
class Use:
    """A use of a name.

    Attributes:
        name: The name, where it stands.
        parent: What it is a part of.
        is_late: Whether that is within a function, which may run at any time.
    """

    name: ast.Name
    parent: ast.AST
    is_late: bool


def statements(tree: ast.Module) -> Iterator[tuple[ast.stmt, bool]]:
    r"""Yield a module's statements in order, those within others as well, and whether each is sure to run once.

    >>> [(ast.unparse(each)[:5], is_sure) for each, is_sure in statements(ast.parse("if x:\n y = 1\nz = 2"))]
    [('if x:', True), ('y = 1', False), ('z = 2', True)]
    """
    waiting = [(each, True) for each in reversed(tree.body)]
    while waiting:
        statement, is_sure = waiting.pop()
        yield statement, is_sure
        if not isinstance(statement, Function | ast.ClassDef):
            within = [(each, False) for block in _blocks(statement) for each in block]
            waiting += reversed(within)


def uses(statement: ast.stmt, names: Container[str]) -> Iterator[Use]:
    """Yield where names of the module are used in a statement, but for the statements within it that come themselves.

    >>> [(use.name.id, use.is_late) for use in uses(ast.parse("x = [y, lambda: y, lambda y: y]").body[0], {"y"})]
    [('y', False), ('y', True)]
    """
    waiting = [*_parts(statement, _own_parts(statement), frozenset(), is_late=False)]
    while waiting:
        node, parent, hidden, is_late = waiting.pop()
        if not isinstance(node, ast.Name):
            waiting += _parts(node, ast.iter_child_nodes(node), hidden, is_late=is_late)
        elif node.id in names and node.id not in hidden:
            yield Use(node, parent, is_late)


def bound_otherwise(statement: ast.stmt) -> set[str]:
    """Return the names that a statement binds, be it by a definition, an import or a pattern.

    >>> bound_otherwise(ast.parse("import a.b").body[0])
    {'a'}
    """
    is_definition = isinstance(statement, Function | ast.ClassDef)
    return {name for name, _ in bindings([statement] if is_definition else _own_parts(statement))}


def _parts(
    node: ast.AST, parts: Iterable[ast.AST], hidden: frozenset[str], *, is_late: bool
) -> Iterator[tuple[ast.AST, ast.AST, frozenset[str], bool]]:
    """Yield the parts of a node from the last, each with it, the names that are functions' own, and if one runs it."""
    body: set[ast.AST] = set()
    own = hidden
    if isinstance(node, Function | ast.Lambda):
        body, own, is_late = {*_body(node)}, hidden | _locals(node), True
    for part in reversed([*parts]):
        yield part, node, own if part in body else hidden, is_late


def _body(function: Function | ast.Lambda) -> list[ast.AST]:
    return [function.body] if isinstance(function, ast.Lambda) else [*function.body]


def _locals(function: Function | ast.Lambda) -> set[str]:
    """Return the names that are a function's own."""
    own = {*parameters(function)}
    if isinstance(function, ast.Lambda):
        return own
    of_module = {name for node in own_nodes(function) if isinstance(node, ast.Global) for name in node.names}
    return own | ({name for name, _ in bindings(function.body)} - of_module)


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """Yield the blocks of statements within a statement."""
    for part in ("body", "orelse", "finalbody"):
        yield getattr(node, part, [])
    for part in ("handlers", "cases"):
        for each in getattr(node, part, []):
            yield from _blocks(each)


def _own_parts(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield the parts of a statement, without the statements within it that come for themselves."""
    for each in ast.iter_child_nodes(statement):
        if isinstance(each, ast.ExceptHandler | ast.match_case):
            yield from (part for part in ast.iter_child_nodes(each) if not isinstance(part, ast.stmt))
        elif isinstance(statement, Function | ast.ClassDef) or not isinstance(each, ast.stmt):
            yield each
