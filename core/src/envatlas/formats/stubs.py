"""Stubs: what type checkers and editors are to know of a registry's variables, as the text of stub files."""

from __future__ import annotations

import ast
import keyword
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from envatlas.environment import Environment
from envatlas.formats.annotations import Annotations
from envatlas.formats.shown import one_line
from envatlas.formats.value_types import value_forms
from envatlas.registry import Registry
from envatlas.snapshot import Snapshot
from envatlas.variable import Variable

HEAD: Final = """\
# Written by `envatlas stubs` from the plugins that are installed; where they change, run it again.
# fmt: off
# ruff: noqa
"""
_STUB: Final = """\
{head}
{imports}

from envatlas.environment import Environment
from envatlas.registry import Registry
from envatlas.snapshot import Snapshot

class _Variables:
    {variables}

# That any other name is a variable, which both classes say where there is no stub, is taken back.
class _Snapshot(_Variables, Snapshot):
    __getattr__: None  # type: ignore[assignment, misc]

class _Environment(_Variables, Environment):
    __getattr__: None  # type: ignore[assignment, misc]
    def snapshot(self) -> _Snapshot: ...

{names}
"""
_OWN: Final = frozenset(
    {
        "Environment",
        "Final",
        "Registry",
        "Snapshot",
        "deprecated",
        "property",
        "_Environment",
        "_Snapshot",
        "_Variables",
    }
)
_WIDTH: Final = 100
_CHECKED: Final = frozenset({"TYPE_CHECKING", "typing.TYPE_CHECKING"})
"""What is true for a checker alone."""


def registry_stub(registry: Registry, registries: Sequence[str], environments: Sequence[str]) -> str:
    """Return the stub of a module that has a registry, environments of it, and nothing else.

    Each variable is a property with its type and its help. A name that Python or an environment has for something else
    is left to ``envs["NAME"]``.

    Args:
        registry: The registry; the variables of its active plugins count.
        registries: The names that the module has for it.
        environments: The names that the module has for environments of it.

    >>> from envatlas.vllm import registry
    >>> stub = registry_stub(registry, ["registry"], ["envs"])
    >>> "def VLLM_PORT(self) -> int | None:" in stub, stub.splitlines()[-1]
    (True, 'registry: Final[Registry]')
    """
    variables = [variable for variable in registry if _is_attribute(variable.name)]
    annotations = Annotations({*(each.name for each in variables), *registries, *environments, *_OWN})
    lines = [line for variable in variables for line in _property(variable, annotations)]
    imports = [*annotations.imports, "from typing import Final"]
    if any(variable.deprecated for variable in variables):
        imports.append("\nfrom typing_extensions import deprecated")
    types = {**dict.fromkeys(environments, "_Environment"), **dict.fromkeys(registries, "Registry")}
    return _STUB.format(
        head=HEAD,
        imports="\n".join(imports),
        variables="\n    ".join(lines or ["..."]),
        names="\n".join(f"{name}: Final[{type_}]" for name, type_ in sorted(types.items())),
    )


def package_stub(package: str, source: str | bytes, modules: Iterable[str]) -> str | None:
    """Return the stub of a package that only imports; None where it does more than that.

    Args:
        package: Its dotted name.
        source: The source of its ``__init__``.
        modules: The names of its modules; pyright finds them in it only if its stub has them. What the package imports
            under one of these names counts more.

    >>> print(package_stub("a", "from a.b import c, d as e", ["b"]).removeprefix(HEAD).strip())
    import a.b as _b
    from a.b import c as c, d as e
    <BLANKLINE>
    b = _b
    """
    try:
        body = [*_imports(ast.parse(source).body)]
    except _MoreThanImportsError:
        return None
    bound = {alias.asname for node in body for alias in node.names}
    others = [name for name in modules if name not in bound]
    imported = "".join(f"import {package}.{name} as _{name}\n" for name in others)
    shown = "".join(f"{name} = _{name}\n" for name in others)
    kept = "".join(f"{ast.unparse(node)}\n" for node in body)
    return f"{HEAD}\n{imported}{kept}\n{shown}"


def _is_attribute(name: str) -> bool:
    """Return whether a variable is read as an attribute of that name, and not something that is there anyway."""
    is_there = hasattr(Environment, name) or hasattr(Snapshot, name) or name in Environment.__annotations__
    return not (is_there or keyword.iskeyword(name) or name.startswith("__") or name in _OWN)


def _property(variable: Variable[object], annotations: Annotations) -> Iterator[str]:
    """Yield the lines of a variable's property; its indentation is the caller's."""
    yield "@property"
    said = variable.help
    if variable.deprecated is not None:
        reason = f"since {variable.deprecated.since}: {variable.deprecated.reason}"
        said = f"{said} Deprecated {reason}"
        yield f'@deprecated("{_escaped(reason)}")'
    yield f"def {variable.name}(self) -> {annotations.written(value_forms(variable))}:"
    yield from textwrap.wrap(
        f'"""{_escaped(said)}"""',
        _WIDTH,
        initial_indent="    ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _escaped(text: str) -> str:
    r"""Return a text as it stands between double quotes, in one line; what would not be seen is written out.

    >>> print(_escaped('a "quoted"\n\u202etext\\'))
    a \"quoted\" \\u202etext\\
    """
    return one_line(text).replace("\\", "\\\\").replace('"', '\\"')


class _MoreThanImportsError(Exception):
    """A package that does more than to import."""


def _imports(body: Sequence[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the imports of a package, written so that a stub shows others what it imports."""
    for node in body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                alias.asname = alias.asname or (alias.name if alias.name != "*" else None)
            yield from [] if node.module == "__future__" else [node]
        elif isinstance(node, ast.Import):
            shown = [alias for alias in node.names if alias.asname == alias.name]
            yield from [ast.Import(shown)] if shown else []
        elif isinstance(node, ast.If) and ast.unparse(node.test) in _CHECKED and not node.orelse:
            yield from _imports(node.body)
        elif not _says_nothing(node):
            raise _MoreThanImportsError


def _says_nothing(node: ast.stmt) -> bool:
    """Return whether a statement of a package adds no name for others: a docstring, ``__all__``, what is private."""
    if isinstance(node, ast.Assign):
        return all(isinstance(each, ast.Name) and each.id.startswith("_") for each in node.targets)
    return isinstance(node, ast.Expr) or (isinstance(node, ast.FunctionDef) and node.name == "__getattr__")
