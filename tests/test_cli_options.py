"""``--registry``: which registry the commands show, and what is said of a module that has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from envatlas.cli import run
from tests.test_cli import in_process_of_its_own, is_printable, printed, registry_of

if TYPE_CHECKING:
    from tests.conftest import Site


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("nothing", "'nothing' is not of the form module:attribute"),
        ("no_such_module:registry", "cannot be imported: ModuleNotFoundError"),
        ("envatlas.vllm:nothing", "cannot be imported: AttributeError"),
        ("envatlas.vllm:envs", "is of type Environment, and not a Registry"),
    ],
)
def test_a_registry_that_cannot_be_had_is_refused(capsys: pytest.CaptureFixture[str], option: str, said: str) -> None:
    """The message says what is wrong with the option."""
    assert run(["--registry", option, "list"]) == 2
    assert said in capsys.readouterr().err


def test_a_registry_can_be_chosen_before_and_behind_the_command(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """The option belongs to the group and to each command."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    option = registry_of(site)
    assert printed(capsys, option, "list", "--json") == printed(capsys, "list", option, "--json")
    assert "A_PORT" in printed(capsys, "list", option)


@pytest.mark.parametrize("raised", ["SystemExit(0)", "RuntimeError('sk-marker')", "KeyError('sk-marker')"])
def test_a_module_that_raises_what_may_quote_a_secret_is_refused_without_its_message(
    capsys: pytest.CaptureFixture[str], site: Site, raised: str
) -> None:
    """The kind of error is named, and how to see the rest; one that exits ends nothing but itself."""
    site.write({"shown_app": f"raise {raised}"})
    assert run(["--registry=shown_app:registry", "list"]) == 2
    captured = capsys.readouterr()
    kind = raised.partition("(")[0]
    assert captured.out == ""
    assert f"cannot be imported: it raised {kind}; import it in Python to see why" in captured.err
    assert "sk-marker" not in captured.err


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("from os import no_such_name", "ImportError: cannot import name 'no_such_name' from 'os'"),
        ("import os\nos.no_such_name", "AttributeError: module 'os' has no attribute 'no_such_name'"),
        ("def (", "SyntaxError: "),
    ],
)
def test_a_module_that_is_wrong_in_itself_is_refused_with_its_message(
    capsys: pytest.CaptureFixture[str], site: Site, source: str, said: str
) -> None:
    """Such a message shows names and places."""
    site.write({"shown_app": source})
    assert run(["--registry=shown_app:registry", "list"]) == 2
    assert f"cannot be imported: {said}" in capsys.readouterr().err


def test_a_message_with_control_characters_is_shown_without_them(
    capsys: pytest.CaptureFixture[str], site: Site
) -> None:
    """The module is anybody's, and so is what it raises."""
    site.write({"shown_app": r"raise ImportError('\x1b[31m\u202e')"})
    assert run(["--registry=shown_app:registry", "list"]) == 2
    said = capsys.readouterr().err
    assert r"ImportError: \x1b[31m\u202e" in said
    assert is_printable(said)


def test_an_interrupt_while_a_module_is_imported_is_quiet(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """It is the operator's, and no fault of the module."""
    site.write({"shown_app": "raise KeyboardInterrupt"})
    assert run(["--registry=shown_app:registry", "list"]) == 130
    assert capsys.readouterr().err.strip() == ""


def test_a_module_may_be_in_the_current_folder(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for ``python -m``, no path need be set."""
    option = registry_of(site)
    monkeypatch.chdir(site.folder)
    assert in_process_of_its_own(option, "list").stdout.startswith("NAME")


@pytest.mark.parametrize(("name", "hint"), [("acne", "Did you mean acme?"), ("x", "There are: (registry), acme.")])
def test_a_plugin_that_is_not_installed_is_refused(
    capsys: pytest.CaptureFixture[str], site: Site, name: str, hint: str
) -> None:
    """The message has the nearest names, or all of them."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    assert run([registry_of(site), "list", "--plugin", name]) == 2
    assert f"no plugin is called {name!r}. {hint}" in capsys.readouterr().err
