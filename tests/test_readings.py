"""Readings: what one variable is set to, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import pytest

from envatlas import Integer, Path, Variable
from envatlas.environs import Environ, Place, Untold, Via
from envatlas.errors import DefaultError, InvalidValueError, UnknownVariableError
from envatlas.owner import Owner
from envatlas.readings import Reading
from envatlas.registry import Registry
from envatlas.values import inputs
from envatlas.vllm import registry

if TYPE_CHECKING:
    from tests.conftest import Site


def facts(reading: Reading) -> tuple[bool, str, str | None, str | None, object]:
    """Return what a reading says of a value, and where it is from."""
    return reading.is_set, reading.origin, reading.source, reading.text, reading.value


def test_a_reading_of_a_text_has_its_value() -> None:
    """A variable that is set has the text, the value, and no error."""
    reading = registry.explain("VLLM_PORT", {"VLLM_PORT": " 5000"})
    assert facts(reading) == (True, "environment", "VLLM_PORT", " 5000", 5000)
    assert reading.error is None


def test_a_reading_of_nothing_has_the_default() -> None:
    """A variable that is unset has no text, and its default as its value."""
    assert facts(registry.explain("VLLM_RPC_TIMEOUT", {})) == (False, "default", None, None, 10000)


def test_a_reading_names_the_other_name_that_was_read() -> None:
    """A variable that is read from another name says from which."""
    reading = registry.explain("VLLM_DO_NOT_TRACK", {"VLLM_DO_NOT_TRACK": "", "DO_NOT_TRACK": "1"})
    assert facts(reading) == (True, "DO_NOT_TRACK", "DO_NOT_TRACK", "1", True)


def test_a_reading_of_a_text_that_is_refused_has_the_error() -> None:
    """A text that cannot be read is in the reading, with the error that a read raises, and no value."""
    reading = registry.explain("VLLM_PORT", {"VLLM_PORT": "x"})
    assert facts(reading) == (True, "environment", "VLLM_PORT", "x", None)
    assert type(reading.error) is InvalidValueError
    assert reading.error.text == "x"


def test_a_reading_of_a_default_that_cannot_be_computed_has_the_error() -> None:
    """A variable that is unset and has no default to be had is no exception."""
    reading = registry.explain("VLLM_CACHE_ROOT", {"XDG_CACHE_HOME": "~\0"})
    assert facts(reading) == (False, "default", None, None, None)
    assert type(reading.error) is DefaultError


@pytest.mark.parametrize(
    ("environ", "is_set"), [({}, False), ({"VLLM_API_KEY": ""}, True), ({"VLLM_API_KEY": "x"}, True)]
)
def test_a_reading_of_a_secret_only_says_whether_it_is_set(environ: dict[str, str], is_set: bool) -> None:
    """Neither the text nor the value of a secret is in its reading."""
    reading = registry.explain("VLLM_API_KEY", environ)
    assert (reading.is_set, reading.text, reading.value, reading.error) == (is_set, None, None, None)


def test_a_reading_names_who_declared_the_variable() -> None:
    """The plugin and its distribution, or the registry for its own."""
    reading = registry.explain("VLLM_PORT", {})
    assert reading.variable is registry["VLLM_PORT"]
    assert reading.owner == registry.owner("VLLM_PORT")
    assert reading.owner.distribution == f"envatlas-vllm-{reading.owner.plugin}".replace("_", "-")
    assert registry.explain("VLLM_PLUGINS", {}).owner.plugin == "(registry)"


def test_readings_of_one_moment_are_equal() -> None:
    """A reading is a value: frozen, and equal where its facts are."""
    reading = registry.explain("VLLM_PORT", {"VLLM_PORT": "1"})
    assert reading == registry.explain("VLLM_PORT", {"VLLM_PORT": "1"})
    assert reading != registry.explain("VLLM_PORT", {"VLLM_PORT": "2"})
    assert isinstance(reading.owner, Owner)
    for name in ("text", "value", "error"):
        with pytest.raises(AttributeError):
            setattr(reading, name, None)


def test_an_unknown_name_has_no_reading() -> None:
    """A misspelt name is an error with a suggestion."""
    with pytest.raises(UnknownVariableError, match=r"did you mean VLLM_PORT"):
        registry.explain("VLLM_PROT", {})
    with pytest.raises(UnknownVariableError):
        Registry("test", group="envatlas.test.none").explain("VLLM_PORT", {})


def test_a_reading_changes_nothing() -> None:
    """The environment is only looked at, and a list in a reading is its own."""
    environ = {"VLLM_PLUGINS": "a"}
    cast("list[str]", registry.explain("VLLM_PLUGINS", environ).value).append("b")
    assert registry.explain("VLLM_PLUGINS", environ).value == ["a"]
    assert environ == {"VLLM_PLUGINS": "a"}


class Counting(dict[str, str]):
    """A mapping that has another text at each look, and notes the names that are looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.looked_at: list[str] = []

    def get(self, name: str, default: object = None) -> str:  # pyright: ignore[reportIncompatibleMethodOverride]  # as loose as a test needs
        """Return the number of the look."""
        self.looked_at.append(name)
        return str(len(self.looked_at))


def test_a_reading_is_of_one_look() -> None:
    """The text and the value of a reading belong together, whatever the environment does in between."""
    environ = Counting()
    assert facts(registry.explain("VLLM_PORT", environ)) == (True, "environment", "VLLM_PORT", "1", 1)
    assert environ.looked_at == ["VLLM_PORT"]


def test_a_reading_looks_at_each_name_once() -> None:
    """A variable that depends on others has one text of each."""
    environ = Counting()
    assert registry.explain("VLLM_CACHE_ROOT", environ).text == "1"
    assert environ.looked_at == [*inputs(registry["VLLM_CACHE_ROOT"])]


def test_a_text_that_a_file_does_not_tell_is_set_and_has_no_value() -> None:
    """What is known is that it is set, and why no more is."""
    place = Place("deploy.yaml", 3)
    environ = Environ(place, {}, untold={"VLLM_PORT": Untold(place, "it is in a Secret")})
    reading = registry.explain("VLLM_PORT", environ)
    assert (reading.is_set, reading.origin, reading.text, reading.value) == (True, "environment", None, None)
    assert reading.untold == "it is in a Secret"


def test_a_default_that_depends_on_a_text_that_is_not_told_is_not_known() -> None:
    """The variable is unset, and its value would be a guess."""
    environ = Environ(Place("a.env"), {}, untold={"HOME": Untold(Place("a.env"), "the node knows it")})
    reading = registry.explain("VLLM_CACHE_ROOT", environ)
    assert (reading.is_set, reading.value, reading.untold) == (False, None, "the node knows it")


def test_a_reading_knows_what_the_variable_depends_on_and_what_depends_on_it() -> None:
    """Its own names are no dependency; a variable without which it has no effect is one."""
    nccl = registry.explain("VLLM_USE_RAY_COMPILED_DAG_NCCL_CHANNEL", {})
    assert nccl.depends_on == ("VLLM_USE_RAY_COMPILED_DAG",)
    assert nccl.variable.name in registry.explain("VLLM_USE_RAY_COMPILED_DAG", {}).dependents


def test_a_reading_knows_where_the_variable_is_declared() -> None:
    """A registry's own variable is declared in no plugin's source."""
    declared = registry.explain("VLLM_PORT", {}).declared_at
    assert declared is not None
    assert declared.name == "VLLM_PORT"
    assert registry.explain("VLLM_PLUGINS", {}).declared_at is None


def test_a_registry_in_another_environment_selects_by_that() -> None:
    """What is active there is, and the registry itself stays as it was."""
    there = registry.with_environ({"VLLM_PLUGINS": "cuda"})
    assert [plugin.name for plugin in there.active_plugins] == ["cuda"]
    assert len(registry.active_plugins) == 16


CONTAINER: Final = Place("pod.yaml", 3, container="Pod vllm, container engine")


def test_a_path_that_needs_no_home_is_known_in_a_container() -> None:
    """Only a text with a ~, or a default below it, needs the home that no file tells."""
    assert registry.explain("VLLM_CACHE_ROOT", Environ(CONTAINER, {"VLLM_CACHE_ROOT": "/data"})).value == "/data"
    below = registry.explain("VLLM_CACHE_ROOT", Environ(CONTAINER, {"VLLM_CACHE_ROOT": "~/data"}))
    assert (below.is_set, below.value, below.error) == (True, None, None)
    assert below.untold.startswith("the container's image")


def test_a_secret_that_needs_a_home_nobody_knows_is_not_unreadable(site: Site) -> None:
    """Its error would have no cause that says so."""
    key = Variable("A_KEY", Path(), default=None, help="The key's file.", secret=True)
    reading = site.registry_of(key).explain("A_KEY", Environ(CONTAINER, {"A_KEY": "~/key"}))
    assert (reading.is_set, reading.error, reading.untold[:13]) == (True, None, "the container")


def test_a_secret_that_cannot_be_read_has_an_error_in_a_container(site: Site) -> None:
    """What it does not depend on is not to blame."""
    key = Variable("A_KEY", Integer(), default=None, help="The key.", secret=True)
    reading = site.registry_of(key).explain("A_KEY", Environ(CONTAINER, {"A_KEY": "x"}))
    assert reading.error is not None
    assert reading.untold == ""


def test_what_comes_from_a_kubernetes_secret_is_not_shown() -> None:
    """Whatever the variable is, its operator took it for a secret; an error of it has no text either."""
    place = Place("pod.yaml", 9, container="Pod vllm, container engine", via=Via.SECRET)
    reading = registry.explain("VLLM_PORT", Environ(CONTAINER, {"VLLM_PORT": "hush"}, {"VLLM_PORT": place}))
    assert (reading.secret, reading.text, reading.value) == (True, None, None)
    assert "hush" not in str(reading.error)


def test_what_holds_the_text_of_a_secret_is_not_shown() -> None:
    """As where one variable refers to another."""
    environ = {"VLLM_API_KEY": "sk-12345678", "VLLM_LOGGING_PREFIX": "Bearer sk-12345678"}
    reading = registry.explain("VLLM_LOGGING_PREFIX", environ)
    assert (reading.secret, reading.text, reading.value, reading.is_set) == (True, None, None, True)


def test_a_text_whose_value_is_not_known_is_known() -> None:
    """Only the home that it needs is not."""
    reading = registry.explain("VLLM_CACHE_ROOT", Environ(CONTAINER, {"VLLM_CACHE_ROOT": "~/x"}))
    assert (reading.text, reading.value, bool(reading.untold)) == ("~/x", None, True)


def test_a_registry_in_another_environment_of_the_same_selection_loads_nothing_anew() -> None:
    """A manifest may have thousands of containers."""
    registry.load()
    assert registry.with_environ({"VLLM_PORT": "1"}).catalogue is registry.catalogue
    assert registry.with_environ({"VLLM_PLUGINS": "cuda"}).catalogue is not registry.catalogue


def test_a_registry_in_another_environment_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """What is wrong there is for whoever looks at it."""
    there = registry.with_environ({"VLLM_PLUGINS": "cuda,no_such_plugin"})
    assert len(there.problems) == 1
    assert caplog.records == []
