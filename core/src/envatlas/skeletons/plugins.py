"""The skeleton of a plugin: a package that installs, passes its own test, and is typed."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import keyword
import pathlib
import re
import shlex
from collections.abc import Mapping
from string import Template
from typing import Final, Self

import attrs

from envatlas.registry import Registry
from envatlas.variable import is_name
from envatlas.version import VERSION

_TEMPLATES: Final = pathlib.Path(__file__).parent / "plugin"
_NAME: Final = "[a-z][a-z0-9]*(_[a-z0-9]+)*"
"""Builders find a package by the name of its distribution, in which underscores are neither doubled nor last."""
_CORE: Final = "envatlas"
_RESERVED: Final = frozenset({_CORE, "all", "none", "registry", "test"})
"""Names that would read as something else where a plugin is named."""


@attrs.frozen
class NewPlugin:
    """A plugin that is to be written.

    Args:
        name: Its name, on which a selection filters.
        application: The name of its registry.
        group: The entry-point group in which it is offered.
        prefix: What the names of its variables start with.
        registry: Where its registry is: ``module:attribute``.

    >>> acme = NewPlugin("acme", "vllm", "envatlas.vllm", "VLLM_ACME_", "envatlas.vllm:registry")
    >>> acme.distribution, acme.module
    ('acme-vllm', 'acme_vllm')
    """

    name: str
    application: str
    group: str
    prefix: str
    registry: str

    @classmethod
    def of(cls, name: str, registry: Registry, reference: str, prefix: str | None = None) -> Self:
        """Return the plugin of a name, for a registry.

        Args:
            name: The plugin's name.
            registry: Its registry.
            reference: Where that is: ``module:attribute``.
            prefix: What the names of its variables start with; the registry's prefix and its name unless it is given.

        >>> from envatlas.vllm import registry
        >>> NewPlugin.of("acme", registry, "envatlas.vllm:registry").prefix
        'VLLM_ACME_'
        """
        usual = f"{registry.prefix}{name.upper()}_"
        return cls(name, registry.name, registry.group, usual if prefix is None else prefix, reference)

    @property
    def module(self) -> str:
        """The name of its package: after its registry, or after that one's module where no letter of it can be used."""
        application = _usable(self.application) or _usable(self.registry.partition(":")[0])
        return f"{self.name}_{application}".rstrip("_")

    @property
    def distribution(self) -> str:
        """The name of its distribution."""
        return self.module.replace("_", "-")

    @property
    def option(self) -> str:
        """What follows the command ``envatlas list`` where its registry is not the usual one."""
        return "" if self._is_core else f" --registry {shlex.quote(self.registry)}"

    @property
    def _is_core(self) -> bool:
        return self.registry.partition(":")[0].partition(".")[0] == _CORE

    def files(self) -> Mapping[str, str]:
        """Return the texts of its files by their paths.

        >>> acme = NewPlugin("acme", "vllm", "envatlas.vllm", "VLLM_ACME_", "envatlas.vllm:registry")
        >>> [*acme.files()]  # doctest: +NORMALIZE_WHITESPACE
        ['pyproject.toml', 'README.md', 'src/acme_vllm/__init__.py', 'src/acme_vllm/py.typed',
         'tests/test_acme_vllm.py']
        """
        return {
            "pyproject.toml": self._filled("pyproject.toml.in"),
            "README.md": self._filled("README.md.in"),
            f"src/{self.module}/__init__.py": self._filled("module.py.in"),
            f"src/{self.module}/py.typed": "",
            f"tests/test_{self.module}.py": self._filled("test.py.in"),
        }

    def _filled(self, template: str) -> str:
        registry_module, _, attribute = self.registry.partition(":")
        tests = [f"envatlas[cli,testing]{_versions()}", *([] if self._is_core else _distributions(registry_module))]
        return Template((_TEMPLATES / template).read_text(encoding="utf-8")).substitute(
            attrs.asdict(self),
            description=json.dumps(f"Environment variables of {self.application} for {self.name}", ensure_ascii=False),
            distribution=self.distribution,
            docstring=self.application.replace("\\", r"\\").replace('"', r"\""),
            module=self.module,
            option=self.option,
            quoted_group=json.dumps(self.group, ensure_ascii=False),
            registry=attribute,
            registry_module=registry_module,
            registry_name=attribute.partition(".")[0],
            tests=", ".join(f'"{each}"' for each in tests),
            versions=_versions(),
        )


def name_fault(name: str, registry: Registry, reference: str) -> str:
    """Return why a new plugin of a registry cannot have a name; empty if it can.

    Args:
        name: The name.
        registry: The registry.
        reference: Where that is: ``module:attribute``.

    >>> from envatlas.vllm import registry
    >>> [name_fault(name, registry, "envatlas.vllm:registry") for name in ("cuda", "acme")]
    ['envatlas-vllm-cuda 0.1.0 has a plugin of that name', '']
    """
    if not re.fullmatch(_NAME, name):
        return "it is to be lower-case letters and digits, a letter first, and single underscores between them"
    if keyword.iskeyword(name) or name in _RESERVED:
        return "it is reserved"
    found = registry.discover(registry.group).candidates
    taken = next((each.owner for each in found if each.owner.plugin == name), None)
    if taken:
        return f"{taken.distribution} {taken.version} has a plugin of that name"
    module = NewPlugin.of(name, registry, reference).module
    return f"there is a module {module} already" if importlib.util.find_spec(module) else ""


def prefix_fault(prefix: str, registry: Registry) -> str:
    """Return why the names of variables cannot start with a prefix; empty if they can.

    >>> from envatlas.vllm import registry
    >>> prefix_fault("ACME_", registry), prefix_fault("VLLM_ACME_", registry)
    ("it is to start as the names of the registry 'vllm' do, with VLLM_", '')
    """
    own = prefix.removeprefix(registry.prefix)  # the registry's may be in whatever case
    if not is_name(prefix) or not re.fullmatch("[A-Z0-9_]*", own) or not prefix.endswith("_"):
        return "it is to be upper-case letters, digits and underscores, an underscore last"
    if not prefix.startswith(registry.prefix):
        return f"it is to start as the names of the registry {registry.name!r} do, with {registry.prefix}"
    return ""


def _usable(name: str) -> str:
    """Return what of a name can be a part of a module's."""
    return re.sub("[^a-z0-9]+", "_", name.lower()).strip("_")


def _versions() -> str:
    """Return the versions of envatlas with which a plugin that is written today works."""
    major, minor, _ = VERSION.split(".", 2)
    return f">={major}.{minor},<{major}.{int(minor) + 1}"


def _distributions(module: str) -> list[str]:
    """Return the distributions that have a module's top-level package."""
    return importlib.metadata.packages_distributions().get(module.partition(".")[0], [])[:1]
