"""Limits: how much of a file is read, so that no file takes long or much memory; each is far beyond honest files."""

from __future__ import annotations

from typing import Final

LARGEST_FILE: Final = 8 * 1024 * 1024
"""The most bytes of a manifest."""

LARGEST_ENV_FILE: Final = 1024 * 1024
"""The most bytes of an env file."""

MOST_LINES: Final = 20_000
"""The most lines of an env file."""

MOST_SPACES: Final = 200
"""The most spaces in a row in an env file; what its parser takes grows with their square."""

MOST_NODES: Final = 400_000
"""The most scalars, lists and mappings of a manifest; those that an alias repeats count again."""

MOST_DOCUMENTS: Final = 10_000
"""The most documents of a manifest."""

DEEPEST: Final = 100
"""How deep lists and mappings may lie in each other, through aliases as well."""

LONGEST_NAME: Final = 300
"""The most characters of what a reference in a Kubernetes text may name and still be the address of a service."""

DEEPEST_REFERENCES: Final = 20
"""How deep references may lie in each other's defaults."""

LONGEST_TEXT: Final = 128 * 1024 - 2
"""The most characters of a variable's text: Linux starts no process with a longer one."""

MOST_CONTAINERS: Final = 5_000
"""The most containers of a call."""

MOST_NAMES: Final = 100_000
"""The most names that all containers of a call set together."""

MOST_CHARACTERS: Final = 8 * 1024 * 1024
"""The most characters of their texts, before and after references are replaced."""
