"""Codes: what kinds of findings envatlas's own checks have, each in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "check-failed": "A check did not run to its end, so what it alone can tell is not known",
        "damaged-metadata": "The metadata of an installed distribution cannot be read, so its plugins are not known",
        "deprecated": "A variable is set that is on its way out, or under a name that it had before",
        "duplicate-plugin": "Two distributions have a plugin of one name, and only one of the two counts",
        "exposed-secret": "A secret lies where others can read it",
        "file-defect": "A part of a file is not what it is said to be",
        "hook-failed": "A hook of an active plugin fails, or adds what makes no sense; its variables count",
        "inactive-variable": "A variable is set whose plugin is not active, so nothing reads it",
        "incompatible-plugin": "A plugin asks for another version of the plugin API than this envatlas has",
        "invalid-value": "A text cannot be read",
        "may-be-inactive": "A name is set that nobody declares, unless a plugin does that is not active",
        "no-effect": "A variable is set, and has no effect as others are set",
        "no-plugin": "No plugin is installed",
        "nothing-selected": "The selection leaves out every plugin, so no variable counts",
        "plugin-failed": "A plugin failed to load, so none of its variables count",
        "removed-variable": "A name is set that was a variable's once, and is none's any more",
        "replaced-variable": "A deprecated variable or a former name is set, and what replaces it as well",
        "secret-refused": "A variable would show another's secret, so its declaration is refused",
        "service-link": "Kubernetes sets variables to a service's address under names that are the application's",
        "surprising-value": "A text can be read, and may not mean what it seems to",
        "unexpected-value": "A text can be read, and the documentation does not allow it",
        "unknown-selection": "The selection is set, and its text is not known",
        "unknown-source": "More is set than the files tell, so not all of it is checked",
        "unknown-variable": "A name is set that nobody declares",
        "unmatched-plugin": "The selection names a plugin that is not installed",
        "variable-conflict": "Two plugins declare a variable differently, and only one of the two counts",
    }
)
"""What each code says; a plugin's checks have codes of their own."""
