"""Removals: names that were variables once, and are none any more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Protocol

import attrs

from envatlas.contributions import HookError, collect
from envatlas.errors import DeclarationError, UnknownVariableError
from envatlas.owner import Owner
from envatlas.variable import is_name, is_said

if TYPE_CHECKING:
    from envatlas.loading import PluginRecord
    from envatlas.registry import Registry

HOOK: Final = "envatlas_removed"


@attrs.frozen
class Removed:
    """A name that is a variable's no more, so that it is told apart from a misspelt one.

    Args:
        name: The name.
        since: The application's version that removed it.
        reason: Why, in one sentence.
        replacement: The name of the variable to set instead, or None where there is none.
        remedy: What else to do, in one sentence; None where unsetting it is all.

    Raises:
        DeclarationError: A text is missing, or the remedy is said twice.

    >>> Removed("VLLM_USE_V0", "0.11", "V0 is gone.").replacement is None
    True
    """

    name: str
    since: str
    reason: str
    replacement: str | None = attrs.field(default=None, kw_only=True)
    remedy: str | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        self._require(is_name(self.name), "a name is one that every shell accepts")
        self._require(is_said(self.since) and is_said(self.reason), "a removal says since when, and why")
        if self.replacement is not None:
            is_other = is_name(self.replacement) and self.replacement != self.name
            self._require(is_other, "what replaces a removed variable is another")
        if self.remedy is not None:
            is_only = is_said(self.remedy) and self.replacement is None
            self._require(is_only, "a remedy is said in a sentence, where there is no replacement")

    def _require(self, holds: bool, rule: str) -> None:
        if not holds:
            raise DeclarationError(str(self.name), rule, repr(self), "correct it")


@attrs.define(slots=False, eq=False, repr=False, str=False)
class RemovedVariableError(UnknownVariableError):
    """A name that was a variable's once, and is none's any more.

    Attributes:
        since: The application's version that removed or renamed it.
        reason: Why, in one sentence.
        remedy: What to do, in another.
        owner: The plugin that says so.

    >>> acme = Owner("acme", "acme-vllm", "1.2")
    >>> print(RemovedVariableError("A_V0", "vllm", since="0.11", reason="V0 is gone.", remedy="Unset it.", owner=acme))
    'A_V0' is no variable of the registry 'vllm' any more since 0.11: V0 is gone. Unset it. \
(says plugin 'acme', acme-vllm 1.2)
    """

    since: str = ""
    reason: str = ""
    remedy: str = ""
    owner: Owner | None = None

    def __str__(self) -> str:
        gone = f"{self.variable!r} is no variable of the registry {self.registry!r} any more since {self.since}"
        return f"{gone}: {self.reason} {self.remedy} (says {self.owner})"


class RemovedPlugin(Protocol):
    """What a plugin's module or object has that knows what was removed."""

    def envatlas_removed(self) -> Iterable[Removed]:
        """Return the names that are variables no more."""
        ...


@attrs.frozen
class RemovedVariable:
    """A name that was removed, and the plugin that says so.

    Attributes:
        removed: What is known of it.
        owner: The plugin.
    """

    removed: Removed
    owner: Owner

    @property
    def name(self) -> str:
        """The name."""
        return self.removed.name

    @property
    def remedy(self) -> str:
        """What to do, in a sentence."""
        removed = self.removed
        return removed.remedy or (f"Set {removed.replacement} instead." if removed.replacement else "Unset it.")

    def error(self, registry: str) -> RemovedVariableError:
        """Return the error for whoever asks for the name.

        Args:
            registry: The registry's name.

        >>> removed = RemovedVariable(Removed("A_V0", "0.11", "V0 is gone."), Owner("acme", "acme-vllm", "1.2"))
        >>> removed.error("vllm").since
        '0.11'
        """
        since, reason = self.removed.since, self.removed.reason
        return RemovedVariableError(
            self.name, registry, since=since, reason=reason, remedy=self.remedy, owner=self.owner
        )


@attrs.frozen
class Removals:
    """Everything that active plugins know to be removed.

    Attributes:
        variables: The names, and who says so; the first of several counts.
        problems: What is wrong with what plugins say.
    """

    variables: dict[str, RemovedVariable]
    problems: tuple[HookError, ...]

    @classmethod
    def of(cls, plugins: Iterable[PluginRecord]) -> Removals:
        """Ask the plugins.

        >>> Removals.of([]).variables
        {}
        """
        variables: dict[str, RemovedVariable] = {}
        problems: list[HookError] = []
        for plugin in plugins:
            found, wrong = collect(plugin, HOOK, Removed)
            problems += wrong
            for each in found:
                variables.setdefault(each.name, RemovedVariable(each, plugin.owner))
        return cls(variables, tuple(problems))

    def error(self, name: str, registry: Registry) -> RemovedVariableError | None:
        """Return the error for whoever asks for a name that was removed, or that an active variable had before.

        A name that an active variable is read from is not gone, whoever says so.

        >>> from envatlas.vllm import registry
        >>> Removals({}, ()).error("VLLM_PROT", registry) is None
        True
        """
        found = next((each for each in registry if name in each.sources), None)
        if found is None:
            return self.variables[name].error(registry.name) if name in self.variables else None
        former = found.formerly.get(name)
        if former is None:
            return None
        removed = Removed(name, former.since, former.reason, remedy=f"It is called {found.name} now.")
        return RemovedVariable(removed, registry.owner(found.name)).error(registry.name)
