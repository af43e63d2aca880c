"""Overriding: other values for the length of a block."""

from __future__ import annotations

import collections
import os
import pathlib
import subprocess
import sys
import types
from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs
import pytest

from envatlas import Computed, Flag, OneFlag, Text, Variable
from envatlas.environment import Environment
from envatlas.errors import DefaultError, InvalidValueError, ReadOnlyError, UnfitValueError, UnknownVariableError
from envatlas.vllm import registry

if TYPE_CHECKING:
    from tests.conftest import Site


@pytest.mark.parametrize(("value", "text"), [(5000, "5000"), ("5000", "5000"), (" 5_000", " 5_000")])
def test_an_override_is_written_to_the_mapping(value: object, text: str) -> None:
    """A value is written as its text, a text as it stands, and what was there is put back."""
    environ = {"VLLM_PORT": "1", "OTHER": "x"}
    envs = Environment(registry, environ)
    with envs.override(VLLM_PORT=value):
        assert envs.VLLM_PORT == 5000
        assert environ == {"VLLM_PORT": text, "OTHER": "x"}
    assert environ == {"VLLM_PORT": "1", "OTHER": "x"}


def test_an_override_with_none_unsets() -> None:
    """None takes a variable's text away, under all of its names."""
    before = {"VLLM_DO_NOT_TRACK": "", "DO_NOT_TRACK": "1"}
    environ = dict(before)
    envs = Environment(registry, environ)
    with envs.override(VLLM_DO_NOT_TRACK=None):
        assert environ == {}
        assert not envs.is_set("VLLM_DO_NOT_TRACK")
    assert environ == before


def test_an_override_of_what_was_unset_is_taken_away() -> None:
    """A variable that had no text has none afterwards."""
    environ: dict[str, str] = {}
    with Environment(registry, environ).override(VLLM_PORT=1):
        assert environ == {"VLLM_PORT": "1"}
    assert environ == {}


def test_an_override_is_of_several_variables() -> None:
    """All the names of one call are written together."""
    envs = Environment(registry, {})
    with envs.override(VLLM_PORT=1, VLLM_DO_NOT_TRACK=True, VLLM_USAGE_SOURCE="tests"):
        assert [envs.VLLM_PORT, envs.VLLM_DO_NOT_TRACK, envs.VLLM_USAGE_SOURCE] == [1, True, "tests"]


def test_an_override_of_nothing_changes_nothing() -> None:
    """A call without names is a block like any other."""
    environ = {"VLLM_PORT": "1"}
    with Environment(registry, environ).override():
        assert environ == {"VLLM_PORT": "1"}


def test_overrides_can_be_nested() -> None:
    """The inner one counts, and leaves the outer one as it was."""
    envs = Environment(registry, {})
    seen: list[object] = []
    with envs.override(VLLM_PORT=1):
        with envs.override(VLLM_PORT=2):
            seen.append(envs.VLLM_PORT)
        seen.append(envs.VLLM_PORT)
    assert [*seen, envs.VLLM_PORT] == [2, 1, None]


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), SystemExit(1)], ids=repr)
def test_an_override_ends_with_whatever_is_raised_inside(error: BaseException) -> None:
    """The texts are put back, and the exception goes on."""
    environ = {"VLLM_PORT": "1"}
    with pytest.raises(type(error)) as caught, Environment(registry, environ).override(VLLM_PORT=2):
        raise error
    assert caught.value is error
    assert environ == {"VLLM_PORT": "1"}


def test_an_override_ends_whatever_was_changed_inside() -> None:
    """The overridden names are put back over what the block did to them; other names are the block's."""
    environ = {"VLLM_PORT": "1", "VLLM_USAGE_SOURCE": "x"}
    with Environment(registry, environ).override(VLLM_PORT=2, VLLM_USAGE_SOURCE="y", VLLM_HOST_IP="::1"):
        environ["VLLM_PORT"] = "3"
        del environ["VLLM_USAGE_SOURCE"]
        del environ["VLLM_HOST_IP"]
        environ["OTHER"] = "new"
    assert environ == {"VLLM_PORT": "1", "VLLM_USAGE_SOURCE": "x", "OTHER": "new"}


def test_an_override_can_be_a_decorator() -> None:
    """A function that it decorates runs with the other value, each time."""
    envs = Environment(registry, {})

    @envs.override(VLLM_PORT=1)
    def port() -> object:
        return envs.VLLM_PORT

    assert [port(), envs.VLLM_PORT, port(), envs.VLLM_PORT] == [1, None, 1, None]


def test_a_child_process_sees_an_override(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over the process's own environment, the text is handed down."""
    monkeypatch.setenv("VLLM_PORT", "1")
    code = "import os; print(os.environ['VLLM_PORT'])"
    with Environment(registry).override(VLLM_PORT=5000):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "5000\n"
    assert os.environ["VLLM_PORT"] == "1"


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"VLLM_PORT": "x"}, r"^VLLM_PORT='x': expected a whole number "),
        ({"VLLM_PORT": ""}, r"^VLLM_PORT='': expected a whole number "),
        ({"VLLM_PORT": True}, r"^VLLM_PORT: no text stands for True, a value of type bool; expected a value "),
        ({"VLLM_PORT": 1.5}, r"^VLLM_PORT: no text stands for 1\.5, a value of type float; "),
        ({"VLLM_DISABLED_KERNELS": ["a,b"]}, r"^VLLM_DISABLED_KERNELS: no text stands for \['a,b'\], a value of type "),
    ],
    ids=str,
)
def test_an_override_that_cannot_be_read_writes_nothing(overrides: dict[str, object], message: str) -> None:
    """A text that is refused, or a value that no text stands for, is refused before anything is written."""
    environ = {"VLLM_USAGE_SOURCE": "x"}
    frozen = dict(environ)
    override = Environment(registry, environ).override(VLLM_USAGE_SOURCE="y", **overrides)
    with pytest.raises(InvalidValueError, match=message), override:
        pytest.fail("the block ran")
    assert environ == frozen


def test_an_override_of_an_unknown_name_writes_nothing() -> None:
    """A misspelt name is refused with a suggestion, before anything is written."""
    environ: dict[str, str] = {}
    override = Environment(registry, environ).override(VLLM_PORT=1, VLLM_HOST_PI="::1")
    with pytest.raises(UnknownVariableError, match="did you mean VLLM_HOST_IP"), override:
        pytest.fail("the block ran")
    assert environ == {}


def test_a_mapping_that_cannot_be_written_cannot_be_overridden() -> None:
    """The error names the variables."""
    envs = Environment(registry, types.MappingProxyType({"VLLM_PORT": "1"}))
    message = "^cannot change VLLM_PORT, VLLM_HOST_IP: its mapping is only read; "
    with pytest.raises(ReadOnlyError, match=message), envs.override(VLLM_PORT=2, VLLM_HOST_IP="::1"):
        pytest.fail("the block ran")
    assert envs.VLLM_PORT == 1


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"], ids=["a NUL", "a surrogate"])
def test_a_text_that_no_environment_can_have_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over the process's own environment, a text that the system cannot take leaves everything as it was."""
    monkeypatch.setenv("VLLM_PORT", "1")
    monkeypatch.delenv("VLLM_USAGE_SOURCE", raising=False)
    before = dict(os.environ)
    override = Environment(registry).override(VLLM_PORT=2, VLLM_USAGE_SOURCE=text, VLLM_HOST_IP="::1")
    with pytest.raises(ValueError, match=r"\w"), override:
        pytest.fail("the block ran")
    assert dict(os.environ) == before


@pytest.mark.parametrize("value", [True, False])
def test_an_override_of_a_variable_with_several_names_counts(value: bool) -> None:
    """A flag whose false is the empty text is false even where another of its names has a text."""
    before = {"VLLM_PRECOMPILED_WHEEL_LOCATION": "/wheel"}
    environ = dict(before)
    envs = Environment(registry, environ)
    with envs.override(VLLM_USE_PRECOMPILED=value):
        assert envs.VLLM_USE_PRECOMPILED is value
    assert environ == before


def test_an_override_with_a_default_that_no_text_stands_for_unsets() -> None:
    """The empty list has no text; the variable is unset, and so has it."""
    environ = {"VLLM_DISABLED_KERNELS": "a"}
    envs = Environment(registry, environ)
    with envs.override(VLLM_DISABLED_KERNELS=[]):
        assert envs.VLLM_DISABLED_KERNELS == []
        assert environ == {}
    assert environ == {"VLLM_DISABLED_KERNELS": "a"}


@pytest.mark.parametrize("text", ["", " "])
def test_an_override_with_an_empty_text_is_unset_where_the_kind_says_so(site: Site, text: str) -> None:
    """A text that an environment can have can be given, and means the same."""
    variable = Variable("A_FLAG", Flag(), default=True, help="A flag.", reads=("A_FLAG", "FLAG"))
    envs = Environment(site.registry_of(variable), {"A_FLAG": "0", "FLAG": "0"})
    with envs.override(A_FLAG=text):
        assert envs.A_FLAG is True
        assert not envs.is_set("A_FLAG")
    assert envs.A_FLAG is False


def test_an_override_of_a_name_that_a_method_has(site: Site) -> None:
    """No name of a variable collides with a parameter."""
    variable = Variable("self", OneFlag(), default=False, help="A flag.")
    environ: dict[str, str] = {}
    with Environment(site.registry_of(variable), environ).override(self=True):
        assert environ == {"self": "1"}


@pytest.mark.parametrize(
    ("name", "value"), [("VLLM_PORT", 1.5), ("VLLM_PORT", b"1"), ("VLLM_DISABLED_KERNELS", ["a,b"])], ids=str
)
def test_a_value_that_no_text_stands_for_is_unfit(name: str, value: object) -> None:
    """The error has the variable, the value as Python shows it, its type, and who declared the variable."""
    with pytest.raises(UnfitValueError) as caught, Environment(registry, {}).override(**{name: value}):
        pytest.fail("the block ran")
    error = caught.value
    assert (error.variable, error.source, error.text) == (name, name, repr(value))
    assert error.type_name == type(value).__name__
    assert error.declared_by == registry.owner(name)


@attrs.frozen
class Unwilling:
    """A kind that renders nothing, and raises what is no ValueError."""

    name = "unwilling"
    expected = "anything"
    empty_is_unset = False

    def parse(self, text: str) -> object:
        """Return the text."""
        return text

    def render(self, value: object) -> str:
        """Raise."""
        raise ZeroDivisionError

    def schema(self) -> Mapping[str, object]:
        """Return the schema of any text."""
        return {"type": "string"}


def test_a_value_that_a_kind_cannot_render_is_unfit(site: Site) -> None:
    """Whatever a third party's kind raises, the error is envatlas's own."""
    envs = Environment(site.registry_of(Variable("A_THING", Unwilling(), default=None, help="A thing.")), {})
    with pytest.raises(UnfitValueError, match=r"^A_THING: no text stands for 1, "), envs.override(A_THING=1):
        pytest.fail("the block ran")


def test_an_unfit_value_of_a_variable_whose_default_fails_is_an_error_of_its_own(site: Site) -> None:
    """Whether the value is the default cannot be told; the error says why."""

    def fail(environ: Mapping[str, str]) -> str:
        raise LookupError

    variable = Variable("A_TEXT", Text(), default=Computed(fail, "what nobody knows"), help="A text.")
    with pytest.raises(DefaultError), Environment(site.registry_of(variable), {}).override(A_TEXT=1):
        pytest.fail("the block ran")


def test_a_path_can_be_given_as_one() -> None:
    """A path of the standard library's stands for its text."""
    environ: dict[str, str] = {}
    envs = Environment(registry, environ)
    with envs.override(VLLM_CACHE_ROOT=pathlib.PurePosixPath("/var/cache")):
        assert environ == {"VLLM_CACHE_ROOT": "/var/cache"}
        assert envs.VLLM_CACHE_ROOT == "/var/cache"


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"], ids=["a NUL", "a surrogate"])
@pytest.mark.parametrize("value", [str, pathlib.PurePosixPath], ids=["a text", "a value"])
def test_a_mapping_is_given_no_text_that_no_environment_can_have(text: str, value: type) -> None:
    """A dict that stands for an environment is as strict; nothing is written, and the text is in the error."""
    environ = {"VLLM_PORT": "1"}
    override = Environment(registry, environ).override(VLLM_PORT=2, VLLM_CACHE_ROOT=value(text))
    with (
        pytest.raises(InvalidValueError, match=r": expected a text that an environment can hold, ") as caught,
        override,
    ):
        pytest.fail("the block ran")
    assert caught.value.text == text
    assert environ == {"VLLM_PORT": "1"}


def test_a_text_that_the_system_encodes_can_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes that are no text, as Python escapes them, are what an environment can have."""
    monkeypatch.delenv("VLLM_USAGE_SOURCE", raising=False)
    envs = Environment(registry)
    with envs.override(VLLM_USAGE_SOURCE="\udcff"):
        assert os.environb[b"VLLM_USAGE_SOURCE"] == b"\xff"
        assert envs.VLLM_USAGE_SOURCE == "\udcff"


def test_an_override_takes_a_text_of_a_variable_with_another_name(site: Site) -> None:
    """A variable that is read from another name only is given its text there."""
    variable = Variable("A_TEXT", Text(), default=None, help="A text.", reads=("OTHER",))
    environ = {"A_TEXT": "1", "OTHER": "2"}
    envs = Environment(site.registry_of(variable), environ)
    with envs.override(A_TEXT="3"):
        assert envs.A_TEXT == "3"
        assert environ == {"A_TEXT": "1", "OTHER": "3"}
    with envs.override(A_TEXT=None):
        assert envs["A_TEXT"] is None
    assert environ == {"A_TEXT": "1", "OTHER": "2"}


class Refusing(dict[str, str]):
    """A mapping that refuses one text when it is written."""

    def __setitem__(self, name: str, text: str) -> None:
        if text == "refused":
            raise OSError(text)
        super().__setitem__(name, text)


def test_an_override_that_the_mapping_refuses_is_taken_back() -> None:
    """What was written before the refusal is put back, and the mapping's own error goes on."""
    environ = Refusing(VLLM_PORT="1")
    override = Environment(registry, environ).override(VLLM_PORT=2, VLLM_USAGE_SOURCE="refused")
    with pytest.raises(OSError, match="refused"), override:
        pytest.fail("the block ran")
    assert environ == {"VLLM_PORT": "1"}


def test_a_mapping_that_does_not_keep_what_is_written_is_refused() -> None:
    """What a chain of mappings has further down cannot be unset, and the error says so rather than nothing."""
    environ = collections.ChainMap[str, str]({}, {"VLLM_PORT": "5"})
    with (
        pytest.raises(ReadOnlyError, match="does not keep what is written"),
        Environment(registry, environ).override(VLLM_PORT=None),
    ):
        pytest.fail("the block must not be entered")
    assert environ["VLLM_PORT"] == "5"
