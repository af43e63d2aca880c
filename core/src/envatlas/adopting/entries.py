"""Entries: the variables of a file that keeps them in dicts of functions, as far as it is sure what these hold.

The statements of a module are followed in their order. What is done to a dict in a way that is not understood, or only
sometimes, may change any of its functions, so these are in doubt.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, cast

import attrs

from envatlas.adopting.bindings import Scope, scope_of
from envatlas.adopting.comments import Comments, comments_of
from envatlas.adopting.uses import Use, bound_otherwise, statements, uses
from envatlas.messages import Message, marked

_NAME: Final = re.compile(r"[A-Z][A-Z0-9_]*")
"""What the names of environment variables look like."""
_READERS: Final = frozenset({"copy", "get", "items", "keys", "values"})
_TAKERS: Final = frozenset(
    {
        *("bool", "dict", "enumerate", "frozenset", "isinstance", "iter", "len", "list", "print", "repr", "set"),
        *("sorted", "tuple", "envatlas.from_callables"),
    }
)
"""What may be given a dict without changing it."""
_NO_FUNCTIONS: Final = (
    ast.Constant | ast.JoinedStr | ast.List | ast.Tuple | ast.Set | ast.Dict | ast.ListComp | ast.SetComp | ast.DictComp
)
_SOMETIMES: Final = marked("line {line} sets it, which may be never")
_MAYBE: Final = marked("line {line} may change it")
_TWICE: Final = marked("two dicts have it")


@attrs.frozen
class Entry:
    """One variable of a dict.

    Attributes:
        name: Its name.
        value: What the dict has for it.
        line: The line, from 1.
        held_in: The name of the dict.
        comment: What the file says of it, a line for each paragraph; empty where it says nothing.
        doubt: Why it is not sure that the dict has that; empty where it is.
    """

    name: str
    value: ast.expr
    line: int
    held_in: str
    comment: str
    doubt: str = ""

    def may_be_function(self, scope: Scope) -> bool:
        """Return whether the value may be a function, as far as one can see.

        >>> Entry("A", ast.Constant(5), 1, "envs", "").may_be_function(Scope())
        False
        """
        is_constant = isinstance(self.value, ast.Name) and self.value.id in scope.constants
        return not is_constant and not isinstance(self.value, _NO_FUNCTIONS)


@attrs.frozen
class File:
    """What a file's source tells.

    Attributes:
        entries: Its variables, in order.
        scope: What the names of its module stand for.
        unread: The lines that may take in or change others, which the source does not tell.
        dicts: The names of its dicts, in order; where two have a name, the later one counts.
    """

    entries: tuple[Entry, ...]
    scope: Scope
    unread: tuple[int, ...]
    dicts: tuple[str, ...]


def read_file(source: str, name: str = "<unknown>") -> File:
    r"""Return the variables of a file.

    Args:
        source: The file's source.
        name: Its name, for the error.

    Raises:
        SyntaxError: It is no Python.
        RecursionError: It is nested too deeply, or else `MemoryError`.

    >>> [entry] = read_file("envs = {\n    # The port\n    'A_PORT': lambda: 80,\n}").entries
    >>> entry.name, entry.line, entry.held_in, entry.comment
    ('A_PORT', 3, 'envs', 'The port')
    """
    tree = ast.parse(source, name)
    scope, comments = scope_of(tree), comments_of(source)
    dicts = {each: _Dict(each, scope, comments) for each in _dicts(tree)}
    _follow(dicts, tree)
    held = [each for each in dicts.values() if each.is_of_functions]
    entries: dict[str, Entry] = {}
    for entry in (entry for each in held for entry in each.entries.values()):
        again = entry.name in entries
        entries[entry.name] = attrs.evolve(entry, doubt=entry.doubt or _TWICE) if again else entry
    in_order = sorted(entries.values(), key=lambda entry: entry.line)
    unread = sorted({line for each in held for line in each.unread})
    return File(tuple(in_order), scope, tuple(unread), tuple(each.name for each in held))


class _Dict:
    """What becomes of a dict, statement by statement.

    Attributes:
        name: Its name.
        entries: What it has, by the keys.
        unread: The lines that do to it what is not understood.
    """

    def __init__(self, name: str, scope: Scope, comments: Comments) -> None:
        self.entries: dict[str, Entry] = {}
        self.unread: list[int] = []
        self.name = name
        self._scope = scope
        self._comments = comments
        self._seen: list[tuple[str, ast.expr]] = []
        self._late: list[Use] = []
        self._is_sure = True

    @property
    def is_of_functions(self) -> bool:
        """Whether it has functions that read variables, as far as one can see."""
        if any(isinstance(value, ast.Lambda) for _, value in self._seen):
            return True
        are_names = all(_NAME.fullmatch(key) for key, _ in self._seen)
        return are_names and any(_root(value) in self._scope.functions for _, value in self._seen)

    def follow(self, statement: ast.stmt, found: Sequence[Use], *, is_sure: bool, is_bound: bool) -> None:
        """Do to it what a statement does that uses its name or binds it; what functions do is kept for the end."""
        self._is_sure = is_sure
        understood = self._do(statement)
        if is_bound and not any(isinstance(use.name.ctx, ast.Store) for use in found):
            self._change_any(statement.lineno)
        for use in found:
            if use.name in understood or self._is_harmless(use.name, use.parent):
                continue
            if use.is_late:
                self._late.append(use)
            else:
                self._touch(use)

    def end(self) -> None:
        """Doubt what functions may do to it, whenever they are called."""
        for use in self._late:
            self._touch(use)

    def _do(self, statement: ast.stmt) -> list[ast.Name]:
        """Do what a statement does, and return the names of the dict in it that are understood so."""
        match statement:
            case (
                ast.Assign(targets=[ast.Name() as use], value=ast.Dict() as value)
                | ast.AnnAssign(target=ast.Name() as use, value=ast.Dict() as value)
            ) if use.id == self.name:
                self._define(value)
            case (
                ast.AugAssign(target=ast.Name() as use, op=ast.BitOr(), value=ast.Dict() as more)
                | ast.Assign(
                    targets=[ast.Name() as use],
                    value=ast.BinOp(left=ast.Name(), op=ast.BitOr(), right=ast.Dict() as more),
                )
            ) if use.id == self.name and self._has_itself(statement):
                self._set_all(more)
            case ast.Assign(targets=[ast.Subscript(value=ast.Name() as use, slice=key)], value=value) if (
                use.id == self.name
            ):
                self._set(key, value, statement.lineno)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name() as use)) as call) if use.id == self.name:
                return [use] if self._call(call) else []
            case ast.Delete(targets=targets):
                return [deleted for each in targets if (deleted := self._delete(each, statement.lineno))]
            case _:
                return []
        return [use]

    def _has_itself(self, statement: ast.AugAssign | ast.Assign) -> bool:
        """Return whether more is added to the dict, and not to another one."""
        if isinstance(statement, ast.AugAssign):
            return True
        left = cast("ast.BinOp", statement.value).left
        return isinstance(left, ast.Name) and left.id == self.name

    def _call(self, call: ast.Call) -> bool:
        """Do what calling a method does; return whether that is understood."""
        match call:
            case ast.Call(func=ast.Attribute(attr="update"), args=[] | [ast.Dict()] as more):
                for each in more:
                    self._set_all(cast("ast.Dict", each))
                for keyword in call.keywords:
                    key = None if keyword.arg is None else ast.Constant(keyword.arg)
                    self._set(key, keyword.value, keyword.lineno)
            case ast.Call(func=ast.Attribute(attr="pop"), args=[key, *_]):
                self._remove(key, call.lineno)
            case _:
                return False
        return True

    def _delete(self, target: ast.expr, line: int) -> ast.Name | None:
        match target:
            case ast.Subscript(value=ast.Name() as use, slice=key) if use.id == self.name:
                self._remove(key, line)
                return use
            case _:
                return None

    def _define(self, value: ast.Dict) -> None:
        before = dict(self.entries)
        if self._is_sure:
            self.entries.clear()
        else:
            self._doubt(value.lineno, before)
        self._set_all(value, before)

    def _set_all(self, more: ast.Dict, itself: Mapping[str, Entry] | None = None) -> None:
        for key, value in zip(more.keys, more.values, strict=True):
            if key is None and itself is not None and isinstance(value, ast.Name) and value.id == self.name:
                self.entries |= itself
            else:
                self._set(key, value, (key or value).lineno)

    def _set(self, key: ast.expr | None, value: ast.expr, line: int) -> None:
        name = _key(key)
        if name is None:
            self._change_any(line)
            return
        doubt = "" if self._is_sure else Message(_SOMETIMES, line=line)
        comment = self._comments.of(line, value.end_lineno or line)
        self.entries[name] = Entry(name, value, line, self.name, comment, doubt)
        self._seen.append((name, value))

    def _remove(self, key: ast.expr, line: int) -> None:
        name = _key(key)
        if name is None:
            self._change_any(line)
        elif self._is_sure:
            self.entries.pop(name, None)
        else:
            self._doubt(line, [name])

    def _touch(self, use: Use) -> None:
        """Doubt what a use of the dict may change that is not understood."""
        name = _key(use.parent.slice) if isinstance(use.parent, ast.Subscript) else None
        if name is None or name not in self.entries:
            self._change_any(use.name.lineno)
        else:
            self._doubt(use.name.lineno, [name])

    def _change_any(self, line: int) -> None:
        self.unread.append(line)
        self._doubt(line, self.entries)

    def _doubt(self, line: int, names: Iterable[str]) -> None:
        for name in {*names} & self.entries.keys():
            entry = self.entries[name]
            self.entries[name] = attrs.evolve(entry, doubt=entry.doubt or Message(_MAYBE, line=line))

    def _is_harmless(self, use: ast.Name, parent: ast.AST) -> bool:  # noqa: PLR0911  one for each form
        """Return whether a use of the dict only looks at it."""
        match parent:
            case ast.Compare() | ast.Starred() | ast.FormattedValue() | ast.Expr() | ast.BinOp(op=ast.BitOr()):
                return True
            case ast.UnaryOp() | ast.If() | ast.keyword(arg=None) | ast.AnnAssign(value=None):
                return True
            case ast.Attribute(attr=attribute):
                return attribute in _READERS
            case ast.Subscript(value=value, ctx=ast.Load()):
                return value is use
            case ast.For(iter=iterated) | ast.comprehension(iter=iterated):
                return iterated is use
            case ast.Dict(keys=keys, values=values):
                return use in values and keys[values.index(use)] is None
            case ast.Call(func=function):
                return self._called(function) in _TAKERS
            case _:
                return False

    def _called(self, function: ast.expr) -> str:
        """Return the full name of a function that another module, or Python itself, has; empty where it is none."""
        match function:
            case ast.Name(id=name):
                known = self._scope.expression_of(name)
                return self._scope.imported.get(name) or (known.id if isinstance(known, ast.Name) else "")
            case ast.Attribute(value=value, attr=attribute):
                return f"{self._called(value)}.{attribute}"
            case _:
                return ""


def _dicts(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module gives to dicts."""
    for node, _ in statements(tree):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict())
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Dict())
            ):
                yield name
            case _:
                pass


def _follow(dicts: Mapping[str, _Dict], tree: ast.Module) -> None:
    """Do to dicts what a module's statements do, and doubt what its functions may do to them."""
    for statement, is_sure in statements(tree):
        bound = bound_otherwise(statement)
        found: dict[str, list[Use]] = {name: [] for name in dicts.keys() & bound}
        for use in uses(statement, dicts):
            found.setdefault(use.name.id, []).append(use)
        for name, its in found.items():
            dicts[name].follow(statement, its, is_sure=is_sure, is_bound=name in bound)
    for each in dicts.values():
        each.end()


def _key(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _root(value: ast.expr) -> str:
    """Return the name of the function that a value is, or that it calls."""
    called = value.func if isinstance(value, ast.Call) else value
    return called.id if isinstance(called, ast.Name) else ""
