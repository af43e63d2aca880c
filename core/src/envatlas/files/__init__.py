"""Files as the environment of a process; a module an idea."""

from envatlas.files.env_files import read_env_file, read_env_files
from envatlas.files.libraries import MissingLibraryError
from envatlas.files.manifests import read_manifests

__all__ = ["MissingLibraryError", "read_env_file", "read_env_files", "read_manifests"]
