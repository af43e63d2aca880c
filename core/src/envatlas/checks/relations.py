"""Relations: what is set, and has no effect or no future, as other variables are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from envatlas.checks.held import Held, held_texts, told
from envatlas.checks.remedies import rename, set_to, unset
from envatlas.checks.services import injected_names
from envatlas.deprecations import deprecation, is_quiet
from envatlas.errors import InvalidValueError
from envatlas.findings import Finding, Severity
from envatlas.hosts import Host
from envatlas.messages import Message, alternatives, marked
from envatlas.registry import Registry
from envatlas.values import default_of, find_text, read
from envatlas.variable import Deprecated, Variable


def without_effect(registry: Registry, environ: Mapping[str, str], _host: Host) -> Iterator[Finding]:
    """Check for variables that are set, and have no effect.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> environ = {"VLLM_V1_OUTPUT_PROC_CHUNK_SIZE": "64", "VLLM_USE_V1": "0"}
    >>> [found] = without_effect(registry, environ, ToldHost())
    >>> found.found, found.remedy
    ('VLLM_V1_OUTPUT_PROC_CHUNK_SIZE has no effect, as VLLM_USE_V1 is False', 'export VLLM_USE_V1=1')
    """
    for held in held_texts(registry, environ, injected_names(registry, environ)):
        other = held.variable.only_with
        if other is not None and other in registry and _is_off(registry[other], environ):
            yield _no_effect(held, registry[other], environ)
    for variable in registry:
        if variable.name not in variable.sources and variable.name in environ:
            yield _never_read(variable, environ)


def deprecated(registry: Registry, environ: Mapping[str, str], _host: Host) -> Iterator[Finding]:
    """Check for variables that are deprecated; quietly, where the registry's quiet variable says so.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> list(deprecated(registry, {"VLLM_PORT": "5000"}, ToldHost()))
    []
    """
    keeps_back = is_quiet(registry, environ)
    for variable in registry:
        yield from _former_names(variable, environ, keeps_back)
        of = variable.deprecated
        if of is None or not any(name in environ for name in variable.sources if name not in variable.formerly):
            continue
        if of.replacement is not None and of.replacement in environ:
            yield _both_set(variable, of.replacement, environ)
        elif not keeps_back:
            yield _deprecated(_set_name(variable, environ), of, environ)


def _is_off(variable: Variable[object], environ: Mapping[str, str]) -> bool:
    """Return whether a variable is known to read as false, zero, empty or None."""
    try:
        return not read(variable, environ)
    except (InvalidValueError, LookupError):
        return False


def _no_effect(held: Held, other: Variable[object], environ: Mapping[str, str]) -> Finding:
    value = Message(marked("not set")) if other.secret else repr(read(other, environ))
    return Finding(
        "no-effect",
        Severity.NOTE if _is_default(held, environ) else Severity.WARNING,
        held.name,
        Message("{variable} has no effect, as {other} is {value}", variable=held.name, other=other.name, value=value),
        Message("It counts only where {other} reads as true, or as more than nothing", other=other.name),
        _turned_on(other, environ)
        or Message("set {other}, or {command}", other=other.name, command=unset(held.name, environ)),
    )


def _is_default(held: Held, environ: Mapping[str, str]) -> bool:
    try:
        return held.value(environ) == default_of(held.variable, environ)
    except (InvalidValueError, LookupError):
        return False


def _turned_on(variable: Variable[object], environ: Mapping[str, str]) -> str:
    """Return what to type so that a flag, or what reads as a number, is on; empty where there is no one text."""
    value = read(variable, environ)
    on: object = True if isinstance(value, bool) else 1 if isinstance(value, int) else None
    if on is None or variable.secret:
        return ""
    try:
        return set_to(variable.sources[0], variable.kind.render(on), environ)
    except ValueError:  # no text stands for it
        return ""


def _never_read(variable: Variable[object], environ: Mapping[str, str]) -> Finding:
    return Finding(
        "no-effect",
        Severity.WARNING,
        variable.name,
        Message(
            "{variable} is set, and is not read from its own name, but from {names}",
            variable=variable.name,
            names=alternatives(variable.sources),
        ),
        marked("The application calls it one thing and reads another"),
        rename(variable.name, variable.sources[0], environ),
    )


def _former_names(variable: Variable[object], environ: Mapping[str, str], keeps_back: bool) -> Iterator[Finding]:
    """Yield what is to be said of the names that a variable had before, where they are set."""
    for name in variable.formerly:
        if name in environ:
            counts = _name_that_counts(variable, environ)
            deprecated = deprecation(variable, name)
            if name != counts:
                yield _overruled(name, counts, environ)
            elif deprecated is not None and not keeps_back:
                yield _deprecated(name, deprecated, environ)


def _name_that_counts(variable: Variable[object], environ: Mapping[str, str]) -> str:
    """Return the name from which a variable is read that is set, as far as that is known."""
    try:
        found = find_text(variable, environ)
    except LookupError:
        found = None
    return _set_name(variable, environ) if found is None else found[0]


def _overruled(name: str, counts: str, environ: Mapping[str, str]) -> Finding:
    differ = told(environ, name) != told(environ, counts)
    found = Message("{variable} is set, and {other} as well, which counts", variable=name, other=counts)
    return Finding(
        "replaced-variable",
        Severity.WARNING,
        name,
        Message("{found}, to another text", found=found) if differ else found,
        Message("They are names of one variable, and {variable} is the older one", variable=name),
        unset(name, environ),
    )


def _deprecated(name: str, of: Deprecated, environ: Mapping[str, str]) -> Finding:
    found = Message("{variable} is deprecated since {version}", variable=name, version=of.since)
    return Finding(
        "deprecated",
        Severity.WARNING,
        name,
        Message("{found}; {other} replaces it", found=found, other=of.replacement) if of.replacement else found,
        of.reason.removesuffix("."),
        rename(name, of.replacement, environ) if of.replacement else unset(name, environ),
    )


def _both_set(variable: Variable[object], replacement: str, environ: Mapping[str, str]) -> Finding:
    name = _set_name(variable, environ)
    differ = told(environ, name) != told(environ, replacement)
    found = Message("{variable} is set, and {other} as well, which replaces it", variable=name, other=replacement)
    return Finding(
        "replaced-variable",
        Severity.WARNING,
        name,
        Message("{found}, to another text", found=found) if differ else found,
        marked("Which of the two counts depends on the application's version"),
        unset(name, environ),
    )


def _set_name(variable: Variable[object], environ: Mapping[str, str]) -> str:
    return next(name for name in variable.sources if name in environ)
