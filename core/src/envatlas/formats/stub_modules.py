"""Modules that a stub is for: what they have, and what a stub in their place would hide."""

from __future__ import annotations

import ast
import itertools
import sys
from collections.abc import Iterator

import attrs

from envatlas.environment import Environment
from envatlas.registry import Registry
from envatlas.sources import find_file, source_text


@attrs.frozen
class StubModule:
    """A module that makes environments of a registry.

    Attributes:
        name: Its dotted name.
        is_package: Whether it is a package's own.
        registries: The names that it has for the registry, if it makes that, too.
        environments: The names that it has for environments of it.
        others: The names that it has for anything else of its own, which a stub would hide.
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
    """Return what an imported module has of a registry and beside it, of its own: what it imports is not.

    >>> from envatlas.vllm import registry
    >>> stub_module("envatlas.vllm", registry).environments
    ('envs',)
    """
    values = vars(sys.modules[name])
    defined = dict.fromkeys(_defined(source_text(name)))
    registries = tuple(each for each in defined if values.get(each) is registry)
    environments = tuple(each for each in defined if _is_of(values.get(each), registry))
    known = {*registries, *environments}
    others = tuple(each for each in defined if each not in known and not each.startswith("_"))
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
    return sorted(name for name in found if name.isidentifier() and not name.startswith("_"))


def _holds(name: str, registry: Registry) -> bool:
    module = sys.modules.get(name)
    return type(module) is type(sys) and any(_is_of(each, registry) for each in [*vars(module).values()])


def _is_of(value: object, registry: Registry) -> bool:
    return issubclass(type(value), Environment) and vars(value)["_registry"] is registry


def _defined(source: bytes) -> Iterator[str]:
    """Yield the names that a module's source defines: not those that it imports."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError):
        return
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name))
