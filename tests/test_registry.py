"""A registry: what can be asked of it, and when it loads."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING, Final

import attrs
import pytest

from envatlas import Integer, TextList, Variable
from envatlas.discovery import Candidate, Discovery
from envatlas.errors import ForeignVariableError, InactiveVariableError, UnknownVariableError
from envatlas.loading import Catalogue
from envatlas.owner import Owner
from envatlas.registry import Registry
from tests.conftest import GROUP

if TYPE_CHECKING:
    from tests.conftest import Site

PORT: Final = Variable("ACME_PORT", Integer(), default=None, help="The number.")
OTHER_PORT: Final = Variable("ACME_PORT", Integer(), default=5000, help="The number.")


@pytest.fixture
def registry(site: Site) -> Registry:
    """Give a registry with two variables of the plugin acme, and no filter."""
    site.add_plugin("acme", site.declaring("ACME_PORT", "ACME_VERBOSE"))
    return site.registry(filter_variable=None)


def test_a_registry_iterates_over_its_variables(registry: Registry) -> None:
    """They come in load order, as declared."""
    assert [variable.name for variable in registry] == ["ACME_PORT", "ACME_VERBOSE"]
    assert next(iter(registry)) == PORT


def test_a_registry_is_as_long_as_it_has_variables(registry: Registry) -> None:
    """Inactive variables do not count."""
    assert len(registry) == 2


def test_a_registry_without_plugins_is_empty(site: Site) -> None:
    """Nothing installed is no problem."""
    empty = site.registry(filter_variable=None)
    assert (list(empty), len(empty), empty.plugins, empty.problems, empty.inactive) == ([], 0, (), (), ())


def test_a_registry_loads_what_is_discovered_for_it(site: Site) -> None:
    """Where it is told how to discover plugins, what is installed does not count, whatever its environment."""
    site.add_plugin("acme", site.declaring("ACME_PORT"))
    site.write({"given": site.declaring("GIVEN_PORT")})
    given = Candidate(Owner("given", "given", "1"), GROUP, "given")

    def discover(group: str) -> Discovery:
        return Discovery((given,), ())

    registry = attrs.evolve(site.registry(filter_variable=None), discover=discover)
    assert [variable.name for variable in registry] == ["GIVEN_PORT"]
    assert [plugin.name for plugin in registry.with_environ({"A": "1"}).plugins] == ["given"]


def test_a_registry_has_its_own_filter_variable(site: Site) -> None:
    """It comes before all plugins, and reads a comma list."""
    (variable,) = site.registry()
    assert (variable.name, variable.kind, variable.default) == ("TEST_PLUGINS", TextList(), None)
    assert site.registry().owner("TEST_PLUGINS").plugin == "(registry)"


@pytest.mark.parametrize(
    ("key", "is_in"), [("ACME_PORT", True), ("ACME_PROT", False), (PORT, True), (OTHER_PORT, False), (5, False)]
)
def test_a_registry_contains_names_and_variables(registry: Registry, key: object, is_in: bool) -> None:
    """A variable is in it if it is declared just so."""
    assert (key in registry) is is_in


def test_a_variable_is_found_by_its_name(registry: Registry) -> None:
    """A name gives the declaration."""
    assert registry["ACME_PORT"] == PORT


def test_a_variable_is_found_by_an_equal_one(registry: Registry) -> None:
    """A declaration gives itself, with its type."""
    assert registry[PORT] == PORT


@pytest.mark.parametrize("key", ["ACME_PROT", Variable("ACME_PROT", Integer(), default=None, help="A number.")])
def test_a_name_that_nobody_declares_raises(registry: Registry, key: str | Variable[int | None]) -> None:
    """The error suggests the nearest names, and is a KeyError as well."""
    with pytest.raises(UnknownVariableError) as caught:
        registry[key]
    assert (caught.value.variable, caught.value.registry) == ("ACME_PROT", "test")
    assert (caught.value.nearest, caught.value.filter_variable) == (("ACME_PORT",), None)
    assert (caught.value.excluded, caught.value.failed) == ((), ())


def test_a_variable_that_is_declared_differently_is_not_found(registry: Registry) -> None:
    """Its value would not be of the type that the caller expects."""
    with pytest.raises(ForeignVariableError) as caught:
        registry[OTHER_PORT]
    assert (caught.value.variable, caught.value.owner) == ("ACME_PORT", Owner("acme", "acme-vllm", "1.2"))
    assert "declared differently, by plugin 'acme', acme-vllm 1.2" in str(caught.value)


@pytest.mark.parametrize(("name", "group"), [("", "envatlas.test"), ("test", "")])
def test_a_registry_needs_a_name_and_a_group(name: str, group: str) -> None:
    """Without a name no message could name it, and the empty group is in every file."""
    with pytest.raises(ValueError, match="must be >= 1"):
        Registry(name, group=group)


def test_a_registry_can_hold_the_very_objects_of_a_test(site: Site) -> None:
    """A plugin hands over what it was given, and nothing of it is copied."""
    registry = site.registry_of(PORT)
    assert registry["ACME_PORT"] is PORT
    assert registry.owner("ACME_PORT") == Owner("acme", "acme-vllm", "1.2")


def test_a_variable_has_an_owner(registry: Registry) -> None:
    """It is the plugin that declared it, with its distribution."""
    assert registry.owner("ACME_PORT") == Owner("acme", "acme-vllm", "1.2")


def test_a_name_that_nobody_declares_has_no_owner(registry: Registry) -> None:
    """The error is that of a read."""
    with pytest.raises(UnknownVariableError, match="did you mean ACME_PORT"):
        registry.owner("ACME_PROT")


def test_an_inactive_variable_has_no_owner(site: Site) -> None:
    """The error says which plugin would own it."""
    site.add_plugin("acme", site.declaring("ACME_PORT"))
    registry = site.registry({"TEST_PLUGINS": ""})
    with pytest.raises(InactiveVariableError, match="declared by plugin 'acme'"):
        registry.owner("ACME_PORT")


def test_an_inactive_variable_says_why(site: Site) -> None:
    """It is known with its help, its secret flag and the reason."""
    site.add_plugin("acme", site.declaring("ACME_PORT"))
    registry = site.registry({"TEST_PLUGINS": ""})
    (inactive,) = registry.inactive
    assert (inactive.name, inactive.owner) == ("ACME_PORT", Owner("acme", "acme-vllm", "1.2"))
    assert (inactive.help, inactive.secret, inactive.why) == ("The number.", False, "TEST_PLUGINS leaves it out")


def test_an_inactive_variable_names_its_plugin(site: Site) -> None:
    """The plugin's name can be asked for directly."""
    site.add_plugin("acme", site.declaring("ACME_PORT"))
    (inactive,) = site.registry({"TEST_PLUGINS": ""}).inactive
    assert inactive.plugin == inactive.owner.plugin == "acme"


def test_the_sources_of_inactive_plugins_are_read_once(site: Site) -> None:
    """What was installed when the registry was first asked is what it knows."""
    site.add_plugin("acme", site.declaring("ACME_PORT"))
    registry = site.registry({"TEST_PLUGINS": ""})
    before = registry.inactive
    site.write({"acme_vllm": site.declaring("OTHER_PORT")})
    assert registry.inactive == before


def opaque(site: Site, source: str, environ: dict[str, str]) -> list[str]:
    """Return the plugins that a registry does not fully know, one of them having this source."""
    site.add_plugin("acme", source)
    site.add_plugin("zeta", site.declaring("ZETA_PORT"))
    return [each.name for each in site.registry(environ).opaque_plugins]


@pytest.mark.parametrize("source", ["ALL = 5\n", "import acme_missing\ndef (:\n", "Variable(name())\n"])
@pytest.mark.parametrize("selected", ["", "acme"], ids=["excluded", "failed"])
def test_a_plugin_whose_source_does_not_tell_is_opaque(site: Site, source: str, selected: str) -> None:
    """It may own any name."""
    assert opaque(site, source, {"TEST_PLUGINS": selected}) == ["acme"]


def test_a_plugin_whose_source_tells_all_is_not_opaque(site: Site) -> None:
    """Its names are known, whatever became of it."""
    assert opaque(site, site.declaring("ACME_PORT") + "raise OSError\n", {"TEST_PLUGINS": "acme"}) == []


def test_an_active_plugin_is_not_opaque(site: Site) -> None:
    """Its source does not matter: what it declares is there."""
    computed = site.declaring("ACME_PORT").replace("'ACME_PORT'", "'ACME_' + 'PORT'")
    assert opaque(site, computed, {"TEST_PLUGINS": "acme"}) == []


def test_a_name_may_be_owned_by_an_opaque_plugin(site: Site) -> None:
    """The error names it, and not those whose sources tell all."""
    site.add_plugin("acme", "ALL = 5\n")
    site.add_plugin("zeta", site.declaring("ZETA_PORT"))
    error = site.registry({"TEST_PLUGINS": ""}).unknown("ACME_PORT")
    assert (error.excluded, error.may_own) == (("acme", "zeta"), ("acme",))
    assert "It may be declared by the plugin acme, whose source does not tell." in str(error)


def test_the_names_of_inactive_variables_are_suggested(site: Site) -> None:
    """A name that is misspelt and left out is both."""
    site.add_plugin("acme", site.declaring("ACME_PORT"))
    error = site.registry({"TEST_PLUGINS": ""}).unknown("ACME_PROT")
    assert (error.nearest, error.excluded) == (("ACME_PORT",), ("acme",))


def test_active_plugins_are_those_whose_variables_count(site: Site) -> None:
    """All plugins are listed, and these apart."""
    site.add_plugin("acme", site.declaring("ACME_PORT"))
    site.add_plugin("broken", "raise OSError")
    site.add_plugin("left", site.declaring("LEFT_PORT"))
    registry = site.registry({"TEST_PLUGINS": "acme,broken"})
    assert [record.name for record in registry.plugins] == ["acme", "broken", "left"]
    assert [record.name for record in registry.active_plugins] == ["acme"]


@pytest.mark.parametrize("setting", [field.alias for field in attrs.fields(Registry) if field.init])
def test_a_setting_cannot_be_changed(registry: Registry, setting: str) -> None:
    """A registry is what it was made, and what it loaded is what it said then."""
    with pytest.raises(attrs.exceptions.FrozenAttributeError):
        setattr(registry, setting, "other")


def test_a_registry_reads_the_process_environment_by_default() -> None:
    """The outermost default is the only place that says so."""
    assert Registry("test", group="envatlas.test").environ is os.environ


def test_a_registry_shows_its_settings_and_no_environment(site: Site) -> None:
    """Its representation loads nothing, and has no text of any variable."""
    site.add_plugin("acme", "raise OSError")
    shown = repr(site.registry({"API_KEY": "sk-123"}))
    assert "group='envatlas.test'" in shown
    assert "sk-123" not in shown
    assert "acme_vllm" not in sys.modules


def test_making_a_registry_loads_nothing(site: Site) -> None:
    """A plugin that is installed later is found, because nothing was looked for."""
    registry = site.registry()
    site.add_plugin("acme", site.declaring("ACME_PORT"))
    assert "acme_vllm" not in sys.modules
    assert "ACME_PORT" in registry


def test_a_registry_loads_once(registry: Registry) -> None:
    """Whatever is asked afterwards, the catalogue stays the same."""
    catalogue = registry.catalogue
    registry.load()
    assert "ACME_PORT" in registry
    assert registry.catalogue is catalogue


def test_two_registries_of_one_group_load_on_their_own(site: Site) -> None:
    """A registry keeps what it found; a new one looks again."""
    first = site.registry(filter_variable=None)
    first.load()
    site.add_plugin("acme", site.declaring("ACME_PORT"))
    assert (len(first), len(site.registry(filter_variable=None))) == (0, 1)


def test_threads_that_use_a_registry_first_load_it_once(site: Site) -> None:
    """However many begin at one moment, all get the one catalogue, and the plugin's hook is called once."""
    source = site.declaring("ACME_PORT").replace("    return", "    calls.append(1)\n    return")
    site.add_plugin("acme", "calls = []\n" + source)
    registry = site.registry()
    barrier = threading.Barrier(16)
    seen: list[Catalogue] = []

    def use() -> None:
        barrier.wait()
        seen.append(registry.catalogue)

    threads = [threading.Thread(target=use) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 16
    assert {id(catalogue) for catalogue in seen} == {id(registry.catalogue)}
    assert sys.modules["acme_vllm"].calls == [1]


def test_a_plugin_can_read_another_registry_while_it_loads(site: Site) -> None:
    """Only its own registry is not there yet."""
    site.add("other", plugins={"x": "other"}, modules={"other": site.declaring("X_PORT")}, group="other.group")
    read = "from envatlas.registry import Registry\nfound = len(Registry('other', group='other.group'))\n"
    site.add_plugin("acme", read + site.declaring("ACME_PORT"))
    assert "ACME_PORT" in site.registry()
    assert sys.modules["acme_vllm"].found == 1
