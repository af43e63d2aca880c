"""Running checks: envatlas's own and those of the active plugins, over one environment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Protocol, cast

import attrs

from envatlas.distributions import describe
from envatlas.environs import PROCESS, Environ, UntoldTextError
from envatlas.errors import InvalidValueError, PluginError
from envatlas.findings import ORDER, Finding, Severity
from envatlas.hosts import Host, ThisHost
from envatlas.loading import PluginRecord
from envatlas.redaction import hide_secrets
from envatlas.registry import Registry

Check = Callable[[Registry, Mapping[str, str], Host], Iterable[Finding]]
"""A pure function of a registry, an environment and what a host tells.

It may simply read the values that it needs: one that cannot be read ends the check, and has a finding of its own.
"""

_OWN: Final[tuple[Check, ...]] = ()


class ChecksPlugin(Protocol):
    """What a plugin's module or object has that makes checks of its own."""

    def envatlas_checks(self) -> Iterable[Check]:
        """Return the checks that only the plugin can make of an environment."""
        ...


def check(
    registry: Registry, environ: Mapping[str, str] | None = None, host: Host | None = None
) -> tuple[Finding, ...]:
    """Return everything that is wrong or suspicious about an environment, the worst first.

    Whatever the texts are, and whatever a plugin does, it raises nothing; and no finding shows a secret.

    Args:
        registry: The registry.
        environ: The environment; the registry's own where it is not given. What it selects counts.
        host: The machine on which the environment is used; this one where it is not given.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> [finding.code for finding in check(registry, {}, ToldHost()) if finding.severity == "error"]
    []
    """
    host = ThisHost() if host is None else host
    if environ is not None:
        registry = registry.with_environ(environ)
    found = [*_findings(_OWN, registry, host)]
    for plugin in registry.active_plugins:
        found += _of_plugin(plugin, registry, host)
    secrets = {name for variable in registry for name in variable.sources if variable.secret}
    shown = dict.fromkeys(_finished(each, secrets, registry.environ) for each in found)
    return tuple(sorted(shown, key=lambda each: (ORDER.index(each.severity), each.variable, each.code, each.found)))


def _findings(checks: Iterable[Check], registry: Registry, host: Host) -> Iterator[Finding]:
    for each in checks:
        try:
            yield from each(registry, registry.environ, host)
        except (InvalidValueError, UntoldTextError):
            continue


def _of_plugin(plugin: PluginRecord, registry: Registry, host: Host) -> list[Finding]:
    """Return the findings of one plugin's checks; one that fails is a finding as well."""
    found: list[Finding] = []
    try:
        for each in plugin.contributions("envatlas_checks"):
            found += map(_require_finding, _findings([cast("Check", each)], registry, host))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  a plugin's, and must not hide what the others find
        reason = error.reason if isinstance(error, PluginError) else f"a check raised {describe(error)}"
        found.append(
            Finding(
                "check-failed",
                Severity.WARNING,
                "",
                f"the checks of {plugin.owner} did not all run: {reason}",
                "What that plugin alone can tell of this environment is not known",
                f"pip install --upgrade {plugin.distribution}",
            )
        )
    return found


def _require_finding(found: object) -> Finding:
    if type(found) is not Finding:
        raise TypeError(f"{type(found).__name__} is no Finding")
    return found


def _finished(finding: Finding, secrets: Iterable[str], environ: Mapping[str, str]) -> Finding:
    """Return a finding with the place of its variable, and without the texts of secrets."""
    place = finding.place
    if place == PROCESS and isinstance(environ, Environ):
        place = environ.place_of(finding.variable)
    found, why, remedy = (hide_secrets(text, secrets, environ) for text in (finding.found, finding.why, finding.remedy))
    return attrs.evolve(finding, found=found, why=why, remedy=remedy, place=place)
