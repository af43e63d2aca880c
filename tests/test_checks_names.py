"""Checks of names: misspelt ones, and those of plugins that are not active."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import pytest

from envatlas import Registry, Severity
from envatlas.checks.names import is_one_letter_off
from envatlas.environs import Environ, Untold
from tests.test_checks import FILE, findings, in_file, only

if TYPE_CHECKING:
    from tests.conftest import Site

OPAQUE: Final = "import os\nVariable(os.environ['A'])\n"
"""The source of a plugin that fails, and does not tell what it declares."""


def registry_of(site: Site, environ: dict[str, str] | None = None) -> Registry:
    """Return a registry of the site's plugins, whose names start with ``A_``."""
    return attrs.evolve(site.registry({} if environ is None else environ), prefix="A_")


@pytest.mark.parametrize(("name", "meant"), [("VLLM_PROT", "VLLM_PORT"), ("vllm_port", "VLLM_PORT")])
def test_a_misspelt_name_is_a_warning(name: str, meant: str) -> None:
    """Whether it is misspelt in its letters or in their case, the remedy is to call it what it is called."""
    found = only({name: "5000"})
    assert (found.code, found.severity, found.variable) == ("unknown-variable", Severity.WARNING, name)
    assert found.found == f"{name} is declared by nobody; did you mean {meant}?"
    assert found.remedy == f'export {meant}="${name}"; unset {name}'


def test_a_misspelt_name_whose_meaning_is_set_as_well_is_to_go() -> None:
    """Its text would replace another."""
    assert only({"VLLM_PROT": "5000", "VLLM_PORT": "6000"}).remedy == "unset VLLM_PROT"


def test_a_misspelt_name_in_a_file_is_to_be_renamed() -> None:
    """Where it stands."""
    found = only(in_file({"VLLM_PROT": "5000"}))
    assert (found.remedy, str(found.place)) == ("rename VLLM_PROT to VLLM_PORT", "prod.env:1")


def test_a_name_that_is_like_no_other_may_have_to_go() -> None:
    """There is nothing that it could mean, but for what the application alone knows."""
    found = only({"VLLM_QQQQQQQQQQQQ": "1"})
    assert found.found == "VLLM_QQQQQQQQQQQQ is declared by nobody"
    assert found.remedy == "unset VLLM_QQQQQQQQQQQQ, unless you know what reads it"


@pytest.mark.parametrize("name", ["VLLM-PORT", "VLLM.PORT", "vllm port", " VLLM_PORT"])
def test_a_name_with_something_else_in_the_place_of_underscores_is_a_warning(name: str) -> None:
    """It is hardly another's."""
    assert only({name: "5000"}).found.endswith(" is declared by nobody; did you mean VLLM_PORT?")


def test_a_name_with_space_around_it_is_quoted() -> None:
    """Nothing else would show it."""
    found = only(in_file({"VLLM_PORT ": "5000"}))
    assert found.headline == "'VLLM_PORT ' is declared by nobody; did you mean VLLM_PORT?"
    assert found.remedy == "rename 'VLLM_PORT ' to VLLM_PORT"


def test_thousands_of_names_that_nobody_declares_are_not_all_compared() -> None:
    """Each is reported; the first of them are enough to say what is meant."""
    found = findings({f"VLLM_PORT_{number}": "1" for number in range(1000)})
    assert len(found) == 1000
    assert sum("did you mean" in each.found for each in found) == 200


def test_the_text_of_an_unknown_name_is_not_shown() -> None:
    """It may be a secret's that is misspelt."""
    assert "marker" not in repr(findings({"VLLM_API_KYE": "sk-marker"}))


@pytest.mark.parametrize("name", ["PATH", "VLLMPORT", "PYTHONPATH", "VLLM_PORT", "DO_NOT_TRACK", "XDG_CACHE_HOME"])
def test_a_name_that_is_known_or_of_others_has_no_finding(name: str) -> None:
    """What is declared, what declared variables are read from, and what does not start as they do."""
    assert findings({name: "0"}, code="unknown-variable") == []


def test_a_name_of_a_registry_without_a_prefix_is_anybodys(site: Site) -> None:
    """Nothing tells which are meant for it."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    assert findings({"A_PROT": "1"}, registry=site.registry()) == []


def test_a_name_that_variables_speak_of_is_known(site: Site) -> None:
    """What one depends on, or is replaced by, may be the application's own."""
    site.add_plugin(
        "acme",
        site.declaring(
            'Variable("A_OLD", Integer(), default=None, help="O.", deprecated=Deprecated("1", "Old.", "A_NEW"))',
            'Variable("A_SUB", Integer(), default=None, help="S.", only_with="A_MAIN")',
        ).replace("import Integer", "import Deprecated, Integer"),
    )
    assert findings({"A_NEW": "1", "A_MAIN": "1"}, registry=registry_of(site)) == []


@pytest.mark.parametrize(
    "name", ["CUDA_VISIBLE_DEVICE", "CUDA_VISIBLE_DEVICESS", "CUDA_VISBLE_DEVICES", "XUDA_VISIBLE_DEVICES"]
)
def test_a_long_name_without_the_prefix_that_differs_in_a_letter_is_a_note(name: str) -> None:
    """It is hardly another's."""
    found = only({name: "0"})
    assert (found.code, found.severity, found.variable) == ("unknown-variable", Severity.NOTE, name)
    assert found.remedy == f'export CUDA_VISIBLE_DEVICES="${name}"; unset {name}'


@pytest.mark.parametrize(
    "environ",
    [
        {"CUDA_VISIBLE_DEVICE": "0", "CUDA_VISIBLE_DEVICES": "0"},
        {"CUDA_DEVICES_VISIBLE": "0"},
        {"VERBOS": "1"},
        {"DYLD_LIBRARY_PATH": "/lib"},
    ],
    ids=str,
)
def test_a_name_without_the_prefix_may_be_anybodys(environ: dict[str, str]) -> None:
    """Where what it resembles is set as well, is short, or differs in more."""
    assert findings(environ) == []


@pytest.mark.parametrize(
    ("name", "other", "is_off"),
    [
        ("ABC", "ABC", False),
        ("ABC", "ABD", True),
        ("ABC", "AB", True),
        ("ABC", "ABCD", True),
        ("ABC", "XABC", True),
        ("ABC", "AXC", True),
        ("ABC", "ACB", False),
        ("ABC", "ABCDE", False),
        ("ABC", "ADCE", False),
    ],
)
def test_names_differ_in_one_letter_or_not(name: str, other: str, is_off: bool) -> None:
    """Another letter, one too many, or one too few; both ways round."""
    assert is_one_letter_off(name, other) is is_one_letter_off(other, name) is is_off


def test_a_variable_of_an_excluded_plugin_is_a_warning() -> None:
    """It names the plugin and why, and the remedy selects all the plugins that are missed, in one go."""
    environ = {"VLLM_PLUGINS": "cuda", "VLLM_PORT": "1", "VLLM_API_KEY": "sk-marker", "VLLM_RPC_TIMEOUT": "5"}
    found = findings(environ)
    assert [each.variable for each in found] == ["VLLM_API_KEY", "VLLM_PORT", "VLLM_RPC_TIMEOUT"]
    assert {(each.code, each.severity) for each in found} == {("inactive-variable", Severity.WARNING)}
    assert "is declared by plugin 'engine', envatlas-vllm-engine" in found[1].found
    assert "which is not active: VLLM_PLUGINS leaves it out" in found[1].found
    assert {each.remedy for each in found} == {"export VLLM_PLUGINS=cuda,engine,serving"}
    assert "marker" not in repr(found)


def test_a_name_that_an_inactive_variable_is_read_from_is_its() -> None:
    """As it would be if the plugin were active."""
    (found,) = findings({"VLLM_PLUGINS": "cuda", "VLLM_CONTIGUOUS_PA": "0"})
    assert (found.code, found.remedy) == ("inactive-variable", "export VLLM_PLUGINS=cuda,hpu")


def test_a_name_without_the_prefix_is_of_no_inactive_plugin() -> None:
    """Other programs read it as well."""
    assert findings({"VLLM_PLUGINS": "cuda", "VERBOSE": "1", "LOCAL_RANK": "0"}) == []


def test_a_misspelt_name_may_mean_an_inactive_variable() -> None:
    """The plugin that declares it is known without being active."""
    (found,) = findings({"VLLM_PLUGINS": "cuda", "VLLM_PROT": "1"})
    assert found.found == "VLLM_PROT is declared by nobody; did you mean VLLM_PORT?"


@pytest.mark.parametrize(
    ("source", "remedy"),
    [
        ("import no_such_module\n", "pip install --upgrade acme-vllm"),
        ("ENVATLAS_API = 2\n", "pip install --upgrade envatlas acme-vllm"),
    ],
)
def test_a_variable_of_a_failed_plugin_is_a_warning(site: Site, source: str, remedy: str) -> None:
    """It says why the plugin failed."""
    site.add_plugin("acme", site.declaring("A_PORT") + source)
    (found,) = findings({"A_PORT": "1"}, registry=registry_of(site), code="inactive-variable")
    assert found.variable == "A_PORT"
    assert "which is not active: " in found.found
    assert found.remedy == remedy


def test_a_variable_of_a_duplicate_plugin_is_a_warning(site: Site) -> None:
    """One of the two has to go."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    site.add("zz-copy", plugins={"acme": "zz_copy"}, modules={"zz_copy": site.declaring("A_OTHER")})
    (found,) = findings({"A_OTHER": "1"}, registry=registry_of(site), code="inactive-variable")
    assert found.remedy == "pip uninstall zz-copy"


def test_a_name_that_an_opaque_plugin_may_own_is_a_note(site: Site) -> None:
    """Its source does not tell, so nobody knows."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    site.add_plugin("odd", OPAQUE)
    environ = {"TEST_PLUGINS": "acme", "A_TOKEN": "sk-marker", "A_PROT": "1"}
    near, far = findings(environ, registry=registry_of(site))
    assert {(each.code, each.severity) for each in (near, far)} == {("may-be-inactive", Severity.NOTE)}
    assert near.found.endswith("and may be by 'odd', whose source does not tell; or did you mean A_PORT?")
    assert far.found == "A_TOKEN is declared by no active plugin, and may be by 'odd', whose source does not tell"
    assert far.remedy == "export TEST_PLUGINS=acme,odd"


def test_a_name_that_a_failed_opaque_plugin_may_own_is_a_note(site: Site) -> None:
    """It has to be repaired first."""
    site.add_plugin("odd", OPAQUE)
    (found,) = findings({"A_TOKEN": "1"}, registry=registry_of(site), code="may-be-inactive")
    assert found.remedy == "pip install --upgrade odd-vllm"


def test_a_selection_that_no_file_tells_selects_all() -> None:
    """What it leaves out is not known; a note says so."""
    environ = Environ(FILE, {"VLLM_PORT": "5000"}, untold={"VLLM_PLUGINS": Untold(FILE, "it is in a Secret")})
    found = only(environ)
    assert (found.code, found.severity, found.variable) == ("unknown-selection", Severity.NOTE, "VLLM_PLUGINS")
