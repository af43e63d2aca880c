"""``envatlas fingerprint``: the line, its parts, and what changed since another time."""

from __future__ import annotations

import json
import pathlib
from typing import TYPE_CHECKING

import pytest

from envatlas.cli import run
from envatlas.fingerprints import Fingerprint
from envatlas.vllm import registry
from tests.test_cli import is_printable, printed, registry_of, row

if TYPE_CHECKING:
    from tests.conftest import Site


def kept(capsys: pytest.CaptureFixture[str], folder: pathlib.Path) -> str:
    """Write the fingerprint as it is now to a file, and return its path."""
    file = folder / "kept.json"
    file.write_text(printed(capsys, "fingerprint", "--json"))
    return str(file)


def test_fingerprint_prints_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """The sha256, for a script to take."""
    assert printed(capsys, "fingerprint") == f"{registry.fingerprint()}\n"


def test_explain_shows_the_parts_and_what_does_not_count(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """A value, its plugin; and the variables that are left out, with the reason."""
    flags = "default=None, help='Changes the graph.', affects_compilation=True"
    key = f"Variable('A_KEY', Text(), {flags}, secret=True)"
    site.add_plugin("acme", site.declaring(f"Variable('A_LIMIT', Integer(), {flags})", key))
    option = registry_of(site, "{'A_LIMIT': '5', 'A_KEY': 'sk-marker'}")
    shown = printed(capsys, option, "fingerprint", "--explain")
    assert row(shown, "A_LIMIT") == ["A_LIMIT", "5", "acme"]
    assert "A_KEY does not count: it is a secret\n" in shown
    assert "sk-marker" not in shown
    assert is_printable(shown)


def test_against_shows_what_changed_and_ends_with_status_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    """The variable, as it was and as it is."""
    file = kept(capsys, tmp_path)
    monkeypatch.setenv("VLLM_DP_SIZE", "4")
    assert run(["fingerprint", "--against", file]) == 1
    assert row(capsys.readouterr().out, "VLLM_DP_SIZE") == ["VLLM_DP_SIZE", "1", "4"]


def test_against_says_that_nothing_changed(capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path) -> None:
    """With status 0."""
    assert printed(capsys, "fingerprint", "--against", kept(capsys, tmp_path)).endswith("\n\nNothing changed.\n")


def test_the_json_of_a_comparison_has_the_changes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    """And lacks the side that has no such variable."""
    file = kept(capsys, tmp_path)
    monkeypatch.setenv("VLLM_DP_SIZE", "4")
    assert run(["fingerprint", "--against", file, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["changes"] == [{"name": "VLLM_DP_SIZE", "before": 1, "now": 4}]
    assert found["against"] == json.loads(pathlib.Path(file).read_text())["fingerprint"]


def test_a_variable_that_is_new_has_no_side_before(
    capsys: pytest.CaptureFixture[str], site: Site, tmp_path: pathlib.Path
) -> None:
    """It is shown as a dash, and its member is left out."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    before = tmp_path / "before.json"
    before.write_text(printed(capsys, registry_of(site), "fingerprint", "--json"))
    new = "Variable('A_NEW', Integer(), default=1, help='Changes the graph.', affects_compilation=True)"
    site.add_plugin("bolt", site.declaring(new))
    option = registry_of(site)
    # Its module is cached, and with it the registry that has loaded.
    site.write({"later_app": (site.folder / "shown_app.py").read_text()})
    option = option.replace("shown_app", "later_app")
    assert run([option, "fingerprint", "--against", str(before)]) == 1
    assert row(capsys.readouterr().out, "A_NEW") == ["A_NEW", "-", "1"]
    assert run([option, "fingerprint", "--against", str(before), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["changes"] == [{"name": "A_NEW", "now": 1}]


def test_a_name_in_a_file_moves_no_cursor(capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path) -> None:
    """Whoever wrote the file may have written anything."""
    file = tmp_path / "old.json"
    file.write_text(json.dumps(dict(Fingerprint({"A\x1b[2J": "\x1b[2J"}).as_object())))
    assert run(["fingerprint", "--against", str(file)]) == 1
    shown = capsys.readouterr().out
    assert "A\\x1b[2J" in shown
    assert is_printable(shown)


def test_everything_that_is_in_the_way_is_listed_with_status_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each bad value has its line, and there is no output that a script could take for a fingerprint."""
    monkeypatch.setenv("VLLM_DP_SIZE", "two")
    monkeypatch.setenv("VLLM_USE_V1", "maybe")
    assert run(["fingerprint"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Error: VLLM_DP_SIZE='two': expected a whole number" in shown.err
    assert "Error: VLLM_USE_V1='maybe'" in shown.err


def test_an_empty_name_of_a_file_is_refused_as_none(capsys: pytest.CaptureFixture[str]) -> None:
    """As a shell makes it of a variable that is not set; it is no folder."""
    assert run(["fingerprint", "--against", ""]) == 2
    assert "Error: cannot read '': it is no path; name a file that" in capsys.readouterr().err


@pytest.mark.parametrize(("content", "why"), [(None, "No such file or directory"), (b"\xff", "it is not UTF-8")])
def test_a_file_that_cannot_be_read_is_one_line_and_status_2(
    capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path, content: bytes | None, why: str
) -> None:
    """It is named, with what to do."""
    file = tmp_path / "old.json"
    if content is not None:
        file.write_bytes(content)
    assert run(["fingerprint", "--against", str(file)]) == 2
    assert f"Error: cannot read {file}: {why}; name a file that" in capsys.readouterr().err
