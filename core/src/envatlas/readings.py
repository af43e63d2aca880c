"""Readings: what one variable is set to, and why."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from envatlas.errors import InvalidValueError
from envatlas.owner import Owner
from envatlas.registry import Registry
from envatlas.values import Moment, find_text, read
from envatlas.variable import Variable


@attrs.frozen
class Reading:
    """One variable explained. A secret's text and value are not in it: only whether it is set.

    Attributes:
        variable: The variable.
        owner: Who declared it.
        source: The name that its text was found under; None if it is unset.
        text: Its text; None if it is unset, or a secret.
        value: Its value; None if it cannot be read, or is a secret.
        error: Why it cannot be read, if it cannot.
    """

    variable: Variable[object]
    owner: Owner
    source: str | None
    text: str | None
    value: object
    error: InvalidValueError | None = None

    @property
    def is_set(self) -> bool:
        """Whether its value comes from the environment, and not from its default."""
        return self.source is not None

    @property
    def origin(self) -> str:
        """Where its value comes from: ``default``, ``environment``, or the other name that it was read from."""
        if self.source is None:
            return "default"
        return "environment" if self.source == self.variable.name else self.source


def explain(registry: Registry, name: str, environ: Mapping[str, str]) -> Reading:
    """Return the reading of one variable.

    Raises:
        UnknownVariableError: Nobody declares it.

    >>> from envatlas.vllm import registry
    >>> explain(registry, "VLLM_DO_NOT_TRACK", {"DO_NOT_TRACK": "1"}).origin
    'DO_NOT_TRACK'
    """
    variable, owner = registry[name], registry.owner(name)
    moment = Moment.of(variable, environ)
    source, text = find_text(variable, moment) or (None, None)
    try:
        value = read(variable, moment, owner)
    except InvalidValueError as error:
        return Reading(variable, owner, source, None if variable.secret else text, None, error)
    if variable.secret:
        return Reading(variable, owner, source, None, None)
    return Reading(variable, owner, source, text, value)
