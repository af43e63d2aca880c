"""Inactive: what the plugins that are left out, or failed, would declare."""

from __future__ import annotations

from collections.abc import Container, Iterable

import attrs

from envatlas.loading import PluginRecord
from envatlas.owner import Owner
from envatlas.sources import read_source


@attrs.frozen
class InactiveVariable:
    """A variable that a plugin declares which is not active: known from the plugin's source, and not readable.

    Attributes:
        name: Its name.
        owner: The plugin that owns it, and its distribution.
        help: Its help text; empty where the source does not tell.
        secret: Whether it is a secret; true where the source does not tell.
        why: Why the plugin is not active, in words.
        sources: The names that it would be read from, in order.
        file: The path of the file that declares it; empty where that is not known.
        line: The line of the declaration, from 1; 0 where that is not known.
    """

    name: str
    owner: Owner
    help: str
    secret: bool
    why: str
    sources: tuple[str, ...] = attrs.field(default=(), repr=False)
    file: str = attrs.field(default="", repr=False)
    line: int = attrs.field(default=0, repr=False)

    @property
    def plugin(self) -> str:
        """The name of the plugin that owns it."""
        return self.owner.plugin

    def set_as(self, environ: Container[str]) -> str | None:
        """Return the first of its names that an environment has; None where it is unset.

        >>> InactiveVariable("A", Owner("a", "a", "1"), "", False, "", ("A", "B")).set_as({"B": "1"})
        'B'
        """
        return next((name for name in self.sources if name in environ), None)


@attrs.frozen
class Inactive:
    """Everything that is known of the plugins that are not active.

    Attributes:
        variables: Their variables by the names, without those that an active plugin declares.
        opaque: Those whose sources do not tell all that they declare.
    """

    variables: dict[str, InactiveVariable]
    opaque: tuple[PluginRecord, ...]

    @classmethod
    def of(cls, plugins: Iterable[PluginRecord], active: Iterable[str]) -> Inactive:
        """Read the sources of the plugins that are not active.

        Args:
            plugins: All plugins, in load order.
            active: The names of the active variables.

        >>> Inactive.of([], []).variables
        {}
        """
        taken = set(active)
        variables: dict[str, InactiveVariable] = {}
        opaque: list[PluginRecord] = []
        for plugin in plugins:
            if plugin.is_active:
                continue
            source = read_source(plugin.module)
            opaque += [] if source.is_complete else [plugin]
            for each in source.declared:
                if each.name not in taken:
                    found = InactiveVariable(
                        each.name,
                        plugin.owner,
                        each.help,
                        each.secret,
                        plugin.reason,
                        each.sources,
                        each.file,
                        each.line,
                    )
                    variables.setdefault(each.name, found)
        return cls(variables, tuple(opaque))
