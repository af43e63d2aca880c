"""Values: one variable's value in an environment, from the text that is found for it or from its default."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TypeVar, cast

from envatlas.defaults import Computed
from envatlas.errors import DefaultError, InvalidValueError, Origin
from envatlas.kinds import EnvironKind
from envatlas.variable import Variable

T = TypeVar("T")


def find_text(variable: Variable[object], environ: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the text that a variable has, after the name that it was found under; None if it is unset.

    The first of its names that is set and not empty counts; if all that are set are empty, the first of those.

    >>> from envatlas import OneFlag, Variable
    >>> quiet = Variable("A_QUIET", OneFlag(), default=False, help="Says less.", reads=("A_QUIET", "QUIET"))
    >>> find_text(quiet, {"A_QUIET": "", "QUIET": "1"})
    ('QUIET', '1')
    """
    empty: tuple[str, str] | None = None
    for name in variable.sources:
        text = environ.get(name)
        if text:
            if variable.kind.empty_is_unset and text.isspace():
                continue
            return name, text
        if text is not None and empty is None and not variable.kind.empty_is_unset:
            empty = name, text
    return empty


def read(variable: Variable[T], environ: Mapping[str, str], owner: Origin | None = None) -> T:
    """Return the value that a variable has in an environment.

    Args:
        variable: The variable.
        environ: The texts by their names.
        owner: Who declared it, for errors.

    Raises:
        InvalidValueError: Its kind refuses its text, or its default cannot be computed.

    >>> from envatlas import Integer, Variable
    >>> read(Variable("A_PORT", Integer(), default=80, help="The port."), {})
    80
    """
    found = find_text(variable, environ)
    if found is not None:
        return parse(variable, *found, environ, owner)
    default = variable.default
    if not isinstance(default, Computed):
        return copy.deepcopy(default) if can_change(default) else default  # nobody changes the declaration's
    try:
        return cast("Computed[T]", default).compute(environ)
    except Exception as error:
        raise DefaultError(
            variable.name, variable.name, None, variable.kind.expected, variable.default_text, owner
        ) from error


def parse(variable: Variable[T], source: str, text: str, environ: Mapping[str, str], owner: Origin | None = None) -> T:
    """Return the value that a text stands for.

    Raises:
        InvalidValueError: The variable's kind refuses it, whatever it raises. A secret's text is in no part of
            the error, nor is what the kind raised, which may quote it.

    >>> from envatlas import Integer, Variable
    >>> parse(Variable("A_PORT", Integer(), default=80, help="The port."), "A_PORT", "8080", {})
    8080
    """
    kind = variable.kind
    try:
        return kind.parse_in(text, environ) if isinstance(kind, EnvironKind) else kind.parse(text)
    except Exception as error:
        if not variable.secret:
            raise invalid(variable, source, text, owner) from error
    raise invalid(variable, source, text, owner)


def invalid(variable: Variable[object], source: str, text: str, owner: Origin | None) -> InvalidValueError:
    """Return the error that says what a variable's kind refused.

    >>> from envatlas import Integer, Variable
    >>> invalid(Variable("A_PORT", Integer(), default=80, help="The port."), "A_PORT", "x", None).expected
    'a whole number'
    """
    return InvalidValueError(
        variable.name,
        source,
        None if variable.secret else text,
        variable.kind.expected,
        variable.default_text,
        owner,
    )


def can_change(value: object) -> bool:
    """Return whether a value is one of the containers whose content can be changed.

    >>> can_change([]), can_change("text")
    (True, False)
    """
    return isinstance(value, list | dict | set | bytearray)
