"""Corrections: what to type in the place of a text that cannot be read, or that the documentation does not allow."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from envatlas.checks.held import Held
from envatlas.checks.impurities import cleaned
from envatlas.checks.references import reference
from envatlas.checks.remedies import make_absolute, replace_reference, set_to, unset
from envatlas.checks.suggestions import nearest_allowed
from envatlas.errors import InvalidValueError
from envatlas.expectations import OneOf
from envatlas.flags import Flag
from envatlas.kinds import Choice
from envatlas.messages import Message, message_of
from envatlas.paths import Path
from envatlas.spelling import nearest_names

_SWITCH: Final[frozenset[object]] = frozenset({0, 1})
"""What a number is allowed to be that is used as a flag."""


def correct_invalid(held: Held, environ: Mapping[str, str]) -> str:
    """Return what to type where a text cannot be read.

    >>> from envatlas.vllm import registry
    >>> correct_invalid(Held(registry["VLLM_USE_V1"], registry.owner("VLLM_USE_V1"), "VLLM_USE_V1", "false"), {})
    'export VLLM_USE_V1=0'
    """
    found = _without_impurity(held, environ) or _switched(held, environ) or _chosen(held, environ)
    return found or _replaced(held, environ) or unset(held.name, environ)


def correct_unexpected(held: Held, value: object, environ: Mapping[str, str]) -> str:
    """Return what to type where a text is read as a value that the documentation does not allow.

    >>> from envatlas.vllm import registry
    >>> name = "VLLM_WORKER_MULTIPROC_METHOD"
    >>> correct_unexpected(Held(registry[name], registry.owner(name), name, "Fork"), "Fork", {})
    'export VLLM_WORKER_MULTIPROC_METHOD=fork'
    """
    found = _without_impurity(held, environ) or _replaced(held, environ) or _allowed(held, value, environ)
    return found or unset(held.name, environ)


def _without_impurity(held: Held, environ: Mapping[str, str]) -> str:
    """Return what to type where the text is right but for what stands around it; empty where it is not."""
    text = cleaned(held.text)
    if text == held.text or not text or not _is_good(held.with_text(text), environ):
        return ""
    if held.variable.secret:
        return Message("set {variable} again, without what stands around the text", variable=held.name)
    return set_to(held.name, text, environ)


def _is_good(held: Held, environ: Mapping[str, str]) -> bool:
    try:
        value = held.value(environ)
    except InvalidValueError:
        return False
    return held.variable.expects is None or held.variable.expects.allows(value)


def _switched(held: Held, environ: Mapping[str, str]) -> str:
    """Return what to type so that a flag is what its text says in another flag's words; empty where it is none."""
    variable = held.variable
    if variable.secret:
        return ""
    expects = variable.expects
    is_number = isinstance(expects, OneOf) and frozenset(expects.choices) == _SWITCH
    try:
        meant = Flag().parse(cleaned(held.text))
        text = variable.kind.render(int(meant) if is_number else meant)
    except (TypeError, ValueError):  # it says neither, or the kind is no flag's
        return ""
    return set_to(held.name, text, environ) if _is_good(held.with_text(text), environ) else ""


def _chosen(held: Held, environ: Mapping[str, str]) -> str:
    """Return what to type to make the nearest choice; empty where there is none."""
    kind = held.variable.kind
    if held.variable.secret or not isinstance(kind, Choice):
        return ""
    nearest = nearest_names(cleaned(held.text), kind.choices)
    return set_to(held.name, nearest[0], environ) if nearest else ""


def _replaced(held: Held, environ: Mapping[str, str]) -> str:
    """Return what to type where a reference stands in the text that nothing replaced; empty where none does."""
    return replace_reference(held.name, cleaned(held.text), environ) if reference(held) else ""


def _allowed(held: Held, value: object, environ: Mapping[str, str]) -> str:
    """Return what to type for the nearest value that is allowed; empty where there is none to tell."""
    variable, expects = held.variable, held.variable.expects
    if expects is None or variable.secret or not cleaned(held.text):
        return ""
    nearest = nearest_allowed(expects, value)
    if nearest is not None:
        try:
            return set_to(held.name, variable.kind.render(nearest), environ)
        except (TypeError, ValueError):  # no text stands for it: an empty list
            return ""
    if isinstance(variable.kind, Path) and expects.allows(os.path.join("/", held.text)):
        return make_absolute(held.name, cleaned(held.text), environ)
    return Message(
        "{command}, or set it to another value: {allowed}",
        command=unset(held.name, environ),
        allowed=message_of(expects.describe()),
    )
