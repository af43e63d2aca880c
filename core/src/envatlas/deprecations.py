"""Deprecations: what a read says of a variable that is on its way out."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from envatlas.errors import InvalidValueError
from envatlas.values import find_text, read
from envatlas.variable import Deprecated, Variable

if TYPE_CHECKING:
    from envatlas.registry import Registry

_BETWEEN: Final = ("envatlas", "collections.abc")
"""Whose frames may lie between a read and whoever asked for it: ``envs.items()`` is the library's."""


class DeprecatedVariableWarning(FutureWarning):
    """A variable is set that is on its way out, or under a name that it had before.

    It is a FutureWarning, and not a DeprecationWarning, because it is for whoever sets the variable, and not for
    whoever wrote the line that reads it: Python shows the latter kind in ``__main__`` alone.
    """


class Notice:
    """The warning of one variable in one environment, which is given once.

    Args:
        variable: The variable, which is deprecated, or had other names before.
        registry: Its registry, whose quiet variable keeps the warning back while it reads as true.
        environ: The environment.
    """

    __slots__ = ("_environ", "_given", "_registry", "_turn", "_variable")

    def __init__(self, variable: Variable[object], registry: Registry, environ: Mapping[str, str]) -> None:
        self._variable = variable
        self._registry = registry
        self._environ = environ
        self._given = False
        self._turn = [None]

    def give(self) -> bool:
        """Warn, if the variable is set and this was not done before; return whether nothing is left to be said now.

        Nothing is waited for: what shows a warning is anybody's code, and may read the variable itself. Where warnings
        are errors, this one is raised at each read, until the variable is unset.

        >>> from envatlas.vllm import registry
        >>> Notice(registry["VLLM_PORT"], registry, {}).give()
        True
        """
        if self._given:
            return True
        name = _name_that_counts(self._variable, self._environ)
        deprecated = None if name is None else deprecation(self._variable, name)
        if name is None or deprecated is None or is_quiet(self._registry, self._environ):
            return True
        try:
            self._turn.pop()
        except IndexError:  # somebody else is at it, or this very call, where the warning is shown
            return False
        try:
            _warn(describe_deprecation(name, deprecated))
            self._given = True
        finally:
            self._turn.append(None)
        return True


def deprecation(variable: Variable[object], name: str) -> Deprecated | None:
    """Return why a variable should not be set under one of its names any more; None if it may.

    >>> from envatlas import Integer
    >>> wait = Variable("A_WAIT", Integer(), default=1, help="W.", formerly={"A_PAUSE": Deprecated("2.0", "Clearer.")})
    >>> deprecation(wait, "A_PAUSE").replacement, deprecation(wait, "A_WAIT") is None
    ('A_WAIT', True)
    """
    former = variable.formerly.get(name)
    return variable.deprecated if former is None else Deprecated(former.since, former.reason, variable.name)


def describe_deprecation(name: str, deprecated: Deprecated) -> str:
    """Return what is to be said of a name that is set.

    >>> describe_deprecation("A_PAUSE", Deprecated("2.0", "Its unit is clearer.", "A_WAIT"))
    'A_PAUSE is set, which is deprecated since 2.0: Its unit is clearer. Set A_WAIT instead.'
    """
    remedy = "Unset it." if deprecated.replacement is None else f"Set {deprecated.replacement} instead."
    return f"{name} is set, which is deprecated since {deprecated.since}: {deprecated.reason} {remedy}"


def is_quiet(registry: Registry, environ: Mapping[str, str]) -> bool:
    """Return whether a registry's quiet variable keeps back what is said of deprecated ones.

    >>> from envatlas.vllm import registry
    >>> is_quiet(registry, {"VLLM_NO_DEPRECATION_WARNING": "1"})
    True
    """
    name = registry.quiet_variable
    if name is None or name not in registry:
        return False
    try:
        return bool(read(registry[name], environ))
    except (InvalidValueError, LookupError):
        return False


def _name_that_counts(variable: Variable[object], environ: Mapping[str, str]) -> str | None:
    """Return the name under which a variable is set; its text, which may be a secret, stays out of all other frames."""
    found = find_text(variable, environ)
    return None if found is None else found[0]


def _warn(text: str) -> None:
    """Warn at the line that asked for the value, however many calls lie between."""
    frame = inspect.currentframe()
    if frame is None:  # a Python without frames
        warnings.warn(text, DeprecatedVariableWarning, stacklevel=2)
        return
    while frame.f_back is not None and _lies_between(str(frame.f_globals.get("__name__"))):
        frame = frame.f_back
    warnings.warn_explicit(
        text,
        DeprecatedVariableWarning,
        filename=frame.f_code.co_filename,
        lineno=frame.f_lineno,
        module=frame.f_globals.get("__name__") or "<unknown>",
        registry=frame.f_globals.setdefault("__warningregistry__", {}),
    )


def _lies_between(module: str) -> bool:
    return any(module == each or module.startswith(f"{each}.") for each in _BETWEEN)
