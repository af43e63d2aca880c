"""``envatlas adopt``: what is written, where, and what is said of the rest."""

from __future__ import annotations

import pathlib
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from envatlas.cli import run
from tests.test_cli import registry_of

if TYPE_CHECKING:
    from tests.conftest import Site

DATA: Final = pathlib.Path(__file__).parent / "data/adopt"
FILES: Final = sorted(DATA.glob("*.py"))


def test_the_module_is_written_to_the_output(capsys: pytest.CaptureFixture[str]) -> None:
    """What is said of it goes to standard error, with lines and reasons."""
    assert run(["adopt", str(DATA / "hpu_envs.py")]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith('"""Variables, adopted from hpu_envs.py by envatlas."""\n')
    assert captured.err.splitlines() == [
        f"Declared 5 of 7 variables of {DATA / 'hpu_envs.py'}.",
        "These stay functions until you declare them:",
        "  hpu_envs.py:42: HPU_LOOPED: line 30 has a statement that no expression can say",
        "  hpu_envs.py:43: HPU_BAD_DEFAULT: its default is int('none')",
    ]


def test_what_is_kept_is_imported_from_the_files_own_module(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Which the packages around it tell, or the option."""
    package = tmp_path / "acme/deep"
    package.mkdir(parents=True)
    for folder in (package.parent, package):
        (folder / "__init__.py").touch()
    file = package / "envs.py"
    file.write_text("envs = {'A': lambda: 5}")
    assert run(["adopt", str(file)]) == 0
    assert "from acme.deep.envs import envs" in capsys.readouterr().out
    assert run(["adopt", str(file), "--module", "other"]) == 0
    assert "from other import envs" in capsys.readouterr().out
    (package / "__init__.py").write_text("envs = {'A': lambda: 5}")
    assert run(["adopt", str(package / "__init__.py")]) == 0
    assert "from acme.deep import envs" in capsys.readouterr().out


def test_a_file_is_written_once(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is there may have been edited since."""
    output = tmp_path / "acme_vllm.py"
    command = ["adopt", str(DATA / "engine_envs.py"), "--output", str(output)]
    assert run(command) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    written = output.read_text(encoding="utf-8")
    assert '"ENGINE_PORT"' in written
    assert run(command) == 2
    assert f"{output} is there already: move it away" in capsys.readouterr().err
    assert output.read_text(encoding="utf-8") == written


def test_a_folder_that_is_none_is_said(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is made on the way."""
    output = tmp_path / "none" / "acme.py"
    assert run(["adopt", str(FILES[0]), "--output", str(output)]) == 1
    assert f"cannot write {output}: No such file or directory" in capsys.readouterr().err


def test_what_is_read_but_has_no_name_is_said(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the line, as far as the source tells."""
    file = tmp_path / "envs.py"
    file.write_text("import os\nenvs = {**others, 'A': lambda: os.getenv('A')}\n")
    assert run(["adopt", str(file)]) == 0
    assert capsys.readouterr().err.splitlines() == [
        f"Declared 1 of 1 variables of {file}.",
        "! line 2 may take in or change variables, and the source does not tell which",
    ]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("\ndef (:", "(envs.py, line 2)"),
        ("# coding: none-such", "cannot be read as Python"),
        ("x = " + "-" * 100_000 + "5", "is nested too deeply to follow"),
        ("x = 5", "has no dict of functions"),
    ],
)
def test_a_file_of_another_kind_is_refused(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str], source: str, said: str
) -> None:
    """It says what is missing."""
    file = tmp_path / "envs.py"
    file.write_text(source)
    assert run(["adopt", str(file)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err


def test_what_can_be_no_variable_is_said(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the line; it is not written."""
    file = tmp_path / "envs.py"
    file.write_text("import os\nenvs = {'A': lambda: os.getenv('A'),\n    'a-b': lambda: 5}\n")
    assert run(["adopt", str(file)]) == 0
    captured = capsys.readouterr()
    assert "a-b" not in captured.out
    assert captured.err.splitlines() == [
        f"Declared 1 of 1 variables of {file}.",
        "These are left out:",
        "  envs.py:3: a-b: no variable can have that name",
    ]


def test_reasons_are_said_in_the_readers_language(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is written stays English, as all sources are."""
    file = tmp_path / "envs.py"
    held = ("lambda: 5", "lambda: imported(os.getenv('B'))", "lambda: (lambda: os.getenv('C'))(1)", "imported")
    items = [f"    {name!r}: {value}" for name, value in zip("ABCD", held, strict=True)]
    file.write_text("import os\nenvs = {\n" + ",\n".join([*items, "    'a-b': imported}"]))
    assert run(["adopt", str(file), "--language", "zh_CN"]) == 0
    captured = capsys.readouterr()
    assert "# line 3: it looks up no name that its source shows" in captured.out
    assert captured.err.splitlines()[2:6] == [
        "  envs.py:3: A: 源代码没有显示它查找的任何名称",
        "  envs.py:4: B: 没有哪种类型读取文本的方式与 imported(text) 相同",
        "  envs.py:5: C: 它调用 一个函数 时的参数与该函数的参数不符",
        "  envs.py:6: D: 源代码没有显示 imported 是函数",
    ]
    assert captured.err.splitlines()[-1] == "  envs.py:7: a-b: 变量不能使用这个名称"


@pytest.mark.parametrize("module", ["my-envs", "acme.class", "a b; import os", "acme..envs", ""])
def test_a_module_that_cannot_be_imported_is_refused(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str], module: str
) -> None:
    """Since what is written imports it."""
    file = tmp_path / "envs.py"
    file.write_text("envs = {'A': lambda: 5}\n")
    assert run(["adopt", str(file), "--module", module]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert f"no module can be imported as {module!r}: say the name of FILE's with --module" in captured.err


def test_a_file_that_no_module_can_be_is_adopted_where_none_is_needed(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of it is declared; otherwise the module must be said."""
    file = tmp_path / "my-envs.py"
    file.write_text("import os\nenvs = {'A': lambda: os.getenv('A')}\n")
    assert run(["adopt", str(file)]) == 0
    assert '"A"' in capsys.readouterr().out
    file.write_text("envs = {'A': lambda: 5}\n")
    assert run(["adopt", str(file)]) == 2
    assert "no module can be imported as 'my-envs'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "source",
    [
        "\ufeffimport os\n# The h\xf6st\n".encode(),
        "# coding: latin-1\nimport os\n# The h\xf6st\n".encode("latin-1"),
    ],
    ids=["a mark of bytes", "another encoding"],
)
def test_a_file_is_read_as_python_does(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str], source: bytes
) -> None:
    """In the encoding that it says."""
    file = tmp_path / "envs.py"
    file.write_bytes(source.replace(b"# The", b"envs = {\n# The") + b"'A': lambda: os.getenv('A')}\n")
    assert run(["adopt", str(file)]) == 0
    assert 'help="The h\xf6st."' in capsys.readouterr().out


def test_nothing_of_the_file_is_run(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is read, and no more."""
    file = tmp_path / "envs.py"
    file.write_text("import os\nos._exit(7)\nenvs = {'A': lambda: os.getenv('A')}\n")
    assert run(["adopt", str(file)]) == 0
    assert '"A"' in capsys.readouterr().out


def test_what_is_written_is_a_plugin(
    site: Site, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it stands, with what is declared and what is kept."""
    site.write({"engine_envs": (DATA / "engine_envs.py").read_text(encoding="utf-8")})
    output = site.folder / "engine_vllm.py"
    assert run(["adopt", str(site.folder / "engine_envs.py"), "--output", str(output)]) == 0
    capsys.readouterr()
    site.add("engine-vllm", plugins={"engine": "engine_vllm"}, modules={"engine_vllm": output.read_text()})
    option = registry_of(site, "{'ENGINE_LABELS': '{}', 'ENGINE_PORT': '5000'}")
    assert run([option, "list", "--set"]) == 0
    shown = capsys.readouterr().out
    assert "2 of 30 variables; 2 set." in shown
    assert "Nothing is wrong." in shown


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_is_written_is_as_formatters_and_checkers_want_it(file: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """Ruff and mypy find nothing in it."""
    output = tmp_path / "acme_vllm.py"
    (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    assert run(["adopt", str(tmp_path / file.name), "--output", str(output)]) == 0
    line_length = ["--line-length=120", "--isolated"]
    for command in (
        ["ruff", "format", "--check", *line_length],
        ["ruff", "check", "--select=E,F,I,UP,Q,W", *line_length],
        ["mypy", "--strict", "--config-file="],
    ):
        done = subprocess.run(
            [sys.executable, "-m", *command, output.name], capture_output=True, text=True, check=False, cwd=tmp_path
        )
        assert done.returncode == 0, done.stdout + done.stderr
