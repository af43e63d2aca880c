"""A plugin-based registry of environment variables.

An application reads, ``from envatlas.vllm import envs``; a plugin declares, with `Variable` and a kind, and
hands its declarations over in a function marked with `hookimpl`.
"""

from envatlas.defaults import Computed, user_cache, user_config
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
from envatlas.kinds import Choice, EnvironKind, Integer, Kind, Number, Path, Text, TextList, UpperText
from envatlas.variable import Deprecated, Scope, Variable

__all__ = [
    "Between",
    "Choice",
    "Computed",
    "Deprecated",
    "EachOf",
    "EnvironKind",
    "Expectation",
    "Flag",
    "Integer",
    "IntegerFlag",
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
    "Scope",
    "StrippedTrueOneFlag",
    "Text",
    "TextList",
    "TrueFlag",
    "TrueOneFlag",
    "UpperText",
    "Variable",
    "hookimpl",
    "user_cache",
    "user_config",
]
