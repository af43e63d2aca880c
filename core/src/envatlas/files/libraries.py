"""Libraries: what files are read with, and comes with the extra ``cli`` alone."""

from __future__ import annotations

from envatlas.errors import EnvatlasError


class MissingLibraryError(EnvatlasError, ImportError):
    """A library that reading a file needs, and that is not installed.

    Attributes:
        library: What it is called where it is installed from.

    >>> print(MissingLibraryError("PyYAML"))
    reading this file needs PyYAML, which is not installed: pip install 'envatlas[cli]'
    """

    def __init__(self, library: str) -> None:
        super().__init__(library)
        self.library = library

    def __str__(self) -> str:
        return f"reading this file needs {self.library}, which is not installed: pip install 'envatlas[cli]'"
