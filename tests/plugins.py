"""What the tests of loading share: the sources of plugins, and what became of them."""

from __future__ import annotations

from typing import Final

from envatlas.loading import PluginRecord
from envatlas.registry import Registry

HEADER: Final = "from envatlas import Integer, Text, Variable, hookimpl\n"


def hook(body: str, before: str = "") -> str:
    """Return the source of a plugin whose hook has this body."""
    return f"{HEADER}{before}\n@hookimpl\ndef envatlas_variables():\n    {body}\n"


def names(registry: Registry) -> list[str]:
    """Return the names of the active variables, in load order."""
    return [variable.name for variable in registry]


def plugin(registry: Registry, name: str) -> PluginRecord:
    """Return the first record of a plugin of that name."""
    return next(record for record in registry.plugins if record.name == name)
