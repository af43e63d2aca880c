"""What plugin authors test with: registries of plugins that are given, and fixtures of one."""

from __future__ import annotations

import importlib
import types
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, cast

import attrs
import pytest

from envatlas import Environment, Integer, Plugin, Variable, hookimpl
from envatlas.problems import ConflictError, RegistryProblemsError
from envatlas.testing import registry_of
from envatlas.vllm import registry as vllm
from tests.conftest import GROUP

if TYPE_CHECKING:
    from tests.conftest import Site


@attrs.frozen
class Given:
    """A plugin that is an object."""

    variables: Sequence[Variable[object]]

    @hookimpl
    def envatlas_variables(self) -> Iterable[Variable[object]]:
        """Return its variables."""
        return self.variables


def port(name: str, default: int = 80) -> Variable[int]:
    """Return a variable."""
    return Variable(name, Integer(), default=default, help="The first port; unset, 80.")


def test_given_plugins_are_all_that_a_registry_has(site: Site) -> None:
    """What is installed does not count, in whichever group."""
    site.add_plugin("acme", site.declaring("T_OTHER"))
    made = registry_of(Given([port("T_PORT")]), like=site.registry(filter_variable=None))
    assert ([variable.name for variable in made], made.group) == (["T_PORT"], GROUP)


def test_several_objects_of_one_class_are_several_plugins() -> None:
    """They are numbered; where they differ about a name, the first keeps it."""
    made = registry_of(Given([port("T_A")]), Given([port("T_B")]), Given([port("T_A", 81)]))
    assert [plugin.name for plugin in made.plugins] == ["Given", "Given-2", "Given-3"]
    assert [type(problem) for problem in made.problems] == [ConflictError]
    assert Environment(made, {"T_B": "8"}).snapshot() == {"T_A": 80, "T_B": 8}


def test_a_given_module_is_called_after_itself(site: Site) -> None:
    """Whether it was imported, or made in a test."""
    site.write({"acme.plugins": site.declaring("T_A")})
    imported = cast("Plugin", importlib.import_module("acme.plugins"))
    made = types.ModuleType("made")
    vars(made).update(envatlas_variables=hookimpl(lambda: [port("T_B")]))
    given = registry_of(imported, cast("Plugin", made))
    assert [(plugin.name, plugin.distribution) for plugin in given.plugins] == [("plugins", "acme"), ("made", "made")]
    assert len(given) == 2


def test_a_registry_like_another_selects_as_it_does() -> None:
    """By its filter variable, in the environment that is given."""
    plugins = Given([port("VLLM_A")]), types.SimpleNamespace(envatlas_variables=hookimpl(lambda: [port("VLLM_B")]))
    environ = {"VLLM_PLUGINS": "Given"}
    made = registry_of(*(cast("Plugin", each) for each in plugins), environ=environ, like=vllm)
    assert [variable.name for variable in made] == ["VLLM_PLUGINS", "VLLM_A"]
    assert made.prefix == "VLLM_"


def test_what_is_wrong_with_a_given_plugin_is_kept() -> None:
    """As in any registry."""
    made = registry_of(cast("Plugin", types.SimpleNamespace()))
    with pytest.raises(RegistryProblemsError):
        made.load(strict=True)


TESTS = """
import pytest
from envatlas.testing.fixtures import environ, envs, registry
import acme_vllm

@pytest.fixture
def plugin():
    return acme_vllm

def test_live(envs, environ):
    assert envs.T_PORT is None
    environ["T_PORT"] = "5"
    assert envs.T_PORT == 5

def test_whole(registry):
    assert len(registry) == 1
"""
WITHOUT_PLUGIN = """
from envatlas.testing.fixtures import *

def test_missing(envs):
    pass
"""


def test_the_fixtures_are_those_of_the_plugin_that_a_test_names(site: Site) -> None:
    """One that names none is told so, and nothing is registered by itself."""
    site.write({"acme_vllm": site.declaring("T_PORT"), "test_acme": TESTS, "test_bare": WITHOUT_PLUGIN})
    code = f"import pytest; pytest.main(['-q', '-p', 'no:cacheprovider', {str(site.folder)!r}])"
    output = site.run(code, {"PYTEST_ADDOPTS": ""}).stdout  # what is measured of these tests is not of those
    assert "2 passed, 1 error" in output
    assert "a fixture plugin is missing: write one that returns the plugin under test" in output
