"""Contents: the text of a file that anybody may have written, or an error that says why it has none."""

from __future__ import annotations

import codecs
import os
import stat
import sys
from typing import Final

from envatlas.environs import Place, UnreadableFileError

STANDARD_INPUT: Final = "-"
"""What stands for it in a path's place."""
_MIB: Final = 1024 * 1024
_AT_ONCE: Final = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Opening a named pipe waits for its other end; not with the first. The second is of Windows."""

_MARKS: Final = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
"""What files of other encodings start with; the first mark starts with the third."""
_SAVE_AS_UTF_8: Final = "save it as UTF-8"


def read_text(path: str, limit: int) -> str:
    r"""Return the text of a file, without the mark that some editors put before UTF-8.

    Args:
        path: The path; ``-`` is standard input.
        limit: The most bytes that are read.

    Raises:
        UnreadableFileError: The file is not there, is no plain file, is larger, or holds no UTF-8 text.

    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "prod.env")
    >>> _ = file.write_bytes(b"\xef\xbb\xbfVLLM_PORT=5000")
    >>> read_text(str(file), limit=1024)
    'VLLM_PORT=5000'
    """
    data = _bytes(path, limit)
    encoding = next((name for mark, name in _MARKS.items() if data.startswith(mark)), None)
    if encoding is not None:
        raise UnreadableFileError(Place(path), f"it is {encoding}", _SAVE_AS_UTF_8)
    nul = data.find(b"\0")
    if nul >= 0:
        problem = "it holds a NUL byte, so it is no text"
        raise UnreadableFileError(_at(path, data, nul), problem, "give a text file, saved as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = _at(path, data, error.start)
    raise UnreadableFileError(at, "it is not UTF-8", _SAVE_AS_UTF_8)  # outside: the cause would hold the whole file


def _at(path: str, data: bytes, position: int) -> Place:
    return Place(path, data.count(b"\n", 0, position) + 1)


def _bytes(path: str, limit: int) -> bytes:
    """Return what a plain file holds; anything else is refused before it is read."""
    if path == STANDARD_INPUT:
        if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]  Python has none where it is closed
            raise UnreadableFileError(Place(path), "standard input is closed", "pass the file on it: < FILE")
        return _within(path, sys.stdin.buffer.read(limit + 1), limit)
    try:
        descriptor = os.open(path, os.O_RDONLY | _AT_ONCE)
    except OSError as error:
        raise UnreadableFileError(Place(path), _problem(error), _remedy(error)) from error
    except ValueError as error:  # a path that no file can have
        raise UnreadableFileError(Place(path), str(error), "give the path of a file") from error
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise UnreadableFileError(Place(path), f"it is {_sort(mode)}", "give the path of a plain file")
    with open(descriptor, "rb") as file:
        try:
            data = file.read(limit + 1)
        except OSError as error:
            raise UnreadableFileError(Place(path), _problem(error), _remedy(error)) from error
    return _within(path, data, limit)


def _within(path: str, data: bytes, limit: int) -> bytes:
    if len(data) > limit:
        problem = f"it is larger than {limit // _MIB} MiB"
        raise UnreadableFileError(Place(path), problem, "give the file with the variables alone")
    return data


def _problem(error: OSError) -> str:
    said = error.strerror or "the system does not say why"
    return said[:1].lower() + said[1:]


def _remedy(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "give the path of a file that exists"
    if isinstance(error, PermissionError):
        return "let yourself read it: chmod u+r"
    return "give the path of a plain file"


def _sort(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a directory"
    return "a pipe" if stat.S_ISFIFO(mode) else "a device"
