"""Compose files; a module an idea."""

from envatlas.files.compose.projects import is_compose, services_of
from envatlas.files.compose.services import environ_of
from envatlas.files.compose.shelves import Shelf

__all__ = ["Shelf", "environ_of", "is_compose", "services_of"]
