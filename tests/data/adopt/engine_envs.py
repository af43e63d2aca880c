"""An engine's variables in the pattern that large applications use: stubs, helpers, and a dict of functions."""

import json
import os
import tempfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    ENGINE_HOST: str = ""
    ENGINE_PORT: int | None = None
    ENGINE_TIMEOUT_MS: int = 10000
    ENGINE_BACKEND: Literal["dense", "paged"] | None = None
    ENGINE_CACHE: str = ""
    ENGINE_DISABLED: list[str] = []

DEFAULT_TIMEOUT_MS = 10000


def cache_root() -> str:
    """Return the folder below which caches are kept."""
    return os.getenv("XDG_CACHE_HOME", os.path.join(os.path.expanduser("~"), ".cache"))


def config_root() -> str:
    """Return the folder below which configuration is kept."""
    return os.getenv("XDG_CONFIG_HOME", os.path.join(os.path.expanduser("~"), ".config"))


def number_or_none(text: str | None) -> int | None:
    """Return a number, if there is one."""
    if text is None:
        return None
    return int(text)


def flag_or_none(text: str | None) -> bool | None:
    """Return a flag of three states."""
    return None if text is None else bool(int(text))


def one_of(
    name: str, default: str | None, choices: list[str] | Callable[[], list[str]], *, match_case: bool = True
) -> Callable[[], str | None]:
    """Return a function that reads one of several texts."""

    def read() -> str | None:
        text = os.getenv(name)
        if text is None:
            return default
        allowed = choices() if callable(choices) else choices
        if not match_case:
            asked = text.lower()
            known = [each.lower() for each in allowed]
        else:
            asked = text
            known = allowed
        if asked not in known:
            raise ValueError(f"{name} is {text!r}, and not one of {allowed}")
        return text

    return read


def several_of(name: str, default: list[str], choices: list[str]) -> Callable[[], list[str]]:
    """Return a function that reads some of several texts."""

    def read() -> list[str]:
        text = os.getenv(name)
        if text is None:
            return default
        chosen = [each.strip() for each in text.split(",") if each.strip()]
        for each in chosen:
            if each not in choices:
                raise ValueError(f"{each} is not one of {choices}")
        return chosen

    return read


environment_variables: dict[str, Callable[[], Any]] = {
    # ================ Where it runs ================
    # the address that other nodes use. It differs
    # from node to node.
    "ENGINE_HOST": lambda: os.getenv("ENGINE_HOST", ""),
    # First port of the engine's own traffic
    "ENGINE_PORT": lambda: int(os.getenv("ENGINE_PORT", "0")) if "ENGINE_PORT" in os.environ else None,
    "ENGINE_TIMEOUT_MS": lambda: int(os.environ.get("ENGINE_TIMEOUT_MS", DEFAULT_TIMEOUT_MS)),
    # How much memory is used, as a part of all
    "ENGINE_MEMORY": lambda: float(os.getenv("ENGINE_MEMORY", "0.9")),
    "ENGINE_THREADS": lambda: number_or_none(os.getenv("ENGINE_THREADS")),
    "ENGINE_COMPILED": lambda: flag_or_none(os.getenv("ENGINE_COMPILED", None)),
    "ENGINE_EAGER": lambda: bool(int(os.getenv("ENGINE_EAGER", "0"))),
    "ENGINE_FAST": lambda: bool(int(os.environ["ENGINE_FAST"])) if "ENGINE_FAST" in os.environ else None,
    "ENGINE_VERBOSE": lambda: os.getenv("ENGINE_VERBOSE", "0") == "1",
    "ENGINE_TRACE": lambda: os.getenv("ENGINE_TRACE", "False").lower() == "true",
    "ENGINE_WARM": lambda: os.getenv("ENGINE_WARM", "1").strip().lower() in ("1", "true"),
    "ENGINE_STRICT": lambda: os.getenv("ENGINE_STRICT", "0") in ("1", "true"),
    "ENGINE_TEST_GRAPH": lambda: os.environ.get("ENGINE_TEST_GRAPH", "1") != "0",
    "ENGINE_ALIVE": lambda: bool(os.getenv("ENGINE_ALIVE", False)),  # noqa: PLW1508
    # Says how attention is computed
    "ENGINE_BACKEND": one_of("ENGINE_BACKEND", None, ["dense", "paged"]),
    "ENGINE_METHOD": one_of("ENGINE_METHOD", "fork", lambda: ["fork", "spawn"], match_case=False),
    "ENGINE_PARTS": several_of("ENGINE_PARTS", [], ["a", "b"]),
    "ENGINE_CACHE": lambda: os.path.expanduser(os.getenv("ENGINE_CACHE", os.path.join(cache_root(), "engine"))),
    "ENGINE_CONFIG": lambda: os.path.expanduser(
        os.getenv("ENGINE_CONFIG", os.path.join(config_root(), "engine", "files"))
    ),
    "ENGINE_MODELS": lambda: os.path.expanduser(os.getenv("ENGINE_MODELS", "~/models")),
    "ENGINE_SOCKETS": lambda: os.getenv("ENGINE_SOCKETS", tempfile.gettempdir()),
    "ENGINE_DISABLED": lambda: [] if "ENGINE_DISABLED" not in os.environ else os.environ["ENGINE_DISABLED"].split(","),
    "ENGINE_PLUGINS": lambda: None if "ENGINE_PLUGINS" not in os.environ else os.environ["ENGINE_PLUGINS"].split(","),
    # Counts in place of QUIET, where that is not set.
    "ENGINE_QUIET": lambda: (os.environ.get("ENGINE_QUIET") or os.environ.get("QUIET") or "0") == "1",
    "ENGINE_TARGET": lambda: os.getenv("ENGINE_TARGET", "gpu").upper(),
    "ENGINE_MODE": lambda: os.getenv("ENGINE_MODE", "Fast").lower(),
    "ENGINE_LABELS": lambda: json.loads(os.getenv("ENGINE_LABELS", "{}")),
    # The key that clients send
    "ENGINE_API_KEY": lambda: os.environ.get("ENGINE_API_KEY", None),
    "ENGINE_STORE_SECRET": lambda: os.environ.get("ENGINE_STORE_SECRET", ""),
}
