"""Facts: what there is to say of a variable, in English and in Chinese."""

from __future__ import annotations

from typing import Final

import pytest

from envatlas import Computed, Deprecated, Flag, Integer, Scope, Text, Variable
from envatlas.formats.facts import Fact, facts, flag_words, flags_of
from envatlas.languages import Words
from envatlas.vllm import registry

ENGLISH: Final = Words("en")
CHINESE: Final = Words("zh_CN")


def said(variable: Variable[object], words: Words = ENGLISH, *, dependents: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the facts' texts by their keys."""
    return {fact.key: fact.text for fact in facts(variable, words, dependents=dependents)}


def test_a_plain_variable_has_a_kind_a_default_and_a_scope() -> None:
    """What does not hold of it is not said."""
    port = Variable("A_PORT", Integer(), default=80, help="The port.", scope=Scope.NODE)
    assert said(port) == {
        "kind": "integer: a whole number",
        "default": "80",
        "scope": "node: the processes of a node share it; another node may have another",
    }


def test_all_that_a_declaration_says_is_a_fact() -> None:
    """In the order in which a reader asks."""
    wait = Variable(
        "A_WAIT",
        Flag(),
        default=Computed(lambda _: True, "as the host has it", depends=("HOST",)),
        help="Waits.",
        unit="s",
        internal=True,
        affects_compilation=True,
        reads=("A_WAIT", "B_WAIT"),
        only_with="A_LOG",
        deprecated=Deprecated("2.0", "Nobody waits.", "A_PATIENCE"),
    )
    told = said(wait, dependents=("A_OTHER",))
    assert told == {
        "kind": "flag: 1 or 0, true or false, yes or no, on or off; empty means unset",
        "default": "as the host has it",
        "unit": "s",
        "scope": "cluster: every process on every node must have the same",
        "flags": "internal, affects compilation",
        "reads": "A_WAIT, B_WAIT",
        "only_with": "A_LOG, without which it has no effect",
        "depends_on": "HOST",
        "dependents": "A_OTHER",
        "deprecated": "since 2.0: Nobody waits. Use A_PATIENCE.",
    }
    assert list(told)[:4] == ["kind", "default", "unit", "scope"]


def test_a_deprecation_without_a_replacement_names_none() -> None:
    """There is nothing to use instead."""
    gone = Variable("A_WAIT", Text(), default=None, help="Waits.", deprecated=Deprecated("2.0", "No."))
    assert said(gone)["deprecated"] == "since 2.0: No."


def test_facts_are_in_the_language_of_the_words() -> None:
    """Labels and texts; names and values are the same."""
    told = {fact.label: fact.text for fact in facts(registry["VLLM_PORT"], CHINESE, "envatlas_vllm_engine")}
    assert told == {
        "类型": "integer：整数",
        "默认值": "None",
        "要求": "从 0 到 65535",
        "作用域": "节点：同一节点上的进程共用同一个值，不同节点的值可以不同",
        "标志": "内部使用",
    }


def test_every_language_has_the_same_facts_of_every_variable() -> None:
    """A page has them beside one another."""
    for variable in registry:
        reading = registry.explain(variable.name, {})
        english, chinese = (
            [
                (fact.key, fact.names, fact.is_code)
                for fact in facts(variable, words, reading.module, reading.dependents)
            ]
            for words in (ENGLISH, CHINESE)
        )
        assert english == chinese


@pytest.mark.parametrize(
    ("text", "names", "pieces"),
    [
        ("a text", (), ("a text",)),
        ("a text", ("",), ("a text",)),
        ("A_B, A", ("A_B", "A"), ("", "A_B", ", ", "A", "")),
        ("自 2.0 起：请改用 A。", ("A",), ("自 2.0 起：请改用 ", "A", "。")),
        ("没有A则不起作用", ("A",), ("没有", "A", "则不起作用")),
        ("AA A_", ("A",), ("AA A_",)),
        ("(.) A", ("(.)",), ("", "(.)", " A")),
    ],
)
def test_every_second_piece_of_a_text_is_a_name(text: str, names: tuple[str, ...], pieces: tuple[str, ...]) -> None:
    """A part of a longer name is none; all pieces together are the text."""
    fact = Fact("key", "label", text, names)
    assert fact.pieces == pieces
    assert "".join(fact.pieces) == text


def test_flags_are_what_a_word_says_of_a_variable() -> None:
    """There is a word for each."""
    old = Variable(
        "A_KEY", Text(), default=None, help="The key.", secret=True, internal=True, deprecated=Deprecated("1", "Old.")
    )
    assert flags_of(old) == {"secret", "internal", "deprecated"}
    assert flags_of(old) < set(flag_words(ENGLISH))
