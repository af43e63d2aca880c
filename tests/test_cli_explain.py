"""``envatlas explain``: what it says of a variable, and of a name that is nobody's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from envatlas.cli import run
from envatlas.vllm import registry
from tests.test_cli import objects, printed, registry_of

if TYPE_CHECKING:
    from tests.conftest import Site


def told(text: str) -> dict[str, str]:
    """Return what stands behind each word of one explanation."""
    lines = [line.strip().split("  ", 1) for line in text.splitlines() if line.startswith("  ")]
    return {parts[0]: parts[1].strip() for parts in lines if len(parts) == 2}


def explained(capsys: pytest.CaptureFixture[str], *names: str) -> dict[str, str]:
    """Return what ``envatlas explain`` tells of one variable."""
    return told(printed(capsys, "explain", *names))


def test_explain_says_what_a_variable_is_and_means(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first line has the value, the second the help, and the rest has a word before each fact."""
    monkeypatch.setenv("VLLM_PORT", " 5000")
    shown = printed(capsys, "explain", "VLLM_PORT")
    assert shown.splitlines()[0] == "VLLM_PORT = 5000"
    assert shown.splitlines()[1] == f"  {registry['VLLM_PORT'].help}"
    facts = told(shown)
    assert (facts["text"], facts["kind"], facts["default"]) == ("' 5000'", "integer: a whole number", "None")
    assert facts["expects"] == "from 0 to 65535"
    assert facts["scope"].startswith("node: ")
    assert facts["flags"] == "internal"
    assert facts["plugin"] == "engine, envatlas-vllm-engine 0.1.0"
    file, _, line = facts["declared"].rpartition(":")
    with open(file, encoding="utf-8") as source:
        assert "Variable(" in source.readlines()[int(line) - 1]


def test_explain_says_how_a_default_is_computed_and_from_what(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The default has its value and its words, and what it looks at is set or unset."""
    monkeypatch.setenv("XDG_CACHE_HOME", "/cache")
    facts = explained(capsys, "VLLM_CACHE_ROOT")
    assert facts["text"] == "unset"
    assert facts["default"] == "'/cache/vllm': ~/.cache/vllm, or $XDG_CACHE_HOME/vllm"
    assert facts["depends on"] == "HOME (set), XDG_CACHE_HOME (set)"


def test_explain_says_of_a_default_that_cannot_be_computed_that_it_cannot(
    capsys: pytest.CaptureFixture[str], site: Site
) -> None:
    """The words are there, and the error."""
    declaration = "Variable('A_PATH', Text(), default=Computed(lambda environ: environ['B'], '$B'), help='A path.')"
    site.add_plugin("acme", "from envatlas import Computed\n" + site.declaring(declaration))
    shown = printed(capsys, registry_of(site), "explain", "A_PATH")
    assert shown.startswith("A_PATH cannot be read\n")
    assert told(shown)["default"] == "$B, which cannot be computed here"
    assert told(shown)["error"].startswith("A_PATH is unset, and its default ($B) could not be computed")


def test_explain_names_what_depends_on_a_variable(capsys: pytest.CaptureFixture[str]) -> None:
    """One side says what it needs, the other what needs it."""
    assert "VLLM_USE_RAY_COMPILED_DAG_NCCL_CHANNEL" in explained(capsys, "VLLM_USE_RAY_COMPILED_DAG")["needed by"]
    only_with = explained(capsys, "VLLM_USE_RAY_COMPILED_DAG_NCCL_CHANNEL")["only with"]
    assert only_with == "VLLM_USE_RAY_COMPILED_DAG, without which it has no effect"


def test_explain_names_the_name_that_a_text_was_read_from(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of several names, all are listed, and the one that counts stands beside the text."""
    monkeypatch.setenv("DO_NOT_TRACK", "1")
    facts = explained(capsys, "VLLM_DO_NOT_TRACK")
    assert facts["text"] == "'1', as DO_NOT_TRACK"
    assert facts["read from"] == "VLLM_DO_NOT_TRACK, DO_NOT_TRACK"


def test_explain_shows_of_a_secret_only_that_it_is_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the text nor the JSON has it."""
    monkeypatch.setenv("VLLM_API_KEY", "sk-marker")
    shown = printed(capsys, "explain", "VLLM_API_KEY")
    assert shown.startswith("VLLM_API_KEY = <secret>\n")
    assert told(shown)["text"] == "<secret>"
    assert "sk-marker" not in shown + printed(capsys, "explain", "VLLM_API_KEY", "--json")


def test_explain_shows_why_a_text_cannot_be_read(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """That it cannot be read is an answer, and no failure of the command."""
    monkeypatch.setenv("VLLM_PORT", "five")
    shown = printed(capsys, "explain", "VLLM_PORT")
    assert shown.startswith("VLLM_PORT cannot be read\n")
    assert told(shown)["error"].startswith("VLLM_PORT='five': expected a whole number (declared by plugin 'engine'")


def test_explain_says_all_that_a_declaration_says(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """Unit, flags, deprecation and an empty text that is none are there, where they are declared."""
    declaration = (
        "Variable('A_WAIT', Flag(), default=None, help='Waits.', unit='s', affects_compilation=True, "
        "deprecated=Deprecated('2.0', 'Nobody waits.', 'A_PATIENCE'))"
    )
    site.add_plugin("acme", "from envatlas import Deprecated, Flag\n" + site.declaring(declaration))
    facts = told(printed(capsys, registry_of(site), "explain", "A_WAIT"))
    assert facts["unit"] == "s"
    assert facts["flags"] == "affects compilation"
    assert facts["deprecated"] == "since 2.0: Nobody waits. Use A_PATIENCE."
    assert facts["kind"].endswith("; empty means unset")


def test_a_deprecation_without_a_replacement_names_none(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """There is nothing to use instead."""
    declaration = "Variable('A_WAIT', Text(), default=None, help='Waits.', deprecated=Deprecated('2.0', 'No.'))"
    site.add_plugin("acme", "from envatlas import Deprecated\n" + site.declaring(declaration))
    assert told(printed(capsys, registry_of(site), "explain", "A_WAIT"))["deprecated"] == "since 2.0: No."


def test_a_pattern_explains_all_that_it_matches_once(capsys: pytest.CaptureFixture[str]) -> None:
    """A variable that two arguments name is explained once; case is ignored in a pattern."""
    shown = printed(capsys, "explain", "vllm_dp_*", "VLLM_DP_SIZE")
    titles = [line.split(" = ")[0] for line in shown.splitlines() if line and not line.startswith(" ")]
    assert titles == ["VLLM_DP_MASTER_IP", "VLLM_DP_MASTER_PORT", "VLLM_DP_RANK", "VLLM_DP_SIZE"]


def test_the_registrys_own_variable_is_explained_and_declared_in_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    """It belongs to no plugin."""
    facts = explained(capsys, "VLLM_PLUGINS")
    assert facts["plugin"].startswith("(registry), envatlas ")
    assert "declared" not in facts


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("VLLM_PROT", "Error: no variable 'VLLM_PROT' in the registry 'vllm'; did you mean VLLM_PORT?\n"),
        ("*_NOTHING", "Error: no variable in the registry 'vllm' matches '*_NOTHING'\n"),
    ],
)
def test_a_name_that_is_nobodys_is_an_error_and_hides_no_other(
    capsys: pytest.CaptureFixture[str], name: str, said: str
) -> None:
    """What can be explained is, the rest is an error with the nearest names, and the status is 2."""
    assert run(["explain", name, "VLLM_PORT"]) == 2
    captured = capsys.readouterr()
    assert captured.out.startswith("VLLM_PORT = None\n")
    assert captured.err == said


def test_a_name_that_is_set_and_nobodys_is_said_to_be_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operator learns that it does nothing."""
    monkeypatch.setenv("VLLM_PROT", "1")
    assert run(["explain", "VLLM_PROT"]) == 2
    assert capsys.readouterr().err.endswith(" It is set, and nothing of this registry reads it.\n")


@pytest.mark.parametrize(("environ", "text"), [("{'A_PORT': '1'}", "set, and read by nothing"), ("{}", "unset")])
def test_an_inactive_variable_is_explained_as_far_as_its_source_tells(
    capsys: pytest.CaptureFixture[str], site: Site, environ: str, text: str
) -> None:
    """Who owns it, why it is not there, and where it is declared."""
    site.add_plugin("acme", site.declaring("A_PORT") + "\nraise RuntimeError('broken')\n")
    shown = printed(capsys, registry_of(site, environ), "explain", "A_PORT")
    assert shown.splitlines()[:2] == ["A_PORT is not active", "  The number."]
    facts = told(shown)
    assert facts["text"] == text
    assert facts["plugin"] == "acme, acme-vllm 1.2"
    assert facts["why"] == "importing acme_vllm raised RuntimeError: broken"
    assert facts["declared"].endswith("acme_vllm.py:5")


def test_an_inactive_variable_without_a_help_text_or_a_line_has_none(
    capsys: pytest.CaptureFixture[str], site: Site
) -> None:
    """What the source does not tell is left out."""
    site.add_plugin("acme", "from envatlas import Variable\nVariable('A_PORT', help=str())\nraise RuntimeError\n")
    assert printed(capsys, registry_of(site), "explain", "A_PORT").splitlines()[1].startswith("  text ")


def test_the_json_has_all_that_is_known(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """Both for a variable that is active, with file and line, and for one that is not."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    site.add_plugin("other", site.declaring("A_HOST") + "\nraise RuntimeError\n")
    shown = objects(printed(capsys, registry_of(site, "{'A_PORT': '5'}"), "explain", "A_*", "--json"))
    port, host = shown["A_PORT"], shown["A_HOST"]
    assert (port["value"], port["declared"]["line"], port["expected"], port["reads"]) == (
        5,
        5,
        "a whole number",
        ["A_PORT"],
    )
    assert (host["active"], host["plugin"]) == (False, "other")
    assert host["error"] == "importing other_vllm raised RuntimeError"


def test_the_json_of_a_declaration_is_the_declaration(capsys: pytest.CaptureFixture[str]) -> None:
    """Relations and expectations are members of their own."""
    found: list[dict[str, Any]] = json.loads(printed(capsys, "explain", "VLLM_FLASH_ATTN_VERSION", "--json"))
    assert found[0]["expects"] == "one of 2, 3"
    assert found[0]["affects_compilation"] is True
    assert found[0]["deprecated"] is None
