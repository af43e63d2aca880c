"""Variables: what can be declared, and what is refused where it is declared."""

from __future__ import annotations

import enum
import math
import traceback
from collections.abc import Mapping
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envatlas import (
    Between,
    Choice,
    Computed,
    Deprecated,
    Flag,
    Integer,
    NonemptyFlag,
    Number,
    OneOf,
    Path,
    Scope,
    Text,
    TextList,
    UpperText,
    Variable,
    user_cache,
)
from envatlas.errors import DeclarationError
from envatlas.values import read

NOWHERE: Final = Deprecated("0.9", "It is gone.")


class Color(enum.StrEnum):
    """An enumeration that is none of envatlas's."""

    RED = "red"


def declare(name: object = "A_PORT", kind: object = None, **facts: object) -> Variable[object]:
    """Declare a variable as code that no type checker has seen may do it."""
    declaration: dict[str, object] = {"default": None, "help": "The port.", **facts}
    return Variable(name, Integer() if kind is None else kind, **declaration)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # to be refused


NAME = "a name is ASCII letters, digits and underscores, and does not start with a digit"
TUPLE = "reads: it is a tuple of names"
READS = "reads are different names that every shell accepts"
ONLY_WITH = "only_with names another variable"
HELP = "help says what the variable does"
UNIT = "unit is a text that is not empty, or None"
REASON = "a deprecation says since when, and why"
REPLACEMENT = "a deprecated variable's replacement is another variable"

REFUSED: Final[list[tuple[dict[str, object], str, str]]] = [
    ({"kind": Integer}, "kind is an instance", "the class Integer"),
    ({"kind": int}, "kind is an instance", "the class int"),
    ({"kind": "integer"}, "kind: it implements the protocol envatlas.Kind", "'integer'"),
    ({"kind": 0}, "kind: it implements the protocol envatlas.Kind", "0"),
    ({"help": ""}, HELP, "''"),
    ({"help": " \n"}, HELP, "' \\n'"),
    ({"help": None}, HELP, "None"),
    ({"secret": 1}, "secret: it is True or False", "1"),
    ({"secret": None}, "secret: it is True or False", "None"),
    ({"affects_compilation": "no"}, "affects_compilation: it is True or False", "'no'"),
    ({"internal": 0}, "internal: it is True or False", "0"),
    ({"scope": "node"}, "scope: it is one of Scope's members", "'node'"),
    ({"scope": Color.RED}, "scope: it is one of Scope's members", "<Color.RED: 'red'>"),
    ({"unit": ""}, UNIT, "''"),
    ({"unit": " "}, UNIT, "' '"),
    ({"unit": 1}, UNIT, "1"),
    ({"expects": (1, 2)}, "expects: it implements the protocol envatlas.Expectation", "(1, 2)"),
    ({"reads": ["A_PORT"]}, TUPLE, "['A_PORT']"),
    ({"reads": "A_PORT"}, TUPLE, "'A_PORT'"),
    ({"reads": ("A_PORT", "A_PORT")}, READS, "('A_PORT', 'A_PORT')"),
    ({"reads": ("A_PORT", "A-PORT")}, READS, "('A_PORT', 'A-PORT')"),
    ({"reads": ("",)}, READS, "('',)"),
    ({"reads": (1,)}, READS, "(1,)"),
    ({"reads": ([],)}, READS, "([],)"),
    ({"only_with": "A_PORT"}, ONLY_WITH, "'A_PORT'"),
    ({"only_with": "A PORT"}, ONLY_WITH, "'A PORT'"),
    ({"only_with": ""}, ONLY_WITH, "''"),
    ({"only_with": 1}, ONLY_WITH, "1"),
    ({"default": "80"}, "the kind 'integer' can render the default", "'80' (expected int, got str)"),
    ({"default": True}, "the kind 'integer' can render the default", "True (expected int, got bool)"),
    (
        {"kind": UpperText(), "default": "gpu"},
        "the kind 'upper-text' can render the default",
        "'gpu' ('gpu' is not in upper case)",
    ),
    (
        {"kind": Choice("a"), "default": "b"},
        "the kind 'choice' can render the default",
        "'b' ('b' is not one of 'a')",
    ),
    ({"kind": TextList(), "default": []}, "the kind 'list' can render the default", "[] (no text reads as [])"),
    ({"default": 0, "expects": Between(1, 9)}, "the default is from 1 to 9", "0"),
    ({"deprecated": "0.9"}, "deprecated: it is a Deprecated", "'0.9'"),
    (
        {"deprecated": Deprecated("", "It is gone.")},
        REASON,
        "Deprecated(since='', reason='It is gone.', replacement=None)",
    ),
    ({"deprecated": Deprecated("0.9", " ")}, REASON, "Deprecated(since='0.9', reason=' ', replacement=None)"),
    ({"deprecated": Deprecated("0.9", "It is gone.", "A_PORT")}, REPLACEMENT, "'A_PORT'"),
    ({"deprecated": Deprecated("0.9", "It is gone.", "A-PORT")}, REPLACEMENT, "'A-PORT'"),
    ({"deprecated": Deprecated("0.9", "It is gone.", "")}, REPLACEMENT, "''"),
]


@pytest.mark.parametrize(("facts", "rule", "got"), REFUSED, ids=[str(facts) for facts, _, _ in REFUSED])
def test_a_declaration_that_makes_no_sense_is_refused(facts: dict[str, object], rule: str, got: str) -> None:
    """The error names the variable, the rule that is broken, what was declared, and what to do."""
    with pytest.raises(DeclarationError) as caught:
        declare(**facts)
    error = caught.value
    assert (error.variable, error.rule, error.got) == ("A_PORT", rule, got)
    assert str(error) == f"'A_PORT' breaks the rule {rule!r}: got {got}; {error.remedy}"
    assert error.remedy


@pytest.mark.parametrize("name", ["", "1A", "A-PORT", "A PORT", "A_PORT\n", "A=B", "\xc4", "A\0"])
def test_a_name_that_not_every_shell_accepts_is_refused(name: str) -> None:
    """A name is ASCII letters, digits and underscores, the first of them no digit."""
    with pytest.raises(DeclarationError) as caught:
        declare(name)
    assert (caught.value.variable, caught.value.rule, caught.value.got) == (name, NAME, repr(name))


@pytest.mark.parametrize("name", [None, 1, b"A_PORT"])
def test_a_name_that_is_no_text_is_refused(name: object) -> None:
    """The error names what stands in the name's place."""
    with pytest.raises(DeclarationError) as caught:
        declare(name)
    assert (caught.value.variable, caught.value.rule, caught.value.got) == (repr(name), NAME, repr(name))


@pytest.mark.parametrize(
    "deprecated",
    [Deprecated(0.9, "It is gone."), Deprecated("0.9", None)],  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # to be refused
)
def test_a_deprecation_is_in_texts(deprecated: Deprecated) -> None:
    """A version or a reason that is no text is refused as an empty one is."""
    with pytest.raises(DeclarationError) as caught:
        declare(deprecated=deprecated)
    assert (caught.value.variable, caught.value.rule) == ("A_PORT", REASON)


@given(name=st.from_regex(r"[A-Za-z_][A-Za-z0-9_]*", fullmatch=True))
def test_every_other_name_is_accepted(name: str) -> None:
    """Any name of ASCII letters, digits and underscores that starts with no digit can be declared."""
    assert declare(name).name == name


class Forgetful:
    """A kind whose text reads as another value than it was rendered from."""

    name = "forgetful"
    expected = "anything"
    empty_is_unset = False

    def parse(self, text: str) -> str:
        """Return the text, and more."""
        return text + "!"

    def render(self, value: object) -> str:
        """Return the value's text."""
        return str(value)

    def schema(self) -> Mapping[str, object]:
        """Return the schema of any text."""
        return {"type": "string"}


def test_a_default_that_reads_back_as_another_is_refused() -> None:
    """A variable that is unset, and one that is set to its default, are the same."""
    with pytest.raises(DeclarationError) as caught:
        Variable("A_TEXT", Forgetful(), default="x", help="A text.")
    assert caught.value.rule == "the default reads back as itself"
    assert caught.value.got == "'x', which reads back as 'x!'"


def test_a_path_that_would_be_expanded_is_no_default() -> None:
    """A default is a value, and no text; ``~`` would read as the home directory."""
    with pytest.raises(DeclarationError, match="reads back as"):
        Variable("A_PATH", Path(), default="~", help="A path.")


def test_what_a_kind_raises_on_its_default_is_the_cause() -> None:
    """The error of the kind is kept with the declaration's."""
    with pytest.raises(DeclarationError) as caught:
        declare(default="80")
    assert isinstance(caught.value.__cause__, TypeError)


def test_a_secrets_default_is_refused_and_not_shown() -> None:
    """A secret in source code is none; the error does not spread it."""
    marker = "sk-" + "marker"
    with pytest.raises(DeclarationError) as caught:
        declare(kind=Text(), default=marker, secret=True)
    error = caught.value
    assert error.rule == "a secret has no default"
    shown = "".join([str(error), repr(error), *map(str, error.args), *traceback.format_exception(error)])
    assert marker not in shown


@pytest.mark.parametrize(
    "facts",
    [
        {"kind": Number(), "default": math.inf},
        {"kind": Number(), "default": 1},
        {"kind": TextList(), "default": ["a", "b"]},
        {"kind": TextList(strip=True), "default": []},
        {"kind": Flag(), "default": False},
        {"kind": Text(), "default": ""},
        {"default": None, "expects": OneOf(1)},
        {"default": Computed(dict, "anything"), "expects": OneOf(1)},
        {"default": 1, "expects": OneOf(1)},
        {"kind": Text(), "secret": True},
        {"unit": "s"},
        {"scope": Scope.NODE},
        {"affects_compilation": True, "internal": True},
        {"reads": ("OTHER",)},
        {"reads": ("A_PORT", "OTHER")},
        {"only_with": "A_FLAG"},
        {"deprecated": NOWHERE},
        {"deprecated": Deprecated("0.9", "It moved.", "B_PORT")},
    ],
    ids=str,
)
def test_a_declaration_that_makes_sense_is_accepted(facts: dict[str, object]) -> None:
    """What is declared is an attribute of the variable."""
    variable = declare(**facts)
    assert {name: getattr(variable, name) for name in facts} == facts


def test_nan_is_a_default() -> None:
    """A default that does not equal itself reads back as itself all the same."""
    variable = Variable("A_NUMBER", Number(), default=math.nan, help="A number.")
    assert math.isnan(read(variable, {}))


def test_a_variable_whose_default_is_nan_equals_itself() -> None:
    """An identical redeclaration is no other variable."""
    first, second = (Variable("A_NUMBER", Number(), default=math.nan, help="A number.") for _ in range(2))
    assert first == first  # noqa: PLR0124  with NaN, that is the question
    assert first == second


def test_equal_declarations_are_equal() -> None:
    """A variable is a value: equal, and of one hash, where all of its declaration is; a list may be part of it."""
    first, second = (Variable("A_LIST", TextList(), default=["a"], help="A list.") for _ in range(2))
    assert first == second
    assert hash(first) == hash(second)
    assert len({first, second}) == 1


@pytest.mark.parametrize(
    "facts",
    [
        {"kind": NonemptyFlag()},
        {"default": 1},
        {"help": "Another port."},
        {"unit": "s"},
        {"scope": Scope.NODE},
        {"secret": True},
        {"affects_compilation": True},
        {"internal": True},
        {"reads": ("OTHER",)},
        {"only_with": "A_FLAG"},
        {"expects": Between(1)},
        {"deprecated": NOWHERE},
    ],
    ids=str,
)
def test_declarations_that_differ_anywhere_differ(facts: dict[str, object]) -> None:
    """Each part of a declaration counts."""
    assert declare(**facts) != declare()


def test_a_variable_is_frozen() -> None:
    """No part of a declaration can be changed."""
    variable = declare()
    for name in ("name", "kind", "default", "help", "secret"):
        with pytest.raises(AttributeError):
            setattr(variable, name, None)


def test_a_variable_is_read_from_its_own_name() -> None:
    """Without other names, a variable's sources are its name; with some, they are those."""
    assert declare().sources == ("A_PORT",)
    assert declare(reads=("B", "A_PORT")).sources == ("B", "A_PORT")


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        (declare(), "None"),
        (declare(default=80), "80"),
        (declare(kind=Text(), default="x"), "'x'"),
        (declare(kind=Path(), default=user_cache("a")), "~/.cache/a, or $XDG_CACHE_HOME/a"),
    ],
)
def test_the_default_is_said_in_words(variable: Variable[object], text: str) -> None:
    """A value is shown as Python shows it; a computed default as it describes itself."""
    assert variable.default_text == text


def test_a_scope_is_its_word() -> None:
    """Who must share a value is written as one word."""
    assert [str(scope) for scope in Scope] == ["build", "cluster", "node", "process"]


class Undecided:
    """An expectation that cannot tell."""

    def allows(self, value: object) -> bool:
        """Fail."""
        raise RuntimeError(value)

    def describe(self) -> str:
        """Return what it allows."""
        return "anything"


def test_an_expectation_that_fails_on_the_default_is_refused() -> None:
    """The error says that it is the declaration that makes no sense."""
    with pytest.raises(DeclarationError, match="expects can tell whether it allows the default"):
        Variable("A_PORT", Integer(), default=80, help="The port.", expects=Undecided())
