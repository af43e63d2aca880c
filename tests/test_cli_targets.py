"""``--env-file`` and ``--manifest``: commands that look at files instead of at this process's environment."""

from __future__ import annotations

import io
import json
import pathlib
import sys
from typing import Any, Final

import pytest

from envatlas.cli import run
from tests.test_cli import objects, printed

POD: Final = """\
apiVersion: v1
kind: Pod
metadata: {name: vllm}
spec:
  enableServiceLinks: false
  containers:
  - name: engine
    env:
    - {name: VLLM_PORT, value: "5000"}
    - name: VLLM_API_KEY
      valueFrom: {secretKeyRef: {name: keys, key: api}}
  - name: router
    env:
    - {name: VLLM_PLUGINS, value: cuda}
"""


def written(tmp_path: pathlib.Path, name: str, text: str) -> str:
    """Write a file, and return its path."""
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    return str(file)


def test_an_env_file_is_the_environment(
    capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it sets counts, with its line, and what this process sets does not."""
    monkeypatch.setenv("VLLM_PORT", "1")
    path = written(tmp_path, "prod.env", "# production\nVLLM_RPC_TIMEOUT=5\n")
    shown = objects(printed(capsys, "list", "--env-file", path, "--json"))
    assert shown["VLLM_PORT"]["set"] is False
    assert (shown["VLLM_PORT"]["place"], shown["VLLM_RPC_TIMEOUT"]["value"]) == (None, 5)
    place = shown["VLLM_RPC_TIMEOUT"]["place"]
    assert place == {"file": path, "line": 2, "document": None, "container": None, "via": "env file"}


def test_of_several_env_files_the_last_that_sets_a_name_counts(
    capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path
) -> None:
    """They are one environment."""
    first = written(tmp_path, "a.env", "VLLM_PORT=1\nVLLM_RPC_TIMEOUT=1\n")
    second = written(tmp_path, "b.env", "VLLM_PORT=2\n")
    shown = objects(printed(capsys, "list", "--set", "--env-file", first, "--env-file", second, "--json"))
    assert {name: each["value"] for name, each in shown.items()} == {"VLLM_PORT": 2, "VLLM_RPC_TIMEOUT": 1}


def test_each_container_of_a_manifest_is_an_environment_with_a_selection_of_its_own(
    capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path
) -> None:
    """Each has its heading, and in one whose selection leaves a plugin out its variables are not active."""
    path = written(tmp_path, "pod.yaml", POD)
    engine, router = printed(capsys, "list", "--manifest", path, "PORT", "API_KEY", "CUDA_HOME").split(f"\n{path}:")
    assert engine.startswith(f"{path}:7, Pod vllm, container engine\n")
    assert "VLLM_API_KEY         (set)" in engine
    assert router.startswith("12, Pod vllm, container router\n")
    assert "VLLM_PORT" not in router
    assert "Active plugins (1): cuda." in router


def test_what_a_file_does_not_tell_is_set_and_not_known(
    capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path
) -> None:
    """Explain says why it is not known, and where it is set."""
    path = written(tmp_path, "pod.yaml", POD.partition("  - name: router")[0])
    shown = printed(capsys, "explain", "VLLM_API_KEY", "VLLM_CACHE_ROOT", "--manifest", path)
    assert "\nVLLM_API_KEY is set\n" in shown
    assert "set, but not known: " in shown
    assert f"set at    {path}:11, Pod vllm, container engine" in shown
    assert "~/.cache/vllm, or $XDG_CACHE_HOME/vllm, which cannot be computed here" in shown
    listed = printed(capsys, "list", "CACHE_ROOT", "--manifest", path)
    assert "VLLM_CACHE_ROOT  (not known)" in listed


def test_check_names_the_container_and_the_line(capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path) -> None:
    """A finding has the place of its variable."""
    path = written(tmp_path, "pod.yaml", POD.replace('"5000"', '"five"'))
    assert run(["check", "--manifest", path, "--severity", "error"]) == 2
    assert f"  at     {path}:9, Pod vllm, container engine\n" in capsys.readouterr().out


def test_files_of_both_sorts_are_all_looked_at(capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path) -> None:
    """The env files are one environment, and each container another."""
    env, pod = written(tmp_path, "a.env", "VLLM_PORT=five\n"), written(tmp_path, "pod.yaml", POD)
    assert run(["check", "--env-file", env, "--manifest", pod, "--json"]) == 2
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    assert {each["place"]["file"] for each in found if each["variable"]} == {env, pod}


def test_what_is_said_of_several_env_files_as_a_whole_is_said_of_the_last(
    capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path
) -> None:
    """A place has one file, that a program can open; people see all of them."""
    first, last = written(tmp_path, "a.env", "VLLM_PORT=5000\n"), written(tmp_path, "b.env", "VLLM_RPC_TIMEOUT=5\n")
    options = ["check", "--env-file", first, "--env-file", last]
    assert run([*options, "--json"]) == 0
    places = {each["variable"]: each["place"] for each in json.loads(capsys.readouterr().out)}
    assert (places["VLLM_NO_USAGE_STATS"]["file"], places["VLLM_NO_USAGE_STATS"]["line"]) == (last, None)
    assert f"  at     {first}, {last}\n" in printed(capsys, *options)


def test_a_manifest_can_come_by_a_pipe(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """As from ``helm template``."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(POD.encode())))
    assert "-:7, Pod vllm, container engine" in printed(capsys, "list", "PORT", "--manifest", "-")


def test_too_much_by_a_pipe_is_refused(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input has the bounds of any file."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"A=1\n" * 400_000)))
    assert run(["check", "--env-file", "-"]) == 2
    assert "cannot read -: it is larger than 1 MiB" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["list"], ["explain", "VLLM_PORT"], ["check"]], ids=lambda each: each[0])
@pytest.mark.parametrize(
    ("option", "content"),
    [
        ("--env-file", None),
        ("--env-file", b"\xff\xfe"),
        ("--env-file", b"A=1\nno assignment here!\n"),
        ("--manifest", b"a: [" * 5000),
        ("--manifest", b"\x00\x01"),
        ("--manifest", b"kind: [}"),
        ("--manifest", b""),
    ],
)
def test_a_file_that_cannot_be_read_ends_in_one_line_and_status_2(
    capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path, command: list[str], option: str, content: bytes | None
) -> None:
    """The line names the file; nothing is shown of the others."""
    file = tmp_path / "file"
    if content is not None:
        file.write_bytes(content)
    assert run([*command, option, str(file)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    assert captured.err.startswith(f"Error: cannot read {file}")


@pytest.mark.parametrize(
    "command", [["list"], ["explain", "VLLM_API_KEY"], ["check"], ["list", "--json"]], ids=" ".join
)
@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "pod.yaml",
            POD.partition("  - name: router")[0].replace(
                "    env:\n", "    envFrom: [{secretRef: {name: elsewhere}}]\n    env:\n"
            )
            + '    - {name: VLLM_LOGGING_PREFIX, value: "pw$(hunter2)x"}\n',
        ),
        ("compose.yaml", 'services: {engine: {environment: {VLLM_API_KEY: "pw${hunter2}x"}}}\n'),
    ],
)
def test_a_reference_that_may_be_a_part_of_a_password_is_not_shown(
    capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path, command: list[str], name: str, text: str
) -> None:
    """What looks like one and refers to nothing is the text itself."""
    run([*command, "--manifest", written(tmp_path, name, text)])
    captured = capsys.readouterr()
    assert "hunter2" not in captured.out + captured.err
