"""``envatlas diff``: which environments it compares, what it shows of them, and how it ends."""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import pytest

from envatlas.cli import run
from tests.test_cli import is_printable, objects, printed, registry_of, row
from tests.test_languages import package, write_catalogue

if TYPE_CHECKING:
    from tests.conftest import Site

DEPLOYMENT: Final = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: vllm}
spec:
  template:
    spec:
      containers:
      - name: engine
        env:
        - {name: VLLM_PORT, value: "5000"}
        - name: VLLM_API_KEY
          valueFrom: {secretKeyRef: {name: key, key: key}}
"""
SIDECAR: Final = """\
      - name: proxy
        env:
        - {name: VLLM_PORT, value: "8000"}
"""
ODD: Final = """\
apiVersion: v1
kind: Pod
metadata: {name: vllm}
spec:
  containers:
  - name: engine
    envFrom:
    - configMapRef: {name: elsewhere}
    env:
    - {name: VLLM_PLUGINS, value: "cdua"}
    - {name: VLLM_PORT, value: 5000}
"""

POD: Final = """\
apiVersion: v1
kind: Pod
metadata: {name: vllm}
spec:
  containers:
  - name: engine
    envFrom:
    - configMapRef: {name: elsewhere}
    env:
    - {name: VLLM_PLUGINS, value: engine}
    - {name: VLLM_PORT, value: "1"}
"""


@pytest.fixture
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Give the current folder, which is empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def differ(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 1) -> str:
    """Compare two environments, and return what is shown."""
    assert run(["diff", *arguments]) == status
    return capsys.readouterr().out


def differing(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 1) -> Mapping[str, Mapping[str, Any]]:
    """Compare two environments, and return the objects by their names."""
    return objects(differ(capsys, "--json", *arguments, status=status))


def test_it_shows_what_differs_between_a_file_and_this_process(
    capsys: pytest.CaptureFixture[str], folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Values as Python writes them, defaults as such; texts where only those differ."""
    (folder / "prod.env").write_text("VLLM_PORT=5000\nVLLM_RPC_TIMEOUT=1\nVLLM_PROT=1\nCUDA_HOME=/c\n")
    monkeypatch.setenv("VLLM_PORT", " 5000")
    monkeypatch.setenv("CUDA_HOME", "/c")
    monkeypatch.setenv("DO_NOT_TRACK", "1")
    shown = differ(capsys, "prod.env", "live")
    assert [line.split() for line in shown.splitlines()[:5]] == [
        ["NAME", "prod.env", "live", "DIFFERS"],
        ["VLLM_DO_NOT_TRACK", "False", "(default)", "True", "(DO_NOT_TRACK)", "value"],
        ["VLLM_PORT", "'5000'", "'", "5000'", "text"],
        ["VLLM_PROT", "(set)", "(unset)", "unread"],
        ["VLLM_RPC_TIMEOUT", "1", "10000", "(default)", "value"],
    ]
    assert shown.endswith("\n\nDiffer: 2 in value, 1 only in text, 1 in names that nothing reads.\n")


def test_where_nothing_differs_it_says_so(capsys: pytest.CaptureFixture[str], folder: pathlib.Path) -> None:
    """The status is that of diff(1)."""
    (folder / "prod.env").write_text("")
    assert differ(capsys, "live", "prod.env", status=0) == "Nothing differs.\n"
    assert differing(capsys, "live", "live", status=0) == {}


def test_values_only_leaves_out_what_the_application_does_not_see(
    capsys: pytest.CaptureFixture[str], folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the status as well."""
    (folder / "prod.env").write_text("VLLM_PORT=5000\nVLLM_PROT=1\n")
    monkeypatch.setenv("VLLM_PORT", " 5000")
    assert differ(capsys, "live", "prod.env", "--values-only", status=0) == "Nothing differs.\n"
    monkeypatch.setenv("VLLM_PORT", "8000")
    assert set(differing(capsys, "live", "prod.env", "--values-only")) == {"VLLM_PORT"}


def test_a_text_that_cannot_be_read_is_shown_with_what_was_expected(
    capsys: pytest.CaptureFixture[str], folder: pathlib.Path
) -> None:
    """As a listing shows it."""
    (folder / "old.env").write_text("VLLM_PORT=five\n")
    (folder / "new.env").write_text("VLLM_PORT=5000\n")
    assert "'five': expected a whole number  5000" in differ(capsys, "old.env", "new.env")
    assert "expected a whole number" in differing(capsys, "old.env", "new.env")["VLLM_PORT"]["left"]["error"]


def at(file: str, line: int) -> dict[str, object]:
    """Return the place of a line in an env file."""
    return {"file": file, "line": line, "document": None, "container": None, "via": "env file"}


def test_the_json_has_both_sides(capsys: pytest.CaptureFixture[str], folder: pathlib.Path) -> None:
    """With the place where a file sets them."""
    (folder / "old.env").write_text("\nDO_NOT_TRACK=1\nVLLM_PROT=2\n")
    (folder / "new.env").write_text("VLLM_DO_NOT_TRACK=0\n")
    found = differing(capsys, "old.env", "new.env")
    assert found["VLLM_DO_NOT_TRACK"] == {
        "name": "VLLM_DO_NOT_TRACK",
        "differs": "value",
        "secret": False,
        "left": {
            "set": True,
            "origin": "DO_NOT_TRACK",
            "text": "1",
            "value": True,
            "error": None,
            "untold": None,
            "place": at("old.env", 2),
        },
        "right": {
            "set": True,
            "origin": "environment",
            "text": "0",
            "value": False,
            "error": None,
            "untold": None,
            "place": at("new.env", 1),
        },
    }
    nothing = dict.fromkeys(("origin", "text", "value", "error", "untold", "place"))
    assert found["VLLM_PROT"]["left"] == {**nothing, "set": True, "place": at("old.env", 3)}
    assert found["VLLM_PROT"]["right"] == {**nothing, "set": False}


def test_a_secret_is_compared_and_not_shown(
    capsys: pytest.CaptureFixture[str], folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That it differs is all."""
    (folder / "prod.env").write_text("VLLM_API_KEY=sk-marker-one\n")
    monkeypatch.setenv("VLLM_API_KEY", "sk-marker-two")
    shown = differ(capsys, "prod.env", "live")
    assert row(shown, "VLLM_API_KEY") == ["VLLM_API_KEY", "<secret>", "<secret>", "value"]
    key = differing(capsys, "prod.env", "live")["VLLM_API_KEY"]
    assert (key["secret"], key["left"]["text"], key["right"]["value"]) == (True, None, None)
    assert "sk-marker" not in shown + json.dumps(key)


def test_an_unread_name_shows_no_text(capsys: pytest.CaptureFixture[str], folder: pathlib.Path) -> None:
    """It may be a secret's, misspelt."""
    (folder / "old.env").write_text("VLLM_API_KYE=sk-marker\n")
    (folder / "new.env").write_text("VLLM_API_KYE=sk-other\n")
    shown = differ(capsys, "old.env", "new.env")
    assert row(shown, "VLLM_API_KYE") == ["VLLM_API_KYE", "(set)", "(set)", "unread"]
    assert "sk-" not in shown + differ(capsys, "old.env", "new.env", "--json")


def test_a_manifest_is_the_environment_of_its_container(
    capsys: pytest.CaptureFixture[str], folder: pathlib.Path
) -> None:
    """What a Secret elsewhere holds is not told, and differs as far as is known from nothing that is set."""
    (folder / "deploy.yaml").write_text(DEPLOYMENT)
    (folder / "prod.env").write_text("VLLM_PORT=5000\nVLLM_API_KEY=sk-1\n")
    shown = differ(capsys, "deploy.yaml", "prod.env", status=0)
    assert row(shown, "VLLM_API_KEY") == ["VLLM_API_KEY", "(not", "told)", "<secret>", "unknown"]
    assert shown.endswith("\nNothing is known to differ. Cannot be compared: 1.\n")
    assert differing(capsys, "deploy.yaml", "live")["VLLM_API_KEY"]["left"]["untold"]
    (folder / "prod.env").write_text("VLLM_PORT=8000\nVLLM_API_KEY=sk-1\n")
    assert differ(capsys, "deploy.yaml", "prod.env").endswith("\nDiffer: 1 in value. Cannot be compared: 1.\n")


def test_a_container_of_a_manifest_is_named_behind_it(capsys: pytest.CaptureFixture[str], folder: pathlib.Path) -> None:
    """By its name, or with that of its workload."""
    (folder / "deploy.yml").write_text(DEPLOYMENT + SIDECAR)
    shown = differ(capsys, "deploy.yml#engine", "deploy.yml#Deployment vllm, container proxy")
    assert row(shown, "VLLM_PORT") == ["VLLM_PORT", "5000", "8000", "value"]
    for name in ("deploy.yml", "deploy.yml#other"):
        assert run(["diff", name, "live"]) == 2
        assert (
            "name one: 'deploy.yml#Deployment vllm, container engine', 'deploy.yml#Deployment vllm, container proxy'"
            in capsys.readouterr().err
        )


def test_a_container_counts_before_what_is_left_of_a_config_map(
    capsys: pytest.CaptureFixture[str], folder: pathlib.Path
) -> None:
    """What no container takes has to be named, unless it is all that there is."""
    settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {VLLM_PORT: '9000'}\n"
    (folder / "deploy.yml").write_text(f"{DEPLOYMENT}---\n{settings}")
    (folder / "settings.yml").write_text(settings)
    for left, right in (("deploy.yml", "settings.yml"), ("deploy.yml#engine", "deploy.yml#settings")):
        assert row(differ(capsys, left, right), "VLLM_PORT") == ["VLLM_PORT", "5000", "9000", "value"]


def test_a_snapshot_is_the_environment_that_was_exported(
    capsys: pytest.CaptureFixture[str], folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret that it lacks may have been set, which nobody knows."""
    monkeypatch.setenv("VLLM_PORT", "5000")
    monkeypatch.setenv("VLLM_API_KEY", "sk-1")
    monkeypatch.setenv("VLLM_LOGGING_PREFIX", "\udcff")
    printed(capsys, "export", "--format=json", "--output=before.json")
    shown = differ(capsys, "before.json", "live", status=0)
    assert row(shown, "VLLM_API_KEY") == ["VLLM_API_KEY", "(not", "told)", "<secret>", "unknown"]
    monkeypatch.setenv("VLLM_PORT", "8000")
    assert differing(capsys, "live", "before.json")["VLLM_PORT"]["right"]["place"]["file"] == "before.json"


def test_a_snapshot_with_a_secret_has_that_compared(
    capsys: pytest.CaptureFixture[str], folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Like any other."""
    monkeypatch.setenv("VLLM_API_KEY", "sk-1")
    printed(capsys, "export", "--format=json", "--secret=VLLM_API_KEY", "--output=before.json")
    assert differ(capsys, "before.json", "live", status=0) == "Nothing differs.\n"
    monkeypatch.setenv("VLLM_API_KEY", "sk-2")
    assert differing(capsys, "before.json", "live")["VLLM_API_KEY"]["differs"] == "value"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.json", b"{", "cannot read a.json: it is not JSON; give what 'envatlas export --format json' writes"),
        ("a.json", b"[" * 200_000, "cannot read a.json: it is not JSON"),
        ("a.json", b'{"VLLM_API_KEY": ["sk-marker"]}', "cannot read a.json: its member 'VLLM_API_KEY' is no text"),
        ("a.json", b"\xff", "cannot read a.json:1: it is not UTF-8"),
        ("a.env", b"\xff", "cannot read a.env:1: it is not UTF-8"),
        ("a.yaml", b"\0", "cannot read a.yaml:1: it holds a NUL byte"),
        ("a.json", None, "cannot read a.json: no such file or directory"),
        ("a.yaml#c", None, "cannot read a.yaml: no such file or directory"),
        ("folder", None, "cannot read folder: it is a directory"),
    ],
)
def test_what_cannot_be_read_is_one_line_and_trouble(
    capsys: pytest.CaptureFixture[str], folder: pathlib.Path, name: str, content: bytes | None, why: str
) -> None:
    """Nothing of it is shown."""
    (folder / "folder").mkdir()
    if content is not None:
        (folder / name).write_bytes(content)
    assert run(["diff", "live", name]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"Error: {why}")
    assert captured.err.count("\n") == 1
    assert "sk-marker" not in captured.err


def test_a_file_that_is_called_live_is_named_with_its_folder(
    capsys: pytest.CaptureFixture[str], folder: pathlib.Path
) -> None:
    """The word alone is this process."""
    (folder / "live").write_text("VLLM_PORT=1\n")
    assert set(differing(capsys, "live", "./live")) == {"VLLM_PORT"}


def test_what_two_selections_read_is_shown(capsys: pytest.CaptureFixture[str], folder: pathlib.Path) -> None:
    """A variable that only one of the two loads has no value in the other."""
    (folder / "old.env").write_text("VLLM_PLUGINS=engine\nVLLM_PORT=1\nCUDA_HOME=/c\n")
    (folder / "new.env").write_text("VLLM_PLUGINS=cuda\n")
    shown = differ(capsys, "old.env", "new.env")
    assert row(shown, "VLLM_PORT") == ["VLLM_PORT", "1", "(not", "read)", "value"]
    assert row(shown, "CUDA_HOME") == ["CUDA_HOME", "(set,", "not", "read)", "None", "(default)", "value"]


def test_what_is_wrong_with_an_environment_is_said_once(
    capsys: pytest.CaptureFixture[str], folder: pathlib.Path
) -> None:
    """Of its selection of plugins, of its file, and of what else may be set."""
    (folder / "prod.env").write_text("VLLM_PLUGINS=cdua\n")
    (folder / "deploy.yaml").write_text(ODD)
    notes = [line for line in differ(capsys, "deploy.yaml", "prod.env").splitlines() if line.startswith("!")]
    assert [line for line in notes if "VLLM_PLUGINS names 'cdua'" in line] == notes[2:]
    assert "deploy.yaml:11" in notes[0]
    assert "sets more than is known" in notes[1]
    assert run(["diff", "--json", "deploy.yaml", "prod.env"]) == 1
    assert capsys.readouterr().err.splitlines() == notes


def test_nothing_in_a_text_reaches_a_terminal_as_it_is(
    capsys: pytest.CaptureFixture[str], folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does a file's name."""
    (folder / "\x1b[31m.env").write_text("VLLM_LOGGING_PREFIX='\x1b[31m'\nVLLM_PORT='\u202e'\n")
    shown = differ(capsys, "\x1b[31m.env", "live")
    assert is_printable(shown)
    assert os.listdir(folder) == ["\x1b[31m.env"]


def test_a_default_that_cannot_be_computed_is_shown_as_such(
    capsys: pytest.CaptureFixture[str], folder: pathlib.Path, site: Site
) -> None:
    """In place of a value."""
    declaration = "Variable('A_PATH', Text(), default=Computed(lambda environ: environ['B'], '$B'), help='A path.')"
    site.add_plugin("acme", "from envatlas import Computed\n" + site.declaring(declaration))
    (folder / "prod.env").write_text("A_PATH=x\n")
    assert run([registry_of(site), "diff", "prod.env", "live"]) == 1
    assert "cannot be computed (default)" in capsys.readouterr().out


def test_diff_is_in_the_language_that_is_asked_for(
    capsys: pytest.CaptureFixture[str], folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All but the names of the environments, which may be called like one of its words."""
    (folder / "text").write_text("VLLM_PORT=five\nVLLM_PROT=1\nVLLM_RPC_TIMEOUT=1\nVLLM_DP_SIZE=8\n")
    monkeypatch.setenv("VLLM_DP_SIZE", " 8")
    shown = differ(capsys, "--language=zh", "text", "live")
    assert [line.split() for line in shown.splitlines()[:5]] == [
        ["名称", "text", "live", "差异"],
        ["VLLM_DP_SIZE", "'8'", "'", "8'", "文本"],
        ["VLLM_PORT", "'five'：应为整数", "None（默认值）", "值"],
        ["VLLM_PROT", "（已设置）", "（未设置）", "未读取"],
        ["VLLM_RPC_TIMEOUT", "1", "10000（默认值）", "值"],
    ]
    assert shown.endswith("\n\n有差异：2 项值不同、1 项仅文本不同、1 项为没有任何插件读取的名称。\n")
    assert printed(capsys, "--language", "zh", "diff", "live", "live") == "没有差异。\n"


def test_in_chinese_diff_says_what_it_does_not_know(
    capsys: pytest.CaptureFixture[str], folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not read, what no file tells, and what may be set besides."""
    monkeypatch.setenv("VLLM_API_KEY", "sk-1")
    (folder / "before.json").write_text("{}")
    shown = printed(capsys, "diff", "--language", "zh", "before.json", "live")
    assert row(shown, "VLLM_API_KEY") == ["VLLM_API_KEY", "（无法得知）", "<secret>", "未知"]
    assert shown.endswith("\n没有已知的差异。无法比较：1 项。\n")
    (folder / "pod.yaml").write_text(POD)
    (folder / "cuda.env").write_text("VLLM_PLUGINS=cuda\nVLLM_PORT=1\nCUDA_HOME=/c\n")
    shown = differ(capsys, "--language=zh", "pod.yaml", "cuda.env")
    assert row(shown, "CUDA_HOME") == ["CUDA_HOME", "（不读取）", "'/c'", "值"]
    assert row(shown, "VLLM_PORT") == ["VLLM_PORT", "1", "（已设置，但不读取）", "值"]
    assert "! pod.yaml:8，Pod vllm, container engine 还设置了无法得知的内容：" in shown


def test_in_chinese_diff_says_what_a_plugin_expects(
    capsys: pytest.CaptureFixture[str], folder: pathlib.Path, site: Site
) -> None:
    """With the plugin's catalogue; and that there is no default."""
    kind = "class Own(Integer):\n    name = 'own'\n    expected = 'a port'\n"
    computed = "default=Computed(lambda environ: environ['B'], '$B')"
    declared = site.declaring(f"Variable('A_PORT', Own(), {computed}, help='The port.')")
    package(site, "from envatlas import Computed\n" + declared.replace("@hookimpl", kind + "\n@hookimpl"))
    write_catalogue(site, {"a port": "端口"})
    (folder / "prod.env").write_text("A_PORT=five\n")
    assert run([registry_of(site), "diff", "--language=zh", "prod.env", "live"]) == 1
    assert row(capsys.readouterr().out, "A_PORT") == ["A_PORT", "'five'：应为端口", "无法计算（默认值）", "值"]
