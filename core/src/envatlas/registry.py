"""A registry: the variables of one application, gathered from its plugins."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, TypeVar, cast, overload

import attrs

from envatlas.discovery import Discovery, discover
from envatlas.errors import ForeignVariableError, InactiveVariableError, UnknownVariableError
from envatlas.kinds import TextList
from envatlas.load_lock import LOADING
from envatlas.loading import Catalogue, Loader, PluginRecord, PluginState, without_secrets
from envatlas.owner import Owner
from envatlas.problems import ProblemError, RegistryProblemsError
from envatlas.spelling import nearest_names
from envatlas.texts import told
from envatlas.variable import Variable
from envatlas.version import VERSION

if TYPE_CHECKING:
    from envatlas.choices import AddedChoice
    from envatlas.inactive import Inactive, InactiveVariable
    from envatlas.readings import Reading, Relations
    from envatlas.removals import Removals, RemovedVariable

T = TypeVar("T")

OWN: Final = "(registry)"
"""What stands in a plugin's place for the variables that belong to a registry itself."""


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
        quiet_variable: The name of the variable that, while it reads as true, keeps back what is said of deprecated
            ones.
        environ: Where the filter variable is read.
        discover: Finds the plugins that the group has; unless it is given, among what is installed.

    >>> from envatlas.vllm import registry
    >>> "VLLM_PORT" in registry, registry["VLLM_PORT"].kind.name
    (True, 'integer')
    """

    name: str = attrs.field(validator=attrs.validators.min_len(1))
    group: str = attrs.field(kw_only=True, validator=attrs.validators.min_len(1))
    filter_variable: str | None = attrs.field(default=None, kw_only=True)
    prefix: str = attrs.field(default="", kw_only=True)
    bundled: str | None = attrs.field(default=None, kw_only=True)
    shared_groups: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    quiet_variable: str | None = attrs.field(default=None, kw_only=True)
    environ: Mapping[str, str] = attrs.field(factory=lambda: os.environ, kw_only=True, repr=False)
    discover: Callable[[str], Discovery] = attrs.field(default=discover, kw_only=True, repr=False)
    _catalogue: Catalogue | None = attrs.field(default=None, init=False, repr=False, on_setattr=attrs.setters.NO_OP)
    _inactive: Inactive | None = attrs.field(default=None, init=False, repr=False, on_setattr=attrs.setters.NO_OP)
    _is_elsewhere: bool = attrs.field(default=False, init=False, repr=False, on_setattr=attrs.setters.NO_OP)
    _removals: Removals | None = attrs.field(default=None, init=False, repr=False, on_setattr=attrs.setters.NO_OP)
    _relations: Relations | None = attrs.field(default=None, init=False, repr=False, on_setattr=attrs.setters.NO_OP)

    def load(self, *, strict: bool = False) -> None:
        """Load the plugins, unless that is done already.

        Args:
            strict: Whether to raise what is wrong, rather than to keep it in `problems`.

        Raises:
            RegistryProblemsError: All the problems, where ``strict`` is true and there are any.
        """
        self.catalogue  # noqa: B018  it loads
        if strict and self.problems:
            raise RegistryProblemsError.of(self.name, self.problems)

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
        return (*self.catalogue.problems, *self._gone().problems)

    @property
    def inactive(self) -> tuple[InactiveVariable, ...]:
        """The variables of the plugins that are not active, as far as their sources tell."""
        return tuple(self._not_active().variables.values())

    @property
    def removed(self) -> tuple[RemovedVariable, ...]:
        """The names that are variables no more, as active plugins say; what is declared, or read from, is none."""
        read = (name for each in self for name in each.sources)
        known = {*self.catalogue.variables, *self._not_active().variables, *read}
        return tuple(each for each in self._gone().variables.values() if each.name not in known)

    @property
    def opaque_plugins(self) -> tuple[PluginRecord, ...]:
        """The plugins that are not active, and may declare more than their sources tell."""
        return self._not_active().opaque

    @property
    def secret_names(self) -> frozenset[str]:
        """All names that secrets are read from, of active plugins and of those that are not."""
        return self._related().secrets

    def owner(self, name: str) -> Owner:
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

    def choices(self, name: str) -> tuple[AddedChoice, ...]:
        """Return the choices that plugins added to a variable, with who added each; it reads and allows them.

        Raises:
            UnknownVariableError: Nobody declares it, or a plugin that is not active.

        >>> from envatlas.vllm import registry
        >>> registry.choices("VLLM_ATTENTION_BACKEND")
        ()
        """
        return self.catalogue.added.get(self[name].name, ())

    def explain(self, name: str, environ: Mapping[str, str] | None = None) -> Reading:
        """Return what a variable is set to, and why.

        Args:
            name: The variable's name.
            environ: The environment; the registry's own where it is not given.

        Raises:
            UnknownVariableError: Nobody declares it, or a plugin that is not active.

        >>> from envatlas.vllm import registry
        >>> registry.explain("VLLM_DO_NOT_TRACK", {"DO_NOT_TRACK": "1"}).origin
        'DO_NOT_TRACK'
        """
        from envatlas.readings import take_reading, without_secrets  # noqa: PLC0415  it reads sources, as below

        variable, owner, relations = self[name], self.owner(name), self._related()
        environ = self.environ if environ is None else environ
        reading = without_secrets(take_reading(variable, owner, environ), relations.secrets, environ)
        declarations = relations.declarations
        return attrs.evolve(
            reading,
            dependents=relations.dependents.get(name, ()),
            module=declarations.modules.get(owner, ""),
            declarations=declarations,
        )

    def fingerprint(self, environ: Mapping[str, str] | None = None) -> str:
        """Return one text for all the values that a compiled graph depends on: a sha256, in hexadecimal digits.

        Secrets and paths are left out of it; `envatlas.fingerprints` says what that means, and has its parts.

        Args:
            environ: The environment; the registry's own where it is not given.

        Raises:
            InvalidEnvironmentError: A group of all the errors, if any of the values cannot be read.
            RegistryProblemsError: A plugin failed, whose values nobody can read.

        >>> from envatlas.vllm import registry
        >>> registry.fingerprint({"VLLM_USE_V1": "1"}) == registry.fingerprint({"VLLM_PORT": "5000"})
        True
        """
        from envatlas.fingerprints import take_fingerprint  # noqa: PLC0415  no start needs it, nor hashlib

        return take_fingerprint(self, environ).digest

    def with_environ(self, environ: Mapping[str, str]) -> Registry:
        """Return the registry as it is in another environment, whose selection of plugins counts there.

        >>> from envatlas.vllm import registry
        >>> [plugin.name for plugin in registry.with_environ({"VLLM_PLUGINS": "cuda"}).active_plugins]
        ['cuda']
        """
        there = attrs.evolve(self, environ=environ)
        there._is_elsewhere = True  # noqa: SLF001  it is one of these
        if self._catalogue is not None and self._selects_the_same(environ):
            there._share(self._catalogue, self._inactive, self._relations)  # noqa: SLF001
        return there

    def _share(self, catalogue: Catalogue, inactive: Inactive | None, relations: Relations | None) -> None:
        """Take what another registry of the same selection has loaded, rather than to load it again."""
        self._catalogue, self._inactive, self._relations = catalogue, inactive, relations

    def _selects_the_same(self, environ: Mapping[str, str]) -> bool:
        """Return whether what is loaded is what another environment would load; what cannot be told selects all."""
        name = self.filter_variable
        return name is None or told(environ, name) == told(self.environ, name)

    def unknown(self, name: str) -> UnknownVariableError:
        """Return the error that says why a name is not an active variable's.

        >>> from envatlas.vllm import registry
        >>> registry.unknown("VLLM_PROT").nearest
        ('VLLM_PORT',)
        """
        inactive = self._not_active().variables
        if name in inactive:
            return InactiveVariableError(name, self.name, plugin=inactive[name].plugin, why=inactive[name].why)
        gone = self._gone().error(name, self)
        if gone is not None:
            return gone
        return UnknownVariableError(
            name,
            self.name,
            nearest_names(name, [*self.catalogue.variables, *inactive]),
            self.filter_variable,
            tuple(each.name for each in self.plugins if each.state is PluginState.EXCLUDED),
            tuple(each.name for each in self.plugins if not each.is_active and each.state is not PluginState.EXCLUDED),
            tuple(each.name for each in self.opaque_plugins),
        )

    def __iter__(self) -> Iterator[Variable[object]]:
        return iter(self.catalogue.variables.values())

    def __len__(self) -> int:
        return len(self.catalogue.variables)

    def __contains__(self, variable: object) -> bool:
        if isinstance(variable, Variable):
            return self._is_declared(cast("Variable[object]", variable))
        return variable in self.catalogue.variables

    @overload
    def __getitem__(self, name: str) -> Variable[object]: ...
    @overload
    def __getitem__(self, name: Variable[T]) -> Variable[T]: ...
    def __getitem__(self, name: str | Variable[T]) -> Variable[object] | Variable[T]:
        key = name.name if isinstance(name, Variable) else name
        variable = self.catalogue.variables.get(key)
        if variable is None:
            raise self.unknown(key)
        if isinstance(name, Variable) and not self._is_declared(name):
            raise ForeignVariableError(key, self.name, owner=self.owner(key))
        return variable

    def _is_declared(self, variable: Variable[object]) -> bool:
        """Return whether a variable is the one of its name, as it was declared or with the choices added since."""
        name, catalogue = variable.name, self.catalogue
        return variable in (catalogue.variables.get(name), catalogue.declared.get(name))

    def _load(self) -> Catalogue:
        with LOADING.turn(self, self.name):
            if self._catalogue is not None:
                return self._catalogue
            catalogue = self._catalogue = self._loaded()
        if not self._is_elsewhere:  # what is wrong in another environment is for whoever looks at that
            _log(catalogue.problems)  # a handler may read the registry
        return catalogue

    def _loaded(self) -> Catalogue:
        discovery = self.discover(self.group)
        loader = Loader(self._own(), self.environ, self.filter_variable, self.bundled)
        loader.add_problems(discovery.problems)
        loader.add_all(discovery.candidates)
        loader.report_unmatched(self.shared_groups)
        return loader.catalogue()

    def _not_active(self) -> Inactive:
        if self._inactive is None:
            from envatlas.inactive import Inactive  # noqa: PLC0415  what it needs to parse Python costs each start 6 ms

            self._inactive = Inactive.of(self.plugins, self.catalogue.variables)
        return self._inactive

    def _gone(self) -> Removals:
        if self._removals is None:
            from envatlas.removals import Removals  # noqa: PLC0415  no start needs it

            found = Removals.of(self.plugins)
            if found.problems:
                known = {name for each in self if each.secret for name in each.sources}
                names = known.union(*(each.sources for each in self.inactive if each.secret))
                hidden = tuple(without_secrets(each, names, self.environ) for each in found.problems)
                found = attrs.evolve(found, problems=hidden)
            self._removals = found
        return self._removals

    def _related(self) -> Relations:
        if self._relations is None:
            from envatlas.readings import Declarations, Relations, dependents_of  # noqa: PLC0415  as above

            modules = {each.owner: each.module for each in self.active_plugins}
            self._relations = Relations(dependents_of(self), Declarations(modules), frozenset(self._secret_names()))
        return self._relations

    def _secret_names(self) -> Iterator[str]:
        for variable in self:
            yield from variable.sources if variable.secret else ()
        if not all(plugin.is_active for plugin in self.plugins):  # asking for the others costs milliseconds
            for each in self.inactive:
                yield from (each.name, *each.sources) if each.secret else ()

    def _own(self) -> dict[str, tuple[Variable[object], Owner]]:
        if self.filter_variable is None:
            return {}
        variable = Variable(
            self.filter_variable,
            TextList(),
            default=None,
            help="Names the plugins to load, separated by commas; unset loads all of them, empty none.",
        )
        return {variable.name: (variable, Owner(OWN, "envatlas", VERSION))}


def _log(problems: tuple[ProblemError, ...]) -> None:
    if not problems:
        return
    import logging  # noqa: PLC0415  only a registry with problems needs it

    for problem in problems:
        logging.getLogger("envatlas").warning("%s", problem)
