"""What a host tells of its memory, and of files that are to be shared objects."""

from __future__ import annotations

import pathlib
import sys
from typing import Final

import pytest

from envatlas import hosts
from envatlas.hosts import ThisHost, memory, shared_object_error
from envatlas.languages import Words

HEADER: Final = pathlib.Path(sys.executable).read_bytes()[:64]
"""How a program of this machine starts."""


@pytest.mark.parametrize("text", ["max\n", "9999999999999999999\n"])
def test_without_a_lower_limit_the_memory_is_the_machines(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """A limit may be none, or be higher than what there is."""
    monkeypatch.setattr(hosts, "_MEMORY_LIMIT", str(tmp_path / "none"))
    machine = memory()
    limit = tmp_path / "memory.max"
    limit.write_text(text)
    monkeypatch.setattr(hosts, "_MEMORY_LIMIT", str(limit))
    assert memory() == machine > 2**20


def test_the_memory_of_a_container_is_its_limit(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is what the processes in it may use."""
    limit = tmp_path / "memory.max"
    limit.write_text("1048576\n")
    monkeypatch.setattr(hosts, "_MEMORY_LIMIT", str(limit))
    assert memory() == 2**20


def changed(at: int, value: bytes) -> bytes:
    """Return the header of a shared object of this machine with other bytes at a place."""
    shared = HEADER[:16] + (3).to_bytes(2, sys.byteorder) + HEADER[18:]
    return shared[:at] + value + shared[at + len(value) :]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (changed(0, b""), ""),
        (b"", "it is no ELF file"),
        (b"GROUP ( libc.so.6 )", "it is no ELF file"),
        (changed(4, bytes([HEADER[4] ^ 3])), "it is for another kind of machine"),
        (changed(5, bytes([HEADER[5] ^ 3])), "it is for another kind of machine"),
        (changed(18, bytes([HEADER[18] ^ 1])), "it is for another kind of machine"),
        (changed(16, (1).to_bytes(2, sys.byteorder)), "it is an ELF file, and no shared object"),
        (HEADER[:10], "it is for another kind of machine"),
    ],
    ids=["right", "empty", "text", "word", "order", "machine", "object", "short"],
)
def test_a_header_tells_what_a_file_is(tmp_path: pathlib.Path, content: bytes, error: str) -> None:
    """Its first bytes say whether it is a shared object, and of which kind of machine."""
    file = tmp_path / "libacme.so"
    file.write_bytes(content)
    assert shared_object_error(str(file)) == error


def test_a_real_extension_module_is_a_shared_object() -> None:
    """So is whatever this Python has loaded itself."""
    (line, *_) = (line for line in pathlib.Path("/proc/self/maps").read_text().splitlines() if ".so" in line)
    assert shared_object_error(line.split(maxsplit=5)[-1]) == ""


def test_what_is_no_regular_file_is_not_opened() -> None:
    """A pipe, a device and a folder might answer for ever, or never."""
    assert {shared_object_error(path) for path in ("/", "/dev/zero")} == {"it is no regular file"}


def test_a_file_that_cannot_be_read_says_so(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason is the system's."""
    file = tmp_path / "libacme.so"
    file.touch()

    def refuse(path: str) -> bytes:
        if path == str(file):
            raise PermissionError(13, "Permission denied", path)
        return HEADER

    monkeypatch.setattr(hosts, "_first_bytes", refuse)
    error = shared_object_error(str(file))
    assert error == "it cannot be read: Permission denied"
    assert Words("zh_CN")(error) == "无法读取：Permission denied"


def test_what_is_wrong_with_a_file_can_be_translated(tmp_path: pathlib.Path) -> None:
    """A plugin says it as a part of its own sentence."""
    for name, content in {"text": b"", "machine": HEADER[:10], "program": changed(16, b"\0\0")}.items():
        (tmp_path / name).write_bytes(content)
    errors = {shared_object_error(str(tmp_path / name)) for name in ("text", "machine", "program", "none", ".")}
    assert len({Words("zh_CN")(error) for error in errors} - errors) == 5


def test_a_system_that_does_not_show_its_programs_tells_nothing(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a program of its own to compare with, nothing is known of a file."""
    file = tmp_path / "libacme.so"
    file.write_bytes(HEADER)
    monkeypatch.setattr(hosts, "_OWN_PROGRAM", str(tmp_path / "none"))
    assert ThisHost().ask(shared_object_error, str(file)) is None
