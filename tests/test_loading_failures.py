"""Loading: a plugin that fails is set aside with the reason, and the others load."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

import pytest

from envatlas.environment import Environment
from envatlas.errors import InactiveVariableError, LoadingError, UnknownVariableError
from envatlas.loading import PluginRecord, PluginState
from envatlas.problems import IncompatiblePluginError, PluginError
from envatlas.registry import Registry
from tests.plugins import HEADER, hook, names, plugin

if TYPE_CHECKING:
    from tests.conftest import Site

FIRST: Final = 'Variable("ACME_FIRST", Integer(), default=1, help="The first.")'


def failed(site: Site, source: str, target: str = "acme_vllm") -> PluginRecord:
    """Return what became of a plugin that is to fail, between two that are not."""
    site.add_plugin("abel", site.declaring("ABEL_PORT"))
    site.add("acme-vllm", plugins={"acme": target}, modules={"acme_vllm": source})
    site.add_plugin("zeta", site.declaring("ZETA_PORT"))
    registry = site.registry(filter_variable=None)
    assert names(registry) == ["ABEL_PORT", "ZETA_PORT"]
    record = plugin(registry, "acme")
    assert record.variables == ()
    assert [problem for problem in registry.problems if isinstance(problem, PluginError)] == [record.error]
    return record


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise RuntimeError('no device')", "importing acme_vllm raised RuntimeError: no device"),
        ("raise SystemExit(3)", "importing acme_vllm raised SystemExit: 3"),
        ("raise ValueError('two\\n  lines')", "importing acme_vllm raised ValueError: two lines"),
        (hook(f"yield {FIRST}\n    raise OSError('no')"), "calling its hook envatlas_variables raised OSError: no"),
        (hook(f"return [{FIRST}, 5]"), "its hook envatlas_variables yielded an int, and not a Variable"),
    ],
)
def test_a_plugin_that_fails_fails_alone(site: Site, source: str, reason: str) -> None:
    """Its reason is on one line; nothing of it counts, and the plugins around it load."""
    record = failed(site, source)
    assert (record.state, record.reason) == (PluginState.FAILED, reason)


def test_what_a_plugin_raised_is_kept(site: Site) -> None:
    """The cause of the problem is the very exception, with its traceback."""
    error = failed(site, "raise RuntimeError('no device')").error
    assert error is not None
    assert isinstance(error.__cause__, RuntimeError)
    assert error.__cause__.__traceback__ is not None


@pytest.mark.parametrize("target", ["acme_vllm", "acme_vllm:plugin"])
def test_a_plugin_for_another_api_is_incompatible(site: Site, target: str) -> None:
    """It is no failure of its own, and says what to install."""
    record = failed(site, "ENVATLAS_API = 2\nplugin = object()\n" + hook("raise RuntimeError"), target)
    assert record.state is PluginState.INCOMPATIBLE
    assert isinstance(record.error, IncompatiblePluginError)
    assert record.reason == record.error.reason


@pytest.mark.parametrize("body", [f"return [{FIRST}]", "raise OSError"], ids=["active", "failed"])
def test_a_plugin_that_cannot_be_compared_hurts_no_other(site: Site, body: str) -> None:
    """No plugin's object is asked whether it is another one, whether it loads or fails."""
    source = f"""
class Acme:
    __hash__ = None
    def __eq__(self, other):
        raise RuntimeError
    @hookimpl
    def envatlas_variables(self):
        {body}
plugin = Acme()
"""
    site.add(plugins={"acme": "acme_vllm:plugin"}, modules={"acme_vllm": HEADER + source})
    site.add_plugin("zeta", site.declaring("ZETA_PORT"))
    assert "ZETA_PORT" in names(site.registry(filter_variable=None))


def test_a_plugin_that_registers_with_pluggy_meets_no_other(site: Site) -> None:
    """Each has a plugin manager of its own, so that what one does to it is gone with it."""
    spoil = "import gc, pluggy\nfor each in gc.get_objects():\n"
    spoil += "    if issubclass(type(each), pluggy.PluginManager) and each.project_name == 'envatlas':\n"
    spoil += "        each.set_blocked('zeta')\n"
    spoil += "del each\n"  # which is anything, perhaps another's hook
    site.add_plugin("acme", spoil + site.declaring("ACME_PORT"))
    site.add_plugin("zeta", site.declaring("ZETA_PORT"))
    assert names(site.registry(filter_variable=None)) == ["ACME_PORT", "ZETA_PORT"]


def test_one_module_can_be_two_plugins(site: Site) -> None:
    """Two entry points that name the same redeclare identically, which is no conflict."""
    site.add(plugins={"a": "acme_vllm", "b": "acme_vllm"}, modules={"acme_vllm": site.declaring("ACME_PORT")})
    registry = site.registry()
    assert [record.state for record in registry.plugins] == [PluginState.ACTIVE, PluginState.ACTIVE]
    assert registry.problems == ()


@pytest.mark.parametrize("place", ["import", "hook"])
def test_a_plugin_that_reads_the_registry_while_it_loads_fails(site: Site, place: str) -> None:
    """The error says so at once, where a plain lock would wait for ever."""
    read = "import acme_app; list(acme_app.registry)"
    source = read + "\n" + site.declaring("ACME_PORT") if place == "import" else hook(f"{read}\n    return []")
    app = (
        "from envatlas.registry import Registry\n"
        f"registry = Registry('test', group={site.registry().group!r}, environ={{}})\n"
    )
    site.write({"acme_app": app})
    site.add_plugin("acme", source)
    site.add_plugin("zeta", site.declaring("ZETA_PORT"))
    registry: Registry = importlib.import_module("acme_app").registry
    assert names(registry) == ["ZETA_PORT"]
    error = plugin(registry, "acme").error
    assert error is not None
    assert isinstance(error.__cause__, LoadingError)


def test_an_interrupt_passes_and_a_later_load_works(site: Site) -> None:
    """An operator who is tired of waiting is obeyed, and nothing is left half done."""
    source = "import acme_mood\nif acme_mood.moods.pop():\n    raise KeyboardInterrupt\n"
    site.write({"acme_mood": "moods = [False, True]\n"})
    site.add_plugin("abel", site.declaring("ABEL_PORT"))
    site.add_plugin("acme", source + site.declaring("ACME_PORT"))
    registry = site.registry(filter_variable=None)
    with pytest.raises(KeyboardInterrupt):
        registry.load()
    assert names(registry) == ["ABEL_PORT", "ACME_PORT"]
    assert registry.problems == ()


def test_an_interrupted_hook_can_be_called_again(site: Site) -> None:
    """An interrupt inside a hook passes as well, and a later load calls it again."""
    body = f"if moods.pop():\n        raise KeyboardInterrupt\n    return [{FIRST}]"
    site.add_plugin("acme", hook(body, "moods = [False, True]"))
    registry = site.registry(filter_variable=None)
    with pytest.raises(KeyboardInterrupt):
        registry.load()
    assert names(registry) == ["ACME_FIRST"]


def test_a_message_that_interrupts_is_the_operators(site: Site) -> None:
    """KeyboardInterrupt passes, wherever it comes from."""
    site.add_plugin("acme", "class E(Exception):\n    def __str__(self):\n        raise KeyboardInterrupt\nraise E")
    with pytest.raises(KeyboardInterrupt):
        site.registry().load()


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("raise OSError('gone')\n", "importing acme_vllm raised OSError: gone"),
        ("ENVATLAS_API = 2\n", "it asks for version 2 of the plugin API"),
    ],
)
def test_a_variable_of_a_failed_plugin_says_so(site: Site, source: str, why: str) -> None:
    """Its source is read, although it could not be run."""
    site.add_plugin("acme", source + site.declaring("ACME_PORT"))
    with pytest.raises(InactiveVariableError) as caught:
        Environment(site.registry(), {})["ACME_PORT"]
    assert (caught.value.plugin, caught.value.why.partition(",")[0]) == ("acme", why)


def test_an_unknown_name_lists_the_plugins_that_may_own_it(site: Site) -> None:
    """Those that are left out and those that failed, by name; and names that resemble it."""
    site.add_plugin("acme", site.declaring("ACME_PORT"))
    site.add_plugin("broken", "def (:")
    site.add_plugin("left", site.declaring("LEFT_PORT"))
    site.add("zzz", plugins={"acme": "zzz"}, modules={"zzz": ""})
    with pytest.raises(UnknownVariableError) as caught:
        Environment(site.registry({"TEST_PLUGINS": "acme,broken"}), {})["LEFT_PROT"]
    error = caught.value
    assert type(error) is UnknownVariableError
    assert (error.registry, error.filter_variable) == ("test", "TEST_PLUGINS")
    assert (error.nearest, error.excluded, error.failed) == (("LEFT_PORT",), ("left",), ("broken", "acme"))


def deep(name: str) -> str:
    """Return the source of a plugin that computes something of 3000 terms."""
    return (
        "x = 1\ny = "
        + " + ".join(["x"] * 3000)
        + "\nfrom envatlas import *\n"
        + hook(f'return [Variable({name!r}, Integer(), default=None, help="The number.")]')
    )


@pytest.mark.parametrize("names", ["zeta", "acme,zeta"], ids=["excluded", "failed"])
def test_a_plugin_with_a_deep_expression_is_no_problem_of_others(site: Site, names: str) -> None:
    """Its names are known, or it is named as one that may own them; the others load."""
    site.add_plugin("acme", deep("ACME_PORT") + "raise OSError('gone')\n")
    site.add_plugin("zeta", site.declaring("ZETA_PORT"))
    registry = site.registry({"TEST_PLUGINS": names})
    assert "ZETA_PORT" in registry
    known = {each.name for each in registry.inactive} | set(registry.unknown("ACME_PROT").may_own)
    assert known & {"ACME_PORT", "acme"}
