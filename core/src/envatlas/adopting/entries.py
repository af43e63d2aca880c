"""Entries: the variables of a file that keeps them in a dict of functions, with the comments above them."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import attrs

from envatlas.adopting.expressions import Scope

_RULE: Final = re.compile(r"^[\W_]*$|[=\-#*~]{3,}\s*$")
_OWN: Final = frozenset({"bool", "callable", "float", "int", "list", "os", "str"})
_FOR_TOOLS: Final = re.compile(r"^(noqa|type:|fmt:|ruff:|pylint:|isort:|pragma|yapf:|mypy:|pyright:)")


@attrs.frozen
class Entry:
    """One variable of the dict.

    Attributes:
        name: Its name.
        value: What the dict has for it.
        line: The line, from 1.
        held_in: The name of the dict.
        comment: The comment above it, in one line; empty where there is none.
    """

    name: str
    value: ast.expr
    line: int
    held_in: str
    comment: str


@attrs.frozen
class File:
    """What a file's source tells.

    Attributes:
        entries: Its variables, in order.
        scope: What else it defines.
        unread: The lines of a dict that take in others, whose names are not in the source.
    """

    entries: tuple[Entry, ...]
    scope: Scope
    unread: tuple[int, ...]


def read_file(source: str) -> File:
    r"""Return the variables of a file.

    Raises:
        SyntaxError: It is no Python.

    >>> [entry] = read_file("envs = {\n    # The port\n    'A_PORT': lambda: 80,\n}").entries
    >>> entry.name, entry.line, entry.held_in, entry.comment
    ('A_PORT', 3, 'envs', 'The port')
    """
    tree = ast.parse(source)
    comments = _comments(source)
    held = dict(_dicts(tree))
    entries: dict[str, Entry] = {}
    unread: list[int] = []
    for holder, key, value, line in _items(tree, held):
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            entries[key.value] = Entry(key.value, value, line, holder, _above(line, comments))
        else:
            unread.append(line)
    return File(tuple(entries.values()), _scope(tree), tuple(unread))


def _dicts(tree: ast.Module) -> Iterator[tuple[str, ast.Dict]]:
    """Yield the dicts of functions that a module has, by their names."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict() as value):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Dict() as value):
                pass
            case _:
                continue
        if any(isinstance(each, ast.Lambda) for each in value.values):
            yield name, value


def _items(tree: ast.Module, held: Mapping[str, ast.Dict]) -> Iterator[tuple[str, ast.expr | None, ast.expr, int]]:
    """Yield what the dicts hold, and what is put into them later, with the lines."""
    for holder, found in held.items():
        yield from _pairs(holder, found)
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name), slice=key)], value=value) if name in held:
                yield name, key, value, node.lineno
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="update"), args=[ast.expr() as added])
            ) if name in held:
                yield from _pairs(name, added) if isinstance(added, ast.Dict) else [(name, None, added, node.lineno)]
            case _:
                pass


def _pairs(holder: str, found: ast.Dict) -> Iterator[tuple[str, ast.expr | None, ast.expr, int]]:
    for key, value in zip(found.keys, found.values, strict=True):
        yield holder, key, value, (key or value).lineno


def _scope(tree: ast.Module) -> Scope:
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    assigned = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    names = [node.id for node in assigned]
    constants = {name: value for name, value in _assigned(tree.body) if names.count(name) == 1 and _is_literal(value)}
    aliases = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in {"os", "os.path"}
        for alias in node.names
    }
    imported = dict(_imported(tree))
    aliases |= {name: "os" for name, each in imported.items() if each == "os"}
    classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    others = {name for name, each in imported.items() if each.partition(".")[0] != "os"}
    return Scope(functions, constants, aliases, _OWN & {*names, *classes, *others})


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the names that imports bind, and what each stands for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((each.asname or each.name.partition(".")[0], each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((each.asname or each.name, f"{node.module}.{each.name}") for each in node.names)


def _assigned(body: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    for node in body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value
            case _:
                pass


def _is_literal(node: ast.expr) -> bool:
    """Return whether an expression is a literal that nothing can change."""
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Tuple) and all(map(_is_literal, node.elts)))


def _comments(source: str) -> dict[int, str]:
    """Return the comments that stand alone, by their lines."""
    lines = source.splitlines()
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {
        token.start[0]: token.string.lstrip("#").strip()
        for token in tokens
        if token.type == tokenize.COMMENT and lines[token.start[0] - 1].lstrip().startswith("#")
    }


def _above(line: int, comments: Mapping[int, str]) -> str:
    """Return the comment right above a line, without rules, and without what is for tools."""
    said: list[str] = []
    while line - 1 in comments:
        line -= 1
        said.insert(0, comments[line])
    last_rule = max((place for place, each in enumerate(said) if _RULE.search(each)), default=-1)
    return " ".join(each for each in said[last_rule + 1 :] if not _FOR_TOOLS.match(each))
