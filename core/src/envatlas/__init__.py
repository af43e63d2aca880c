"""A plugin-based registry of environment variables.

An application reads, ``from envatlas.vllm import envs``, or makes a `Registry` of its own; a plugin declares, with
`Variable` and a kind, and hands its declarations over in a function marked with `hookimpl`.
"""

from typing import TYPE_CHECKING

from envatlas.defaults import Computed, user_cache, user_config
from envatlas.environment import Environment
from envatlas.errors import (
    DeclarationError,
    EnvatlasError,
    InvalidEnvironmentError,
    InvalidValueError,
    UnknownVariableError,
)
from envatlas.expectations import Between, EachOf, Expectation, Matches, OneOf
from envatlas.flags import (
    Flag,
    IntegerFlag,
    NonemptyFlag,
    NotZeroFlag,
    OneFlag,
    OnTrueOneFlag,
    StrippedTrueOneFlag,
    TrueFlag,
    TrueOneFlag,
)
from envatlas.hookspecs import Plugin, hookimpl
from envatlas.kinds import Choice, EnvironKind, Kind, Schema, Text, TextList, UpperText, require
from envatlas.numbers import Integer, Number
from envatlas.paths import Path
from envatlas.registry import Registry
from envatlas.variable import Deprecated, Scope, Variable

if TYPE_CHECKING:
    from envatlas.callables import from_callables
    from envatlas.checks import Check, check
    from envatlas.choices import AddedChoices
    from envatlas.deprecations import DeprecatedVariableWarning
    from envatlas.findings import Finding, Severity
    from envatlas.hosts import Host, ThisHost, ToldHost
    from envatlas.modules import install_module
    from envatlas.removals import Removed
    from envatlas.snapshot import Snapshot

__all__ = [
    "AddedChoices",
    "Between",
    "Check",
    "Choice",
    "Computed",
    "DeclarationError",
    "Deprecated",
    "DeprecatedVariableWarning",
    "EachOf",
    "EnvatlasError",
    "EnvironKind",
    "Environment",
    "Expectation",
    "Finding",
    "Flag",
    "Host",
    "Integer",
    "IntegerFlag",
    "InvalidEnvironmentError",
    "InvalidValueError",
    "Kind",
    "Matches",
    "NonemptyFlag",
    "NotZeroFlag",
    "Number",
    "OnTrueOneFlag",
    "OneFlag",
    "OneOf",
    "Path",
    "Plugin",
    "Registry",
    "Removed",
    "Schema",
    "Scope",
    "Severity",
    "Snapshot",
    "StrippedTrueOneFlag",
    "Text",
    "TextList",
    "ThisHost",
    "ToldHost",
    "TrueFlag",
    "TrueOneFlag",
    "UnknownVariableError",
    "UpperText",
    "Variable",
    "check",
    "from_callables",
    "hookimpl",
    "install_module",
    "require",
    "user_cache",
    "user_config",
]


_ON_DEMAND = {
    "AddedChoices": "envatlas.choices",
    "Check": "envatlas.checks",
    "DeprecatedVariableWarning": "envatlas.deprecations",
    "Finding": "envatlas.findings",
    "Host": "envatlas.hosts",
    "Removed": "envatlas.removals",
    "Severity": "envatlas.findings",
    "Snapshot": "envatlas.snapshot",
    "ThisHost": "envatlas.hosts",
    "ToldHost": "envatlas.hosts",
    "check": "envatlas.checks",
    "from_callables": "envatlas.callables",
    "install_module": "envatlas.modules",
}


def __getattr__(name: str) -> object:
    """Import what no start needs when it is asked for; that saves each start milliseconds."""
    if name not in _ON_DEMAND:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # noqa: PLC0415  as above

    return getattr(importlib.import_module(_ON_DEMAND[name]), name)
