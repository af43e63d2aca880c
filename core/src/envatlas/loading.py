"""Loading: from the plugins that are installed to a catalogue of variables.

A plugin that cannot be loaded, in whatever way, is set aside with the reason; nothing of it counts, and every
other plugin loads as if it were not there.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence

import attrs

from envatlas.declarations import load_declarations
from envatlas.discovery import Candidate, names_in, normalize
from envatlas.errors import (
    ConflictError,
    DuplicatePluginError,
    IncompatiblePluginError,
    Origin,
    PluginError,
    ProblemError,
    UnmatchedNameError,
)
from envatlas.redaction import hide_secrets
from envatlas.selection import Selection
from envatlas.sources import read_source
from envatlas.spelling import nearest_names
from envatlas.variable import Variable


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
        origin: Its name, distribution and version.
        state: What became of it.
        module: The module that its entry point names.
        variables: The names of the variables that it owns; none unless it is active.
        reason: Why it is not active, in words; empty if it is.
        error: The problem that it is, if it is one; the cause of that is what the plugin raised.
    """

    origin: Origin
    state: PluginState
    module: str
    variables: tuple[str, ...] = ()
    reason: str = ""
    error: ProblemError | None = attrs.field(default=None, eq=False, repr=False)

    @property
    def name(self) -> str:
        """The plugin's name, on which the selection filters."""
        return self.origin.plugin

    @property
    def distribution(self) -> str:
        """The name of the distribution that brought it."""
        return self.origin.distribution

    @property
    def version(self) -> str:
        """The version of that distribution."""
        return self.origin.version

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
    """

    variables: Mapping[str, Variable[object]]
    owners: Mapping[str, Origin]
    plugins: tuple[PluginRecord, ...]
    problems: tuple[ProblemError, ...]


class Loader:
    """Collects what a catalogue is made of, plugin by plugin.

    Args:
        own: The registry's own variables by their names, which no plugin can take.
        environ: Where the filter variable is read.
        filter_variable: The name of the variable that selects plugins; None selects all.
        bundled: What the names of the distributions start with whose plugins load first; None for none.
    """

    def __init__(
        self,
        own: Mapping[str, tuple[Variable[object], Origin]],
        environ: Mapping[str, str],
        filter_variable: str | None,
        bundled: str | None,
    ) -> None:
        self._environ = environ
        self._filter_variable = filter_variable
        self._bundled = bundled
        self._selection = Selection.parse(None if filter_variable is None else environ.get(filter_variable))
        self._variables = {name: variable for name, (variable, _) in own.items()}
        self._owners = {name: origin for name, (_, origin) in own.items()}
        self._plugins: dict[str, PluginRecord] = {}
        self._duplicates: list[PluginRecord] = []
        self._problems: list[ProblemError] = []
        self._reserved: dict[str, Origin] | None = None

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
        shared = names_in(shared_groups) if unmatched else ()
        for name in unmatched:
            if name not in shared:
                nearest = nearest_names(name, self._plugins)
                self._problems.append(UnmatchedNameError(name, str(self._filter_variable), nearest))

    def catalogue(self) -> Catalogue:
        """Return what was found so far, without the secrets that failed plugins may have put into what they raised."""
        plugins = (*self._plugins.values(), *self._duplicates)
        failed = [each for each in self._problems if isinstance(each, PluginError)]
        names = self._secrets(plugins) if failed else set[str]()
        shown = {id(each): _without_secrets(each, names, self._environ) for each in failed}
        return Catalogue(
            self._variables,
            self._owners,
            tuple(_with_error(each, shown.get(id(each.error))) for each in plugins),
            tuple(shown.get(id(each), each) for each in self._problems),
        )

    def _order(self, candidate: Candidate) -> tuple[bool, str, str]:
        origin = candidate.origin
        return (not self._is_bundled(origin), normalize(origin.distribution), origin.plugin)

    def _is_bundled(self, origin: Origin) -> bool:
        return self._bundled is not None and normalize(origin.distribution).startswith(self._bundled)

    def _add(self, candidate: Candidate) -> None:
        origin, module = candidate.origin, candidate.module
        kept = self._plugins.get(origin.plugin)
        if kept is not None:
            problem = DuplicatePluginError(origin, kept.origin)
            self._problems.append(problem)
            self._duplicates.append(
                PluginRecord(origin, PluginState.DUPLICATE, module, reason=problem.reason, error=problem)
            )
        elif not self._selection.allows(origin.plugin):
            reason = f"{self._filter_variable} leaves it out"
            self._plugins[origin.plugin] = PluginRecord(origin, PluginState.EXCLUDED, module, reason=reason)
        else:
            self._plugins[origin.plugin] = self._load(candidate)

    def _load(self, candidate: Candidate) -> PluginRecord:
        origin, module = candidate.origin, candidate.module
        try:
            declared = load_declarations(candidate)
        except PluginError as error:
            self._problems.append(error)
            is_old = isinstance(error, IncompatiblePluginError)
            state = PluginState.INCOMPATIBLE if is_old else PluginState.FAILED
            return PluginRecord(origin, state, module, reason=error.reason, error=error)
        taken = tuple(each.name for each in declared if self._register(each, origin))
        return PluginRecord(origin, PluginState.ACTIVE, module, taken)

    def _register(self, variable: Variable[object], origin: Origin) -> bool:
        """Give a name to a variable, unless it is taken; report that it is, unless by an equal declaration."""
        name = variable.name
        kept = self._variables.get(name)
        owner = self._owners.get(name) or self._reserved_for(name, origin)
        if owner is None:
            self._variables[name] = variable
            self._owners[name] = origin
        elif kept is None or _differ(kept, variable):
            self._problems.append(ConflictError(name, owner, origin))
        return owner is None

    def _reserved_for(self, name: str, origin: Origin) -> Origin | None:
        """Return the bundled plugin that is not active, and owns a name that another plugin now declares."""
        if self._is_bundled(origin):
            return None
        if self._reserved is None:
            absent = [each for each in self._plugins.values() if not each.is_active and self._is_bundled(each.origin)]
            self._reserved = {
                each.name: plugin.origin for plugin in absent for each in read_source(plugin.module).declared
            }
        return self._reserved.get(name)

    def _secrets(self, plugins: Iterable[PluginRecord]) -> set[str]:
        """Return all names under which a secret is read, of active plugins and of those that are not."""
        known = {name for each in self._variables.values() if each.secret for name in each.sources}
        sources = (read_source(plugin.module) for plugin in plugins if not plugin.is_active)
        secrets = (each for source in sources for each in source.declared if each.secret)
        return known.union(*((each.name, *each.reads) for each in secrets))


def _differ(kept: Variable[object], variable: Variable[object]) -> bool:
    try:
        return kept != variable
    except Exception:  # noqa: BLE001  a kind may be a plugin's own
        return True


def _with_error(plugin: PluginRecord, error: PluginError | None) -> PluginRecord:
    return plugin if error is None else attrs.evolve(plugin, reason=error.reason, error=error)


def _without_secrets(error: PluginError, names: Iterable[str], environ: Mapping[str, str]) -> PluginError:
    """Return the error without secrets; its cause, which may show one in its traceback, only if it does not."""
    import traceback  # noqa: PLC0415  only a plugin that failed needs it

    reason = hide_secrets(error.reason, names, environ)
    made = type(error)(error.origin, " ".join(reason.split()))
    try:
        text = "".join(traceback.format_exception(error.__cause__))
    except Exception:  # noqa: BLE001  the cause is a plugin's
        return made
    if hide_secrets(text, names, environ) == text:
        made.__cause__ = error.__cause__
    return made
