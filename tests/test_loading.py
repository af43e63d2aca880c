"""Loading: every plugin, in one order, unless the operator leaves it out."""

from __future__ import annotations

import itertools
import logging
import sys
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, cast

import pytest

from envatlas.environment import Environment
from envatlas.errors import InactiveVariableError
from envatlas.loading import PluginRecord, PluginState
from envatlas.owner import Owner
from envatlas.problems import RegistryProblemsError, UnmatchedNameError
from tests.plugins import names

if TYPE_CHECKING:
    from tests.conftest import Site


def test_a_plugin_that_loads_is_active(site: Site) -> None:
    """Its record says where it came from and what it owns, and has no reason and no error."""
    site.add_plugin("acme", site.declaring("ACME_PORT", "ACME_HOST"), version="1.2")
    registry = site.registry()
    assert registry.plugins == (
        PluginRecord(Owner("acme", "acme-vllm", "1.2"), PluginState.ACTIVE, "acme_vllm", ("ACME_PORT", "ACME_HOST")),
    )
    assert registry.problems == ()


def test_a_record_gives_the_facts_of_its_owner(site: Site) -> None:
    """Name, distribution and version can be asked for directly."""
    site.add_plugin("acme", site.declaring("ACME_PORT"), version="1.2")
    (record,) = site.registry().plugins
    assert (record.name, record.distribution, record.version) == ("acme", "acme-vllm", "1.2")


def test_what_a_load_found_cannot_be_changed(site: Site) -> None:
    """The mappings of a catalogue are for reading, whatever a caller does with them."""
    site.add_plugin("acme", site.declaring("ACME_PORT"))
    catalogue = site.registry().catalogue
    for found in (catalogue.variables, catalogue.owners):
        with pytest.raises(TypeError, match="does not support item"):
            del cast("MutableMapping[str, object]", found)["ACME_PORT"]


@pytest.mark.parametrize("order", list(itertools.permutations(["abel", "acme", "zeta"])))
def test_the_order_of_the_path_makes_no_difference(
    site: Site, monkeypatch: pytest.MonkeyPatch, order: tuple[str, ...]
) -> None:
    """Plugins load by the names of their distributions, wherever these are, and so does who keeps a name."""
    for number, name in enumerate(order):
        declarations = (site.declare("PORT", default=name.index("e") if "e" in name else 9), f"{name}_PORT")
        site.another(f"folder{number}").add_plugin(name, site.declaring(*declarations))
    registry = site.registry(filter_variable=None)
    assert [record.name for record in registry.plugins] == ["abel", "acme", "zeta"]
    assert names(registry) == ["PORT", "abel_PORT", "acme_PORT", "zeta_PORT"]
    assert registry.owner("PORT").plugin == "abel"


def test_the_plugins_of_a_distribution_load_by_their_names(site: Site) -> None:
    """The order in which entry points are written is no order either."""
    modules = {name: site.declaring(f"{name}_PORT") for name in ("acme_a", "acme_b", "acme_c")}
    site.add(plugins={"c": "acme_c", "a": "acme_a", "b": "acme_b"}, modules=modules)
    assert [record.name for record in site.registry().plugins] == ["a", "b", "c"]


def test_bundled_plugins_load_first(site: Site) -> None:
    """A plugin is bundled if its distribution is called as the application's are, and the plugin behind that."""
    for distribution, name in (("aaa", "aaa"), ("acme-zeta", "zeta"), ("Acme_Data.Parallel", "data_parallel")):
        site.add(distribution, plugins={name: f"m_{name}"}, modules={f"m_{name}": site.declaring(f"{name}_PORT")})
    registry = site.registry(bundled="acme-")
    assert [record.name for record in registry.plugins] == ["data_parallel", "zeta", "aaa"]


@pytest.mark.parametrize("distribution", ["acme-zeta-more", "acme-other", "acme", "acme-", "zeta"])
def test_a_distribution_that_is_only_called_alike_is_not_bundled(site: Site, distribution: str) -> None:
    """Anybody can begin a name as the application does."""
    site.add("aaa", plugins={"aaa": "m_aaa"}, modules={"m_aaa": site.declaring("AAA_PORT")})
    site.add(distribution, plugins={"zeta": "m_zeta"}, modules={"m_zeta": site.declaring("ZETA_PORT")})
    assert [record.name for record in site.registry(bundled="acme-").plugins] == ["aaa", "zeta"]


def test_an_application_without_bundled_plugins_has_none(site: Site) -> None:
    """A plugin whose distribution is called as it is, or as Python's None, is a third party's."""
    site.add("none-zeta", plugins={"zeta": "m_zeta"}, modules={"m_zeta": site.declaring("ZETA_PORT")})
    site.add("nonezeta", plugins={"zeta2": "m_zeta"})
    site.add("abel", plugins={"abel": "m_abel"}, modules={"m_abel": site.declaring("ABEL_PORT")})
    assert [record.name for record in site.registry(bundled=None).plugins] == ["abel", "zeta", "zeta2"]


@pytest.mark.parametrize(
    ("text", "active"),
    [
        (None, ["abel", "acme", "zeta"]),
        ("", []),
        (" ", []),
        ("acme", ["acme"]),
        (" zeta , abel ", ["abel", "zeta"]),
        ("zeta,,zeta,", ["zeta"]),
    ],
)
def test_the_filter_decides_which_plugins_load(site: Site, text: str | None, active: list[str]) -> None:
    """Unset loads all, empty none, a list exactly what it names, in the load order."""
    for name in ("abel", "acme", "zeta"):
        site.add_plugin(name, site.declaring(f"{name}_PORT"))
    registry = site.registry({} if text is None else {"TEST_PLUGINS": text})
    assert [record.name for record in registry.active_plugins] == active
    assert registry.problems == ()


def test_nothing_of_an_excluded_plugin_is_imported(site: Site) -> None:
    """A plugin that is left out leaves no trace, and is on record with the reason."""
    trace = site.folder / "trace"
    site.add_plugin("acme", f"open({str(trace)!r}, 'w').close()\n" + site.declaring("ACME_PORT"))
    registry = site.registry({"TEST_PLUGINS": ""})
    (record,) = registry.plugins
    assert (record.state, record.reason) == (PluginState.EXCLUDED, "TEST_PLUGINS leaves it out")
    assert [variable.name for variable in registry.inactive] == ["ACME_PORT"]
    assert not trace.exists()
    assert "acme_vllm" not in sys.modules


def test_the_filter_is_read_at_the_first_use(site: Site) -> None:
    """What it says later changes nothing."""
    site.add_plugin("acme", site.declaring("ACME_PORT"))
    environ = {"TEST_PLUGINS": ""}
    registry = site.registry(environ)
    environ["TEST_PLUGINS"] = "acme"
    assert "ACME_PORT" in registry
    environ["TEST_PLUGINS"] = ""
    assert "ACME_PORT" in registry


def test_a_name_that_nothing_has_is_reported_with_the_nearest(site: Site) -> None:
    """A misspelt name would leave out its plugin in silence."""
    site.add_plugin("acme", site.declaring("ACME_PORT"))
    (problem,) = site.registry({"TEST_PLUGINS": "acem"}).problems
    assert isinstance(problem, UnmatchedNameError)
    assert (problem.plugin, problem.filter_variable, problem.nearest) == ("acem", "TEST_PLUGINS", ("acme",))


def test_a_name_in_a_shared_group_is_not_reported(site: Site) -> None:
    """The filter is the application's as well, and its own plugins are no mistake."""
    site.add("other", plugins={"other": "other"}, group="app.plugins")
    registry = site.registry({"TEST_PLUGINS": "other,missing"}, shared_groups=["app.plugins"])
    assert [str(problem).partition(",")[0] for problem in registry.problems] == ["TEST_PLUGINS names 'missing'"]


def test_a_variable_of_an_excluded_plugin_says_so(site: Site) -> None:
    """Reading it names the plugin that owns it, and why that is not there."""
    site.add_plugin("acme", site.declaring("ACME_PORT"))
    with pytest.raises(InactiveVariableError) as caught:
        Environment(site.registry({"TEST_PLUGINS": ""}), {})["ACME_PORT"]
    error = caught.value
    assert (error.variable, error.plugin, error.why) == ("ACME_PORT", "acme", "TEST_PLUGINS leaves it out")


def test_what_is_inactive_is_known_with_its_secrets(site: Site) -> None:
    """Of every plugin that is not active, the source tells names, help texts and secret flags."""
    left = 'Variable("LEFT_KEY", Text(), default=None, help="The key.", secret=True)'
    site.add_plugin("acme", site.declaring("ACME_PORT"))
    site.add_plugin("broken", site.declaring("BROKEN_PORT") + "raise OSError('gone')\n")
    site.add_plugin("left", site.declaring(left, "LEFT_PORT"))
    site.add_plugin("syntax", "def (:\n" + site.declaring("SYNTAX_PORT"))
    registry = site.registry({"TEST_PLUGINS": "acme,broken,syntax"})
    known = [(each.name, each.plugin, each.help, each.secret) for each in registry.inactive]
    assert known == [
        ("BROKEN_PORT", "broken", "The number.", False),
        ("LEFT_KEY", "left", "The key.", True),
        ("LEFT_PORT", "left", "The number.", False),
    ]
    assert {each.why for each in registry.inactive} == {
        "importing broken_vllm raised OSError: gone",
        "TEST_PLUGINS leaves it out",
    }


def test_an_active_name_is_not_inactive_as_well(site: Site) -> None:
    """What an inactive plugin declares beside an active one, or beside another inactive one, counts once."""
    site.add_plugin("acme", site.declaring("PORT"))
    site.add_plugin("left", site.declaring("PORT", "LEFT_PORT"))
    site.add_plugin("more", site.declaring("LEFT_PORT"))
    registry = site.registry({"TEST_PLUGINS": "acme"})
    assert [(each.name, each.plugin) for each in registry.inactive] == [("LEFT_PORT", "left")]


def test_every_problem_is_logged_with_its_distribution(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """The log names plugin, distribution and version, once, when the registry loads."""
    site.add_plugin("acme", "raise OSError('gone')", version="1.2")
    registry = site.registry({"TEST_PLUGINS": "acme,missing"})
    with caplog.at_level(logging.WARNING, "envatlas"):
        registry.load()
        registry.load()
    assert [(record.name, record.levelname, record.getMessage()) for record in caplog.records] == [
        (
            "envatlas",
            "WARNING",
            "plugin 'acme', acme-vllm 1.2, is not active: importing acme_vllm raised OSError: gone",
        ),
        ("envatlas", "WARNING", "TEST_PLUGINS names 'missing', and no installed plugin is called that"),
    ]


def test_a_registry_without_problems_logs_nothing(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """Silence says that all is well."""
    site.add_plugin("acme", site.declaring("ACME_PORT"))
    with caplog.at_level(logging.DEBUG, "envatlas"):
        site.registry().load()
    assert caplog.records == []


def test_a_strict_load_raises_all_problems_together(site: Site) -> None:
    """One group has everything that is wrong, each time that it is asked for."""
    (site.add("damaged-vllm", plugins={"damaged": "damaged"}) / "METADATA").unlink()
    site.add_plugin("acme", "raise OSError('gone')")
    site.add("other-vllm", plugins={"acme": "other_vllm"})
    registry = site.registry({"TEST_PLUGINS": "acme,missing"})
    for _ in range(2):
        with pytest.raises(RegistryProblemsError, match="the registry 'test' has problems") as caught:
            registry.load(strict=True)
        assert [type(each).__name__ for each in caught.value.exceptions] == [
            "DamagedMetadataError",
            "PluginError",
            "DuplicatePluginError",
            "UnmatchedNameError",
        ]
        assert caught.value.exceptions == registry.problems


def test_a_strict_load_without_problems_raises_nothing(site: Site) -> None:
    """Strict is about what is wrong only."""
    site.add_plugin("acme", site.declaring("ACME_PORT"))
    registry = site.registry()
    registry.load(strict=True)
    assert "ACME_PORT" in registry
