"""Surprises: texts that are read, and allowed, and may not mean what they seem to.

What is surprising follows from the declarations: a text is read as the variable's kind reads it, and compared with
what the strict flag says of the same text, with what is read of it without space and quotes, or with the default.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Final

from envatlas.checks.held import Held, told
from envatlas.checks.impurities import cleaned, impurity, is_plain
from envatlas.checks.references import reference
from envatlas.checks.remedies import make_absolute, replace_reference, set_to, unset
from envatlas.checks.services import injected_names
from envatlas.descriptions import expected_by
from envatlas.errors import InvalidValueError
from envatlas.findings import Finding, Severity
from envatlas.flags import Flag
from envatlas.hosts import Host
from envatlas.kinds import Text
from envatlas.messages import Message, marked, message_of
from envatlas.paths import Path
from envatlas.registry import Registry
from envatlas.values import default_of
from envatlas.variable import Scope

_CODE: Final = "surprising-value"
_LIBRARY: Final = re.compile(r"[^/]+\.so(\.[0-9]+)*")
"""The name of a shared object: without a folder before it, the loader looks for it where it looks for all."""


def surprise(held: Held, value: object, environ: Mapping[str, str]) -> Finding | None:
    """Return what is surprising about a text that can be read.

    Args:
        held: The text.
        value: What it is read as.
        environ: The environment.

    >>> from envatlas.vllm import registry
    >>> name = "VLLM_KEEP_ALIVE_ON_ENGINE_DEATH"
    >>> surprise(Held(registry[name], registry.owner(name), name, "0"), True, {name: "0"}).found
    "VLLM_KEEP_ALIVE_ON_ENGINE_DEATH='0' is read as True"
    """
    looks = (_empty, _other_way, _unreplaced, _around, _relative)
    return next((found for look in looks if (found := look(held, value, environ)) is not None), None)


def overruled(registry: Registry, environ: Mapping[str, str], _host: Host) -> Iterator[Finding]:
    """Check variables that are read from several names, of which two are set and say different things.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> [found] = overruled(registry, {"VLLM_DO_NOT_TRACK": "0", "DO_NOT_TRACK": "1"}, ToldHost())
    >>> found.found
    "VLLM_DO_NOT_TRACK='0' counts, and DO_NOT_TRACK='1' does not"
    """
    without = injected_names(registry, environ)
    for variable in registry:
        names = [name for name in variable.sources if name not in without and name not in variable.formerly]
        texts = [(name, told(environ, name)) for name in names]
        owner = registry.owner(variable.name)
        held = [Held(variable, owner, name, text) for name, text in texts if text]
        if any(name in environ and text is None for name, text in texts):
            continue
        for loser in held[1:]:
            if _value(held[0], environ) != _value(loser, environ):
                yield _overruled(held[0], loser, environ)


def _overruled(winner: Held, loser: Held, environ: Mapping[str, str]) -> Finding:
    names = ", ".join(winner.variable.sources)
    return Finding(
        _CODE,
        Severity.WARNING,
        winner.name,
        Message("{winner} counts, and {loser} does not", winner=winner, loser=loser),
        Message(
            "The two do not mean the same; {variable} is read from the first of {names} that is not empty",
            variable=winner.variable.name,
            names=names,
        ),
        unset(winner.name, environ),
    )


def _value(held: Held, environ: Mapping[str, str]) -> object:
    """Return what a text is read as; itself where it cannot be read, which is different from whatever can."""
    try:
        return held.value(environ)
    except InvalidValueError as error:
        return error


def _empty(held: Held, value: object, environ: Mapping[str, str]) -> Finding | None:
    """Find an empty text, or one of nothing but space and quotes, that is not the same as none."""
    if cleaned(held.text):
        return None
    try:
        default = default_of(held.variable, environ)
    except (InvalidValueError, LookupError):
        return None
    if value == default:
        return None
    return Finding(
        _CODE,
        Severity.WARNING if value or default else Severity.NOTE,
        held.name,
        _emptiness(held, value, default),
        marked("What is set to nothing is often meant to count as unset, and here it does not"),
        unset(held.name, environ),
    )


def _emptiness(held: Held, value: object, default: object) -> Message:
    if held.variable.secret:
        state = (
            marked("{text} has nothing in it but space or quotes, and does not count as empty")
            if held.text
            else marked("{text} is empty, and does not count as unset")
        )
        return Message(state, text=held.name)
    state = (
        marked("{text} is not empty: it is read as {value}, and unset as {default}")
        if held.text
        else marked("{text} is not unset: it is read as {value}, and unset as {default}")
    )
    return Message(state, text=held, value=repr(value), default=repr(default))


def _other_way(held: Held, value: object, environ: Mapping[str, str]) -> Finding | None:
    """Find a flag's text that every reader takes the other way."""
    if not isinstance(value, bool) or held.variable.secret:
        return None
    try:
        meant = Flag().parse(cleaned(held.text))
    except ValueError:
        return None
    if meant is value:
        return None
    return Finding(
        _CODE,
        Severity.WARNING,
        held.name,
        Message("{text} is read as {value}", text=held, value=value),
        Message(
            "It looks like {meant}, and the application reads it its own way: {expected}",
            meant=meant,
            expected=expected_by(held.variable.kind),
        ),
        _set_to(held, environ, meant=meant),
    )


def _set_to(held: Held, environ: Mapping[str, str], *, meant: bool) -> str:
    """Return what to type so that a flag reads as it is meant."""
    try:
        text = held.variable.kind.render(meant)
    except ValueError:  # no text stands for it
        return unset(held.name, environ)
    return unset(held.name, environ) if held.variable.default is meant else set_to(held.name, text, environ)


def _around(held: Held, value: object, environ: Mapping[str, str]) -> Finding | None:
    """Find what stands around a text, where it changes what is read or endangers that."""
    text = cleaned(held.text)
    if text == held.text:
        return None
    bare = _value(held.with_text(text), environ)
    is_changed = bare != value
    if isinstance(bare, InvalidValueError) or (not is_changed and is_plain(held.text)):
        return None
    is_free = isinstance(held.variable.kind, Text) and held.variable.expects is None and held.text.strip(" ") == text
    return Finding(
        _CODE,
        Severity.WARNING if is_changed and not is_free else Severity.NOTE,
        held.name,
        Message("{text}: {around}", text=held, around=message_of(impurity(held.text))),
        marked("It becomes part of the value")
        if is_changed
        else marked("It is ignored here, and other programs may not ignore it"),
        Message("set {variable} again, without what stands around the text", variable=held.name)
        if held.variable.secret
        else set_to(held.name, text, environ),
    )


def _unreplaced(held: Held, _value: object, environ: Mapping[str, str]) -> Finding | None:
    """Find a reference that a shell would have replaced."""
    found = reference(held)
    if not found:
        return None
    return Finding(
        _CODE,
        Severity.WARNING,
        held.name,
        Message("{text}: nothing replaced {reference}", text=held, reference=found),
        marked("A shell replaces it where it sets a variable; what sets this one took it as it stands"),
        replace_reference(held.name, cleaned(held.text), environ),
    )


def _relative(held: Held, value: object, environ: Mapping[str, str]) -> Finding | None:
    """Find a relative path: each process has a working directory of its own. A build's is where it is built."""
    is_path = isinstance(held.variable.kind, Path) and isinstance(value, str) and not held.variable.secret
    if not is_path or not value or held.variable.scope is Scope.BUILD:
        return None
    path = str(value)
    if os.path.isabs(path) or _LIBRARY.fullmatch(path):
        return None
    return Finding(
        _CODE,
        Severity.NOTE,
        held.name,
        Message("{text} is a relative path", text=held),
        marked("It names another place in every process that has another working directory"),
        make_absolute(held.name, path, environ),
    )
