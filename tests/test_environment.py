"""Environments: reading live, and overriding."""

from __future__ import annotations

import copy
import os
import pathlib
import pickle
import subprocess
import sys
import threading
import types
from collections.abc import Callable, Mapping
from typing import Final, cast

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from envatlas import (
    Computed,
    Flag,
    Integer,
    Number,
    OneFlag,
    Text,
    TextList,
    Variable,
    hookimpl,
)
from envatlas.environment import Environment
from envatlas.errors import (
    DefaultError,
    InvalidValueError,
    ReadOnlyError,
    UnknownVariableError,
)
from envatlas.registry import Registry
from envatlas.values import find_text, read
from envatlas.vllm import envs as process_envs
from envatlas.vllm import registry

RegistryOf = Callable[..., Registry]


@pytest.fixture
def registry_of(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> RegistryOf:
    """Return what installs a plugin that declares the given variables, and returns a registry that finds it."""
    group = "envatlas.tests.environment"

    def install(*variables: Variable[object]) -> Registry:
        module = types.ModuleType("envatlas_tests_of_environments")
        vars(module).update(envatlas_variables=hookimpl(lambda: variables))
        monkeypatch.setitem(sys.modules, module.__name__, module)
        metadata = tmp_path / "acme-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text(f"[{group}]\nacme = {module.__name__}\n")
        monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
        return Registry("tests", group=group)

    return install


@attrs.frozen(eq=False)
class Raising:
    """A kind that raises what it was given, on every text but the empty one, which is unset."""

    error: Exception

    name = "raising"
    expected = "nothing"
    empty_is_unset = True

    def parse(self, text: str) -> object:
        """Raise."""
        raise self.error

    def render(self, value: object) -> str:
        """Return the value's text."""
        return str(value)

    def schema(self) -> Mapping[str, object]:
        """Return the schema of any text."""
        return {"type": "string"}


def port_of(environ: Mapping[str, str]) -> object:
    """Return what an environment of the mapping has for VLLM_PORT."""
    return Environment(registry, environ).VLLM_PORT


# Reading


def test_a_variable_is_an_attribute_and_an_item() -> None:
    """All ways of asking have the same answer: the attribute, the item by name, and by declaration."""
    envs = Environment(registry, {"VLLM_PORT": "5000"})
    assert [envs.VLLM_PORT, envs["VLLM_PORT"], envs[registry["VLLM_PORT"]]] == [5000] * 3


def test_a_variable_that_is_unset_has_its_default() -> None:
    """A mapping that has no text for it leaves a variable as declared."""
    assert port_of({}) is None
    assert Environment(registry, {})["VLLM_RPC_TIMEOUT"] == 10000


def test_an_unknown_attribute_is_an_attribute_error_with_a_suggestion() -> None:
    """A misspelt attribute says which names resemble it."""
    with pytest.raises(AttributeError, match=r"^no variable 'VLLM_PROT' .*did you mean VLLM_PORT") as caught:
        _ = Environment(registry, {}).VLLM_PROT
    assert isinstance(caught.value, UnknownVariableError)


def test_an_unknown_item_is_a_key_error_with_a_suggestion() -> None:
    """A misspelt item says which names resemble it."""
    with pytest.raises(KeyError, match=r"^no variable 'VLLM_PROT' .*did you mean VLLM_PORT") as caught:
        Environment(registry, {})["VLLM_PROT"]
    assert isinstance(caught.value, UnknownVariableError)


def test_an_unknown_name_can_be_asked_about() -> None:
    """What Python has for names that may be missing works: hasattr, getattr and get with a default, in."""
    envs = Environment(registry, {})
    assert not hasattr(envs, "VLLM_PROT")
    assert getattr(envs, "VLLM_PROT", 1) == 1
    assert envs.get("VLLM_PROT", 2) == 2
    assert "VLLM_PROT" not in envs


def test_a_known_name_can_be_asked_about() -> None:
    """The same for a name that somebody declares."""
    envs = Environment(registry, {"VLLM_PORT": "1"})
    assert hasattr(envs, "VLLM_PORT")
    assert envs.get("VLLM_PORT") == 1
    assert "VLLM_PORT" in envs


@pytest.mark.parametrize(("thing", "is_in"), [(registry["VLLM_PORT"], True), (5, False), (None, False)], ids=str)
def test_anything_can_be_looked_for(thing: object, is_in: bool) -> None:
    """A declaration is in the environment that has it, and what is no name is in none."""
    assert (thing in Environment(registry, {})) is is_in


def test_what_python_asks_objects_about_is_no_variable() -> None:
    """A name of Python's own protocols is a plain AttributeError."""
    with pytest.raises(AttributeError) as caught:
        _ = Environment(registry, {}).__array__
    assert not isinstance(caught.value, UnknownVariableError)


def test_another_registrys_variable_is_unknown() -> None:
    """A declaration that the registry does not have is no way round it, even where the name is known."""
    other = Variable("VLLM_PORT", Text(), default=None, help="Another port.")
    with pytest.raises(UnknownVariableError):
        Environment(registry, {})[other]


def test_an_environment_lists_its_names() -> None:
    """Iteration, length and dir follow the registry; dir has the methods as well."""
    envs = Environment(registry, {})
    names = [variable.name for variable in registry]
    assert list(envs) == names
    assert len(envs) == len(names)
    assert {*names, "override", "snapshot", "is_set", "get"} <= set(dir(envs))


def test_an_environment_of_an_empty_registry_is_empty() -> None:
    """Without plugins there is nothing to read."""
    envs = Environment(Registry("test", group="envatlas.test.none"), {"VLLM_PORT": "1"})
    assert list(envs) == []
    with pytest.raises(UnknownVariableError):
        _ = envs.VLLM_PORT


def test_an_environment_shows_no_value() -> None:
    """Its representation names the registry, and nothing of the environment."""
    assert repr(Environment(registry, {"VLLM_PORT": "1"})) == "<Environment of the registry 'vllm'>"


def test_an_environment_equals_itself_only() -> None:
    """What is live has no value to compare; an environment can be kept in a set."""
    first, second = Environment(registry, {}), Environment(registry, {})
    assert first == first  # noqa: PLR0124  that is the question
    assert first != second
    assert len({first, second}) == 2


@pytest.mark.parametrize(
    ("environ", "is_set"), [({}, False), ({"DO_NOT_TRACK": "0"}, True), ({"VLLM_DO_NOT_TRACK": ""}, True)]
)
def test_a_variable_is_set_under_any_of_its_names(environ: dict[str, str], is_set: bool) -> None:
    """A text under one of its names, even an empty one, sets a variable."""
    assert Environment(registry, environ).is_set("VLLM_DO_NOT_TRACK") is is_set


def test_whether_an_unknown_name_is_set_is_unknown() -> None:
    """A misspelt name is an error, and not unset."""
    with pytest.raises(UnknownVariableError):
        Environment(registry, {"VLLM_PROT": "1"}).is_set("VLLM_PROT")


NAMES: Final = ("A", "B", "C")
THREE: Final = Variable("A", Text(), default="default", help="A text.", reads=NAMES)


@given(st.tuples(*[st.none() | st.sampled_from(["", " ", "x", "y"])] * 3))
def test_the_first_text_that_is_not_empty_counts(texts: tuple[str | None, ...]) -> None:
    """Of several names, the first with a text that is not empty is read; else an empty one; else the default."""
    environ = {name: text for name, text in zip(NAMES, texts, strict=True) if text is not None}
    full = [name for name in NAMES if environ.get(name)]
    source = next(iter([*full, *environ]), None)
    assert find_text(THREE, environ) == (None if source is None else (source, environ[source]))
    assert read(THREE, environ) == ("default" if source is None else environ[source])


@given(st.tuples(*[st.none() | st.sampled_from(["", " \t", "1", " 0"])] * 3))
def test_an_empty_text_counts_as_none_where_the_kind_says_so(texts: tuple[str | None, ...]) -> None:
    """For a kind to which empty is unset, a text of nothing but space is passed over."""
    flag = Variable("A", Flag(), default=True, help="A flag.", reads=NAMES)
    environ = {name: text for name, text in zip(NAMES, texts, strict=True) if text is not None}
    full = [name for name in NAMES if environ.get(name, "").strip()]
    assert find_text(flag, environ) == ((full[0], environ[full[0]]) if full else None)
    assert read(flag, environ) is (environ[full[0]] == "1" if full else True)


def test_an_empty_text_counts_where_the_kind_does_not_say_otherwise() -> None:
    """An empty text is no number, and is no default either."""
    with pytest.raises(InvalidValueError, match=r"^VLLM_PORT='': expected a whole number "):
        port_of({"VLLM_PORT": ""})


def test_an_environment_follows_its_mapping() -> None:
    """Each read has what the mapping has at that moment."""
    environ: dict[str, str] = {}
    envs = Environment(registry, environ)
    seen = [envs.VLLM_PORT]
    environ["VLLM_PORT"] = "1"
    seen.append(envs.VLLM_PORT)
    environ["VLLM_PORT"] = "2"
    seen.append(envs.VLLM_PORT)
    del environ["VLLM_PORT"]
    seen.append(envs.VLLM_PORT)
    assert seen == [None, 1, 2, None]


def test_the_processs_environment_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """With `monkeypatch.setenv` there is nothing to reset."""
    monkeypatch.delenv("VLLM_PORT", raising=False)
    seen = [process_envs.VLLM_PORT]
    monkeypatch.setenv("VLLM_PORT", "1")
    seen.append(process_envs.VLLM_PORT)
    monkeypatch.delenv("VLLM_PORT")
    seen.append(process_envs.VLLM_PORT)
    assert seen == [None, 1, None]


def test_a_path_follows_the_home_of_its_mapping() -> None:
    """The home directory is the mapping's, and not the process's."""
    environ = {"HOME": "/home/a", "VLLM_CACHE_ROOT": "~/cache"}
    assert Environment(registry, environ)["VLLM_CACHE_ROOT"] == "/home/a/cache"


@pytest.mark.parametrize("name", ["VLLM_PORT", "VLLM_PROT", "snapshot", "_environ"])
def test_an_environment_cannot_be_changed(name: str) -> None:
    """Assignment and deletion are refused, with what to do in their place."""
    envs = Environment(registry, {"VLLM_PORT": "1"})
    with pytest.raises(ReadOnlyError, match=rf"^cannot change {name}: an environment is only read; use override\("):
        setattr(envs, name, 2)
    with pytest.raises(ReadOnlyError, match=rf"^cannot change {name}: an environment is only read; use override\("):
        delattr(envs, name)
    assert envs.VLLM_PORT == 1


def test_a_name_that_a_method_has_is_an_item(registry_of: RegistryOf) -> None:
    """A variable that is called as a method is can be read as an item, and the method stays."""
    variables = [Variable(name, Integer(), default=None, help="A number.") for name in ("snapshot", "_environ", "self")]
    envs = Environment(registry_of(*variables), {"snapshot": "1", "_environ": "2", "self": "3"})
    assert [envs["snapshot"], envs["_environ"], envs["self"]] == [1, 2, 3]
    assert callable(envs.snapshot)


def test_a_variable_whose_default_is_nan_is_read_by_its_declaration(registry_of: RegistryOf) -> None:
    """A default that does not equal itself makes no declaration unknown."""
    variable = Variable("A_NUMBER", Number(), default=float("nan"), help="A number.")
    assert Environment(registry_of(variable), {"A_NUMBER": "1"})[variable] == 1


# What cannot be read


@pytest.mark.parametrize(
    "error", [ValueError("x"), KeyError("x"), ZeroDivisionError(), RecursionError(), UnicodeError(), OSError(2, "x")]
)
def test_whatever_a_kind_raises_is_an_invalid_value(registry_of: RegistryOf, error: Exception) -> None:
    """The error names variable, text and plugin; what the kind raised is its cause."""
    envs = Environment(
        registry_of(Variable("A_THING", Raising(error), default=None, help="A thing.")), {"A_THING": "x"}
    )
    with pytest.raises(InvalidValueError) as caught:
        _ = envs.A_THING
    expected = "A_THING='x': expected nothing (declared by plugin 'acme', acme 1.0)"
    assert str(caught.value).startswith(expected)
    assert caught.value.__cause__ is error


def test_an_invalid_value_names_where_the_text_was(registry_of: RegistryOf) -> None:
    """Of several names, the error names the one that has the text, and the one that was asked for."""
    variable = Variable("A_PORT", Integer(), default=80, help="The port.", reads=("A_PORT", "PORT"))
    with pytest.raises(InvalidValueError, match=r"^PORT='x' \(read as A_PORT\): ") as caught:
        _ = Environment(registry_of(variable), {"PORT": "x"}).A_PORT
    assert (caught.value.variable, caught.value.source) == ("A_PORT", "PORT")


def test_an_interrupt_is_no_invalid_value(registry_of: RegistryOf) -> None:
    """What is no Exception goes through."""

    class Interrupting(Raising):
        def parse(self, text: str) -> object:
            raise KeyboardInterrupt

    variable = Variable("A_THING", Interrupting(ValueError()), default=None, help="A thing.")
    with pytest.raises(KeyboardInterrupt):
        _ = Environment(registry_of(variable), {"A_THING": "x"}).A_THING


def test_a_default_that_cannot_be_computed_is_a_default_error(registry_of: RegistryOf) -> None:
    """The error says what the default is and what to do; what the function raised is its cause."""
    error = LookupError("x")

    def fail(environ: Mapping[str, str]) -> str:
        raise error

    variable = Variable("A_TEXT", Text(), default=Computed(fail, "what nobody knows"), help="A text.")
    envs = Environment(registry_of(variable), {})
    with pytest.raises(DefaultError, match=r"^A_TEXT is unset, and its default \(what nobody knows\)") as caught:
        _ = envs.A_TEXT
    assert caught.value.__cause__ is error
    assert not envs.is_set("A_TEXT")


# Values that can be changed


def test_whoever_changes_a_value_changes_nothing_else(registry_of: RegistryOf) -> None:
    """Each read of a list is the caller's own: of a text, of a default, and of a computed one."""
    variables = [
        Variable("A_LIST", TextList(), default=["a"], help="A list."),
        Variable("B_LIST", TextList(), default=Computed(lambda environ: ["b"], "a list"), help="A list."),
        Variable("C_LIST", TextList(), default=None, help="A list."),
    ]
    envs = Environment(registry_of(*variables), {"C_LIST": "c"})
    for variable in variables:
        cast("list[str]", envs[variable.name]).append("x")
    assert [envs[variable.name] for variable in variables] == [["a"], ["b"], ["c"]]
    assert variables[0].default == ["a"]


# Overriding


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
        ({"VLLM_PORT": True}, r"^VLLM_PORT='True': expected a whole number "),
        ({"VLLM_PORT": 1.5}, r"^VLLM_PORT='1\.5': expected a whole number "),
        ({"VLLM_PORT": ""}, r"^VLLM_PORT='': expected a whole number "),
        ({"VLLM_DISABLED_KERNELS": ["a,b"]}, r"^VLLM_DISABLED_KERNELS=\"\['a,b'\]\": expected texts separated by ','"),
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
def test_an_override_with_an_empty_text_is_unset_where_the_kind_says_so(registry_of: RegistryOf, text: str) -> None:
    """A text that an environment can have can be given, and means the same."""
    variable = Variable("A_FLAG", Flag(), default=True, help="A flag.", reads=("A_FLAG", "FLAG"))
    envs = Environment(registry_of(variable), {"A_FLAG": "0", "FLAG": "0"})
    with envs.override(A_FLAG=text):
        assert envs.A_FLAG is True
        assert not envs.is_set("A_FLAG")
    assert envs.A_FLAG is False


def test_an_override_of_a_name_that_a_method_has(registry_of: RegistryOf) -> None:
    """No name of a variable collides with a parameter."""
    variable = Variable("self", OneFlag(), default=False, help="A flag.")
    environ: dict[str, str] = {}
    with Environment(registry_of(variable), environ).override(self=True):
        assert environ == {"self": "1"}


# Threads


def test_a_reader_never_sees_anything_but_one_of_the_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """While one thread changes the environment, every read of the others is one of the two values."""
    monkeypatch.setenv("VLLM_PORT", "1")
    start = threading.Barrier(5)
    is_done = threading.Event()
    seen: list[set[object]] = [set() for _ in range(4)]

    def look(values: set[object]) -> None:
        start.wait()
        while not is_done.is_set():
            values.add(process_envs.VLLM_PORT)
        values.add(process_envs.VLLM_PORT)

    readers = [threading.Thread(target=look, args=(values,)) for values in seen]
    for reader in readers:
        reader.start()
    start.wait()
    for _ in range(2000):
        os.environ["VLLM_PORT"] = "2"
        os.environ["VLLM_PORT"] = "1"
    is_done.set()
    for reader in readers:
        reader.join()
    assert all({1} <= values <= {1, 2} for values in seen)


def test_a_copy_of_an_environment_is_the_environment() -> None:
    """It is a view, and a configuration that holds one can be copied."""
    envs = Environment(registry, {})
    assert copy.copy(envs) is envs
    assert copy.deepcopy({"envs": envs})["envs"] is envs


def test_an_environment_is_not_pickled() -> None:
    """The error says what to pickle instead."""
    with pytest.raises(TypeError, match=r"pickle its snapshot\(\)"):
        pickle.dumps(Environment(registry, {}))


def test_an_unknown_name_is_suggested_another_once() -> None:
    """Where Python shows the error, it adds no suggestion of its own."""
    code = "from envatlas.vllm import envs\nenvs.VLLM_PROT"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1].endswith("in the registry 'vllm'; did you mean VLLM_PORT?")
