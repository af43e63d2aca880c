"""Loading: every plugin on its own, in one order, and none of it half."""

from __future__ import annotations

import importlib
import itertools
import logging
import pickle
import sys
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import pytest

from envatlas.environment import Environment
from envatlas.errors import (
    ConflictError,
    DuplicatePluginError,
    InactiveVariableError,
    IncompatiblePluginError,
    LoadingError,
    Origin,
    PluginError,
    ProblemError,
    RegistryProblemsError,
    UnknownVariableError,
    UnmatchedNameError,
)
from envatlas.loading import PluginRecord, PluginState

if TYPE_CHECKING:
    from envatlas.registry import Registry
    from tests.conftest import Site

HEADER: Final = "from envatlas import Integer, Text, Variable, hookimpl\n"
HOOK: Final = "@hookimpl\ndef envatlas_variables():\n    "
FIRST: Final = 'Variable("ACME_FIRST", Integer(), default=1, help="The first.")'
KEY: Final = "sk-live-0123456789"


def hook(body: str, before: str = "") -> str:
    """Return the source of a plugin whose hook has this body."""
    return f"{HEADER}{before}\n{HOOK}{body}\n"


def names(registry: Registry) -> list[str]:
    """Return the names of the active variables, in load order."""
    return [variable.name for variable in registry]


def plugin(registry: Registry, name: str) -> PluginRecord:
    """Return the first record of a plugin of that name."""
    return next(record for record in registry.plugins if record.name == name)


def failed(site: Site, source: str) -> PluginRecord:
    """Return what became of a plugin that is to fail, between two that are not."""
    site.add_plugin("abel", site.declaring("ABEL_PORT"))
    site.add_plugin("acme", source)
    site.add_plugin("zeta", site.declaring("ZETA_PORT"))
    registry = site.registry(filter_variable=None)
    assert names(registry) == ["ABEL_PORT", "ZETA_PORT"]
    record = plugin(registry, "acme")
    assert (record.state, record.variables) == (PluginState.FAILED, ())
    assert [problem for problem in registry.problems if isinstance(problem, PluginError)] == [record.error]
    return record


def test_a_plugin_that_loads_is_active(site: Site) -> None:
    """Its record says where it came from and what it owns, and has no reason and no error."""
    site.add_plugin("acme", site.declaring("ACME_PORT", "ACME_HOST"), version="1.2")
    registry = site.registry()
    assert registry.plugins == (
        PluginRecord(Origin("acme", "acme-vllm", "1.2"), PluginState.ACTIVE, "acme_vllm", ("ACME_PORT", "ACME_HOST")),
    )
    assert registry.problems == ()


def test_a_record_gives_the_facts_of_its_origin(site: Site) -> None:
    """Name, distribution and version can be asked for directly."""
    site.add_plugin("acme", site.declaring("ACME_PORT"), version="1.2")
    (record,) = site.registry().plugins
    assert (record.name, record.distribution, record.version) == ("acme", "acme-vllm", "1.2")


@pytest.mark.parametrize(
    "body",
    [
        f"return [{FIRST}]",
        f"return ({FIRST},)",
        f"return {{{FIRST}}}",
        f"yield {FIRST}",
        f"return iter([{FIRST}])",
        f"return {{'first': {FIRST}}}.values()",
        f"return [{FIRST}, {FIRST}]",
    ],
)
def test_a_hook_can_return_any_iterable(site: Site, body: str) -> None:
    """A list, a generator, a view: what counts are the variables, each once."""
    site.add_plugin("acme", hook(body))
    assert names(site.registry(filter_variable=None)) == ["ACME_FIRST"]


def test_a_hook_can_declare_nothing(site: Site) -> None:
    """A plugin without variables, on this machine at least, is active."""
    site.add_plugin("acme", hook("return []"))
    assert plugin(site.registry(), "acme").state is PluginState.ACTIVE


def test_an_entry_point_can_name_an_object(site: Site) -> None:
    """A method of an object is as good a hook as a function of a module."""
    source = f"""
class Acme:
    @hookimpl
    def envatlas_variables(self):
        return [{FIRST}]
plugin = Acme()
"""
    site.add(plugins={"acme": "acme_vllm:plugin"}, modules={"acme_vllm": HEADER + source})
    registry = site.registry(filter_variable=None)
    assert names(registry) == ["ACME_FIRST"]
    assert plugin(registry, "acme").module == "acme_vllm"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise RuntimeError('no device')", "importing acme_vllm raised RuntimeError: no device"),
        ("import acme_missing", "importing acme_vllm raised ModuleNotFoundError: No module named 'acme_missing'"),
        ("def (:", "importing acme_vllm raised SyntaxError: invalid syntax (acme_vllm.py, line 1)"),
        ("raise SystemExit(3)", "importing acme_vllm raised SystemExit: 3"),
        ("raise GeneratorExit", "importing acme_vllm raised GeneratorExit"),
        ("raise ValueError('two\\n  lines')", "importing acme_vllm raised ValueError: two lines"),
        (hook("raise OSError('gone')"), "calling its hook envatlas_variables raised OSError: gone"),
        (hook("raise SystemExit"), "calling its hook envatlas_variables raised SystemExit"),
        (
            hook(f"yield {FIRST}\n    raise OSError('gone')"),
            "calling its hook envatlas_variables raised OSError: gone",
        ),
        (
            hook(f"yield {FIRST}\n    raise SystemExit(1)"),
            "calling its hook envatlas_variables raised SystemExit: 1",
        ),
    ],
)
def test_a_plugin_that_raises_fails_alone(site: Site, source: str, reason: str) -> None:
    """Whatever it raises, and wherever, is its reason; nothing of it counts, and the others load."""
    assert failed(site, source).reason == reason


def test_what_a_plugin_raised_is_kept(site: Site) -> None:
    """The cause of the problem is the very exception, with its traceback."""
    error = failed(site, "raise RuntimeError('no device')").error
    assert error is not None
    assert isinstance(error.__cause__, RuntimeError)
    assert error.__cause__.__traceback__ is not None


@pytest.mark.parametrize(
    ("returned", "noun"),
    [
        ("'ACME_FIRST'", "a str"),
        (FIRST, "a Variable"),
        ("5", "an int"),
        ("object()", "an object"),
        ("Variable", "a type"),
    ],
)
def test_a_hook_that_returns_no_iterable_fails(site: Site, returned: str, noun: str) -> None:
    """The reason says what it returned, without showing it."""
    reason = f"its hook envatlas_variables returned {noun}, and not an iterable of Variable"
    assert failed(site, hook(f"return {returned}")).reason == reason


@pytest.mark.parametrize(
    ("item", "noun"), [("'ACME_SECOND'", "a str"), ("None", "None"), ("Variable", "a type"), ("5", "an int")]
)
def test_a_hook_that_yields_anything_else_fails(site: Site, item: str, noun: str) -> None:
    """One item that is no variable, and none of the others counts."""
    reason = f"its hook envatlas_variables yielded {noun}, and not a Variable"
    assert failed(site, hook(f"return [{FIRST}, {item}]")).reason == reason


@pytest.mark.parametrize(
    "source",
    [
        "",
        hook("return None"),
        hook("pass"),
        f"{HEADER}def envatlas_variables():\n    return [{FIRST}]\n",
    ],
    ids=["no hook", "None", "no return", "no marker"],
)
def test_a_plugin_without_variables_is_told_how_to_return_them(site: Site, source: str) -> None:
    """The commonest mistake is a hook that is not marked."""
    assert failed(site, source).reason == (
        "it returned no variables: return them from a function envatlas_variables that is marked with @hookimpl"
    )


@pytest.mark.parametrize(
    "source",
    [
        f"{HEADER}@hookimpl\ndef envatlas_variabels():\n    return [{FIRST}]\n",
        hook(f"return [{FIRST}]") + "@hookimpl\ndef envatlas_chekcs():\n    return []\n",
    ],
    ids=["only one", "beside another"],
)
def test_a_misspelt_hook_fails(site: Site, source: str) -> None:
    """A marked function that is no hook would never be called, and is not passed over."""
    reason = failed(site, source).reason
    assert "PluginValidationError: unknown hook 'envatlas_" in reason


def test_a_hook_that_wants_arguments_fails(site: Site) -> None:
    """A hook takes none."""
    source = f"{HEADER}@hookimpl\ndef envatlas_variables(environ):\n    return [{FIRST}]\n"
    assert "PluginValidationError" in failed(site, source).reason


def test_a_class_in_place_of_its_instance_fails(site: Site) -> None:
    """A method cannot be called without the object."""
    source = f"{HEADER}class acme_vllm:\n    @hookimpl\n    def envatlas_variables(self):\n        return []\n"
    site.add(plugins={"acme": "acme_vllm:acme_vllm"}, modules={"acme_vllm": source})
    assert plugin(site.registry(), "acme").state is PluginState.FAILED


def test_a_declaration_that_makes_no_sense_fails_its_plugin(site: Site) -> None:
    """The rule that it breaks is in the reason."""
    source = hook('return [Variable("ACME-PORT", Integer(), default=1, help="The port.")]')
    assert "DeclarationError: 'ACME-PORT' breaks the rule" in failed(site, source).reason


def test_a_name_that_a_plugin_declares_twice_fails_it(site: Site) -> None:
    """Which of the two counts is not guessed."""
    source = site.declaring(site.declare("ACME_PORT", default=1), site.declare("ACME_PORT", default=2))
    assert failed(site, source).reason == "it declares ACME_PORT twice, and differently"


@pytest.mark.parametrize("error", ["ValueError", "SystemExit", "RecursionError"])
def test_an_exception_without_a_message_is_contained(site: Site, error: str) -> None:
    """An exception's class may be a plugin's, and its text may raise anything."""
    source = f"class AcmeError(Exception):\n    def __str__(self):\n        raise {error}\nraise AcmeError\n"
    expected = "importing acme_vllm raised AcmeError, and its message could not be made"
    assert failed(site, source).reason == expected


@pytest.mark.parametrize(
    "target", ["acme_vllm:missing", "acme_vllm:a.b", "acme-vllm", "acme_vllm.missing", ".acme", "acme vllm"]
)
def test_an_entry_point_that_names_nothing_fails(site: Site, target: str) -> None:
    """A missing attribute or module, and what is no name at all, is the plugin's problem."""
    site.add(plugins={"acme": target}, modules={"acme_vllm": site.declaring("ACME_PORT")})
    record = plugin(site.registry(), "acme")
    assert record.state is PluginState.FAILED
    assert record.reason.startswith(f"importing {target} raised ")


@pytest.mark.parametrize("wanted", ["2", "0", "None", "'1'"])
def test_a_plugin_for_another_api_is_incompatible(site: Site, wanted: str) -> None:
    """Its hooks are not called, and the reason says what to install."""
    site.add_plugin("acme", f"ENVATLAS_API = {wanted}\n" + hook("raise RuntimeError"))
    site.add_plugin("zeta", site.declaring("ZETA_PORT"))
    registry = site.registry(filter_variable=None)
    record = plugin(registry, "acme")
    assert (record.state, names(registry)) == (PluginState.INCOMPATIBLE, ["ZETA_PORT"])
    assert isinstance(record.error, IncompatiblePluginError)
    assert record.reason == (
        f"it asks for version {wanted} of the plugin API, and this envatlas has version 1; "
        "install versions of acme-vllm and envatlas that go together"
    )


def test_a_plugin_can_ask_for_this_api(site: Site) -> None:
    """The version that this envatlas has is no reason to refuse."""
    site.add_plugin("acme", "ENVATLAS_API = 1\n" + site.declaring("ACME_PORT"))
    assert plugin(site.registry(), "acme").state is PluginState.ACTIVE


def test_a_plugin_whose_attributes_raise_is_contained(site: Site) -> None:
    """Even the question for its API version may run a plugin's code."""
    failed(site, hook(f"return [{FIRST}]", "def __getattr__(name):\n    raise OSError(name)\n"))


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
        Origin("acme", "acme-vllm", "1.2"),
        Origin("zeta", "zeta-vllm", "0.3"),
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
    assert (problem.kept, problem.origin) == (first.origin, Origin("acme", "other-vllm", "7"))
    assert second.reason == problem.reason == "acme-vllm 1.2 has a plugin of that name; uninstall one of them"
    assert "other_vllm" not in sys.modules


def test_no_third_party_takes_a_name_from_a_bundled_plugin(site: Site) -> None:
    """Bundled plugins load first, whatever the others are called."""
    site.add_plugin("aaa", site.declaring(site.declare("ACME_PORT", default=2)))
    site.add_plugin("acme", site.declaring(site.declare("ACME_PORT", default=1)))
    registry = site.registry(bundled="acme-")
    assert registry.owner("ACME_PORT").plugin == "acme"
    assert [record.name for record in registry.plugins] == ["acme", "aaa"]


def test_no_third_party_takes_the_name_of_a_bundled_plugin(site: Site) -> None:
    """The plugin's own name is safe as well."""
    site.add("aaa", plugins={"acme": "aaa"}, modules={"aaa": site.declaring("AAA_PORT")})
    site.add_plugin("acme", site.declaring("ACME_PORT"))
    assert plugin(site.registry(bundled="acme-"), "acme").distribution == "acme-vllm"


def test_no_plugin_takes_the_filter_variable(site: Site) -> None:
    """It belongs to the registry, even against a bundled plugin."""
    site.add_plugin("acme", site.declaring("TEST_PLUGINS", "ACME_PORT"))
    registry = site.registry(bundled="acme-")
    assert registry.owner("TEST_PLUGINS").plugin == "(registry)"
    (problem,) = registry.problems
    assert isinstance(problem, ConflictError)
    assert (problem.refused.plugin, plugin(registry, "acme").variables) == ("acme", ("ACME_PORT",))


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


def shown(site: Site, caplog: pytest.LogCaptureFixture, environ: dict[str, str]) -> str:
    """Return every text that loading a registry gives: problems, reasons, errors, and the log."""
    registry = site.registry(environ, filter_variable=None)
    with caplog.at_level(logging.DEBUG, "envatlas"), pytest.raises(RegistryProblemsError) as caught:
        registry.load(strict=True)
    return "\n".join(
        [
            *map(str, registry.problems),
            *(record.reason for record in registry.plugins),
            *(each.why for each in registry.inactive),
            str(registry.unknown("ACME_KEY")),
            caplog.text,
            str(caught.value),
        ]
    )


def secret(name: str, more: str = "") -> str:
    """Return the source of a secret's declaration."""
    return f'Variable({name!r}, Text(), default=None, help="The key.", secret=True{more})'


@pytest.mark.parametrize("owner", ["abel", "zeta"])
@pytest.mark.parametrize("source", [f"raise OSError('no access with {KEY}')", hook(f"raise OSError('{KEY}')")])
def test_a_failed_plugin_shows_no_other_ones_secret(
    site: Site, caplog: pytest.LogCaptureFixture, source: str, owner: str
) -> None:
    """The text of what it raised is cleaned of every active secret, whichever plugin loaded first."""
    site.add_plugin(owner, site.declaring(secret("API_KEY")))
    site.add_plugin("acme", source)
    text = shown(site, caplog, {"API_KEY": KEY})
    assert KEY not in text
    assert "<secret>" in text


@pytest.mark.parametrize("more", ["", ", reads=('OLD_KEY',)", ", reads=('ACME_KEY', 'OLD_KEY')"])
def test_a_failed_plugin_shows_not_its_own_secret(site: Site, caplog: pytest.LogCaptureFixture, more: str) -> None:
    """Its declarations do not count, and yet its secrets do, under every name that they are read from."""
    site.add_plugin("acme", site.declaring(secret("ACME_KEY", more)) + f"raise OSError('key {KEY}')\n")
    read_from = "OLD_KEY" if more else "ACME_KEY"
    assert KEY not in shown(site, caplog, {read_from: KEY})


def test_a_failed_plugin_shows_no_secret_of_an_excluded_one(site: Site) -> None:
    """A plugin that is left out has secrets as well."""
    site.add_plugin("left", site.declaring(secret("LEFT_KEY")))
    site.add_plugin("acme", f"raise OSError('key {KEY}')")
    registry = site.registry({"TEST_PLUGINS": "acme", "LEFT_KEY": KEY})
    assert KEY not in "".join(map(str, registry.problems))


def test_a_failed_plugin_shows_no_secret_of_another_failed_one(site: Site) -> None:
    """Nor does one that failed afterwards."""
    site.add_plugin("acme", f"raise OSError('key {KEY}')")
    site.add_plugin("zeta", site.declaring(secret("ZETA_KEY")) + "raise OSError\n")
    registry = site.registry({"ZETA_KEY": KEY}, filter_variable=None)
    assert KEY not in "".join(map(str, registry.problems))


@pytest.mark.parametrize("show", [repr, pickle.dumps, vars], ids=["repr", "pickle", "vars"])
def test_a_problem_has_a_secret_in_no_part(site: Site, show: Callable[[ProblemError], object]) -> None:
    """Its arguments, from which Python makes its representation and its pickle, are cleaned as its text is."""
    site.add_plugin("acme", site.declaring(secret("ACME_KEY")) + f"raise OSError('key {KEY}')\n")
    (problem,) = site.registry({"ACME_KEY": KEY}, filter_variable=None).problems
    assert KEY not in str(show(problem))


@pytest.mark.parametrize("text", [f"{KEY}\n", f"  {KEY}  tail", f"{KEY}\n\n{KEY}"])
def test_a_secret_with_space_in_it_is_hidden(site: Site, caplog: pytest.LogCaptureFixture, text: str) -> None:
    """A message is put on one line after it was cleaned, so that a key with a newline is found in it."""
    site.add_plugin("acme", site.declaring(secret("ACME_KEY")) + f"raise OSError('key ' + {text!r})\n")
    assert KEY not in shown(site, caplog, {"ACME_KEY": text})


def test_a_secret_that_python_quotes_is_hidden(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """Most messages show a text by its representation."""
    key = "sk-'live'-\"0123\"\\4567"
    source = site.declaring(secret("ACME_KEY")) + f"raise ValueError(repr({key!r}))\n"
    site.add_plugin("acme", source)
    text = shown(site, caplog, {"ACME_KEY": key})
    assert key not in text
    assert repr(key)[1:-1] not in text


def test_the_traceback_of_a_strict_load_shows_no_secret(site: Site) -> None:
    """What the plugin raised is its cause, and Python prints causes."""
    source = f"import os\nraise OSError('key ' + {KEY[:7]!r} + {KEY[7:]!r})\n"
    site.add_plugin("acme", site.declaring(secret("ACME_KEY")) + source)
    registry = site.registry({"ACME_KEY": KEY}, filter_variable=None)
    with pytest.raises(RegistryProblemsError) as caught:
        registry.load(strict=True)
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_a_message_that_interrupts_is_the_operators(site: Site) -> None:
    """KeyboardInterrupt passes, wherever it comes from."""
    site.add_plugin("acme", "class E(Exception):\n    def __str__(self):\n        raise KeyboardInterrupt\nraise E")
    with pytest.raises(KeyboardInterrupt):
        site.registry().load()


def test_an_exception_that_cannot_be_shown_is_not_kept(site: Site) -> None:
    """Whether its traceback shows a secret cannot be told."""
    source = "class E(SyntaxError):\n    @property\n    def filename(self):\n        raise ValueError\nraise E('no')"
    site.add_plugin("acme", source)
    error = plugin(site.registry(), "acme").error
    assert isinstance(error, PluginError)
    assert error.__cause__ is None
