"""Descriptions: all that a variable's declaration says to people, in one language."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Final

import attrs

from envatlas.defaults import Computed, UserDirectory
from envatlas.kinds import Choice, Kind, TextList
from envatlas.languages import Words
from envatlas.messages import Message, marked, message_of
from envatlas.variable import Scope, Variable

OWN: Final = (
    marked("a number"),
    marked("a path"),
    marked("a whole number"),
    marked("a whole number, 0 for false and 1 for true"),
    marked("1 or 0, true or false, yes or no, on or off"),
    marked("any text"),
    marked("any text; 1 is true"),
    marked("any text; every one but 0 is true"),
    marked("any text; every one but the empty one is true"),
    marked("any text; on, true or 1 is true, in any case"),
    marked("any text; true is true, in any case"),
    marked("any text; true or 1 is true, in any case"),
    marked("GiB"),
    marked("ms"),
    marked("s"),
)
"""What envatlas translates for all plugins: what its own kinds read, and common units."""

_SCOPES: Final = {
    Scope.BUILD: marked("build"),
    Scope.CLUSTER: marked("cluster"),
    Scope.NODE: marked("node"),
    Scope.PROCESS: marked("process"),
}


@attrs.frozen
class Description:
    """What a variable's declaration says to people. Names, texts and code in it are the same in all languages.

    Attributes:
        help: What it does.
        expected: What its kind reads, as a noun phrase.
        default: Its default: a value as Python writes it, or words.
        unit: The unit of its value; empty where it has none.
        scope: Who must share its value.
        expects: What its documentation allows, as a noun phrase; empty where that is all that its kind reads.
        deprecated: Why it is on its way out; empty unless it is.
        formerly: Why it has each of its former names no more, by the names.
    """

    help: str
    expected: str
    default: str
    unit: str
    scope: str
    expects: str
    deprecated: str
    formerly: Mapping[str, str] = attrs.field(factory=dict[str, str])


def describe(variable: Variable[object], words: Words, module: str = "") -> Description:
    """Return what a variable's declaration says, in a language.

    Args:
        variable: The variable.
        words: The words of the language.
        module: The module of the plugin that declares it, which has its translations; empty for a registry's own.

    >>> from envatlas.vllm import registry
    >>> described = describe(registry["VLLM_DP_SIZE"], Words("zh_CN"), "envatlas_vllm_data_parallel")
    >>> described.expected, described.expects
    ('整数', '不小于 1')
    """
    its = functools.partial(words.of_plugin, module)
    return Description(
        help=its(variable.help),
        expected=its(expected_by(variable.kind)),
        default=_default(variable, words, its),
        unit=its(variable.unit or ""),
        scope=words(_SCOPES[variable.scope]),
        expects=its(allowed_by(variable)),
        deprecated="" if variable.deprecated is None else its(variable.deprecated.reason),
        formerly={name: its(former.reason) for name, former in variable.formerly.items()},
    )


def expected_by(kind: Kind[object]) -> Message:
    """Return what a kind reads, as a noun phrase that can be translated.

    >>> from envatlas import Choice
    >>> Words("zh_CN")(expected_by(Choice("fork", "spawn")))
    "'fork', 'spawn' 之一"
    """
    match kind:
        case Choice():
            return Message("one of {choices}", choices=", ".join(map(repr, kind.choices)))
        case TextList():
            return Message("texts separated by {separator}", separator=repr(kind.separator))
        case _:
            return message_of(kind.expected)


def allowed_by(variable: Variable[object]) -> str:
    """Return what a variable's documentation allows, as a noun phrase; empty where nothing says it.

    >>> from envatlas.vllm import registry
    >>> allowed_by(registry["VLLM_DP_SIZE"])
    'at least 1'
    """
    try:
        return "" if variable.expects is None else message_of(variable.expects.describe())
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  an expectation may be a plugin's own, and must not hide what else is known
        return ""


def _default(variable: Variable[object], words: Words, its: Callable[[str], str]) -> str:
    default: object = variable.default
    if not isinstance(default, Computed):
        return variable.default_text
    folder: object = default.compute
    if isinstance(folder, UserDirectory):
        return words("{path}, or {other}", path=folder.by_fallback, other=folder.by_variable)
    return its(default.description)
