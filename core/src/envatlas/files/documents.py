"""Documents: a YAML file as nodes.

PyYAML is the parser that everybody has, and with libyaml below it reads megabytes in a moment; ruamel.yaml does that in
Python, far slower, to keep comments and layout, which nothing here needs.
"""

from __future__ import annotations

import re
from typing import Final

from envatlas.environs import Place, UnreadableFileError
from envatlas.files.contents import read_text
from envatlas.files.libraries import MissingLibraryError
from envatlas.files.limits import LARGEST_FILE
from envatlas.files.nodes import Document
from envatlas.files.templates import unrendered

_QUOTED: Final = re.compile(r"['\"].{2,}", re.DOTALL)


def read_documents(path: str) -> tuple[Document, ...]:
    r"""Return the documents of a YAML file.

    Raises:
        UnreadableFileError: It is not YAML, or more of it than anybody writes.
        MissingLibraryError: PyYAML is not installed.

    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "pod.yaml")
    >>> _ = file.write_text("kind: Pod\n---\nkind: Job\n")
    >>> [(document.number, document.root.line) for document in read_documents(str(file))]
    [(1, 1), (2, 3)]
    """
    try:
        from envatlas.files import composing  # noqa: PLC0415  it needs an extra, and only files need it
    except ModuleNotFoundError as error:
        raise MissingLibraryError("PyYAML") from error
    text = read_text(path, LARGEST_FILE)
    try:
        return composing.compose(path, text)
    except composing.YAMLError as error:
        failed = _failed(path, text, error)
    raise failed  # outside: the cause would hold a part of the file


def _failed(path: str, text: str, error: Exception) -> UnreadableFileError:
    """Return what to say of a file that is no YAML, without a word that stands in it."""
    mark: object = getattr(error, "problem_mark", None)
    line: object = getattr(mark, "line", None)
    place = Place(path, line + 1 if isinstance(line, int) else None)
    if "{{" in text:
        return unrendered(place)
    said = _QUOTED.sub("", str(getattr(error, "problem", None) or "")).strip()
    return UnreadableFileError(place, f"it is not valid YAML{': ' if said else ''}{said}", "correct it")
