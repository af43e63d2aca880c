"""Env files: lines ``NAME=text`` as the environment of a process."""

from __future__ import annotations

import pathlib
import sys
from typing import Final

import pytest

from envatlas.environs import Environ, UnreadableFileError, Via
from envatlas.files import MissingLibraryError, read_env_file, read_env_files
from envatlas.files.env_files import Line, read_raw_lines
from envatlas.files.limits import LONGEST_TEXT, MOST_LINES, MOST_SPACES

DATA: Final = pathlib.Path(__file__).parent / "data" / "env"


def read(tmp_path: pathlib.Path, text: str) -> Environ:
    """Write an env file, and return what is read from it."""
    file = tmp_path / "test.env"
    file.write_text(text, encoding="utf-8", newline="")
    return read_env_file(str(file))


def refused(tmp_path: pathlib.Path, text: str) -> UnreadableFileError:
    """Write an env file, and return the error that reading it raises."""
    with pytest.raises(UnreadableFileError) as caught:
        read(tmp_path, text)
    return caught.value


def test_a_real_env_file_is_read_as_compose_reads_it() -> None:
    """Comments, export, quotes, references and names that are passed on."""
    environ = read_env_file(str(DATA / "production.env"))
    assert dict(environ.texts) == {
        "VLLM_PORT": "5000",
        "VLLM_HOST_IP": "10.0.0.1",
        "VLLM_CACHE_ROOT": "/data/vllm",
        "VLLM_RPC_BASE_PATH": "/data/vllm/rpc",
        "VLLM_API_KEY": "sk-$hush",
        "VLLM_TARGET_DEVICE": "cuda",
        "MOTD": "two\nlines",
        "VLLM_LOGGING_LEVEL": "INFO",
    }
    assert {*environ.untold} == {"VLLM_S3_ACCESS_KEY_ID", "VLLM_USAGE_SOURCE"}
    assert environ.defects == ()


def test_each_text_has_its_file_and_line() -> None:
    """A text of several lines does not shift those behind it."""
    path = str(DATA / "production.env")
    environ = read_env_file(path)
    lines = {name: environ.place_of(name).line for name in environ}
    assert lines == {
        "VLLM_PORT": 2,
        "VLLM_HOST_IP": 3,
        "VLLM_CACHE_ROOT": 5,
        "VLLM_RPC_BASE_PATH": 6,
        "VLLM_API_KEY": 7,
        "VLLM_S3_ACCESS_KEY_ID": 8,
        "VLLM_USAGE_SOURCE": 9,
        "VLLM_TARGET_DEVICE": 10,
        "MOTD": 11,
        "VLLM_LOGGING_LEVEL": 13,
    }
    place = environ.place_of("VLLM_PORT")
    assert (place.file, place.document, place.container, place.via) == (path, None, "", Via.ENV_FILE)
    assert str(environ.place) == path


def test_of_several_files_the_last_counts() -> None:
    """Each text keeps the file that it is from, and one file may refer to what another sets."""
    paths = [str(DATA / name) for name in ("production.env", "override.env")]
    environ = read_env_files(paths)
    assert (environ["VLLM_PORT"], environ.place_of("VLLM_PORT").file) == ("6000", paths[1])
    assert (environ["VLLM_LOGGING_LEVEL"], environ.place_of("VLLM_LOGGING_LEVEL").file) == ("INFO", paths[0])
    assert environ["VLLM_CONFIG_ROOT"] == "/data/vllm/config"
    assert (environ.place.file, str(environ.place)) == (paths[1], ", ".join(paths))


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("A=1", "1"),
        ("A= 1 ", "1"),
        ("  A = 1", "1"),
        ("export A=1", "1"),
        ("A=", ""),
        ("A=''", ""),
        ("A=x # comment", "x"),
        ("A=x#y", "x#y"),
        ('A="x # y" # comment', "x # y"),
        (r'A="say \"hi\"\n"', 'say "hi"\n'),
        ("A='$B ${B}'", "$B ${B}"),
        ("A=a=b", "a=b"),
        ("A=ü", "ü"),
        ("B=2\nA=$B", "2"),
        ("B=2\nA=x${B}y", "x2y"),
        ('B=2\nA="${B}"', "2"),
        (r'A="\$B"', "$B"),
        ("A=$$B", "$B"),
        ("A=5$", "5$"),
        ("A=$1", "$1"),
        ("A=${B-x}", "x"),
        ("B=\nA=${B-x}", ""),
        ("B=\nA=${B:-x}", "x"),
        ("B=2\nA=${B:-x}", "2"),
        ("B=2\nA=${B:+x}", "x"),
        ("B=\nA=${B:+x}", ""),
        ("B=\nA=${B+x}", "x"),
        ("B=2\nA=${B?no}", "2"),
        ("B=2\nA=${C:-${B}}-${D:-${E-$B}}", "2-2"),
        ("A=1\r\n", "1"),
        ("\ufeffA=1", "1"),
        ("A=1\nA=2", "2"),
        ("A\nA=2", "2"),
    ],
)
def test_a_line_is_read_as_compose_documents_it(tmp_path: pathlib.Path, line: str, text: str) -> None:
    """Quotes, comments and references."""
    environ = read(tmp_path, line)
    assert (environ["A"], environ.defects) == (text, ())


@pytest.mark.parametrize("line", ["A", "export A", "A=$B", "A=${B}", "A=${B:?no}", "A=${B+x}", "B\nA=$B", "A=1\nA"])
def test_what_only_the_caller_knows_is_untold(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    """It is not looked up in the environment of this process, which is not the application's."""
    monkeypatch.setenv("A", "of this process")
    monkeypatch.setenv("B", "of this process")
    environ = read(tmp_path, line)
    assert "A" in environ.untold
    assert environ.defects == ()


@pytest.mark.parametrize("text", ["${", "${B", "${1}", "${B!x}", "${}", "${B:-${C}", "${A:-" * 30 + "}" * 30])
def test_a_reference_that_makes_no_sense_is_a_defect(tmp_path: pathlib.Path, text: str) -> None:
    """Compose refuses the file; the other lines can be checked all the same."""
    environ = read(tmp_path, f"A={text}\nC=1")
    (defect,) = environ.defects
    assert (defect.name, defect.place.line, "$$" in defect.remedy) == ("A", 1, True)
    assert ([*environ.untold], environ["C"]) == (["A"], "1")


@pytest.mark.parametrize(("line", "number"), [("A B=1", 1), ("X=1\n\n\n A B=1", 4), ('A="x', 1), ("A='x' y", 1)])
def test_a_line_that_cannot_be_read_is_named(tmp_path: pathlib.Path, line: str, number: int) -> None:
    """The number is that of the line itself, not of the empty ones before it."""
    error = refused(tmp_path, line)
    assert (error.place.line, error.problem) == (number, "it is no line NAME=text")


@pytest.mark.parametrize("line", ["'A=B'=1", "'A=B'"])
def test_a_name_that_no_environment_can_hold_is_a_defect(tmp_path: pathlib.Path, line: str) -> None:
    """It is left out."""
    environ = read(tmp_path, line)
    assert ([*environ], [defect.what for defect in environ.defects]) == ([], ["no variable can be called that"])


def test_a_text_that_is_too_long_for_the_system_is_a_defect(tmp_path: pathlib.Path) -> None:
    """The longest one that Linux takes is no defect."""
    environ = read(tmp_path, f"A={'x' * LONGEST_TEXT}\nB={'x' * (LONGEST_TEXT + 1)}")
    assert (len(environ["A"]), [defect.name for defect in environ.defects], [*environ.untold]) == (
        LONGEST_TEXT,
        ["B"],
        ["B"],
    )


def test_references_that_multiply_end_early(tmp_path: pathlib.Path) -> None:
    """Ten lines could ask for gigabytes."""
    lines = ["A0=xxxxxxxxxx", *(f"A{number}={f'${{A{number - 1}}}' * 10}" for number in range(1, 10))]
    environ = read(tmp_path, "\n".join(lines))
    assert [defect.name for defect in environ.defects] == ["A5"]
    assert {*environ.untold} == {"A5", "A6", "A7", "A8", "A9"}


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "\ufeff"])
def test_an_empty_env_file_is_an_empty_environment(tmp_path: pathlib.Path, text: str) -> None:
    """It says that nothing is set."""
    assert len(read(tmp_path, text)) == 0


@pytest.mark.parametrize(
    ("text", "problem"),
    [("A\n" * MOST_LINES, "lines"), (f"A=x{' ' * (MOST_SPACES + 1)}y", "spaces"), ("A=" + "x" * 1024**2, "MiB")],
)
def test_what_would_take_minutes_is_refused(tmp_path: pathlib.Path, text: str, problem: str) -> None:
    """Each limit is far beyond honest files."""
    assert problem in refused(tmp_path, text).problem


def test_a_raw_file_keeps_quotes_and_references(tmp_path: pathlib.Path) -> None:
    """As ``docker run`` reads it."""
    file = tmp_path / "raw.env"
    file.write_text('# comment\n\n A="$B" # x\nC\nD=\n')
    assert [*read_raw_lines(str(file))] == [
        Line("A", '"$B" # x', 3, "'"),
        Line("C", None, 4, "'"),
        Line("D", "", 5, "'"),
    ]


@pytest.mark.parametrize("line", ["A B=1", "A =1", "=1"])
def test_a_line_of_a_raw_file_that_has_no_name_is_refused(tmp_path: pathlib.Path, line: str) -> None:
    """Docker refuses it as well."""
    file = tmp_path / "raw.env"
    file.write_text(f"B=1\n{line}\n")
    with pytest.raises(UnreadableFileError, match=r"raw\.env:2"):
        list(read_raw_lines(str(file)))


def test_a_missing_library_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is what to install."""
    monkeypatch.setitem(sys.modules, "dotenv.parser", None)
    with pytest.raises(MissingLibraryError, match=r"python-dotenv.*pip install 'envatlas\[cli\]'") as caught:
        read_env_file(str(DATA / "production.env"))
    assert caught.value.library == "python-dotenv"
