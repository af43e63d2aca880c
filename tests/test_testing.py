"""What plugin authors test with: which plugins conform, and what is said of those that do not."""

from __future__ import annotations

import importlib
import pickle
import types
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, cast

import pytest

from envatlas import Plugin, Registry
from envatlas.testing import ConformanceError, Fault, assert_conforms, find_faults
from tests.conftest import GROUP

if TYPE_CHECKING:
    from tests.conftest import Site

HEAD: Final = """\
from envatlas import *
from envatlas import Computed, Integer, Number, Text, Variable, hookimpl, user_cache
from envatlas.findings import Finding, Severity

@hookimpl
def envatlas_variables():
    return VARIABLES

"""
GOOD: Final = HEAD + 'VARIABLES = [Variable("T_PORT", Integer(), default=80, help="The first port; unset, 80.")]\n'


def registry() -> Registry:
    """Return the registry that the plugins are for."""
    return Registry("test", group=GROUP, prefix="T_", filter_variable="T_PLUGINS", environ={})


def faults(site: Site, source: str, *, other_names: Sequence[str] = ()) -> list[str]:
    """Return what is wrong with a plugin of that source, but for how long it takes to import."""
    site.add_plugin("acme", source)
    found = find_faults("acme", registry=registry(), other_names=other_names, import_budget=1000)
    return [str(each) for each in found]


def declaring(declaration: str) -> str:
    """Return the source of a plugin with one variable."""
    return f"{HEAD}VARIABLES = [{declaration}]\n"


def test_a_good_plugin_conforms_under_each_of_its_names(site: Site) -> None:
    """That of its entry point, of its module, and as the module itself."""
    site.add_plugin("acme", GOOD)
    assert_conforms("acme", registry=registry(), import_budget=1000)
    assert_conforms("acme_vllm", registry=registry(), import_budget=1000)
    module = cast("Plugin", importlib.import_module("acme_vllm"))
    assert_conforms(module, registry=registry(), import_budget=1000)


def test_a_module_that_nothing_offers_conforms_as_well(site: Site) -> None:
    """It need not be installed; an object in it is named behind a colon."""
    instance = "class Own:\n    envatlas_variables = staticmethod(envatlas_variables)\nown = Own()\n"
    site.write({"acme_vllm": GOOD + instance})
    assert_conforms("acme_vllm", registry=registry(), import_budget=1000)
    assert_conforms("acme_vllm:own", registry=registry(), import_budget=1000)


def test_a_plugin_that_is_an_object_conforms(site: Site) -> None:
    """The module of its hook is the one that is looked at."""
    site.write({"acme_vllm": GOOD})
    own = types.SimpleNamespace(**vars(importlib.import_module("acme_vllm")))
    assert find_faults(cast("Plugin", own), registry=registry(), import_budget=1000) == ()


def test_all_faults_are_reported_together(site: Site) -> None:
    """In one error, an AssertionError, a line each, that names the plugin and its distribution."""
    source = declaring('Variable("PORT", Integer(), default=80, help="Port", unit="s")')
    site.add_plugin("acme", source)
    with pytest.raises(ConformanceError) as raised:
        assert_conforms("acme", registry=registry(), import_budget=1000)
    assert isinstance(raised.value, AssertionError)
    assert str(raised.value).splitlines() == [
        "plugin 'acme', acme-vllm 1.2, does not conform (5):",
        "  PORT: help is not one sentence; end it with a full stop, and have no other [help-sentence]",
        "  PORT: help does not say what the variable does; begin it with the effect [help-effect]",
        '  PORT: help does not say what unset means; end it with "; unset, ..." [help-unset]',
        """  PORT: help does not say its unit, 's'; write "in seconds" [help-unit]""",
        "  PORT: its name does not start with 'T_'; rename it, or list it in other_names [prefix]",
    ]
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)


def test_a_name_of_nothing_is_a_fault(site: Site) -> None:
    """It says what there is."""
    site.add_plugin("acme", GOOD)
    for name in ("acmee", "acmee.plugins", ".acme"):
        (fault,) = find_faults(name, registry=registry())
        assert fault.found == f"no module is called that, and no plugin of {GROUP!r}, which has acme"
    with pytest.raises(ConformanceError, match="plugin 'acmee', does not conform"):
        assert_conforms("acmee", registry=registry())


def test_without_a_registry_it_is_that_of_vllm() -> None:
    """As it is for the command line."""
    assert {fault.rule for fault in find_faults("build")} == {"prefix"}
    with pytest.raises(ConformanceError, match="MAX_JOBS"):
        assert_conforms("build")


def test_a_plugin_that_cannot_be_loaded_has_one_fault(site: Site) -> None:
    """A declaration that makes no sense says which rule it breaks; nothing else can be said then."""
    (fault,) = faults(site, declaring('Variable("T-PORT", Integer(), default=80, help="The port; unset, 80.")'))
    assert "raised DeclarationError: 'T-PORT' breaks the rule" in fault
    assert fault.endswith("[load]")


def test_what_a_plugin_raises_shows_no_secret(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The secrets of all plugins that are installed are hidden in it."""
    key = 'Variable("T_KEY", Text(), default=None, help="Unlocks the door; unset, it is shut.", secret=True)'
    site.add_plugin("keeper", declaring(key))
    monkeypatch.setenv("T_KEY", "sesame-open")
    (fault,) = faults(site, "raise ValueError('no door for sesame-open')\n")
    assert "no door for <secret>" in fault


@pytest.mark.parametrize(
    ("name", "is_fault"),
    [("T_API_KEY", True), ("T_TOKEN", True), ("T_DB_PASSWORD", True), ("T_MAX_TOKENS", False), ("T_KEYBOARD", False)],
)
def test_a_name_that_looks_secret_is_marked_or_said_not_to_be(site: Site, name: str, is_fault: bool) -> None:
    """By the words of the name; which is none must be said, and only of one that is in doubt."""
    source = declaring(f'Variable("{name}", Text(), default=None, help="Opens the door; unset, it is shut.")')
    fault = f"{name}: its name looks like a secret's; declare it with secret=True, or list it in not_secret [secret]"
    found = faults(site, source)
    assert found == [fault] * is_fault
    listed = [each.rule for each in find_faults("acme", registry=registry(), not_secret=[name], import_budget=1000)]
    assert listed == ["needless"] * (not is_fault)


def test_an_exception_that_is_none_is_a_fault(site: Site) -> None:
    """Lists of exceptions stay short."""
    assert faults(site, GOOD, other_names=["T_PORT"]) == [
        "T_PORT: it need not be listed in other_names; take it out there [needless]"
    ]


def test_a_name_of_another_plugin_is_a_fault(site: Site) -> None:
    """Equal declarations as well: the next version of the other may have another."""
    site.add_plugin("abel", GOOD)
    assert faults(site, GOOD) == [
        "T_PORT: it belongs to plugin 'abel', abel-vllm 1.2; give it a name of your own [owner]"
    ]


def test_a_name_of_a_bundled_plugin_that_cannot_load_is_a_fault(site: Site) -> None:
    """It is known from its source."""
    site.add("test-abel", version="1", plugins={"abel": "abel"}, modules={"abel": GOOD + "raise OSError\n"})
    site.add_plugin("acme", GOOD)
    made = Registry("test", group=GROUP, prefix="T_", bundled="test-", environ={})
    (fault,) = find_faults("acme", registry=made, import_budget=1000)
    assert (fault.rule, fault.found) == ("owner", "it belongs to plugin 'abel', test-abel 1")


def test_the_name_of_the_filter_variable_is_the_registrys(site: Site) -> None:
    """No plugin declares it."""
    source = declaring('Variable("T_PLUGINS", Text(), default=None, help="Selects plugins; unset, all.")')
    assert faults(site, source) == ["T_PLUGINS: it belongs to the registry; give it a name of your own [owner]"]


def test_a_plugins_name_that_another_has_is_a_fault(site: Site) -> None:
    """Of two that are installed, one does not load."""
    site.add("abel", plugins={"acme": "abel"}, modules={"abel": GOOD.replace("PORT", "OTHER")})
    site.add_plugin("acme", GOOD)
    (fault,) = find_faults("acme_vllm", registry=registry(), import_budget=1000)
    assert str(fault).startswith("another has its name: abel 1.2 has a plugin of that name")


def test_a_variable_that_would_show_a_secret_is_a_fault(site: Site) -> None:
    """A registry would refuse it."""
    source = declaring(
        'Variable("T_KEY", Text(), default=None, help="Opens the door; unset, it is shut.", secret=True), '
        'Variable("T_DOOR", Text(), default=None, help="Opens it, too; unset, no.", reads=("T_DOOR", "T_KEY"))'
    )
    assert faults(site, source) == [
        "T_DOOR: it depends on T_KEY, which is a secret; declare it with secret=True [secret]"
    ]


def test_a_source_that_computes_names_is_a_fault(site: Site) -> None:
    """While the plugin is left out, nobody knows them."""
    source = declaring('*(Variable(f"T_{name}", Integer(), default=80, help="The port; unset, 80.") for name in ["A"])')
    (fault,) = faults(site, source)
    assert fault.startswith("T_A: the source does not tell of it; write Variable(...) with its name as a literal")


def test_a_source_that_may_declare_more_than_it_tells_is_a_fault(site: Site) -> None:
    """What it does declare is not in doubt."""
    more = 'def more(name):\n    Variable(name, Text(), default=None, help="")\n'
    (fault,) = faults(site, GOOD + more)
    assert fault.startswith("the source of acme_vllm does not tell all that it may declare")


def test_a_plugin_without_variables_conforms(site: Site) -> None:
    """It may have checks alone."""
    assert faults(site, HEAD + "VARIABLES = []\n") == []


HOOKS: Final = {
    "def envatlas_checks():\n    return []\n": (
        "envatlas_checks: it is not marked, so that nothing calls it; put @hookimpl above it [hook]"
    ),
    "@hookimpl\ndef envatlas_checks():\n    return 5\n": (
        "envatlas_checks: its hook envatlas_checks returned an int, and not an iterable; "
        "return what the hook's specification names [hook]"
    ),
    "@hookimpl\ndef envatlas_checks():\n    return [5]\n": ("envatlas_checks: int is no check; correct it [check]"),
    "def look(a):\n    return []\n\n@hookimpl\ndef envatlas_checks():\n    return [look]\n": (
        "envatlas_checks: look raised TypeError: look() takes 1 positional argument but 3 were given; "
        "correct it [check]"
    ),
    "def look(a, b, c):\n    return ['no']\n\n@hookimpl\ndef envatlas_checks():\n    return [look]\n": (
        "envatlas_checks: look yields str; correct it [check]"
    ),
    "@hookimpl\ndef envatlas_choices():\n    raise OSError('no')\n": (
        "calling its hook envatlas_choices raised OSError: no; return what the hook's specification names [hook]"
    ),
    "@hookimpl\ndef envatlas_choices():\n    return [AddedChoices('T_PROT', 'a')]\n": (
        "it adds choices to T_PROT, which nobody declares; did you mean T_PORT?; "
        "return what the hook's specification names [hook]"
    ),
    "@hookimpl\ndef envatlas_removed():\n    yield 5\n": (
        "its hook envatlas_removed yielded an int, and not Removed; return what the hook's specification names [hook]"
    ),
    "@hookimpl\ndef envatlas_commands():\n    import click\n    return [click.Command('list')]\n": (
        "envatlas_commands: envatlas has a command list of its own; "
        "offer a click.Command under a name of its own [command]"
    ),
}


@pytest.mark.parametrize(("hook", "fault"), HOOKS.items())
def test_a_hook_that_is_none_is_a_fault(site: Site, hook: str, fault: str) -> None:
    """It is marked, returns what it is to return, and its checks and commands are ones."""
    assert faults(site, GOOD + "\n" + hook) == [fault]


def test_a_hook_of_another_plugin_is_no_fault(site: Site) -> None:
    """Only what the plugin itself does is said."""
    site.add_plugin("abel", GOOD.replace("PORT", "OTHER") + "@hookimpl\ndef envatlas_removed():\n    yield 5\n")
    assert faults(site, GOOD) == []


def test_hooks_that_are_right_conform(site: Site) -> None:
    """A check that finds something in nothing is one, and a command under a name of its own."""
    source = """
def look(registry, environ, host):
    yield Finding("acme-none", Severity.NOTE, "", "nothing is set", "It may be wanted", "export T_PORT=80")

@hookimpl
def envatlas_checks():
    return [look]

@hookimpl
def envatlas_commands():
    import click
    return [click.Command("acme")]
"""
    assert faults(site, GOOD + source) == []


def test_a_fault_about_the_plugin_names_no_variable() -> None:
    """There is nothing in front of what was found."""
    assert str(Fault("load", "", "it fails", "mend it")) == "it fails; mend it [load]"


def test_the_kit_has_nothing_else() -> None:
    """A name that is not there is an AttributeError, as with any module."""
    import envatlas.testing

    assert envatlas.testing.__all__ == sorted(envatlas.testing.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'assert_confirms'"):
        _ = envatlas.testing.assert_confirms  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType]  it is misspelt
