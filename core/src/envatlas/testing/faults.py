"""Faults: what keeps a plugin from being one that operators can rely on."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from envatlas.errors import EnvatlasError


@attrs.frozen
class Fault:
    """One rule that a plugin breaks.

    Attributes:
        rule: The rule, in one word: ``help-unset``.
        about: The name of the variable, or of the hook; empty where it is the plugin as a whole.
        found: What is wrong, in words.
        remedy: What to do.

    >>> print(Fault("help-unset", "A_PORT", "help does not say what unset means", "end it with '; unset, ...'"))
    A_PORT: help does not say what unset means; end it with '; unset, ...' [help-unset]
    """

    rule: str
    about: str
    found: str
    remedy: str

    def __str__(self) -> str:
        about = f"{self.about}: " if self.about else ""
        return f"{about}{self.found}; {self.remedy} [{self.rule}]"


@attrs.define(slots=False, eq=False, repr=False, str=False)
class ConformanceError(EnvatlasError, AssertionError):
    """A plugin that breaks rules, with all its faults.

    >>> fault = Fault("source", "A_PORT", "the plugin's source does not tell its name", "write it as a literal")
    >>> print(ConformanceError("plugin 'acme', acme-vllm 1.2", [fault]))
    plugin 'acme', acme-vllm 1.2, does not conform (1):
      A_PORT: the plugin's source does not tell its name; write it as a literal [source]
    """

    plugin: str
    faults: Sequence[Fault]

    def __str__(self) -> str:
        return "\n  ".join([f"{self.plugin}, does not conform ({len(self.faults)}):", *map(str, self.faults)])
