"""Environment variables of Basalt's cards, as they have always been kept."""

import os
import platform
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from envatlas import from_callables

if TYPE_CHECKING:
    BASALT_TOOLKIT_HOME: str | None
    BASALT_CHIP: str
    VLLM_BASALT_BUILD_KERNELS: bool
    VLLM_BASALT_TRACE: bool | None
    VLLM_BASALT_DEVICES: list[int]
    VLLM_BASALT_MOE_EXPERTS: int
    VLLM_BASALT_LICENSE_TOKEN: str | None


def _devices() -> list[int]:
    text = os.environ.get("VLLM_BASALT_DEVICES") or os.environ.get("BASALT_DEVICES", "")
    return [int(each) for each in text.split(",") if each]


env_variables: dict[str, Callable[[], Any]] = {
    # Where the toolkit is installed; its compiler is looked for there.
    "BASALT_TOOLKIT_HOME": lambda: os.getenv("BASALT_TOOLKIT_HOME", None),
    # The chip that kernels are compiled for.
    "BASALT_CHIP": lambda: os.getenv("BASALT_CHIP", "b1").lower(),
    # Whether kernels are compiled when the package is built.
    "VLLM_BASALT_BUILD_KERNELS": lambda: bool(int(os.getenv("VLLM_BASALT_BUILD_KERNELS", "1"))),
    # Whether the driver traces; the driver decides where this is unset.
    "VLLM_BASALT_TRACE": lambda: os.environ["VLLM_BASALT_TRACE"] == "1" if "VLLM_BASALT_TRACE" in os.environ else None,
    # The cards that this process may use.
    "VLLM_BASALT_DEVICES": _devices,
    # How many experts are kept on one card.
    "VLLM_BASALT_MOE_EXPERTS": lambda: int(os.getenv("VLLM_BASALT_MOE_EXPERTS", "8")),
    # What unlocks the driver.
    "VLLM_BASALT_LICENSE_TOKEN": lambda: os.getenv("VLLM_BASALT_LICENSE_TOKEN"),
    # Where compiled kernels are kept, for machines of one sort.
    "VLLM_BASALT_CACHE": lambda: os.path.join(
        os.getenv("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "basalt", platform.machine()
    ),
}

plugin = from_callables(env_variables, uncompiled=["BASALT_TOOLKIT_HOME", "VLLM_BASALT_CACHE"])


def __getattr__(name: str) -> Any:  # noqa: ANN401  what it returns is what any of the functions does
    if name in env_variables:
        return env_variables[name]()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(env_variables)
