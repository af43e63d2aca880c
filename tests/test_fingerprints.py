"""Fingerprints: equal where the values are, different where one differs, and nothing drops out in silence."""

from __future__ import annotations

import dataclasses
import enum
import json
import os
import pathlib
import shutil
import subprocess
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from envatlas import Integer, Kind, Number, Path, Schema, Text, TextList, Variable, hookimpl
from envatlas.environs import UnreadableFileError
from envatlas.errors import InvalidEnvironmentError, UnfitValueError
from envatlas.fingerprints import Change, Fingerprint, parse_fingerprint, take_fingerprint
from envatlas.problems import ConflictError, PluginError, RegistryProblemsError, SecretReadError, UnmatchedNameError
from envatlas.testing import registry_of
from envatlas.vllm import registry

if TYPE_CHECKING:
    from tests.conftest import Site

PARTS: Final = st.dictionaries(
    st.text(min_size=1), st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text()), max_size=5
)


def compiling(name: str, kind: Kind[object], default: object = None, *, secret: bool = False) -> Variable[object]:
    """Return a variable that affects compilation."""
    return Variable(name, kind, default=default, help="Changes the graph.", affects_compilation=True, secret=secret)


@attrs.frozen
class _Made:
    """A kind of no one's types: its values are objects that only it can render."""

    is_rendered: bool = True
    error: BaseException = attrs.field(factory=lambda: ValueError("no text"))
    name = "made"
    expected = "anything"
    empty_is_unset = False

    def parse(self, text: str) -> object:
        return pathlib.PurePath(text) if text.startswith("/") else dict.fromkeys(text.split()).keys()

    def render(self, value: object) -> str:
        if not self.is_rendered:
            raise self.error
        return " ".join(sorted(str(each) for each in value))  # type: ignore[attr-defined]  # they are keys

    def schema(self) -> Schema:
        return {}


@attrs.frozen
class _WithFields:
    """A value of a plugin's own type."""

    held: object


@dataclasses.dataclass
class _Data:
    """Another."""

    held: object


def test_only_variables_that_affect_compilation_count(site: Site) -> None:
    """Another variable changes nothing, whatever it is set to."""
    port = Variable("A_PORT", Integer(), default=80, help="The port.")
    shown = site.registry_of(compiling("A_LIMIT", Integer(), 5), port)
    assert take_fingerprint(shown, {"A_PORT": "1"}).values == {"A_LIMIT": 5}
    assert shown.fingerprint({"A_PORT": "x"}) == shown.fingerprint({})


def test_values_count_and_not_texts() -> None:
    """Two texts that are read as one value are one fingerprint, and the default is a value as well."""
    assert registry.fingerprint({"VLLM_USE_V1": "1"}) == registry.fingerprint({"VLLM_USE_V1": "01"})
    assert registry.fingerprint({"VLLM_USE_V1": "1"}) == registry.fingerprint({})
    assert registry.fingerprint({"VLLM_USE_V1": "1"}) != registry.fingerprint({"VLLM_USE_V1": "0"})


def test_the_registrys_own_environment_counts_where_none_is_given() -> None:
    """As for everything that a registry is asked."""
    environ = {"VLLM_DP_SIZE": "4"}
    assert registry.with_environ(environ).fingerprint() == registry.fingerprint(environ)


def test_the_fingerprint_of_a_known_environment_stays_what_it_is(site: Site) -> None:
    """Whoever kept one can compare it with one that is made on another machine, with another Python, next year."""
    shown = site.registry_of(compiling("A_LIMIT", Number(), 5.0), compiling("A_LIST", TextList(), ["ä"]))
    assert shown.fingerprint({}) == "5185cfe2047ed986e6a0c6ecf0475b37f528e4cf3c754e30cdd176c78dcd0d43"


def test_the_order_in_which_plugins_load_does_not_count(site: Site) -> None:
    """One declares what the other does, in another order."""
    flag = "Variable({!r}, Integer(), default=1, help='The number.', affects_compilation=True)"
    first, second = flag.format("A_ONE"), flag.format("A_TWO")
    site.add_plugin("acme", site.declaring(first))
    site.add_plugin("bolt", site.declaring(second))
    before = site.registry().fingerprint({"A_ONE": "3"})
    for info in site.folder.glob("*.dist-info"):
        shutil.rmtree(info)
    site.add_plugin("zinc", site.declaring(first))
    site.add_plugin("cell", site.declaring(second))
    assert site.registry().fingerprint({"A_ONE": "3"}) == before


@pytest.mark.parametrize("seed", ["0", "1"])
def test_another_process_has_the_same(site: Site, seed: str) -> None:
    """Whatever its hashes are seeded with, and wherever it runs."""
    code = "import json; from envatlas.vllm import registry; print(json.dumps(registry.fingerprint({'HOME': '/x'})))"
    assert site.answer(code, {"PYTHONHASHSEED": seed, "HOME": "/nowhere"}) == registry.fingerprint({})


def test_every_other_python_of_the_machine_has_the_same(site: Site, tmp_path: pathlib.Path) -> None:
    """The form of the values is JSON's, which no version changes."""
    code = "from envatlas.fingerprints import Fingerprint; print(Fingerprint({'A': [1, 2.5e-7, 'ä\\udc80', None]}))"
    found = {_run(python, code) for python in _pythons()}
    assert found == {str(Fingerprint({"A": [1, 2.5e-7, "ä\udc80", None]}))}


def _pythons() -> list[str]:
    """Return what runs each Python of this machine that envatlas supports, with this one's libraries."""
    uv = shutil.which("uv")
    assert uv is not None
    find = [uv, "python", "find", "--no-project", "--no-python-downloads"]
    found = [subprocess.run([*find, f"3.{each}"], capture_output=True, text=True, check=False) for each in (11, 12, 13)]
    return [each.stdout.strip() for each in found if each.returncode == 0]


def _run(python: str, code: str) -> str:
    import attr
    import importlib_metadata
    import pluggy

    import envatlas

    modules = [attr, attrs, importlib_metadata, pluggy, envatlas]
    folders = dict.fromkeys(str(pathlib.Path(str(each.__file__)).parent.parent) for each in modules)
    environ = {**os.environ, "PYTHONPATH": ":".join(folders)}
    done = subprocess.run([python, "-c", code], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_secret_and_a_path_do_not_count_and_are_listed(site: Site) -> None:
    """Their values change nothing, and a path is known by its kind's name or by its value's type."""
    shown = site.registry_of(
        compiling("A_KEY", Text(), secret=True), compiling("A_FOLDER", Path(), "/a"), compiling("A_FILE", _Made())
    )
    one = {"A_KEY": "sk-1", "A_FOLDER": "/one", "A_FILE": "/one", "HOME": "/home/one"}
    other = {"A_KEY": "sk-2", "A_FOLDER": "/other", "A_FILE": "/other", "HOME": "/home/other"}
    assert take_fingerprint(shown, one) == take_fingerprint(shown, other)
    assert take_fingerprint(shown, one).left_out == {"A_KEY": "a secret", "A_FOLDER": "a path", "A_FILE": "a path"}


def test_values_that_cannot_be_read_are_raised_together(site: Site) -> None:
    """None of them drops out; a bad value that does not affect compilation is not in the way."""
    port = Variable("A_PORT", Integer(), default=80, help="The port.")
    shown = site.registry_of(compiling("A_ONE", Integer(), 1), compiling("A_TWO", Integer(), 2), port)
    with pytest.raises(InvalidEnvironmentError) as raised:
        shown.fingerprint({"A_ONE": "x", "A_TWO": "y", "A_PORT": "z"})
    assert raised.value.message == "cannot be read: A_ONE, A_TWO"


def test_a_value_that_json_cannot_say_is_the_text_that_stands_for_it(site: Site) -> None:
    """An infinite number, and a value of a plugin's own type."""
    shown = site.registry_of(compiling("A_LIMIT", Number()), compiling("A_SET", _Made()))
    found = take_fingerprint(shown, {"A_LIMIT": "inf", "A_SET": "b a"})
    assert found.values == {"A_LIMIT": {"text": "inf"}, "A_SET": {"text": "a b"}}


def test_a_value_that_no_text_stands_for_is_an_error(site: Site) -> None:
    """It would otherwise not count, or count as what it looks like."""
    shown = site.registry_of(compiling("A_SET", _Made(is_rendered=False)))
    with pytest.raises(InvalidEnvironmentError) as raised:
        shown.fingerprint({"A_SET": "a"})
    (error,) = raised.value.exceptions
    assert isinstance(error, UnfitValueError)
    assert "A_SET: no text stands for its value, a value of type dict_keys" in str(error)


def test_an_interrupt_while_a_value_is_rendered_passes(site: Site) -> None:
    """It is the operator's."""
    shown = site.registry_of(compiling("A_SET", _Made(is_rendered=False, error=KeyboardInterrupt())))
    with pytest.raises(KeyboardInterrupt):
        shown.fingerprint({"A_SET": "a"})


def test_a_plugin_that_failed_is_an_error(site: Site) -> None:
    """What it would declare may affect compilation, and nobody can read it."""
    site.add_plugin("broken", "raise RuntimeError")
    with pytest.raises(RegistryProblemsError) as raised:
        site.registry().fingerprint({})
    assert isinstance(raised.value.exceptions[0], PluginError)


def test_a_declaration_that_was_refused_for_a_leak_is_an_error(site: Site) -> None:
    """Its variable is declared, and has no value."""
    key = Variable("A_KEY", Text(), default=None, help="The key.", secret=True)
    leak = Variable("A_LEAK", Text(), default=None, help="The leak.", reads=("A_KEY",))
    with pytest.raises(RegistryProblemsError) as raised:
        site.registry_of(key, leak).fingerprint({})
    assert isinstance(raised.value.exceptions[0], SecretReadError)


def test_a_declaration_that_another_plugin_s_keeps_out_is_an_error(site: Site) -> None:
    """It says that the variable affects compilation, and the one that counts does not."""
    site.add_plugin("acme", site.declaring("A_LIMIT"))
    refused = "Variable('A_LIMIT', Integer(), default=1, help='The limit.', affects_compilation=True)"
    site.add_plugin("bolt", site.declaring(refused))
    with pytest.raises(RegistryProblemsError) as raised:
        site.registry().fingerprint({"A_LIMIT": "3"})
    assert isinstance(raised.value.exceptions[0], ConflictError)


def test_where_the_order_of_loading_would_choose_a_value_there_is_no_fingerprint(site: Site) -> None:
    """Two plugins have another default for one variable; which of them counts hangs on their names."""
    declared = "Variable('A_LIMIT', Integer(), default={}, help='The limit.', affects_compilation=True)"
    for name, default in (("acme", 1), ("bolt", 2)):
        site.add_plugin(name, site.declaring(declared.format(default)))
    with pytest.raises(RegistryProblemsError):
        site.registry().fingerprint({})


def test_a_plugin_that_is_left_out_is_no_error() -> None:
    """Nobody reads its variables, and the operator chose so."""
    chosen = registry.with_environ({"VLLM_PLUGINS": "rocm"})
    assert set(take_fingerprint(chosen).values) == {"VLLM_USE_TRITON_FLASH_ATTN", "VLLM_ROCM_FP8_PADDING"}


def test_a_plugin_that_is_named_and_not_there_is_an_error() -> None:
    """A misspelt name would leave out all that the plugin declares."""
    with pytest.raises(RegistryProblemsError) as raised:
        take_fingerprint(registry.with_environ({"VLLM_PLUGINS": "rocn"}))
    assert isinstance(raised.value.exceptions[0], UnmatchedNameError)


@given(values=PARTS)
def test_a_fingerprint_reads_back_from_its_json(values: Mapping[str, object]) -> None:
    """With the same digest, whatever the texts are."""
    made = Fingerprint(values, {"A_KEY": "a secret"})
    assert parse_fingerprint(json.dumps(dict(made.as_object())), "old.json") == made


@given(values=PARTS, others=PARTS)
def test_two_fingerprints_are_equal_exactly_if_nothing_changed(
    values: Mapping[str, object], others: Mapping[str, object]
) -> None:
    """The changes account for each difference."""
    one, other = Fingerprint(values), Fingerprint(others)
    assert (one.digest == other.digest) == (one.changes_since(other) == ())


def test_a_change_says_what_a_variable_was_and_is() -> None:
    """Also where only one of the two has it, which is not the same as having none."""
    earlier, now = Fingerprint({"A": 1, "B": 2, "C": None}), Fingerprint({"A": 1, "B": [3], "D": None})
    assert now.changes_since(earlier) == (Change("B", "2", "[3]"), Change("C", "null", None), Change("D", None, "null"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it holds no fingerprint"),
        ("[]", "it holds no fingerprint"),
        ('{"values": 5, "left_out": {}}', "it holds no fingerprint"),
        ("[" * 100_000, "it holds no fingerprint"),
        ('{"values": {}, "left_out": {}, "format": 2, "fingerprint": ""}', "its format is 2, and not 1"),
        ('{"parts": [], "format": 2}', "its format is 2, and not 1"),
        (
            '{"values": {}, "left_out": {}, "format": 1, "fingerprint": "0"}',
            "its fingerprint is not that of its values",
        ),
    ],
    ids=["empty", "array", "number", "deep", "format", "a later shape", "edited"],
)
def test_a_file_that_holds_no_fingerprint_of_this_format_is_refused(text: str, problem: str) -> None:
    """The error names the file, and how to write one."""
    with pytest.raises(UnreadableFileError) as raised:
        parse_fingerprint(text, "old.json")
    assert str(raised.value).startswith(f"cannot read old.json: {problem}")
    assert str(raised.value).endswith("; write one with `envatlas fingerprint --json`")


class _Words:
    """A kind whose values are sets, and whose text has their order."""

    name = "words"
    expected = "words"
    empty_is_unset = False

    def parse(self, text: str) -> frozenset[str]:
        """Return the words."""
        return frozenset(text.split())

    def render(self, value: object) -> str:
        """Return them in the order in which the process has them."""
        return " ".join(cast("frozenset[str]", value))

    def schema(self) -> dict[str, object]:
        """Return the schema of any text."""
        return {"type": "string"}


def test_a_set_has_the_same_fingerprint_in_every_process(site: Site) -> None:
    """Its order differs from process to process, and is none of its value's."""
    words = Variable("A_WORDS", _Words(), default=None, help="Words.", affects_compilation=True)
    made = take_fingerprint(site.registry_of(words), {"A_WORDS": "d c b a"})
    assert made.values == {"A_WORDS": ["a", "b", "c", "d"]}


class _Declaring:
    """A plugin of one variable."""

    def __init__(self, variable: Variable[object]) -> None:
        self._variable = variable

    @hookimpl
    def envatlas_variables(self) -> list[Variable[object]]:
        """Declare it."""
        return [self._variable]


@given(default=st.integers(-(2**53), 2**53) | st.just(2**100) | st.floats())
def test_the_default_of_a_number_counts_as_what_its_text_is_read_as(default: float) -> None:
    """Also where it is written as a whole number: 5 and 5.0 are one value."""
    variable = compiling("A_LIMIT", Number(), default)
    shown = registry_of(_Declaring(variable))
    assert shown.fingerprint({}) == shown.fingerprint({"A_LIMIT": variable.kind.render(default)})


@attrs.frozen
class _Told:
    """A kind whose values are what a test tells, and have a text."""

    values: Mapping[str, object]
    name = "told"
    expected = "a text that was told"
    empty_is_unset = False

    def parse(self, text: str) -> object:
        return self.values[text]

    def render(self, value: object) -> str:
        return next(text for text, each in self.values.items() if each is value)

    def schema(self) -> Schema:
        return {}


def parts(**values: object) -> dict[str, object]:
    """Return what is in the fingerprint of a variable that is set to each of these values; a path is not."""
    shown = registry_of(_Declaring(compiling("A_TOLD", _Told(values))))
    found = {text: take_fingerprint(shown, {"A_TOLD": text}) for text in values}
    return {text: each.left_out.get("A_TOLD") or each.values["A_TOLD"] for text, each in found.items()}


class _Colour(enum.Enum):
    RED = "red"


def test_a_value_without_a_form_is_rendered_as_it_was_read() -> None:
    """A kind knows its own types, and not what was made of them."""
    assert parts(colours=frozenset({_Colour.RED})) == {"colours": {"text": "colours"}}


def test_a_set_within_a_value_has_an_order_as_well() -> None:
    """At any depth, and of sets in sets."""
    nested = {"all": [{"b", "a"}, frozenset({frozenset({"d", "c"}), frozenset({"a"})})]}
    assert parts(nested=nested) == {"nested": {"all": [["a", "b"], [["a"], ["c", "d"]]]}}


def test_names_that_json_would_make_texts_of_are_none_of_its() -> None:
    """1 and "1" would be one."""
    assert parts(number={1: 1}, text={"1": 1}) == {"number": {"text": "number"}, "text": {"1": 1}}


@pytest.mark.parametrize(
    "value",
    [
        [pathlib.PurePath("/a")],
        {"a": ({pathlib.PurePath("/a")},)},
        {pathlib.PurePath("/a"): 1},
        {1: [pathlib.PurePath("/a")]},
        _WithFields(["a", pathlib.PurePath("/a")]),
        _WithFields(_Data(pathlib.PurePath("/a"))),
    ],
    ids=repr,
)
def test_a_path_within_a_value_does_not_count(value: object) -> None:
    """It differs from machine to machine as one on its own does."""
    assert parts(folders=value) == {"folders": "a path"}


def test_a_value_with_fields_that_has_no_path_is_the_text_that_stands_for_it() -> None:
    """It counts."""
    assert parts(made=_WithFields(_Data("a"))) == {"made": {"text": "made"}}


def test_a_value_that_is_in_itself_is_the_text_that_stands_for_it() -> None:
    """It has no end, and so no form."""
    endless: list[object] = []
    endless.append(endless)
    assert parts(endless=endless) == {"endless": {"text": "endless"}}


def test_a_plugin_that_another_hides_is_an_error(site: Site) -> None:
    """Its variables would drop out in silence."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    site.add("other-vllm", plugins={"acme": "other_vllm"}, modules={"other_vllm": site.declaring("B_PORT")})
    with pytest.raises(RegistryProblemsError):
        take_fingerprint(site.registry())


def test_metadata_that_cannot_be_read_is_an_error(site: Site) -> None:
    """Nobody knows what it offers."""
    info = site.add("other-vllm", plugins={"other": "other_vllm"}, modules={"other_vllm": site.declaring("B_PORT")})
    (info / "entry_points.txt").write_bytes(b"[envatlas.test]\n\xff\xfe = x\n")
    with pytest.raises(RegistryProblemsError):
        take_fingerprint(site.registry())


@pytest.mark.parametrize("number", ["NaN", "Infinity"])
def test_a_file_with_a_number_that_json_has_not_holds_no_fingerprint(number: str) -> None:
    """It is refused in a line, like any other."""
    text = f'{{"format": 1, "fingerprint": "x", "values": {{"A": {number}}}, "left_out": {{}}}}'
    with pytest.raises(UnreadableFileError, match="it holds no fingerprint"):
        parse_fingerprint(text, "old.json")
