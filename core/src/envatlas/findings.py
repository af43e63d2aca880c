"""Findings: what a check has to say about an environment."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable
from typing import Final, TypeVar

import attrs

from envatlas.environs import PROCESS, Place

T = TypeVar("T")


class Severity(enum.StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    """The application refuses it, or does not do what the operator meant."""
    WARNING = "warning"
    """It may well not be what the operator meant."""
    NOTE = "note"
    """It is worth knowing."""


_CODE: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
ORDER: Final = tuple(Severity)
"""The severities, the worst first."""


def _is_code(_finding: Finding, field: attrs.Attribute[str], code: object) -> None:
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise ValueError(f"{field.name} is in lower case with hyphens: got {code!r}")


def _is_of(expected: type[T]) -> Callable[[Finding, attrs.Attribute[T], object], None]:
    def check(_finding: Finding, field: attrs.Attribute[T], value: object) -> None:
        if not isinstance(value, expected):
            raise TypeError(f"{field.name} is of the type {expected.__name__}: got {value!r}")

    return check


def _is_said(_finding: Finding, field: attrs.Attribute[str], text: object) -> None:
    if not isinstance(text, str) or not text:
        raise ValueError(f"{field.name} is a text that is not empty: got {text!r}")


@attrs.frozen
class Finding:
    """One thing to say about an environment. A secret's text is in none of it.

    Args:
        code: What kind of finding it is, in lower case with hyphens: ``invalid-value``; it is stable.
        severity: How bad it is.
        variable: The name of the variable that it is about; empty where it is about none.
        found: What was found, as a sentence without its full stop.
        why: Why it matters, likewise.
        remedy: What to do, where it can be as something to type: ``unset VLLM_PORT``.
        place: Where the variable is set; a check leaves it out, and it is filled in.

    >>> print(Finding("bad-core", Severity.WARNING, "A_CORE", "core 9 does not exist", "It is ignored", "unset A_CORE"))
    warning: A_CORE: core 9 does not exist [bad-core]
    """

    code: str = attrs.field(validator=_is_code)
    severity: Severity = attrs.field(validator=_is_of(Severity))
    variable: str = attrs.field(validator=_is_of(str))
    found: str = attrs.field(validator=_is_said)
    why: str = attrs.field(validator=_is_said)
    remedy: str = attrs.field(validator=_is_said)
    place: Place = attrs.field(default=PROCESS, validator=_is_of(Place))

    def __str__(self) -> str:
        return f"{self.severity}: {self.headline} [{self.code}]"

    @property
    def headline(self) -> str:
        """What was found, with the variable's name before it, unless it starts with that, in quotes or not.

        >>> Finding("a", Severity.NOTE, "A_CORE", "A_CORE=9 is none", "It is ignored", "unset A_CORE").headline
        'A_CORE=9 is none'
        """
        is_named = self.found.startswith((self.variable, repr(self.variable)))
        return self.found if is_named else f"{self.variable}: {self.found}"
