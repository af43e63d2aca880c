"""Contents: the text of a file that anybody may have written, or one clear error."""

from __future__ import annotations

import codecs
import os
import pathlib
import subprocess
import sys
from collections.abc import Callable
from typing import BinaryIO, Final, NoReturn, Self

import pytest

from envatlas.environs import UnreadableFileError
from envatlas.files import read_env_file, read_manifests
from envatlas.files.contents import read_text

READERS: Final[list[Callable[[str], object]]] = [read_env_file, lambda path: read_manifests([path])]


def refused(path: pathlib.Path | str) -> UnreadableFileError:
    """Return the error that both readers raise for a file."""
    errors: list[UnreadableFileError] = []
    for reader in READERS:
        with pytest.raises(UnreadableFileError) as caught:
            reader(str(path))
        errors.append(caught.value)
    assert str(errors[0]) == str(errors[1])
    return errors[0]


@pytest.mark.parametrize(
    ("data", "line", "problem"),
    [
        (b"A=\xff", 1, "it is not UTF-8"),
        (b"A=1\nB=\xe9", 2, "it is not UTF-8"),
        ("A=1".encode("utf-16"), None, "it is UTF-16"),
        ("A=1".encode("utf-16-be"), 1, "it holds a NUL byte, so it is no text"),
        ("A=1".encode("utf-32"), None, "it is UTF-32"),
        (codecs.BOM_UTF32_BE + "A=1".encode("utf-32-be"), None, "it is UTF-32"),
        (b"A=1\nB=\0", 2, "it holds a NUL byte, so it is no text"),
        (b"\x7fELF\x02\x01\x01\0", 1, "it holds a NUL byte, so it is no text"),
    ],
)
def test_what_is_no_utf_8_text_is_refused(tmp_path: pathlib.Path, data: bytes, line: int | None, problem: str) -> None:
    """The line is named where there are lines, and the remedy is to save it anew."""
    file = tmp_path / "file"
    file.write_bytes(data)
    error = refused(file)
    assert (error.place.line, error.problem, "UTF-8" in error.remedy) == (line, problem, True)


def test_a_refused_text_is_not_kept_by_the_error(tmp_path: pathlib.Path) -> None:
    """A cause that holds the whole file would hold its secrets."""
    file = tmp_path / "file"
    file.write_bytes(b"VLLM_API_KEY=hush\xff")
    error = refused(file)
    assert (error.__cause__, error.__context__) == (None, None)


def test_the_mark_before_utf_8_is_left_out(tmp_path: pathlib.Path) -> None:
    """Editors on Windows write it."""
    file = tmp_path / "file"
    file.write_bytes(b"\xef\xbb\xbfA=1")
    assert read_text(str(file), 100) == "A=1"


def test_a_file_that_is_not_there_is_refused(tmp_path: pathlib.Path) -> None:
    """The system's own words, and what to do."""
    file = tmp_path / "missing"
    remedy = "give the path of a file that exists"
    assert str(refused(file)) == f"cannot read {file}: no such file or directory; {remedy}"


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, ""])
def test_a_path_that_no_file_has_is_refused(path: str) -> None:
    """It is an error like that of any other file."""
    assert refused(path).place.file == path


def test_a_directory_is_refused(tmp_path: pathlib.Path) -> None:
    """It is named as what it is."""
    assert refused(tmp_path).problem == "it is a directory"


def test_a_pipe_is_refused_at_once(tmp_path: pathlib.Path) -> None:
    """Opening it would wait for whoever writes to it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert refused(pipe).problem == "it is a pipe"


def test_a_device_is_refused() -> None:
    """It may have no end."""
    assert refused("/dev/zero").problem == "it is a device"


def test_a_permission_that_is_missing_is_named(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The remedy is to be given it."""
    file = tmp_path / "file"

    def denied(*args: object) -> NoReturn:
        raise PermissionError(13, "Permission denied", str(file))

    monkeypatch.setattr(os, "open", denied)
    error = refused(file)
    assert (error.problem, error.remedy) == ("permission denied", "let yourself read it: chmod u+r")


def test_a_file_that_fails_while_it_is_read_is_refused(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one on a disk that breaks."""
    file = tmp_path / "file"
    file.write_text("A=1")

    class Failing:
        """A file that cannot be read."""

        def __init__(self, descriptor: int, mode: str) -> None:
            self.file: BinaryIO = os.fdopen(descriptor, "rb")

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *args: object) -> None:
            self.file.close()

        def read(self, size: int) -> NoReturn:
            raise OSError

    monkeypatch.setattr("envatlas.files.contents.open", Failing, raising=False)
    assert refused(file).problem == "the system does not say why"


def test_a_file_that_is_too_large_is_refused_without_reading_all_of_it(tmp_path: pathlib.Path) -> None:
    """The limit is named."""
    file = tmp_path / "large"
    with file.open("wb") as opened:
        opened.truncate(10**12)
    with pytest.raises(UnreadableFileError, match="it is larger than 1 MiB"):
        read_env_file(str(file))
    with pytest.raises(UnreadableFileError, match="it is larger than 8 MiB"):
        read_manifests([str(file)])


def test_importing_the_readers_imports_no_library() -> None:
    """They are of an extra, and whoever reads no file does not wait for them."""
    code = "import sys, envatlas.files; print(*({'yaml', 'dotenv'} & {*sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


def test_standard_input_that_is_closed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python has none then."""
    monkeypatch.setattr(sys, "stdin", None)
    assert refused("-").problem == "standard input is closed"
