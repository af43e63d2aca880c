"""Sources: what a plugin would declare, read from its source without running any of it.

A plugin that the selection leaves out, or that failed, still owns its names. Its source file is found by its
path, parsed, and the literal arguments of its ``Variable(...)`` calls are taken from the syntax tree; where it calls
``from_callables(...)``, so are the names in its dicts of functions.
"""

from __future__ import annotations

import ast
import builtins
import importlib.util
import pathlib
import warnings
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Final

import attrs

from envatlas.secret_names import looks_secret
from envatlas.variable import is_name

_KNOWN: Final = frozenset({*vars(builtins), "environ", "getenv", "os"})
"""What a function may call, and still reads nothing but the names in it."""
_MOST_FILES: Final = 64
"""A plugin's declarations are near its entry point; a whole application's package is not searched."""


@attrs.frozen
class Declared:
    """A variable as its declaration's literals tell it.

    Attributes:
        name: Its name.
        help: Its help text; empty where it is not a literal.
        secret: Whether it is a secret; true where the declaration does not say so in a literal.
        file: The path of the file that declares it.
        line: The line of the declaration, from 1.
        reads: The other names that it is read from, as far as they are literals.
        formerly: The names that it had before, likewise.
    """

    name: str
    help: str
    secret: bool
    file: str
    line: int
    reads: tuple[str, ...] = ()
    formerly: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """The names that it is read from, in order.

        >>> Declared("A_WAIT", "", False, "a.py", 1, formerly=("A_PAUSE",)).sources
        ('A_WAIT', 'A_PAUSE')
        """
        return (*(self.reads or (self.name,)), *self.formerly)


@attrs.frozen
class Source:
    """What a plugin's source tells.

    Attributes:
        declared: The variables whose names are literals.
        is_complete: Whether that is all; False where there is no source to read, or where it computes names.
    """

    declared: tuple[Declared, ...] = ()
    is_complete: bool = False


@attrs.frozen
class _Part(Source):
    """What one module tells.

    Attributes:
        functions: The names in its dicts of functions, which are variables where a module makes a plugin of them.
        is_bridge: Whether it makes one.
        hidden: The names that it says to be secrets then; None where that cannot be told.
    """

    functions: tuple[Declared, ...] = ()
    is_bridge: bool = False
    hidden: frozenset[str] | None = frozenset()


def read_source(module: str) -> Source:
    """Return what a module's source declares, and the modules of its own package that it imports.

    Nothing of it is imported. A module that cannot be found or parsed gives an incomplete, empty source.

    >>> [declared.name for declared in read_source("envatlas_vllm_rocm").declared]
    ['VLLM_USE_TRITON_FLASH_ATTN', 'VLLM_ROCM_FP8_PADDING']
    """
    parts: list[_Part] = []
    is_complete = True
    waiting = {module: True}
    seen: set[str] = set()
    while waiting and len(seen) < _MOST_FILES:
        name, is_needed = waiting.popitem()
        seen.add(name)
        read = _read_module(name)
        if read is None:
            is_complete = is_complete and not is_needed
            continue
        source, imported = read
        parts.append(source)
        is_complete = is_complete and source.is_complete
        for other, needed in imported:
            if other not in seen:
                waiting[other] = needed or waiting.get(other, False)
    declared = [each for part in parts for each in part.declared]
    bridged = _bridged(parts, {each.name for each in declared})
    return Source((*declared, *bridged), is_complete and not waiting and bool(declared))


def _bridged(parts: Sequence[_Part], known: Container[str]) -> Iterator[Declared]:
    """Yield the variables that stay functions, where a plugin is made of such."""
    bridges = [part for part in parts if part.is_bridge]
    for each in (each for part in parts for each in part.functions if bridges and each.name not in known):
        is_hidden = any(part.hidden is None or each.name in part.hidden for part in bridges)
        yield attrs.evolve(each, secret=each.secret or is_hidden)


def source_text(module: str) -> bytes:
    """Return a module's source as it stands in its file; empty where there is none.

    >>> b"VLLM_ROCM_FP8_PADDING" in source_text("envatlas_vllm_rocm")
    True
    """
    file = find_file(module)
    try:
        return b"" if file is None else file.read_bytes()
    except OSError:
        return b""


def find_file(module: str) -> pathlib.Path | None:
    """Return the path of a module's source, without importing the module or its parents.

    Returns:
        None where there is none: not installed, compiled, or in an archive.

    >>> find_file("envatlas.kinds").name
    'kinds.py'
    """
    top, *rest = module.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except Exception:  # noqa: BLE001  a finder is anybody's code
        return None
    if spec is None:
        return None
    if not rest:
        return _existing(pathlib.Path(spec.origin)) if spec.origin else None
    for folder in spec.submodule_search_locations or ():
        path = pathlib.Path(folder, *rest)
        found = _existing(path.with_name(path.name + ".py")) or _existing(path / "__init__.py")
        if found:
            return found
    return None


def _existing(path: pathlib.Path) -> pathlib.Path | None:
    try:
        return path if path.suffix == ".py" and path.is_file() else None
    except (OSError, ValueError):
        return None


def _read_module(module: str) -> tuple[_Part, list[tuple[str, bool]]] | None:
    """Return what one module declares, and what it imports of its package; None if it cannot be read."""
    try:
        file = find_file(module)
        if file is None:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are for whoever runs it
            tree = ast.parse(file.read_bytes())
        imported = list(_own_imports(tree, module, is_package=file.name == "__init__.py"))
        return _declarations(tree, str(file)), imported
    except Exception:  # noqa: BLE001  it may hold anything, and lie anywhere
        return None


def _own_imports(tree: ast.Module, module: str, *, is_package: bool) -> Iterator[tuple[str, bool]]:
    """Yield the modules of the same top-level package that the tree imports, and whether each must be one."""
    top = module.partition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found = [(alias.name, True) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            origin = _absolute(node, module, is_package=is_package)
            found = [*((f"{origin}.{alias.name}", False) for alias in node.names), (origin, True)]
        else:
            continue
        yield from (each for each in found if each[0].partition(".")[0] == top)


def _absolute(node: ast.ImportFrom, module: str, *, is_package: bool) -> str:
    if not node.level:
        return node.module or ""
    parents = module.split(".")
    kept = parents[: len(parents) - node.level + is_package]
    return ".".join([*kept, node.module] if node.module else kept)


def _declarations(tree: ast.Module, file: str) -> _Part:
    taken = [_declared(call, file) for call in _calls(tree, "Variable")]
    declared = tuple(each for each in taken if each is not None)
    bridges = _calls(tree, "from_callables")
    secrets = [_said_secret(call) for call in bridges]
    return _Part(
        declared,
        is_complete=len(declared) == len(taken) and not bridges,
        functions=tuple(_functions(tree, file)),
        is_bridge=bool(bridges),
        hidden=None if None in secrets else frozenset[str]().union(*filter(None, secrets)),
    )


def _calls(tree: ast.Module, name: str) -> list[ast.Call]:
    """Return the calls of what has a name in envatlas, under whatever name it was imported, in their order."""
    names = {name} | {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name == name
    }
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_called(node.func, name, names)]
    return sorted(calls, key=lambda call: (call.lineno, call.col_offset))


def _is_called(function: ast.expr, name: str, names: set[str]) -> bool:
    if isinstance(function, ast.Subscript):  # Variable[int](...)
        function = function.value
    if isinstance(function, ast.Name):
        return function.id in names
    return isinstance(function, ast.Attribute) and function.attr == name


def _said_secret(call: ast.Call) -> frozenset[str] | None:
    """Return the names that a call of `from_callables` says to be secrets; None where it does not tell."""
    arguments = {keyword.arg: keyword.value for keyword in call.keywords}
    if "secrets" not in arguments:
        return None if None in arguments else frozenset()
    node = arguments["secrets"]
    items = [_literal(each) for each in node.elts] if isinstance(node, ast.List | ast.Tuple | ast.Set) else [None]
    return None if None in items else frozenset(map(str, items))


def _functions(tree: ast.Module, file: str) -> Iterator[Declared]:
    """Yield the names in dicts of functions; what calls another function may read a secret, for all that is known."""
    defined = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict) and _reads_variables(node):
            for key, value in zip(node.keys, node.values, strict=True):
                name = _literal(key)
                if isinstance(name, str) and is_name(name) and key is not None:
                    hidden = tuple(dict.fromkeys(filter(looks_secret, _names_in(value, defined))))
                    secret = bool(hidden) or looks_secret(name) or _calls_others(value)
                    yield Declared(name, "", secret, file, key.lineno, (name, *hidden) if hidden else ())


def _reads_variables(node: ast.Dict) -> bool:
    """Return whether a dict may be one of variables: it has lambdas, and each can be called without arguments."""
    asked = [value.args for value in node.values if isinstance(value, ast.Lambda)]
    needed = (len(each.posonlyargs) + len(each.args) - len(each.defaults) for each in asked)
    return bool(asked) and not any(needed) and not any(None in each.kw_defaults for each in asked)


def _names_in(value: ast.expr, defined: Mapping[str, ast.FunctionDef]) -> Iterator[str]:
    """Yield the texts that could be names, in a function and in those of its module that it mentions."""
    waiting: list[ast.AST] = [value]
    seen: set[str] = set()
    while waiting:
        for each in ast.walk(waiting.pop()):
            if isinstance(each, ast.Constant) and isinstance(each.value, str) and is_name(each.value):
                yield each.value
            elif isinstance(each, ast.Name) and each.id in defined and each.id not in seen:
                seen.add(each.id)
                waiting.append(defined[each.id])


def _calls_others(value: ast.expr) -> bool:
    """Return whether what is to be a function may call one that is neither of `os`, nor built in, nor a method."""
    if not isinstance(value, ast.Lambda):
        return True
    own = {each.id for each in ast.walk(value) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
    called = (_root(each.func) for each in ast.walk(value) if isinstance(each, ast.Call))
    return any(isinstance(each, ast.Name) and each.id not in own | _KNOWN for each in called)


def _root(node: ast.expr) -> ast.expr:
    """Return what an attribute or an item is one of, however deep."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node


def _declared(call: ast.Call, file: str) -> Declared | None:
    """Return the variable that a call declares; None if its name is no literal, or no name."""
    arguments = {keyword.arg: keyword.value for keyword in call.keywords}
    name = _literal(call.args[0] if call.args else arguments.get("name"))
    if not isinstance(name, str) or not name.isidentifier():
        return None
    help_text = _literal(arguments.get("help"))
    secret = _literal(arguments["secret"]) if "secret" in arguments else None in arguments
    return Declared(
        name=name,
        help=help_text if isinstance(help_text, str) else "",
        secret=secret is not False,
        file=file,
        line=call.lineno,
        reads=_literals(arguments.get("reads")),
        formerly=_keys(arguments.get("formerly")),
    )


def _literal(node: ast.expr | None) -> object:
    """Return the constant that an expression is, or None."""
    return node.value if isinstance(node, ast.Constant) else None


def _literals(node: ast.expr | None) -> tuple[str, ...]:
    """Return the texts that an expression is a tuple of."""
    items = [_literal(each) for each in node.elts] if isinstance(node, ast.Tuple) else []
    return tuple(each for each in items if isinstance(each, str))


def _keys(node: ast.expr | None) -> tuple[str, ...]:
    """Return the texts that are the keys of an expression that is a dict."""
    keys = map(_literal, node.keys) if isinstance(node, ast.Dict) else ()
    return tuple(each for each in keys if isinstance(each, str))
