"""Checks of the selection, and of what is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import pytest

from envatlas import Severity
from envatlas.checks.selections import problems
from envatlas.loading import Catalogue
from envatlas.problems import ProblemError
from tests.test_checks import UNKNOWN, findings, in_file, only

if TYPE_CHECKING:
    from tests.conftest import Site

SHARED: Final = "application.plugins"


def test_a_selection_of_the_applications_own_plugins_alone_is_an_error(site: Site) -> None:
    """Every variable here is gone, and the remedy adds all plugins that are installed."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    site.add_plugin("other", site.declaring("B_PORT"))
    site.add("own", plugins={"platform": "own_platform"}, group=SHARED)
    registry = site.registry(shared_groups=[SHARED])
    found = only({"TEST_PLUGINS": "platform"}, registry=registry)
    assert (found.code, found.severity, found.variable) == ("nothing-selected", Severity.ERROR, "TEST_PLUGINS")
    assert found.found == "TEST_PLUGINS names only the application's own plugins: platform"
    assert found.remedy == "export TEST_PLUGINS=platform,acme,other"


def test_a_selection_of_one_of_ours_beside_theirs_has_no_finding(site: Site) -> None:
    """Some variables are there, and which is the operator's choice."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    site.add("own", plugins={"platform": "own_platform"}, group=SHARED)
    registry = site.registry(shared_groups=[SHARED])
    assert findings({"TEST_PLUGINS": "platform,acme"}, registry=registry) == []


@pytest.mark.parametrize(
    ("text", "hint", "remedy"),
    [
        ("my_platform", "", "my_platform,build,cpu,"),
        ("cdua,my_platform", "; did you mean cuda?", "cuda,my_platform"),
    ],
)
def test_a_selection_of_what_is_not_installed_is_one_error(text: str, hint: str, remedy: str) -> None:
    """Nothing is left; the name may be misspelt, or of what is not installed here."""
    found = only({"VLLM_PLUGINS": text, "VLLM_PORT": "5000"})
    assert (found.code, found.severity) == ("nothing-selected", Severity.ERROR)
    assert found.found == f"VLLM_PLUGINS names no plugin that is installed{hint}"
    assert found.remedy.startswith(f"export VLLM_PLUGINS={remedy}")


@pytest.mark.parametrize("text", ["", " ", ","])
def test_an_empty_selection_is_a_warning(text: str) -> None:
    """It may be meant, so it is no error; every variable is gone all the same, which is said once."""
    found = only({"VLLM_PLUGINS": text, "VLLM_PORT": "5000", "VLLM_API_KEY": "sk"})
    assert (found.code, found.severity, found.remedy) == ("nothing-selected", Severity.WARNING, "unset VLLM_PLUGINS")


@pytest.mark.parametrize(("text", "remedy"), [("cdua,ray", "cuda,ray"), ("ray,nothing_like_it", "ray")])
def test_a_selected_name_that_nothing_has_is_a_warning(text: str, remedy: str) -> None:
    """The remedy is the same selection with the nearest name, or without it."""
    found = only({"VLLM_PLUGINS": text})
    assert (found.code, found.severity, found.variable) == ("unmatched-plugin", Severity.WARNING, "VLLM_PLUGINS")
    assert "and no installed plugin is called that" in found.found
    assert found.remedy == f"export VLLM_PLUGINS={remedy}"


def test_a_selection_in_a_file_is_to_be_changed_there() -> None:
    """The finding has the line."""
    found = only(in_file({"VLLM_PORT": "5", "VLLM_PLUGINS": "engine,cdua"}))
    assert (found.remedy, str(found.place)) == ("write VLLM_PLUGINS=engine,cuda", "prod.env:2")


def test_space_in_a_selection_is_ignored() -> None:
    """It is around the names, and means nothing."""
    assert findings({"VLLM_PLUGINS": " cuda , ray "}) == []


def test_that_no_plugin_is_installed_is_a_warning(site: Site) -> None:
    """There is nothing to check, which must not look as if all were well."""
    found = only({}, registry=site.registry())
    assert (found.code, found.severity) == ("no-plugin", Severity.WARNING)
    assert "in the group envatlas.test" in found.found
    assert found.remedy == "pip install the plugins"
    assert only({}, registry=site.registry(bundled="test-")).remedy == "pip install test-NAME"


def test_a_registry_without_a_filter_has_no_selection(site: Site) -> None:
    """All of its plugins count."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    assert findings({"TEST_PLUGINS": ""}, registry=site.registry(filter_variable=None)) == []


def test_a_plugin_that_failed_is_an_error(site: Site) -> None:
    """None of its variables count."""
    site.add_plugin("acme", "import no_such_module")
    found = only({}, registry=site.registry())
    assert (found.code, found.severity, found.variable) == ("plugin-failed", Severity.ERROR, "")
    assert "plugin 'acme', acme-vllm 1.2, is not active: importing acme_vllm raised" in found.found
    assert found.remedy == "pip install --upgrade acme-vllm"


def test_a_plugin_for_another_envatlas_is_an_error(site: Site) -> None:
    """The two have to go together."""
    site.add_plugin("acme", "ENVATLAS_API = 2")
    found = only({}, registry=site.registry())
    assert (found.code, found.severity) == ("incompatible-plugin", Severity.ERROR)
    assert found.remedy == "pip install --upgrade envatlas acme-vllm"


def test_a_plugin_of_anothers_name_is_a_warning(site: Site) -> None:
    """One of the two has to go."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    site.add("zz-copy", plugins={"acme": "zz_copy"}, modules={"zz_copy": ""})
    found = only({}, registry=site.registry())
    assert (found.code, found.severity, found.remedy) == ("duplicate-plugin", Severity.WARNING, "pip uninstall zz-copy")


def test_a_variable_that_two_plugins_declare_is_a_warning(site: Site) -> None:
    """The finding is about the variable."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    site.add_plugin("other", site.declaring(site.declare("A_PORT", default=5)))
    found = only({}, registry=site.registry())
    assert (found.code, found.severity, found.variable) == ("variable-conflict", Severity.WARNING, "A_PORT")
    assert found.remedy == "pip uninstall other-vllm"


def test_a_variable_that_would_show_a_secret_is_a_warning(site: Site) -> None:
    """It does not count."""
    site.add_plugin(
        "acme",
        site.declaring(
            'Variable("A_KEY", Text(), default=None, help="K.", secret=True)',
            'Variable("A_TELL", Text(), default=None, help="T.", reads=("A_TELL", "A_KEY"))',
        ),
    )
    found = only({}, registry=site.registry())
    assert (found.code, found.severity, found.variable) == ("secret-refused", Severity.WARNING, "A_TELL")


def test_damaged_metadata_are_a_warning(site: Site) -> None:
    """The distribution has to be installed again."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    info = site.add("odd-vllm", plugins={"odd": "odd_vllm"})
    (info / "METADATA").unlink()
    found = only({}, registry=site.registry())
    assert (found.code, found.severity) == ("damaged-metadata", Severity.WARNING)
    assert found.remedy == "pip install --force-reinstall odd_vllm"


def test_a_problem_of_another_kind_is_said_as_it_is(site: Site) -> None:
    """There may be more kinds of problems one day."""
    registry = attrs.evolve(site.registry())
    object.__setattr__(registry, "_catalogue", Catalogue({}, {}, (), (ProblemError("something else"),)))
    (found,) = problems(registry, {}, UNKNOWN)
    assert (found.code, found.severity, found.found) == ("check-failed", Severity.WARNING, "something else")
