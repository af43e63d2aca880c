"""``--json``: what it prints, and that it prints nothing else."""

from __future__ import annotations

import json
import pathlib
from typing import TYPE_CHECKING

import pytest

from envatlas.cli import run
from tests.test_cli import objects, printed, registry_of

if TYPE_CHECKING:
    from tests.conftest import Site


def test_json_says_what_the_documentation_says_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    """The members of the objects are those of the tables in docs/operators.md."""
    text = pathlib.Path(__file__).parent.parent.joinpath("docs/operators.md").read_text(encoding="utf-8")
    tables = text.partition("## JSON")[2].split("| member | value |")[1:]
    documented = [
        {
            name.strip("` ")
            for line in each.splitlines()
            if line.startswith("| `")
            for name in line.split("|")[1].split(",")
        }
        for each in tables
    ]
    variables, plugins = (json.loads(printed(capsys, command, "--json")) for command in ("list", "plugins"))
    assert documented == [set(variables[0]), set(plugins[0])]


def test_json_has_a_form_for_every_value(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """What JSON cannot say is the text that stands for it."""
    number = "Variable('A_LIMIT', Number(), default=float('inf'), help='The limit.')"
    size = "Variable('A_RANGE', Range(), default=range(2), help='The range.')"
    kind = """
from envatlas import Number, Computed
class Range:
    name = expected = "range"
    empty_is_unset = False
    def parse(self, text): return range(int(text))
    def render(self, value): return str(len(value))
    def schema(self): return {}
"""
    site.add_plugin("acme", kind + site.declaring(number, size))
    shown = objects(printed(capsys, registry_of(site, "{'A_RANGE': '3'}"), "list", "--json"))
    assert (shown["A_LIMIT"]["value"], shown["A_RANGE"]["value"], shown["A_RANGE"]["default"]) == (
        "inf",
        "3",
        "2",
    )


def test_a_computed_default_is_in_the_json_as_a_value_and_in_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The default is what the variable would be if it were unset."""
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/cache")
    monkeypatch.setenv("VLLM_CACHE_ROOT", "/elsewhere")
    root = objects(printed(capsys, "list", "--json"))["VLLM_CACHE_ROOT"]
    assert (root["value"], root["default"]) == ("/elsewhere", "/var/cache/vllm")
    assert root["default_text"] == "~/.cache/vllm, or $XDG_CACHE_HOME/vllm"


def test_an_inactive_variable_says_who_declares_it(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """Its distribution and version are those of its plugin; what its source does not tell is null."""
    site.add_plugin("acme", site.declaring("A_PORT"), version="1.3")
    shown = printed(capsys, registry_of(site, "{'TEST_PLUGINS': ''}"), "list", "--all", "--json")
    port = objects(shown)["A_PORT"]
    assert (port["plugin"], port["distribution"], port["version"]) == ("acme", "acme-vllm", "1.3")
    assert (port["origin"], port["active"], port["help"], port["kind"]) == ("inactive", False, "The number.", None)
    assert set(port) == set(objects(shown)["TEST_PLUGINS"])


@pytest.mark.parametrize("command", ["list", "plugins"])
def test_problems_go_to_standard_error(capsys: pytest.CaptureFixture[str], site: Site, command: str) -> None:
    """A program that reads the array does not meet them, and a person does."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    assert run([registry_of(site, "{'TEST_PLUGINS': 'acme,acne'}"), command, "--json"]) == 0
    captured = capsys.readouterr()
    assert isinstance(json.loads(captured.out), list)
    assert captured.err == ("! TEST_PLUGINS names 'acne', and no installed plugin is called that; did you mean acme?\n")


def test_a_problem_that_an_object_has_is_not_said_again(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """The reason of a failed plugin is in its object; the variables' objects have none for it."""
    site.add_plugin("broken", "import no_such_module_at_all")
    option = registry_of(site)
    assert run([option, "plugins", "--json"]) == 0
    captured = capsys.readouterr()
    assert "ModuleNotFoundError" in objects(captured.out)["broken"]["reason"]
    assert captured.err == ""
    assert run([option, "list", "--json"]) == 0
    assert "! plugin 'broken', broken-vllm 1.2, is not active: importing" in capsys.readouterr().err
