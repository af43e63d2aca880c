"""The version of this distribution; its metadata takes it from here."""

from typing import Final

VERSION: Final = "0.1.0"
