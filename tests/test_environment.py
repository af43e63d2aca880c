"""Environments: the values of a registry's variables, live."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, NoReturn, assert_type, cast

import pytest

from envatlas import Computed, Integer, Number, Text, TextList, Variable
from envatlas.environment import Environment
from envatlas.errors import ForeignVariableError, InvalidValueError, ReadOnlyError, UnknownVariableError
from envatlas.registry import Registry
from envatlas.vllm import envs as process_envs
from envatlas.vllm import registry

if TYPE_CHECKING:
    from tests.conftest import Site


PORT: Final[Variable[int | None]] = Variable("A_PORT", Integer(), default=None, help="The port.")
OTHER: Final = Variable("A_PORT", Text(), default=None, help="Another port.")


class Untouchable(Mapping[str, str]):
    """A mapping that nobody may look at."""

    def __getitem__(self, name: str) -> NoReturn:
        pytest.fail(f"{name} is looked at")

    def __iter__(self) -> NoReturn:
        pytest.fail("the names are looked at")

    def __len__(self) -> int:  # noqa: PLE0303  it fails
        pytest.fail("the names are counted")


def port_of(environ: Mapping[str, str]) -> object:
    """Return what an environment of the mapping has for VLLM_PORT."""
    return Environment(registry, environ).VLLM_PORT


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


def test_an_unknown_name_is_suggested_another_once() -> None:
    """Where Python shows the error, it adds no suggestion of its own."""
    code = "from envatlas.vllm import envs\nenvs.VLLM_PROT"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1].endswith("in the registry 'vllm'; did you mean VLLM_PORT?")


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


def test_a_name_that_a_method_has_is_an_item(site: Site) -> None:
    """A variable that is called as a method is can be read as an item, and the method stays."""
    variables = [Variable(name, Integer(), default=None, help="A number.") for name in ("snapshot", "_environ", "self")]
    envs = Environment(site.registry_of(*variables), {"snapshot": "1", "_environ": "2", "self": "3"})
    assert [envs["snapshot"], envs["_environ"], envs["self"]] == [1, 2, 3]
    assert callable(envs.snapshot)


def test_a_variable_whose_default_is_nan_is_read_by_its_declaration(site: Site) -> None:
    """A default that does not equal itself makes no declaration unknown."""
    variable = Variable("A_NUMBER", Number(), default=float("nan"), help="A number.")
    assert Environment(site.registry_of(variable), {"A_NUMBER": "1"})[variable] == 1


def test_whoever_changes_a_value_changes_nothing_else(site: Site) -> None:
    """Each read of a list is the caller's own: of a text, of a default, and of a computed one."""
    variables = [
        Variable("A_LIST", TextList(), default=["a"], help="A list."),
        Variable("B_LIST", TextList(), default=Computed(lambda environ: ["b"], "a list"), help="A list."),
        Variable("C_LIST", TextList(), default=None, help="A list."),
    ]
    envs = Environment(site.registry_of(*variables), {"C_LIST": "c"})
    for variable in variables:
        cast("list[str]", envs[variable.name]).append("x")
    assert [envs[variable.name] for variable in variables] == [["a"], ["b"], ["c"]]
    assert variables[0].default == ["a"]


def test_a_copy_of_an_environment_is_the_environment() -> None:
    """It is a view, and a configuration that holds one can be copied."""
    envs = Environment(registry, {})
    assert copy.copy(envs) is envs
    assert copy.deepcopy({"envs": envs})["envs"] is envs


def test_an_environment_is_not_pickled() -> None:
    """The error says what to pickle instead."""
    with pytest.raises(TypeError, match=r"pickle its snapshot\(\)"):
        pickle.dumps(Environment(registry, {}))


@pytest.mark.parametrize("name", ["name", "registry", "texts", "readers"])
def test_what_a_module_or_an_environment_holds_hides_no_variable(site: Site, name: str) -> None:
    """Names that resemble what an environment is made of are read as any other."""
    variable = Variable(name, Integer(), default=None, help="A number.")
    envs = Environment(site.registry_of(variable), {name: "1"})
    assert getattr(envs, name) == envs[name] == 1


def test_a_name_with_two_underscores_is_an_item(site: Site) -> None:
    """A name that may mean something to Python, as macOS's own does, is no attribute."""
    variable = Variable("__CF_USER_TEXT_ENCODING", Integer(), default=None, help="A number.")
    envs = Environment(site.registry_of(variable), {variable.name: "1"})
    assert envs[variable.name] == 1
    assert not hasattr(envs, variable.name)


def test_two_environments_of_one_registry_share_nothing() -> None:
    """What one has read is no value of the other."""
    first, second = (Environment(registry, {"VLLM_PORT": text}) for text in "12")
    assert [first.VLLM_PORT, second.VLLM_PORT, first.VLLM_PORT] == [1, 2, 1]


def test_a_subclass_of_an_environment_is_one() -> None:
    """A class of an application's own keeps its name and its methods."""

    class Settings(Environment):
        def port(self) -> object:
            return self.VLLM_PORT

    settings = Settings(registry, {"VLLM_PORT": "5000"})
    assert isinstance(settings, Settings)
    assert type(settings).__name__ == "Settings"
    assert settings.port() == 5000


@pytest.mark.parametrize("look", [Environment.get, Environment.__getitem__], ids=["get", "item"])
def test_a_bad_value_is_an_error_however_it_is_asked_for(look: Callable[[Environment, str], object]) -> None:
    """A default that a caller gives is for names that nobody declares, and not for texts that nobody can read."""
    with pytest.raises(InvalidValueError, match=r"^VLLM_PORT='x'"):
        look(Environment(registry, {"VLLM_PORT": "x"}), "VLLM_PORT")


def test_a_declaration_can_be_asked_for_with_a_default(site: Site) -> None:
    """One that the registry does not have has the default, even where the name is known."""
    envs = Environment(site.registry_of(PORT), {"A_PORT": "1"})
    assert envs.get(PORT) == 1
    assert envs.get(OTHER, 2) == 2


@pytest.mark.parametrize("thing", [5, None, ("VLLM_PORT",)], ids=repr)
def test_what_is_no_name_has_the_default(thing: object) -> None:
    """Anything can be asked for, as of any mapping."""
    assert Environment(registry, {}).get(thing, 2) == 2


@pytest.mark.parametrize(("environ", "is_set"), [({}, False), ({"A_PORT": "1"}, True), ({"A_PORT": "x"}, True)])
def test_a_variable_can_be_asked_about_by_its_declaration(site: Site, environ: dict[str, str], is_set: bool) -> None:
    """Whether it is set does not depend on whether its text can be read."""
    assert Environment(site.registry_of(PORT), environ).is_set(PORT) is is_set


def test_whether_another_registrys_variable_is_set_is_unknown(site: Site) -> None:
    """The error says who declares the variable of that name."""
    envs = Environment(site.registry_of(PORT), {"A_PORT": "1"})
    with pytest.raises(ForeignVariableError, match=r"is declared differently, by plugin 'acme', acme-vllm 1\.2; "):
        envs.is_set(OTHER)


def test_a_declaration_gives_its_type(site: Site) -> None:
    """A type checker knows the type of a value that is asked for by its declaration."""
    assert assert_type(Environment(site.registry_of(PORT), {"A_PORT": "1"})[PORT], int | None) == 1


def test_nothing_is_looked_at_before_the_first_read() -> None:
    """Neither does the registry load, nor is a mapping looked at, when an environment is made and shown."""
    fresh = Registry("fresh", group="envatlas.vllm", filter_variable="VLLM_PLUGINS", environ=Untouchable())
    assert repr(Environment(fresh, Untouchable())) == "<Environment of the registry 'fresh'>"
