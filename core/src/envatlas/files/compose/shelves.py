"""Shelves: the files that Compose files refer to, each of which is read once."""

from __future__ import annotations

import attrs

from envatlas.environs import Environ
from envatlas.files.budgets import Budget
from envatlas.files.documents import read_documents
from envatlas.files.env_files import Line, read_env_file, read_lines, read_raw_lines
from envatlas.files.nodes import Document, MapNode


@attrs.frozen(eq=False, repr=False)
class Shelf:
    """What was read in one call.

    Attributes:
        budget: What may still be set.

    >>> Shelf().document("no-such-file.yaml")
    Traceback (most recent call last):
        ...
    envatlas.environs.UnreadableFileError: cannot read no-such-file.yaml: no such file or directory; give the path ...
    """

    budget: Budget = attrs.field(factory=Budget)
    _documents: dict[str, Document] = attrs.field(factory=dict[str, Document])
    _environs: dict[str, Environ] = attrs.field(factory=dict[str, Environ])
    _lines: dict[tuple[str, bool], tuple[Line, ...]] = attrs.field(factory=dict[tuple[str, bool], tuple[Line, ...]])

    def document(self, path: str) -> Document:
        """Return the first document of a YAML file; an empty file has an empty one."""
        if path not in self._documents:
            self._documents[path] = next(iter(read_documents(path)), Document(path, None, MapNode(1, {})))
        return self._documents[path]

    def environ(self, path: str) -> Environ:
        """Return what an env file sets."""
        if path not in self._environs:
            self._environs[path] = read_env_file(path)
        return self._environs[path]

    def lines(self, path: str, *, is_raw: bool) -> tuple[Line, ...]:
        """Return the lines of an env file."""
        if (path, is_raw) not in self._lines:
            self._lines[path, is_raw] = tuple(read_raw_lines(path)) if is_raw else read_lines(path)
        return self._lines[path, is_raw]
