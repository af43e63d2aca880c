"""Schemas of a compose file's environment: a mapping and a list say the same as an environment, and what YAML adds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envatlas import Schema, Text, Variable
from envatlas.formats.schemas import Form, environment_schema
from envatlas.registry import Registry
from envatlas.vllm import registry
from tests.test_schemas import ANY, STRANGE, STRANGERS, Broken, unreadable
from tests.validators import Invalid, by_each_validator, invalid_in_python

if TYPE_CHECKING:
    from tests.conftest import Site


@pytest.fixture
def strangers(site: Site) -> Registry:
    """Return the registry of the strangers."""
    return site.registry_of(*STRANGERS)


@by_each_validator
@settings(max_examples=60, deadline=None)
@given(text=st.one_of(ANY, STRANGE))
def test_a_compose_file_says_the_same_as_an_environment(invalid: Invalid, text: str) -> None:
    """Of every name, in both of its forms; a text in which compose puts something in place is not known, and valid."""
    compose, env = environment_schema(registry, Form.COMPOSE), environment_schema(registry)
    names = sorted({name for variable in registry for name in variable.sources})
    is_told = re.search(r"\$[A-Za-z_{]", text.replace("$$", "")) is None
    expected = invalid(env, dict.fromkeys(names, text)) if is_told else set[str]()
    assert invalid(compose, dict.fromkeys(names, text)) == expected
    assert {names[int(place)] for place in invalid(compose, [f"{name}={text}" for name in names])} == expected


@by_each_validator
@pytest.mark.parametrize("text", ["16MB", "16MB\n", "1234MB", "", "\n", "red", "red\n", "a-b", " c.d [e]\n", "12", "x"])
@pytest.mark.parametrize("name", ["A_SIZE", "A_COLOUR", "A_MODE", "A_LEVEL", "A_QUIET", "RATE"])
def test_kinds_from_outside_are_the_same_in_a_list(invalid: Invalid, strangers: Registry, name: str, text: str) -> None:
    """Where one name is set, each form says the same of it; in a list, an empty one may be none that counts."""
    compose = environment_schema(strangers, Form.COMPOSE)
    is_valid = not invalid(compose, {name: text})
    assert is_valid == (not unreadable(strangers, {name: text}))
    assert (not invalid(compose, [f"{name}={text}"])) == (is_valid or (name, text) == ("A_LEVEL", ""))


@by_each_validator
@pytest.mark.parametrize(
    ("text", "is_valid"),
    [("${PORT}", True), ("$PORT", True), ("1$$$PORT", True), ("$$PORT", False), ("$5", False), ("x$$$$PORT", False)],
)
def test_compose_puts_variables_of_its_own_in_place(invalid: Invalid, text: str, is_valid: bool) -> None:
    """Two dollar signs are one, and no variable."""
    compose = environment_schema(registry, Form.COMPOSE)
    assert (not invalid(compose, {"VLLM_PORT": text})) is is_valid
    assert (not invalid(compose, [f"VLLM_PORT={text}"])) is is_valid


@by_each_validator
@pytest.mark.parametrize(
    ("name", "valid", "refused"),
    [
        ("A_LEVEL", [0, 5, -(10**20), 1e20, None], [0.5, True, 10**21]),
        ("RATE", [0, 0.5, 1e300, None], [True]),
        ("A_QUIET", [0, 1, True, False, None], [2, 0.5]),
        ("A_MODE", [12, None], [0, 1, 12.5, True]),
        ("A_TEXT", [0, 0.5, True, None], [["5"]]),
        ("A_SIZE", [None], [0, 1, True]),
        ("A_COLOUR", [None], [0, True]),
        ("NOBODYS", [5, True, None, "x"], [["5"]]),
    ],
)
def test_a_compose_file_may_leave_out_the_quotes(
    invalid: Invalid, site: Site, name: str, valid: list[object], refused: list[object]
) -> None:
    """A number or a word of YAML's is valid where its text can be read; null is what compose finds."""
    text = Variable("A_TEXT", Text(), default=None, help="The text.")
    compose = environment_schema(site.registry_of(*STRANGERS, text), Form.COMPOSE)
    assert [value for value in (*valid, *refused) if not invalid(compose, {name: value})] == valid


@by_each_validator
def test_a_list_may_have_a_name_alone(invalid: Invalid) -> None:
    """Compose passes what it finds; a name that nobody declares is refused as in a mapping."""
    compose = environment_schema(registry, Form.COMPOSE)
    assert not invalid(compose, ["VLLM_PORT", "PATH", "PATH=x", "VLLM_HOST_IP=", "VLLM_PORT=5"])
    assert invalid(compose, ["VLLM_PROT"])
    assert invalid(compose, ["VLLM_PROT=5"])
    assert invalid(compose, [5])


LISTED: Final[list[tuple[Schema, list[str], list[str]]]] = [
    ({"type": "string", "minLength": 2, "maxLength": 3}, ["ab", "a\n", "abc"], ["", "a", "abcd"]),
    ({"const": "a.b"}, ["a.b"], ["a.b\n", "axb", ""]),
    ({"oneOf": [{"pattern": "^a"}, {"pattern": "^.b"}]}, ["ac", "bb"], ["ab", "c"]),
    ({"allOf": [{"pattern": "^a"}, {"not": {"pattern": "^.b"}}]}, ["ac"], ["ab", "c"]),
    ({"pattern": r"^(?:a|b)[|^]\|?c"}, ["a|c", "b^|c"], ["c", "ac"]),
    ({"pattern": "b|[cd]$"}, ["b", "xb", "xbx", "d"], ["cx", ""]),
    ({"title": "Anything."}, ["", "a"], []),
]


@by_each_validator
@pytest.mark.parametrize(("schema", "valid", "refused"), LISTED)
def test_a_list_says_what_a_schema_says(
    invalid: Invalid, site: Site, schema: Schema, valid: list[str], refused: list[str]
) -> None:
    """Each keyword for a text has its like behind a name."""
    of = site.registry_of(Variable("A_COLOUR", Broken(lambda: schema), default=None, help="The colour."))
    compose = environment_schema(of, Form.COMPOSE)
    assert [text for text in (*valid, *refused) if not invalid(compose, [f"A_COLOUR={text}"])] == valid
    assert [text for text in (*valid, *refused) if not invalid(compose, {"A_COLOUR": text})] == valid


@pytest.mark.parametrize(
    "schema",
    [
        {"pattern": "^a|b"},
        {"pattern": "^(?:^a)"},
        {"format": "ipv4"},
        {"minLength": "x"},
        {"not": 5},
        {"not": {"format": "ipv4"}},
        {"anyOf": [{"pattern": "^a"}, {"format": "ipv4"}]},
    ],
)
def test_what_a_list_cannot_say_is_left_open(site: Site, schema: Schema) -> None:
    """An item is not refused that might be read."""
    of = site.registry_of(Variable("A_COLOUR", Broken(lambda: schema), default=None, help="The colour."))
    items = cast("Mapping[str, Schema]", environment_schema(of, Form.COMPOSE)["$defs"])["list"]
    assert not invalid_in_python(items, ["A_COLOUR=x", "A_COLOUR=xa"])
