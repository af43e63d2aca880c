"""``envatlas export``: what it writes, where, and what it leaves out."""

from __future__ import annotations

import json
import os
import pathlib
import resource
import stat
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pytest

from envatlas.cli import run
from envatlas.vllm import registry
from tests import foreign_parsers as foreign
from tests.test_cli import in_process_of_its_own, printed, registry_of

if TYPE_CHECKING:
    from tests.conftest import Site

FORMATS = ["docker", "dotenv", "json", "kubernetes", "shell", "systemd"]
KEY = "Variable('A_KEY', Text(), default=None, help='The key.', secret=True)"

each_format = pytest.mark.parametrize("form", FORMATS)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that is refused, and return what it says of that; it writes nothing else."""
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


@each_format
def test_what_is_written_has_every_text_that_is_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, form: str
) -> None:
    """Each format's own parser reads the same of it; what is unset is not in it."""
    texts = {"VLLM_PORT": " 5000", "VLLM_LOGGING_PREFIX": 'it\'s "a" $prefix\\ # é=', "DO_NOT_TRACK": ""}
    for name, text in texts.items():
        monkeypatch.setenv(name, text)
    written = printed(capsys, "export", f"--format={form}")
    read: Mapping[str, Callable[[], object]] = {
        "docker": lambda: foreign.read_by_rules_of_docker(written.encode()),
        "dotenv": lambda: foreign.read_by_dotenv(written),
        "json": lambda: json.loads(written),
        "kubernetes": lambda: foreign.data_of(foreign.read_by_yaml(written))[0],
        "shell": lambda: foreign.read_by_shell("sh", written.encode(), tmp_path),
        "systemd": lambda: foreign.read_by_rules_of_systemd(written),
    }
    assert read[form]() == texts


def test_dotenv_is_written_unless_another_format_is_chosen(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the names of the variables."""
    monkeypatch.setenv("VLLM_PORT", "5000")
    monkeypatch.setenv("CUDA_HOME", "/usr/local/cuda")
    assert printed(capsys, "export") == "CUDA_HOME=/usr/local/cuda\nVLLM_PORT=5000\n"


@pytest.mark.parametrize("pattern", ["port", "VLLM_P*", "DO_NOT_TRACK"])
def test_only_what_matches_is_written(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    """A pattern is one for the names that a variable is read from as well."""
    for name in ("VLLM_PORT", "DO_NOT_TRACK", "CUDA_HOME"):
        monkeypatch.setenv(name, "1")
    assert printed(capsys, "export", pattern) == ("DO_NOT_TRACK=1\n" if pattern == "DO_NOT_TRACK" else "VLLM_PORT=1\n")


def test_a_pattern_that_matches_nothing_is_refused(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """With the nearest names; or with the plugin that declares it, and is not active."""
    assert "did you mean VLLM_PORT?" in refused(capsys, "export", "VLLM_PROT")
    site.add_plugin("acme", site.declaring("A_PORT"))
    option = registry_of(site, "{'TEST_PLUGINS': ''}")
    assert "declared by plugin 'acme', which is not active" in refused(capsys, option, "export", "A_PORT")


def test_where_nothing_is_set_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """On standard error; an empty file is what was asked for."""
    assert run(["export", "PORT"]) == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "! nothing is exported: none of these variables is set\n")


def test_all_writes_what_is_unset_as_well(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With its default's text; with a comment where that has none."""
    monkeypatch.setenv("VLLM_DP_MASTER_PORT", "1")
    shown = printed(capsys, "export", "--all", "PORT", "RPC_TIMEOUT").splitlines()
    assert shown == ["VLLM_DP_MASTER_PORT=1", "# VLLM_PORT is unset; its default is None.", "VLLM_RPC_TIMEOUT=10000"]


def test_json_says_how_many_it_cannot_comment_on(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON has no comments."""
    assert run(["export", "--all", "--format=json", "VLLM_PORT", "RPC_TIMEOUT"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"VLLM_RPC_TIMEOUT": "10000"}
    assert captured.err == "! left out: 1 unset variables, whose defaults no text stands for\n"
    assert "JSON has no comments" in refused(capsys, "export", "--comments", "--format=json")


def test_comments_say_what_a_variable_does(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The help, above the variable."""
    monkeypatch.setenv("VLLM_PORT", "1")
    assert printed(capsys, "export", "--comments") == f"# {registry['VLLM_PORT'].help}\nVLLM_PORT=1\n"


@each_format
def test_a_secret_is_left_out_which_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """Its text is on neither stream, also where a pattern is its name."""
    monkeypatch.setenv("VLLM_API_KEY", "sk-marker")
    assert run(["export", f"--format={form}", "--all", "VLLM_API_KEY", "VLLM_PORT"]) == 0
    captured = capsys.readouterr()
    assert "VLLM_API_KEY" not in captured.out
    assert "! left out, because they are secrets: VLLM_API_KEY; write one with --secret VLLM_API_KEY" in captured.err
    assert "sk-marker" not in captured.out + captured.err


@each_format
def test_a_secret_that_is_asked_for_is_written(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """Beside what the patterns match; another is left out."""
    monkeypatch.setenv("VLLM_API_KEY", "marker")
    monkeypatch.setenv("S3_ACCESS_KEY_ID", "other")
    monkeypatch.setenv("VLLM_PORT", "1")
    assert run(["export", f"--format={form}", "--secret=VLLM_API_KEY", "VLLM_PORT", "S3_*"]) == 0
    captured = capsys.readouterr()
    assert "VLLM_PORT" in captured.out
    assert ("bWFya2Vy" if form == "kubernetes" else "marker") in captured.out
    assert "other" not in captured.out
    assert "secrets: S3_ACCESS_KEY_ID;" in captured.err


def test_no_secret_stands_in_a_config_map(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Both objects have the name that is asked for."""
    monkeypatch.setenv("VLLM_API_KEY", "sk-1")
    monkeypatch.setenv("VLLM_PORT", "1")
    shown = printed(capsys, "export", "--format=kubernetes", "--secret=VLLM_API_KEY", "--name=my-vllm")
    objects = foreign.read_by_yaml(shown)
    assert foreign.data_of(objects) == ({"VLLM_PORT": "1"}, {"VLLM_API_KEY": "sk-1"})
    assert [each["metadata"]["name"] for each in objects] == ["my-vllm", "my-vllm"]


@pytest.mark.parametrize("name", ["", "My_VLLM", "-a", "a-", "a..b", "x" * 254, "a\n"])
def test_a_name_that_no_object_can_have_is_refused(capsys: pytest.CaptureFixture[str], name: str) -> None:
    """The error says what a name is made of."""
    assert "is no name of a Kubernetes object: lower-case letters" in refused(capsys, "export", f"--name={name}")


def test_a_secret_is_asked_for_by_a_name_that_it_is_read_from(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """Or by its own; and what is none, or nobody's, is refused."""
    source = KEY.replace("secret=True", "secret=True, reads=('A_KEY', 'A_TOKEN')")
    site.add_plugin("acme", site.declaring(source, "A_PORT"))
    option = registry_of(site, "{'A_TOKEN': 'sk-1'}")
    for name in ("A_KEY", "A_TOKEN"):
        assert printed(capsys, option, "export", f"--secret={name}") == "A_TOKEN=sk-1\n"
    assert "A_PORT is no secret; name it as a PATTERN" in refused(capsys, option, "export", "--secret=A_PORT")
    assert "no variable 'A_TOKN'" in refused(capsys, option, "export", "--secret=A_TOKN")


def test_a_text_that_the_format_cannot_say_is_an_error_and_nothing_is_written(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    """It names the variable and the format, and what to do."""
    monkeypatch.setenv("VLLM_PORT", "1")
    monkeypatch.setenv("VLLM_API_KEY", "sk-marker\n")
    file = tmp_path / "vllm.env"
    said = refused(capsys, "export", "--format=docker", "--secret=VLLM_API_KEY", f"--output={file}")
    assert said == (
        "Error: docker cannot say VLLM_API_KEY: its text has a newline, and a variable has one line; "
        "choose the format shell or json, which say every text, or leave it out\n"
    )
    assert not file.exists()


def test_a_shell_is_given_the_very_bytes(capfdbinary: pytest.CaptureFixture[bytes], site: Site) -> None:
    """Also those that are no text in any encoding."""
    site.add_plugin("acme", site.declaring("Variable('A_NAME', Text(), default=None, help='The name.')"))
    option = registry_of(site, r"{'A_NAME': '\udcff'}")
    assert run([option, "export", "--format=shell"]) == 0
    assert capfdbinary.readouterr().out == b"export A_NAME='\xff'\n"


def test_an_output_file_has_what_would_be_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    """With the permissions of any new file, and nothing on standard output."""
    monkeypatch.setenv("VLLM_PORT", "1")
    file, other = tmp_path / "vllm.env", tmp_path / "other"
    other.touch()
    assert printed(capsys, "export", f"--output={file}") == ""
    assert file.read_text() == "VLLM_PORT=1\n"
    assert stat.S_IMODE(file.stat().st_mode) == stat.S_IMODE(other.stat().st_mode)


def test_an_output_file_with_a_secret_is_its_owners_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    """Also where it replaces one that others could read."""
    monkeypatch.setenv("VLLM_API_KEY", "sk-1")
    file = tmp_path / "vllm.env"
    arguments = ["export", "--secret=VLLM_API_KEY", f"--output={file}"]
    printed(capsys, *arguments)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    printed(capsys, *arguments, "--force")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["vllm.env"]


def test_an_output_file_that_exists_is_left_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    """Until --force replaces it."""
    monkeypatch.setenv("VLLM_PORT", "1")
    file = tmp_path / "vllm.env"
    file.write_text("mine")
    assert "exists; --force replaces it" in refused(capsys, "export", f"--output={file}")
    assert file.read_text() == "mine"
    printed(capsys, "export", f"--output={file}", "--force")
    assert file.read_text() == "VLLM_PORT=1\n"


def test_an_output_file_that_cannot_be_made_is_an_error(
    tmp_path: pathlib.Path,
) -> None:
    """The status is that of an output that cannot be written."""
    done = in_process_of_its_own("export", f"--output={tmp_path}/no/vllm.env")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: cannot write '{tmp_path}/no/vllm.env': No such file")


def test_an_output_file_that_cannot_be_replaced_leaves_nothing_beside_it(tmp_path: pathlib.Path) -> None:
    """A folder is left as it is."""
    folder = tmp_path / "vllm.env"
    folder.mkdir()
    done = in_process_of_its_own("export", "--force", f"--output={folder}")
    assert (done.returncode, os.listdir(tmp_path)) == (1, ["vllm.env"])
    assert done.stderr == f"Error: cannot write '{folder}': Is a directory\n"


def test_a_write_that_fails_leaves_no_file(capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path) -> None:
    """The disk may be full; here, a limit on the size of files stands in its place."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for option in ("--all", "--force"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
        try:
            status = run(["export", "--all", option, f"--output={tmp_path}/vllm.env"])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert (status, os.listdir(tmp_path)) == (1, [])
        assert "vllm.env': File too large" in capsys.readouterr().err


def test_a_variable_whose_plugin_is_not_active_is_left_out_which_is_said(
    capsys: pytest.CaptureFixture[str], site: Site
) -> None:
    """Nothing reads it; other applications' names are left alone, and those that no pattern matches."""
    site.add_plugin("acme", site.declaring("A_PORT", "A_SIZE", "LOCAL_PORT"))
    option = registry_of(site, "{'TEST_PLUGINS': '', 'A_PORT': '1', 'LOCAL_PORT': '1'}")
    said = "! left out: A_PORT is set, and plugin 'acme', which declares it, is not active\n"
    assert run([option, "export"]) == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("TEST_PLUGINS=''\n", said)
    assert run([option, "export", "PLUGINS"]) == 0
    assert capsys.readouterr().err == ""


def test_what_is_wrong_with_the_registry_goes_to_standard_error(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """The file has nothing of it."""
    site.add_plugin("acme", "raise RuntimeError('no')")
    assert run([registry_of(site, "{'TEST_PLUGINS': 'acme'}"), "export"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "TEST_PLUGINS=acme\n"
    assert "RuntimeError: no" in captured.err


def test_what_is_no_plain_file_is_written_into(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe stays one."""
    monkeypatch.setenv("VLLM_PORT", "5000")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert run(["export", "--output", str(pipe), "--force"]) == 0
    assert os.read(reader, 100) == b"VLLM_PORT=5000\n"
    os.close(reader)
    assert pipe.is_fifo()


def test_a_link_leads_to_the_file_that_is_replaced(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays a link, and the file keeps its permissions."""
    monkeypatch.setenv("VLLM_PORT", "5000")
    file, link = tmp_path / "a.env", tmp_path / "link.env"
    file.write_text("old")
    file.chmod(0o640)
    link.symlink_to(file)
    assert run(["export", "--output", str(link), "--force"]) == 0
    assert link.is_symlink()
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("VLLM_PORT=5000\n", 0o640)


def test_a_hyphen_is_standard_output(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for other commands."""
    monkeypatch.setenv("VLLM_PORT", "5000")
    assert run(["export", "--output", "-"]) == 0
    assert capfdbinary.readouterr().out == b"VLLM_PORT=5000\n"


def test_export_says_in_chinese_what_it_leaves_out(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it writes is for programs, and as it was."""
    monkeypatch.setenv("VLLM_API_KEY", "sk-1")
    arguments = ["export", "--all", "--format=json", "VLLM_API_KEY", "VLLM_PORT", "RPC_TIMEOUT"]
    assert run([*arguments, "--language=zh"]) == 0
    captured = capsys.readouterr()
    assert captured.err.splitlines() == [
        "! 略去了机密变量：VLLM_API_KEY；要写出其中一个，请使用 --secret VLLM_API_KEY",
        "! 略去了 1 个未设置的变量，其默认值无法用文本表示",
    ]
    assert captured.out == printed(capsys, *arguments)


def test_export_says_in_chinese_that_there_is_nothing(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """And what nothing reads."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    option = registry_of(site, "{'TEST_PLUGINS': '', 'A_PORT': '1'}")
    assert run([option, "--language=zh", "export"]) == 0
    assert "! 略去了 A_PORT：它已设置，但声明它的插件 'acme' 未启用\n" in capsys.readouterr().err
    assert run(["--language=zh", "export", "PORT"]) == 0
    assert capsys.readouterr().err == "! 没有导出任何内容：这些变量均未设置\n"


def test_a_file_that_cannot_be_replaced_leaves_nothing_behind(
    capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither half a file, nor one beside it."""

    def refuse(*_: object) -> None:
        raise OSError(1, "no")

    monkeypatch.setenv("VLLM_PORT", "5000")
    monkeypatch.setattr(os, "replace", refuse)
    assert run(["export", "--output", str(tmp_path / "a.env"), "--force"]) == 1
    assert "cannot write" in capsys.readouterr().err
    assert [*tmp_path.iterdir()] == []
