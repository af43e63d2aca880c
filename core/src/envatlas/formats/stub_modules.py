"""Modules that a stub is for: what they have, and what a stub in their place would hide."""

from __future__ import annotations

import ast
import itertools
import keyword
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast

import attrs

from envatlas.environment import Environment
from envatlas.registry import Registry
from envatlas.sources import find_file, source_text

_WITH_NAMES_OF_THEIR_OWN: Final = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)


@attrs.frozen
class StubModule:
    """A module that makes environments of a registry.

    Attributes:
        name: Its dotted name.
        is_package: Whether it is a package's own.
        registries: The names that it has for the registry, if it makes that, too.
        environments: The names that it has for environments of it.
        others: The names that it has for anything else, of its own or for others, which a stub would hide.
    """

    name: str
    is_package: bool
    registries: tuple[str, ...]
    environments: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def packages(self) -> list[str]:
        """The packages in which it is, the outermost first.

        >>> StubModule("a.b.c", False, (), (), ()).packages
        ['a', 'a.b']
        """
        return [*itertools.accumulate(self.name.split(".")[:-1], "{}.{}".format)]


def modules_of(registry: Registry) -> list[str]:
    """Return the names of the modules, of all that were imported, that make environments of a registry.

    >>> from envatlas.vllm import registry
    >>> modules_of(registry)
    ['envatlas.vllm']
    """
    return [name for name in sorted(sys.modules) if _holds(name, registry) and stub_module(name, registry).environments]


def stub_module(name: str, registry: Registry) -> StubModule:
    """Return what an imported module has of a registry and beside it: what it makes, and what it says is for others.

    >>> from envatlas.vllm import registry
    >>> stub_module("envatlas.vllm", registry).environments
    ('envs',)
    """
    values, nodes = vars(sys.modules[name]), [*_own_nodes(source_text(name))]
    made = dict.fromkeys(each for each in map(_made, nodes) if each)
    shown = {each for each in (*map(_shown, nodes), *_exported(values)) if each}
    names = [*made, *sorted(shown - made.keys())]
    registries = tuple(each for each in names if values.get(each) is registry)
    environments = tuple(each for each in made if _is_of(values.get(each), registry))
    own = {*registries, *environments}
    others = tuple(each for each in names if each not in own and (each in shown or not each.startswith("_")))
    file = find_file(name)
    is_package = file is not None and file.stem == "__init__"
    return StubModule(name, is_package, registries, environments, others)


def modules_in(package: str) -> list[str]:
    """Return the names of the modules that are in a package, as far as they are no private ones.

    >>> "kinds" in modules_in("envatlas"), "cli" in modules_in("envatlas")
    (True, True)
    """
    file = find_file(package)
    if file is None:
        return []
    found = [path.stem for path in file.parent.glob("*.py")] + [
        path.parent.name for path in file.parent.glob("*/__init__.py")
    ]
    return sorted(name for name in found if _can_be_imported(name) and not name.startswith("_"))


def _can_be_imported(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name)


def _holds(name: str, registry: Registry) -> bool:
    module = sys.modules.get(name)
    return type(module) is type(sys) and any(_is_of(each, registry) for each in [*vars(module).values()])


def _is_of(value: object, registry: Registry) -> bool:
    return issubclass(type(value), Environment) and vars(value)["_registry"] is registry


def _own_nodes(source: bytes) -> Iterator[ast.AST]:
    """Yield the nodes of a module, in whatever block; those of a function or a class have names of their own."""
    try:
        nodes: list[ast.AST] = [ast.parse(source)]
    except (SyntaxError, ValueError):
        return
    while nodes:
        node = nodes.pop()
        yield node
        if not isinstance(node, _WITH_NAMES_OF_THEIR_OWN):
            nodes.extend(reversed([*ast.iter_child_nodes(node)]))


def _made(node: ast.AST) -> str:
    """Return the name that a node gives to something of the module's own; empty where it gives none."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name
    return node.id if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else ""


def _shown(node: ast.AST) -> str:
    """Return the name that a module imports to show it to others, which it says by writing it twice; or nothing."""
    return node.name if isinstance(node, ast.alias) and node.asname == node.name else ""


def _exported(values: Mapping[str, object]) -> list[str]:
    """Return the names that a module says are for others, wherever they are from."""
    names = values.get("__all__")
    listed = cast("Sequence[object]", names) if isinstance(names, list | tuple) else ()
    return [each for each in listed if isinstance(each, str)]
