"""Descriptions: what a declaration says, in English and in Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import attrs
import pytest

import envatlas
from envatlas import (
    Between,
    Choice,
    Computed,
    Deprecated,
    EachOf,
    Expectation,
    Integer,
    Kind,
    Matches,
    OneOf,
    Path,
    Scope,
    Text,
    TextList,
    Variable,
    user_cache,
)
from envatlas.descriptions import OWN, Description, allowed_by, describe, expected_by
from envatlas.languages import Words
from envatlas.vllm import registry
from tests.test_languages import package, write_catalogue

if TYPE_CHECKING:
    from tests.conftest import Site

_CHINESE: Final = Words("zh_CN")


def test_in_english_a_description_is_what_is_declared() -> None:
    """For every variable there is."""
    for variable in registry:
        described = describe(variable, Words("en"))
        assert described == Description(
            help=variable.help,
            expected=variable.kind.expected,
            default=variable.default_text,
            unit=variable.unit or "",
            scope=str(variable.scope),
            expects="" if variable.expects is None else variable.expects.describe(),
            deprecated="" if variable.deprecated is None else variable.deprecated.reason,
        )


def test_in_chinese_every_word_of_a_bundled_variable_is_another() -> None:
    """Whatever is prose is translated; values are values, and a unit may be the same everywhere."""
    modules = {plugin.name: plugin.module for plugin in registry.active_plugins}
    for variable in registry:
        module = modules.get(registry.owner(variable.name).plugin, "")
        said, meant = describe(variable, _CHINESE, module), describe(variable, Words("en"))
        assert said.help != meant.help, variable.name
        assert said.expected != meant.expected, variable.name
        assert said.scope != meant.scope, variable.name
        assert not meant.expects or said.expects != meant.expects, variable.name
        assert (said.default != meant.default) == isinstance(variable.default, Computed), variable.name
        assert (said.unit != meant.unit) == (variable.unit not in {None, "GiB"}), variable.name


@pytest.mark.parametrize(
    ("expects", "said"),
    [
        (OneOf(2, "a"), "2, 'a' 之一"),
        (EachOf(OneOf("a")), "列表，其中每一项：'a' 之一"),
        (Between(minimum=0), "不小于 0"),
        (Between(maximum=0.5), "不大于 0.5"),
        (Between(0, 65535), "从 0 到 65535"),
        (Matches("a+", "letters"), "letters"),
    ],
)
def test_what_is_expected_is_said_in_chinese(expects: Expectation, said: str) -> None:
    """But for the words that are a plugin's own."""
    variable = Variable("A_PORT", Integer(), default=None, help="The port.", expects=expects)
    assert describe(variable, _CHINESE).expects == said


@pytest.mark.parametrize(
    ("kind", "said"), [(Choice("a", "b"), "'a', 'b' 之一"), (TextList(";"), "以 ';' 分隔的文本"), (Integer(), "整数")]
)
def test_what_a_kind_reads_is_said_in_chinese(kind: Kind[object], said: str) -> None:
    """Its own choices and separators are in it."""
    assert _CHINESE(expected_by(kind)) == said
    assert expected_by(kind) == kind.expected


def test_a_plugins_own_words_come_from_its_own_catalogue(site: Site) -> None:
    """All of what a declaration has in words."""
    package(site)
    write_catalogue(
        site,
        {
            "The port.": "端口。",
            "ports": "个端口",
            "letters": "字母",
            "one above": "加一",
            "V0 is gone.": "V0 已删。",
        },
    )
    variable = Variable(
        "A_PORT",
        Integer(),
        default=Computed(lambda _: 1, "one above"),
        help="The port.",
        unit="ports",
        scope=Scope.PROCESS,
        expects=Matches("a+", "letters"),
        deprecated=Deprecated("0.9", "V0 is gone."),
    )
    assert describe(variable, _CHINESE, "acme_vllm") == Description(
        help="端口。",
        expected="整数",
        default="加一",
        unit="个端口",
        scope="进程",
        expects="字母",
        deprecated="V0 已删。",
    )


def test_a_users_folder_is_said_in_chinese() -> None:
    """Its paths are what they are."""
    variable = Variable("A_CACHE", Path(), default=user_cache("acme"), help="The cache.")
    assert describe(variable, _CHINESE).default == "~/.cache/acme，或者 $XDG_CACHE_HOME/acme"


def test_a_default_that_cannot_be_shown_is_named_by_its_type() -> None:
    """The rest of the declaration is said as ever."""
    variable = Variable("A_PORT", Text(), default=_Shy(), help="The port.")
    assert variable.default_text == "<_Shy that cannot be shown: RuntimeError>"
    assert describe(variable, Words("en")).default == variable.default_text


class _Shy(str):
    """A text that does not show itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        raise RuntimeError


def test_what_an_expectation_says_is_a_text() -> None:
    """Whatever a plugin's own answers."""
    assert allowed_by(Variable("A_PORT", Text(), default=None, help="The port.", expects=_Odd())) == "5"


@attrs.frozen
class _Odd:
    """An expectation that answers what is no text."""

    def allows(self, value: object) -> bool:
        """Return that everything is allowed."""
        return True

    def describe(self) -> str:
        """Return what is no text."""
        return cast("str", 5)


def test_what_the_kinds_of_envatlas_read_is_marked() -> None:
    """A kind that changes its words changes them there as well."""
    exported = [getattr(envatlas, name) for name in envatlas.__all__ if name not in {"Kind", "EnvironKind"}]
    classes = [each for each in exported if isinstance(each, type) and hasattr(each, "expected")]
    said = {each().expected for each in classes if each not in {Choice, TextList}}
    assert said == {*OWN} - {"GiB", "ms", "s"}
