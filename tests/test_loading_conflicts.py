"""Loading: a name has one owner, and who that is does not depend on chance."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from envatlas.errors import InactiveVariableError
from envatlas.loading import PluginState
from envatlas.owner import Owner
from envatlas.problems import ConflictError, DuplicatePluginError
from envatlas.registry import Registry
from tests.plugins import hook, names, plugin

if TYPE_CHECKING:
    from tests.conftest import Site


def bundled(site: Site, source: str, environ: dict[str, str] | None = None) -> Registry:
    """Return a registry with the bundled plugin zeta of this source, which loads before all that are there."""
    site.add("app-zeta", version="9", plugins={"zeta": "app_zeta"}, modules={"app_zeta": source})
    return site.registry(environ, bundled="app-")


def test_a_name_that_two_plugins_declare_differently_stays_with_the_first(site: Site) -> None:
    """The other's declaration is refused and reported with both distributions; its other variables count."""
    site.add_plugin("acme", site.declaring(site.declare("PORT", default=1)), version="1.2")
    site.add_plugin("zeta", site.declaring(site.declare("PORT", default=2), "ZETA_PORT"), version="0.3")
    registry = site.registry(filter_variable=None)
    assert (registry["PORT"].default, registry.owner("PORT").plugin) == (1, "acme")
    assert plugin(registry, "zeta").state is PluginState.ACTIVE
    assert plugin(registry, "zeta").variables == ("ZETA_PORT",)
    (problem,) = registry.problems
    assert isinstance(problem, ConflictError)
    assert (problem.variable, problem.kept, problem.refused) == (
        "PORT",
        Owner("acme", "acme-vllm", "1.2"),
        Owner("zeta", "zeta-vllm", "0.3"),
    )
    assert "acme-vllm 1.2" in str(problem)
    assert "zeta-vllm 0.3" in str(problem)


def test_an_identical_redeclaration_is_no_conflict(site: Site) -> None:
    """Two plugins may agree on a variable; the first owns it."""
    site.add_plugin("acme", site.declaring("PORT"))
    site.add_plugin("zeta", site.declaring("PORT", "ZETA_PORT"))
    registry = site.registry(filter_variable=None)
    assert (registry.problems, registry.owner("PORT").plugin) == ((), "acme")
    assert plugin(registry, "zeta").variables == ("ZETA_PORT",)


@pytest.mark.parametrize("equals", ["raise RuntimeError", "return self.unit == other.unit"])
def test_a_declaration_that_cannot_be_compared_is_contained(site: Site, equals: str) -> None:
    """A kind may be a plugin's own, and comparing it, with itself or with another, may raise."""
    kind = f"class Odd(Integer):\n    unit = 's'\n    def __eq__(self, other):\n        {equals}\n"
    site.add_plugin("abel", site.declaring("PORT"))
    site.add_plugin("acme", hook('return [Variable("PORT", Odd(), default=None, help="A.")]', kind))
    site.add_plugin("zeta", site.declaring("ZETA_PORT"))
    registry = site.registry(filter_variable=None)
    assert names(registry) == ["PORT", "ZETA_PORT"]
    assert registry.owner("PORT").plugin == "abel"
    assert len(registry.problems) == 1


def test_a_plugin_name_that_is_taken_makes_a_duplicate(site: Site) -> None:
    """The plugin loaded first keeps it; the other is not imported, and is reported with both distributions."""
    site.add("acme-vllm", plugins={"acme": "acme_vllm"}, modules={"acme_vllm": site.declaring("ACME_PORT")})
    site.add("other-vllm", version="7", plugins={"acme": "other_vllm"}, modules={"other_vllm": "raise OSError"})
    registry = site.registry(filter_variable=None)
    assert names(registry) == ["ACME_PORT"]
    first, second = registry.plugins
    assert (first.state, second.state) == (PluginState.ACTIVE, PluginState.DUPLICATE)
    (problem,) = registry.problems
    assert isinstance(problem, DuplicatePluginError)
    assert (problem.kept, problem.owner) == (first.owner, Owner("acme", "other-vllm", "7"))
    assert second.reason == problem.reason == "acme-vllm 1.2 has a plugin of that name; uninstall one of them"
    assert "other_vllm" not in sys.modules


def test_no_third_party_takes_a_name_from_a_bundled_plugin(site: Site) -> None:
    """Bundled plugins load first, whatever the others are called."""
    site.add_plugin("aaa", site.declaring(site.declare("ZETA_PORT", default=2), "AAA_PORT"))
    registry = bundled(site, site.declaring(site.declare("ZETA_PORT", default=1)))
    assert registry.owner("ZETA_PORT") == Owner("zeta", "app-zeta", "9")
    assert "AAA_PORT" in registry


def test_no_third_party_takes_the_name_of_a_bundled_plugin(site: Site) -> None:
    """The plugin's own name is safe as well."""
    site.add("aaa", plugins={"zeta": "aaa"}, modules={"aaa": site.declaring("AAA_PORT")})
    registry = bundled(site, site.declaring("ZETA_PORT"))
    assert plugin(registry, "zeta").distribution == "app-zeta"
    assert "AAA_PORT" not in registry


@pytest.mark.parametrize(
    ("source", "selected"),
    [("", "aaa"), ("raise OSError\n", "aaa,zeta"), ("ENVATLAS_API = 2\n", "aaa,zeta")],
    ids=["excluded", "failed", "incompatible"],
)
@pytest.mark.parametrize("default", [None, 2], ids=["same", "different"])
def test_a_name_of_a_bundled_plugin_stays_reserved(site: Site, source: str, selected: str, default: int | None) -> None:
    """While its owner is not active nobody else has it, however it is declared; other variables count."""
    site.add_plugin("aaa", site.declaring(site.declare("ZETA_PORT", default=default), "AAA_PORT"))
    registry = bundled(site, source + site.declaring("ZETA_PORT"), {"TEST_PLUGINS": selected})
    assert names(registry) == ["TEST_PLUGINS", "AAA_PORT"]
    (problem,) = [each for each in registry.problems if isinstance(each, ConflictError)]
    assert (problem.variable, problem.kept.plugin, problem.refused.plugin) == ("ZETA_PORT", "zeta", "aaa")
    assert isinstance(registry.unknown("ZETA_PORT"), InactiveVariableError)


def test_a_bundled_plugin_may_declare_what_an_inactive_bundled_one_declares(site: Site) -> None:
    """The application's own plugins agree among themselves."""
    site.add("app-abel", plugins={"abel": "app_abel"}, modules={"app_abel": site.declaring("PORT")})
    registry = bundled(site, site.declaring("PORT"), {"TEST_PLUGINS": "abel"})
    assert (registry.owner("PORT").plugin, registry.problems) == ("abel", ())


def test_a_name_of_an_inactive_third_party_is_free(site: Site) -> None:
    """What is not loaded, and not the application's, keeps no one from a name."""
    site.add_plugin("aaa", site.declaring("PORT"))
    site.add_plugin("left", site.declaring(site.declare("PORT", default=2)))
    registry = site.registry({"TEST_PLUGINS": "aaa"}, bundled="app-")
    assert (registry.owner("PORT").plugin, registry.problems) == ("aaa", ())


def test_no_plugin_takes_the_filter_variable(site: Site) -> None:
    """It belongs to the registry, even against a bundled plugin."""
    registry = bundled(site, site.declaring("TEST_PLUGINS", "ZETA_PORT"))
    assert registry.owner("TEST_PLUGINS").plugin == "(registry)"
    (problem,) = registry.problems
    assert isinstance(problem, ConflictError)
    assert (problem.refused.plugin, plugin(registry, "zeta").variables) == ("zeta", ("ZETA_PORT",))
