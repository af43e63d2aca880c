"""Another platform's variables: functions with names, and a helper."""

import os
from collections.abc import Callable
from typing import Any


def _is_on(name: str, default: str = "false") -> bool:
    """Return whether a flag is on."""
    return os.environ.get(name, default).lower() in ("true", "1")


def _contiguous() -> bool:
    """Return whether the cache is contiguous."""
    text = os.environ.get("HPU_CONTIGUOUS", "true")
    return text.lower() == "true"


def _steps() -> int:
    """Return the number of steps."""
    if "HPU_STEPS" in os.environ:
        return int(os.environ["HPU_STEPS"])
    else:  # noqa: RET505  as people write it
        return 8


def _looped() -> int:
    """Return what only running it tells."""
    total = 0
    for part in os.environ.get("HPU_LOOPED", "1").split(","):
        total += int(part)
    return total


NOT_VARIABLES = {"a": 1}
environment_variables: dict[str, Callable[[], Any]] = {
    # Joins blocks of the cache
    "HPU_CONTIGUOUS": _contiguous,
    "HPU_STEPS": _steps,
    "HPU_DELAYED": lambda: _is_on("HPU_DELAYED", "true"),
    "HPU_LAZY": lambda: _is_on("HPU_LAZY"),
    "HPU_LOOPED": _looped,
    "HPU_BAD_DEFAULT": lambda: int(os.environ.get("HPU_BAD_DEFAULT", "none")),
    "HPU_TOKEN": lambda: os.environ.get("HPU_TOKEN"),
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  any of them
    """Return a variable's value."""
    if name in environment_variables:
        return environment_variables[name]()
    raise AttributeError(name)
