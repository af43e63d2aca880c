"""Values: texts that cannot be read, that the documentation does not allow, or that mean what nobody expects.

There is one finding a text, the worst that can be said of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from envatlas.checks.corrections import correct_invalid, correct_unexpected
from envatlas.checks.held import Held, held_texts
from envatlas.checks.impurities import impurity
from envatlas.checks.services import injected_names
from envatlas.checks.surprises import surprise
from envatlas.defaults import Computed
from envatlas.descriptions import expected_by
from envatlas.environs import UntoldTextError
from envatlas.errors import InvalidValueError, ProcessOnlyError
from envatlas.findings import Finding, Severity
from envatlas.hosts import Host
from envatlas.messages import Message, marked, message_of
from envatlas.readings import why_untold
from envatlas.registry import Registry
from envatlas.values import default_of, find_text
from envatlas.variable import Variable


def values(registry: Registry, environ: Mapping[str, str], host: Host) -> Iterator[Finding]:
    """Check what each variable is set to, and that the defaults of the others can be computed.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> [finding.remedy for finding in values(registry, {"VLLM_WORKER_MULTIPROC_METHOD": "Fork"}, ToldHost())]
    ['export VLLM_WORKER_MULTIPROC_METHOD=fork']
    """
    for held in held_texts(registry, environ, injected_names(registry, environ)):
        found = _finding(held, environ)
        if found is not None:
            yield found
    for variable in registry:
        if isinstance(variable.default, Computed):
            yield from _of_default(variable, registry, environ, host)


def _finding(held: Held, environ: Mapping[str, str]) -> Finding | None:
    try:
        value = held.value(environ)
    except InvalidValueError as error:
        is_unknown = isinstance(error, ProcessOnlyError) or bool(why_untold(held.variable, environ, error))
        return None if is_unknown else _invalid(held, environ)
    return _unexpected(held, value, environ) or surprise(held, value, environ)


def _invalid(held: Held, environ: Mapping[str, str]) -> Finding:
    expected = expected_by(held.variable.kind)
    return Finding(
        "invalid-value",
        Severity.ERROR,
        held.name,
        _with_impurity(Message("{text} cannot be read: expected {expected}", text=held, expected=expected), held),
        Message("Whatever reads it ends in an error; {owner}, declares it", owner=held.owner.message),
        correct_invalid(held, environ),
    )


def _unexpected(held: Held, value: object, environ: Mapping[str, str]) -> Finding | None:
    expects = held.variable.expects
    if expects is None:
        return None
    try:
        if expects.allows(value):
            return None
        allowed = message_of(expects.describe())
    except Exception as error:  # noqa: BLE001  an expectation may be a plugin's own
        return _unknown_whether(held, error)
    return Finding(
        "unexpected-value",
        Severity.WARNING,
        held.name,
        _with_impurity(
            Message("{text} is not what the documentation allows: {allowed}", text=held, allowed=allowed), held
        ),
        marked("It is read as it stands, and what the application does with it is not documented"),
        correct_unexpected(held, value, environ),
    )


def _with_impurity(found: Message, held: Held) -> str:
    around = impurity(held.text)
    return Message("{found}; {around}", found=found, around=message_of(around)) if around else found


def _unknown_whether(held: Held, error: Exception) -> Finding:
    return Finding(
        "check-failed",
        Severity.WARNING,
        held.name,
        Message(
            "{variable} cannot be compared with what is allowed: its declaration's expects raised {error}",
            variable=held.name,
            error=type(error).__name__,
        ),
        Message("{owner}, declares it, and is at fault", owner=held.owner.message),
        f"pip install --upgrade {held.owner.distribution}",
    )


def _of_default(
    variable: Variable[object], registry: Registry, environ: Mapping[str, str], host: Host
) -> Iterator[Finding]:
    """Find a default that cannot be computed; what it depends on beside the environment is the host's."""
    default = variable.default
    try:
        if find_text(variable, environ) is not None:
            return
        if isinstance(default, Computed) and default.depends is None:
            is_good = host.ask(lambda: _is_computable(variable, environ)) is not False
        else:
            is_good = _is_computable(variable, environ)
    except LookupError:
        return
    if not is_good:
        yield Finding(
            "invalid-value",
            Severity.ERROR,
            variable.name,
            Message(
                "{variable} is unset, and its default cannot be computed: {default}",
                variable=variable.name,
                default=message_of(variable.default_text),
            ),
            Message(
                "Whatever reads it ends in an error; {owner}, declares it", owner=registry.owner(variable.name).message
            ),
            Message("set {variable} to {expected}", variable=variable.name, expected=expected_by(variable.kind)),
        )


def _is_computable(variable: Variable[object], environ: Mapping[str, str]) -> bool:
    try:
        default_of(variable, environ)
    except InvalidValueError as error:
        return isinstance(error, ProcessOnlyError) or isinstance(error.__cause__, UntoldTextError)
    return True
