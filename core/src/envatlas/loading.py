"""Loading: from the plugins that are installed to a catalogue of variables.

A plugin that cannot be loaded, in whatever way, is set aside with the reason; nothing of it counts, and every
other plugin loads as if it were not there.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs

from envatlas.declarations import load_contributions, load_declarations
from envatlas.discovery import Candidate, discover
from envatlas.distributions import normalize
from envatlas.owner import Owner
from envatlas.problems import (
    ConflictError,
    DuplicatePluginError,
    IncompatiblePluginError,
    PluginError,
    ProblemError,
    SecretReadError,
    UnmatchedNameError,
    worded,
)
from envatlas.redaction import hide_secrets
from envatlas.selection import Selection
from envatlas.spelling import nearest_names
from envatlas.texts import told
from envatlas.values import inputs
from envatlas.variable import Variable

if TYPE_CHECKING:
    from envatlas.choices import AddedChoice, Widening
    from envatlas.contributions import HookError
    from envatlas.sources import Declared, Source

Failed = TypeVar("Failed", PluginError, "HookError")

_NONE: Final[Mapping[str, Any]] = MappingProxyType({})
_CHOICES: Final = "envatlas_choices"


class PluginState(enum.StrEnum):
    """What became of a plugin."""

    ACTIVE = "active"
    """Its variables count."""
    EXCLUDED = "excluded"
    """The selection leaves it out; none of its code was imported."""
    FAILED = "failed"
    """Importing it, or one of its hooks, raised or returned nonsense."""
    DUPLICATE = "duplicate"
    """Another distribution has a plugin of its name."""
    INCOMPATIBLE = "incompatible"
    """It asks for a version of the plugin API that this envatlas does not have."""


@attrs.frozen
class PluginRecord:
    """One discovered plugin, and what became of it.

    Attributes:
        owner: Its name, distribution and version.
        state: What became of it.
        module: The module that its entry point names.
        variables: The names of the variables that it owns; none unless it is active.
        reason: Why it is not active, in words; empty if it is.
        error: The problem that it is, if it is one; the cause of that is what the plugin raised.
        hooks: The names of the hooks that it has; none unless it is active.
    """

    owner: Owner
    state: PluginState
    module: str
    variables: tuple[str, ...] = ()
    reason: str = ""
    error: ProblemError | None = attrs.field(default=None, eq=False, repr=False)
    hooks: frozenset[str] = attrs.field(default=frozenset[str](), eq=False, repr=False)
    _candidate: Candidate | None = attrs.field(default=None, eq=False, repr=False, alias="candidate")

    def contributions(self, hook: str) -> Sequence[object]:
        """Return what an active plugin contributes by another hook than that of its variables; others, nothing.

        Raises:
            PluginError: The hook fails. Its text is what the plugin raised, and may quote a secret.

        >>> PluginRecord(Owner("a", "a", "1"), PluginState.EXCLUDED, "a_vllm").contributions("envatlas_checks")
        ()
        """
        return load_contributions(self._candidate, hook) if self._candidate and hook in self.hooks else ()

    @property
    def name(self) -> str:
        """The plugin's name, on which the selection filters."""
        return self.owner.plugin

    @property
    def distribution(self) -> str:
        """The name of the distribution that brought it."""
        return self.owner.distribution

    @property
    def version(self) -> str:
        """The version of that distribution."""
        return self.owner.version

    @property
    def is_active(self) -> bool:
        """Whether its variables count."""
        return self.state is PluginState.ACTIVE


@attrs.frozen
class Catalogue:
    """Everything that one load found.

    Attributes:
        variables: The active variables by their names, in load order.
        owners: The plugin of each active variable, by the variable's name.
        plugins: All discovered plugins, in load order.
        problems: Everything that is wrong, in the order in which it was found.
        added: The choices that plugins added to variables, by the variables' names.
        declared: The variables with added choices, as they were declared.
    """

    variables: Mapping[str, Variable[object]]
    owners: Mapping[str, Owner]
    plugins: tuple[PluginRecord, ...]
    problems: tuple[ProblemError, ...]
    added: Mapping[str, tuple[AddedChoice, ...]] = _NONE
    declared: Mapping[str, Variable[object]] = _NONE


class Loader:
    """Collects what a catalogue is made of, plugin by plugin.

    Args:
        own: The registry's own variables by their names, which no plugin can take.
        environ: Where the filter variable is read.
        filter_variable: The name of the variable that selects plugins; None selects all.
        bundled: What the names of bundled distributions start with; behind it stands the plugin's name.
    """

    def __init__(
        self,
        own: Mapping[str, tuple[Variable[object], Owner]],
        environ: Mapping[str, str],
        filter_variable: str | None,
        bundled: str | None,
    ) -> None:
        self._environ = environ
        self._filter_variable = filter_variable
        self._bundled = bundled
        self._selection = Selection.parse(None if filter_variable is None else told(environ, filter_variable))
        self._variables = {name: variable for name, (variable, _) in own.items()}
        self._owners = {name: owner for name, (_, owner) in own.items()}
        self._plugins: dict[str, PluginRecord] = {}
        self._duplicates: list[PluginRecord] = []
        self._problems: list[ProblemError] = []
        self._absent: list[tuple[PluginRecord, bytes]] | None = None

    def add_problems(self, problems: Iterable[ProblemError]) -> None:
        """Report what was found to be wrong before."""
        self._problems += problems

    def add_all(self, candidates: Iterable[Candidate]) -> None:
        """Load plugins, or set them aside, in an order that depends on nothing but their names.

        Bundled ones come first, then by distribution, then by name; of two that claim one name, the first keeps it.
        """
        for candidate in sorted(candidates, key=self._order):
            self._add(candidate)

    def report_unmatched(self, shared_groups: Sequence[str]) -> None:
        """Report the selected names that match no plugin that was added, nor one in the other groups."""
        unmatched = self._selection.unmatched(self._plugins)
        if not unmatched:
            return
        shared = {candidate.owner.plugin for candidate in discover(*shared_groups).candidates}
        for name in unmatched:
            if name not in shared:
                nearest = nearest_names(name, self._plugins)
                self._problems.append(UnmatchedNameError(name, str(self._filter_variable), nearest))

    def catalogue(self) -> Catalogue:
        """Return what was found so far, without the secrets that failed plugins may have put into what they raised."""
        self._refuse_leaks()
        widening = self._widened()
        plugins = (*self._plugins.values(), *self._duplicates)
        failed = [each for each in self._problems if isinstance(each, PluginError)]
        names = self._secrets(plugins) if failed else set[str]()
        shown = {id(each): without_secrets(each, names, self._environ) for each in failed}
        found = Catalogue(
            MappingProxyType(self._variables),
            MappingProxyType(self._owners),
            tuple(_with_error(each, shown.get(id(each.error))) for each in plugins),
            tuple(shown.get(id(each), each) for each in self._problems),
        )
        return found if widening is None else attrs.evolve(found, added=widening.added, declared=widening.declared)

    def _order(self, candidate: Candidate) -> tuple[bool, str, str]:
        owner = candidate.owner
        return (not self._is_bundled(owner), normalize(owner.distribution), owner.plugin)

    def _is_bundled(self, owner: Owner) -> bool:
        """Return whether a plugin has the distribution that a bundled one of its name has."""
        name = normalize(f"{self._bundled}{owner.plugin}")
        return self._bundled is not None and normalize(owner.distribution) == name

    def _add(self, candidate: Candidate) -> None:
        owner, module = candidate.owner, candidate.module
        kept = self._plugins.get(owner.plugin)
        if kept is not None:
            problem = DuplicatePluginError(owner, kept.owner)
            self._problems.append(problem)
            self._duplicates.append(
                PluginRecord(owner, PluginState.DUPLICATE, module, reason=problem.reason, error=problem)
            )
        elif not self._selection.allows(owner.plugin):
            reason = worded("{variable} leaves it out", variable=self._filter_variable)
            self._plugins[owner.plugin] = PluginRecord(owner, PluginState.EXCLUDED, module, reason=reason)
        else:
            self._plugins[owner.plugin] = self._load(candidate)

    def _load(self, candidate: Candidate) -> PluginRecord:
        owner, module = candidate.owner, candidate.module
        try:
            declared, hooks = load_declarations(candidate)
        except PluginError as error:
            self._problems.append(error)
            is_old = isinstance(error, IncompatiblePluginError)
            state = PluginState.INCOMPATIBLE if is_old else PluginState.FAILED
            return PluginRecord(owner, state, module, reason=error.reason, error=error)
        taken = tuple(each.name for each in declared if self._register(each, owner))
        return PluginRecord(owner, PluginState.ACTIVE, module, taken, hooks=hooks, candidate=candidate)

    def _register(self, variable: Variable[object], owner: Owner) -> bool:
        """Give a name to a variable, unless it is taken; report that it is, unless by an equal declaration."""
        name = variable.name
        kept, reserved = self._variables.get(name), self._reserved_for(name, owner)
        if kept is None and reserved is None:
            self._variables[name] = variable
            self._owners[name] = owner
            return True
        if kept is None or _differ(kept, variable):
            self._problems.append(ConflictError(name, reserved or self._owners[name], owner))
        return False

    def _refuse_leaks(self) -> None:
        """Take back the variables that depend on a secret, and would show it."""
        secrets = self._secret_names()
        for variable in [each for each in self._variables.values() if not each.secret]:
            others = [name for name in inputs(variable) if name != variable.name]
            owner = self._owners[variable.name]
            secret = next((name for name in others if self._is_secret(name, owner, secrets)), None)
            if secret is not None:
                del self._variables[variable.name], self._owners[variable.name]
                self._problems.append(SecretReadError(variable.name, secret, owner))
                plugin = self._plugins[owner.plugin]
                names = tuple(name for name in plugin.variables if name != variable.name)
                self._plugins[owner.plugin] = attrs.evolve(plugin, variables=names)

    def _widened(self) -> Widening | None:
        """Add the choices that plugins add, if any does."""
        adding = [each for each in self._plugins.values() if _CHOICES in each.hooks]
        if not adding:
            return None
        from envatlas.choices import Widening  # noqa: PLC0415  few starts need it

        widening = Widening(self._variables, self._may_be_inactive)
        for plugin in adding:
            widening.add_all(plugin)
        self._variables = widening.variables
        if widening.problems:
            names = self._secrets(self._plugins.values())
            self._problems += [without_secrets(each, names, self._environ) for each in widening.problems]
        return widening

    def _may_be_inactive(self, name: str) -> bool:
        """Return whether a plugin that is not active declares a name, or may do so."""
        sources = (_source(each.module) for each in self._plugins.values() if not each.is_active)
        return any(not each.is_complete or name in (one.name for one in each.declared) for each in sources)

    def _secret_names(self) -> dict[str, bool]:
        """Return the names that secrets are read from, and whether one of those is a bundled plugin's."""
        names: dict[str, bool] = {}
        for variable in self._variables.values():
            for name in variable.sources if variable.secret else ():
                names[name] = names.get(name, False) or self._is_bundled(self._owners[variable.name])
        return names

    def _is_secret(self, name: str, reader: Owner, secrets: Mapping[str, bool]) -> bool:
        """Return whether a name is a secret's; what is no bundled plugin's does not count for one that is."""
        if self._is_bundled(reader):
            return secrets.get(name, False)
        return name in secrets or any(each.secret for _, each in self._declared_by_absent(name))

    def _reserved_for(self, name: str, owner: Owner) -> Owner | None:
        """Return the bundled plugin that is not active, and owns a name that another plugin now declares."""
        if name in self._variables or self._is_bundled(owner):
            return None
        return next((absent for absent, each in self._declared_by_absent(name) if each.name == name), None)

    def _declared_by_absent(self, name: str) -> Iterator[tuple[Owner, Declared]]:
        """Yield what the bundled plugins that are not active declare under a name, or read from it.

        Their sources are got once, and parsed only where the name stands in one.
        """
        if self._absent is None:
            absent = [each for each in self._plugins.values() if not each.is_active and self._is_bundled(each.owner)]
            self._absent = [(each, _source_text(each.module)) for each in absent]
        for plugin, text in self._absent:
            if name.encode() in text:
                declared = _source(plugin.module).declared
                yield from ((plugin.owner, each) for each in declared if name in (each.name, *each.sources))

    def _secrets(self, plugins: Iterable[PluginRecord]) -> set[str]:
        """Return all names under which a secret is read, of active plugins and of those that are not."""
        known = {name for each in self._variables.values() if each.secret for name in each.sources}
        sources = (_source(plugin.module) for plugin in plugins if not plugin.is_active)
        secrets = (each for source in sources for each in source.declared if each.secret)
        return known.union(*((each.name, *each.sources) for each in secrets))


def _source(module: str) -> Source:
    from envatlas.sources import read_source  # noqa: PLC0415  what it needs to parse Python costs each start 6 ms

    return read_source(module)


def _source_text(module: str) -> bytes:
    from envatlas.sources import source_text  # noqa: PLC0415  as above

    return source_text(module)


def _differ(kept: Variable[object], variable: Variable[object]) -> bool:
    try:
        return kept != variable
    except Exception:  # noqa: BLE001  a kind may be a plugin's own
        return True


def _with_error(plugin: PluginRecord, error: PluginError | None) -> PluginRecord:
    return plugin if error is None else attrs.evolve(plugin, reason=error.reason, error=error)


def without_secrets(error: Failed, names: Iterable[str], environ: Mapping[str, str]) -> Failed:
    """Return the error without secrets; its cause, which may show one in its traceback, only if it does not.

    >>> error = PluginError(Owner("a", "a-vllm", "1"), "no access with key sk-123")
    >>> print(without_secrets(error, ["API_KEY"], {"API_KEY": "sk-123"}))
    plugin 'a', a-vllm 1, is not active: no access with key <secret>
    """
    import traceback  # noqa: PLC0415  only a plugin that failed needs it

    reason = " ".join(hide_secrets(error.reason, names, environ).split())
    made = attrs.evolve(error, reason=error.reason if reason == error.reason else reason)  # which may be a message
    try:
        text = "".join(traceback.format_exception(error.__cause__))
    except Exception:  # noqa: BLE001  the cause is a plugin's
        return made
    if hide_secrets(text, names, environ) == text:
        made.__cause__ = error.__cause__
    return made
