"""A registry: the variables of one application, gathered from its plugins."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Mapping
from typing import Final, TypeVar, overload

import attrs

from envatlas.discovery import discover
from envatlas.errors import (
    InactiveVariableError,
    LoadingError,
    Origin,
    ProblemError,
    RegistryProblemsError,
    UnknownVariableError,
)
from envatlas.kinds import TextList
from envatlas.loading import Catalogue, Loader, PluginRecord, PluginState
from envatlas.sources import Source, read_source
from envatlas.spelling import nearest_names
from envatlas.variable import Variable
from envatlas.version import VERSION

T = TypeVar("T")

OWN: Final = "(registry)"
"""What stands in a plugin's place for the variables that belong to a registry itself."""

# One lock for all registries: loading is rare, and a fork waits for it, so that a child finds a registry either
# loaded or untouched, and no module half imported.
_LOAD_LOCK: Final = threading.RLock()
if sys.platform != "win32":
    os.register_at_fork(
        before=_LOAD_LOCK.acquire, after_in_parent=_LOAD_LOCK.release, after_in_child=_LOAD_LOCK.release
    )


@attrs.frozen
class InactiveVariable:
    """A variable that a plugin declares which is not active: known from the plugin's source, and not readable.

    Attributes:
        name: Its name.
        plugin: The plugin that owns it.
        help: Its help text; empty where the source does not tell.
        secret: Whether it is a secret; true where the source does not tell.
        why: Why the plugin is not active, in words.
    """

    name: str
    plugin: str
    help: str
    secret: bool
    why: str


@attrs.define(eq=False, on_setattr=attrs.setters.frozen)
class Registry:
    """The variables of one application.

    Nothing is scanned or imported until the registry is first asked for something; then it loads once, whichever
    thread asks. What it selects by is read at that moment, and stays.

    Args:
        name: What the registry is called in messages.
        group: The entry-point group in which its plugins are offered.
        filter_variable: The name of the variable that selects plugins; None selects all.
        prefix: What the names of its variables start with; a check looks there for misspelt ones.
        bundled: What the names of the distributions start with that come with the application. Their plugins
            load first, and no other can take a name from them.
        shared_groups: Entry-point groups of the application's own that it filters by the same variable; a name
            that matches a plugin there is no mistake.
        environ: Where the filter variable is read.

    >>> from envatlas.vllm import registry
    >>> "VLLM_PORT" in registry, registry["VLLM_PORT"].kind.name
    (True, 'integer')
    """

    name: str
    group: str = attrs.field(kw_only=True)
    filter_variable: str | None = attrs.field(default=None, kw_only=True)
    prefix: str = attrs.field(default="", kw_only=True)
    bundled: str | None = attrs.field(default=None, kw_only=True)
    shared_groups: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    environ: Mapping[str, str] = attrs.field(factory=lambda: os.environ, kw_only=True, repr=False)
    _catalogue: Catalogue | None = attrs.field(default=None, init=False, repr=False, on_setattr=attrs.setters.NO_OP)
    _is_loading: bool = attrs.field(default=False, init=False, repr=False, on_setattr=attrs.setters.NO_OP)
    _inactive: tuple[InactiveVariable, ...] | None = attrs.field(
        default=None, init=False, repr=False, on_setattr=attrs.setters.NO_OP
    )

    def load(self, *, strict: bool = False) -> None:
        """Load the plugins, unless that is done already.

        Args:
            strict: Whether to raise what is wrong, rather than to keep it in `problems`.

        Raises:
            RegistryProblemsError: All the problems, where ``strict`` is true and there are any.
        """
        problems = self.catalogue.problems
        if strict and problems:
            raise RegistryProblemsError.of(self.name, problems)

    @property
    def catalogue(self) -> Catalogue:
        """Everything that the load found; it loads at the first use."""
        return self._catalogue or self._load()

    @property
    def plugins(self) -> tuple[PluginRecord, ...]:
        """All discovered plugins, in load order."""
        return self.catalogue.plugins

    @property
    def active_plugins(self) -> tuple[PluginRecord, ...]:
        """The plugins whose variables count, in load order."""
        return tuple(each for each in self.plugins if each.is_active)

    @property
    def problems(self) -> tuple[ProblemError, ...]:
        """Everything that is wrong with what is installed or selected."""
        return self.catalogue.problems

    @property
    def inactive(self) -> tuple[InactiveVariable, ...]:
        """The variables of the plugins that are not active, as far as their sources tell."""
        if self._inactive is None:
            self._inactive = tuple(_inactive(self.catalogue))
        return self._inactive

    def owner(self, name: str) -> Origin:
        """Return who declared an active variable.

        Raises:
            UnknownVariableError: Nobody declares it, or a plugin that is not active.

        >>> from envatlas.vllm import registry
        >>> registry.owner("VLLM_PLUGINS").plugin
        '(registry)'
        """
        owner = self.catalogue.owners.get(name)
        if owner is None:
            raise self.unknown(name)
        return owner

    def unknown(self, name: str) -> UnknownVariableError:
        """Return the error that says why a name is not an active variable's.

        >>> from envatlas.vllm import registry
        >>> registry.unknown("VLLM_PROT").nearest
        ('VLLM_PORT',)
        """
        for each in self.inactive:
            if each.name == name:
                return InactiveVariableError(name, self.name, plugin=each.plugin, why=each.why)
        known = [*self.catalogue.variables, *(each.name for each in self.inactive)]
        excluded = [each.name for each in self.plugins if each.state is PluginState.EXCLUDED]
        failed = [each.name for each in self.plugins if each.state in _FAILED]
        return UnknownVariableError(
            name, self.name, nearest_names(name, known), self.filter_variable, tuple(excluded), tuple(failed)
        )

    def __iter__(self) -> Iterator[Variable[object]]:
        return iter(self.catalogue.variables.values())

    def __len__(self) -> int:
        return len(self.catalogue.variables)

    def __contains__(self, variable: object) -> bool:
        if isinstance(variable, Variable):
            return self.catalogue.variables.get(variable.name) == variable
        return variable in self.catalogue.variables

    @overload
    def __getitem__(self, name: str) -> Variable[object]: ...
    @overload
    def __getitem__(self, name: Variable[T]) -> Variable[T]: ...
    def __getitem__(self, name: str | Variable[T]) -> Variable[object] | Variable[T]:
        key = name.name if isinstance(name, Variable) else name
        variable = self.catalogue.variables.get(key)
        if variable is None or (isinstance(name, Variable) and variable != name):
            raise self.unknown(key)
        return variable

    def _load(self) -> Catalogue:
        with _LOAD_LOCK:
            if self._is_loading:
                raise LoadingError(self.name)
            if self._catalogue is None:
                self._is_loading = True
                try:
                    self._catalogue = self._loaded()
                finally:
                    self._is_loading = False
                _log(self._catalogue.problems)
            return self._catalogue

    def _loaded(self) -> Catalogue:
        discovery = discover(self.group)
        loader = Loader(self._own(), self.environ, self.filter_variable, self.bundled)
        loader.add_problems(discovery.problems)
        loader.add_all(discovery.candidates)
        loader.report_unmatched(self.shared_groups)
        return loader.catalogue()

    def _own(self) -> dict[str, tuple[Variable[object], Origin]]:
        if self.filter_variable is None:
            return {}
        variable = Variable(
            self.filter_variable,
            TextList(),
            default=None,
            help="Names the plugins to load, separated by commas; unset loads all of them, empty none.",
        )
        return {variable.name: (variable, Origin(OWN, "envatlas", VERSION))}


_FAILED: Final = frozenset({PluginState.FAILED, PluginState.DUPLICATE, PluginState.INCOMPATIBLE})


def _inactive(catalogue: Catalogue) -> Iterator[InactiveVariable]:
    seen = set(catalogue.variables)
    for plugin in catalogue.plugins:
        source = Source() if plugin.is_active else read_source(plugin.module)
        for each in source.declared:
            if each.name not in seen:
                seen.add(each.name)
                yield InactiveVariable(each.name, plugin.name, each.help, each.secret, plugin.reason)


def _log(problems: tuple[ProblemError, ...]) -> None:
    if not problems:
        return
    import logging  # noqa: PLC0415  only a registry with problems needs it

    for problem in problems:
        logging.getLogger("envatlas").warning("%s", problem)
