"""Readings: what one variable is set to, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from envatlas.environs import UntoldTextError
from envatlas.errors import InvalidValueError
from envatlas.owner import Owner
from envatlas.sources import Declared, read_source
from envatlas.values import Moment, find_text, inputs, read
from envatlas.variable import Variable


@attrs.frozen
class Reading:
    """One variable explained. A secret's text and value are not in it: only whether it is set.

    Attributes:
        variable: The variable.
        owner: Who declared it.
        source: The name that its text was found under; None if it is unset.
        text: Its text; None if it is unset, a secret, or not known.
        value: Its value; None if it cannot be read, is a secret, or is not known.
        error: Why it cannot be read, if it cannot.
        untold: Why its text is not known although it is set, in words: a file may not tell it; empty if it is known.
        dependents: The names of the variables whose values or effects depend on it.
        module: The module that declares it; empty for a registry's own.
    """

    variable: Variable[object]
    owner: Owner
    source: str | None
    text: str | None
    value: object
    error: InvalidValueError | None = None
    untold: str = ""
    dependents: tuple[str, ...] = ()
    module: str = attrs.field(default="", repr=False)

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

    @property
    def depends_on(self) -> tuple[str, ...]:
        """The names of the variables that its value or its effect depends on, its own left out."""
        return depends_on(self.variable)

    @property
    def declared_at(self) -> Declared | None:
        """The declaration in its plugin's source, with file and line; None where the source does not tell."""
        if not self.module:
            return None
        return next((each for each in read_source(self.module).declared if each.name == self.variable.name), None)


def take_reading(variable: Variable[object], owner: Owner, environ: Mapping[str, str]) -> Reading:
    """Return the reading of one variable in an environment.

    Args:
        variable: The variable.
        owner: Who declared it.
        environ: The environment.

    >>> from envatlas import Integer, Variable
    >>> port = Variable("A_PORT", Integer(), default=80, help="The port.")
    >>> take_reading(port, Owner("a", "a", "1"), {"A_PORT": "8080"}).value
    8080
    """
    source = text = None
    try:
        moment = Moment.of(variable, environ)
        source, text = find_text(variable, moment) or (None, None)
        value = read(variable, moment, owner)
    except InvalidValueError as error:
        return Reading(variable, owner, source, None if variable.secret else text, None, error)
    except UntoldTextError as untold:
        source = untold.variable if untold.variable in variable.sources else None
        return Reading(variable, owner, source, None, None, untold=untold.why)
    if variable.secret:
        return Reading(variable, owner, source, None, None)
    return Reading(variable, owner, source, text, value)


def depends_on(variable: Variable[object]) -> tuple[str, ...]:
    """Return the names of the variables that a variable's value or effect depends on, its own left out.

    >>> from envatlas import Path, Variable, user_cache
    >>> depends_on(Variable("CACHE", Path(), default=user_cache("acme"), help="Where files are kept."))
    ('HOME', 'XDG_CACHE_HOME')
    """
    of_effect = () if variable.only_with is None else (variable.only_with,)
    return tuple(dict.fromkeys(name for name in (*inputs(variable), *of_effect) if name != variable.name))


def dependents_of(variables: Iterable[Variable[object]]) -> dict[str, tuple[str, ...]]:
    """Return the names of the variables that depend on each name, for all names that any depends on.

    >>> from envatlas import OneFlag, Variable
    >>> quiet = Variable("A_QUIET", OneFlag(), default=False, help="Says less.", only_with="A_LOG")
    >>> dependents_of([quiet])
    {'A_LOG': ('A_QUIET',)}
    """
    found: dict[str, tuple[str, ...]] = {}
    for variable in variables:
        for name in depends_on(variable):
            found[name] = (*found.get(name, ()), variable.name)
    return found
