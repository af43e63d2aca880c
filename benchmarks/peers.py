"""The peers: how the same variables are read without envatlas.

The dict of lambdas is the pattern that inference engines use today, in this project's own words.
"""

from __future__ import annotations

import functools
import os
import tempfile
import types
from collections.abc import Callable
from typing import Any


def _cache_root() -> str:
    base = os.getenv("XDG_CACHE_HOME", os.path.join(os.path.expanduser("~"), ".cache"))
    return os.path.expanduser(os.getenv("VLLM_CACHE_ROOT", os.path.join(base, "vllm")))


LAMBDAS: dict[str, Callable[[], Any]] = {
    "VLLM_PORT": lambda: int(os.getenv("VLLM_PORT", "0")) if "VLLM_PORT" in os.environ else None,
    "VLLM_USE_V1": lambda: bool(int(os.getenv("VLLM_USE_V1", "1"))),
    "VLLM_CACHE_ROOT": _cache_root,
    "VLLM_RPC_BASE_PATH": lambda: os.getenv("VLLM_RPC_BASE_PATH", tempfile.gettempdir()),
    "VLLM_DISABLED_KERNELS": lambda: (
        [] if "VLLM_DISABLED_KERNELS" not in os.environ else os.environ["VLLM_DISABLED_KERNELS"].split(",")
    ),
    "VLLM_DO_NOT_TRACK": lambda: (
        (os.environ.get("VLLM_DO_NOT_TRACK", None) or os.environ.get("DO_NOT_TRACK", None) or "0") == "1"
    ),
}


def module_of_lambdas(*, cached: bool) -> types.ModuleType:
    """Return a module whose ``__getattr__`` calls a dict's functions, with or without a cache before them."""

    def read(name: str) -> object:
        if name in LAMBDAS:
            return LAMBDAS[name]()
        raise AttributeError(name)

    module = types.ModuleType("lambdas")
    module.__getattr__ = functools.cache(read) if cached else read  # type: ignore[method-assign]
    return module


class Slot:
    """A plain object with a slot."""

    __slots__ = ("VLLM_PORT",)

    def __init__(self, port: int | None) -> None:
        self.VLLM_PORT = port


def objects() -> dict[str, object]:
    """Return the settings objects of other libraries, made of the environment as it is now."""
    import environ
    import typed_settings
    from pydantic_settings import BaseSettings

    class Pydantic(BaseSettings):
        VLLM_PORT: int | None = None

    @typed_settings.settings
    class Typed:
        vllm_port: int | None = None

    @environ.config(prefix="")
    class Config:
        vllm_port = environ.var(default=None, converter=lambda text: None if text is None else int(text))

    return {
        "pydantic-settings": Pydantic(),
        "typed-settings": typed_settings.load(Typed, "engine", env_prefix=""),
        "environ-config": environ.to_config(Config),
    }
