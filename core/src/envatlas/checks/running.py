"""Running checks: envatlas's own and those of the active plugins, over one environment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Protocol, cast

import attrs

from envatlas.checks.defects import defects
from envatlas.checks.exposure import exposure, secret_names
from envatlas.checks.held import told
from envatlas.checks.impurities import cleaned
from envatlas.checks.names import names
from envatlas.checks.relations import deprecated, without_effect
from envatlas.checks.remedies import where_set
from envatlas.checks.selections import problems, selection
from envatlas.checks.services import services
from envatlas.checks.surprises import overruled
from envatlas.checks.values import values
from envatlas.distributions import describe
from envatlas.environs import PROCESS, Environ, Place, UntoldTextError
from envatlas.errors import InvalidEnvironmentError, InvalidValueError
from envatlas.findings import ORDER, Finding, Severity
from envatlas.hosts import Host, ThisHost
from envatlas.loading import PluginRecord
from envatlas.messages import Message, marked
from envatlas.owner import Owner
from envatlas.problems import PluginError
from envatlas.redaction import secret_hider
from envatlas.registry import OWN, Registry
from envatlas.version import VERSION

Check = Callable[[Registry, Mapping[str, str], Host], Iterable[Finding]]
"""A pure function of a registry, an environment and what a host tells.

It may simply read the values that it needs: one that cannot be read ends the check, and has a finding of its own.
"""

_OWN: Final[tuple[Check, ...]] = (
    values,
    overruled,
    names,
    selection,
    problems,
    services,
    without_effect,
    deprecated,
    exposure,
    defects,
)


_ENVATLAS: Final = Owner(OWN, "envatlas", VERSION)
_VAGUE: Final = "surprising-value"
"""The code of what is said of a text where nothing is known of the variable but its declaration."""
_CODE_OF_PLUGIN: Final = "plugin-finding"
"""What stands for a plugin's code that a secret is part of."""


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
    secrets = _secret_texts(registry)
    hide = secret_hider(secrets, secrets)
    found = [_finished(each, hide, registry) for own in _OWN for each in _findings(own, _ENVATLAS, registry, host)]
    for plugin in registry.active_plugins:
        theirs = [_for_file(each, registry) for each in _of_plugin(plugin, registry, host)]
        found += [_redacted(_finished(each, hide, registry), hide) for each in theirs]
    return tuple(sorted(_without_vaguer(found), key=_rank))


def _without_vaguer(found: Iterable[Finding]) -> list[Finding]:
    """Return findings, each once, without a text's surprise where another finding has the same remedy for the text."""
    distinct = [*dict.fromkeys(found)]
    others = {(each.variable, each.remedy) for each in distinct if each.code != _VAGUE}
    return [each for each in distinct if each.code != _VAGUE or (each.variable, each.remedy) not in others]


def _secret_texts(registry: Registry) -> dict[str, str]:
    """Return the texts of all secrets, by themselves: as they are, and without what stands around them."""
    texts = {told(registry.environ, name) or "" for name in secret_names(registry)}
    return {form: form for text in texts for form in (text, cleaned(text))}


def _rank(finding: Finding) -> tuple[object, ...]:
    return ORDER.index(finding.severity), finding.variable, finding.code, finding.found, str(finding.place)


def _of_plugin(plugin: PluginRecord, registry: Registry, host: Host) -> Iterator[Finding]:
    """Yield the findings of one plugin's checks; a hook that fails is a finding as well."""
    try:
        checks = plugin.contributions("envatlas_checks")
    except PluginError as error:
        yield _failed(plugin.owner, error.reason)
        return
    for each in checks:
        yield from _findings(cast("Check", each), plugin.owner, registry, host)


def _findings(check: Check, owner: Owner, registry: Registry, host: Host) -> list[Finding]:
    """Return the findings of one check; that it fails is one more, and what it found before counts."""
    found: list[Finding] = []
    try:
        found.extend(map(_require_finding, check(registry, registry.environ, host)))
    except (InvalidValueError, InvalidEnvironmentError, UntoldTextError):
        pass  # what cannot be read has a finding of its own
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  a plugin's, and must not hide what the others find
        found.append(_failed(owner, f"it raised {describe(error)}"))
    return found


def _failed(owner: Owner, reason: str) -> Finding:
    return Finding(
        "check-failed",
        Severity.WARNING,
        "",
        Message("a check of {owner}, did not run to its end: {reason}", owner=owner.message, reason=reason),
        marked("What it alone can tell of this environment is not known"),
        f"pip install --upgrade {owner.distribution}",
    )


def _require_finding(found: object) -> Finding:
    if type(found) is not Finding:
        raise TypeError(f"{type(found).__name__} is no Finding")
    return found


def _finished(finding: Finding, hide: Callable[[str], str], registry: Registry) -> Finding:
    """Return a finding with the place of its variable, and without the texts of secrets."""
    name, place, environ = finding.variable, finding.place, registry.environ
    if name and place == PROCESS and isinstance(environ, Environ):
        place = environ.place_of(name)
    return attrs.evolve(
        finding,
        variable=name if name in registry else hide(name),
        found=_hidden(finding.found, hide),
        why=_hidden(finding.why, hide),
        remedy=_hidden(finding.remedy, hide),
        place=place,
    )


def _hidden(text: str, hide: Callable[[str], str]) -> str:
    """Return a text without secrets; one that has none as it is, which may be a message that can be translated."""
    hidden = hide(text)
    return text if hidden == text else hidden


def _for_file(finding: Finding, registry: Registry) -> Finding:
    """Return a plugin's finding with its remedy as it is for a file, where one sets the variable."""
    return attrs.evolve(finding, remedy=where_set(finding.remedy, finding.variable, registry.environ))


def _redacted(finding: Finding, hide: Callable[[str], str]) -> Finding:
    """Return a plugin's finding without a secret in its code and its place, where none belongs."""
    code, place = finding.code, finding.place
    if hide(code) != code:
        code = _CODE_OF_PLUGIN
    if hide(str(place)) != str(place):
        place = Place()
    return attrs.evolve(finding, code=code, place=place)
