"""A platform's variables beside an engine's, in the same pattern, with names of its own."""

import os
from collections.abc import Callable
from os import environ, getenv
from typing import Any

_ON = ("1", "true", "on")

env_variables: dict[str, Callable[[], Any]] = {
    # The number of jobs that compile at once; unset, all cores
    "MAX_JOBS": lambda: os.getenv("MAX_JOBS", None),
    # The release or debug build. # not a part
    "NPU_BUILD": lambda: getenv("NPU_BUILD"),
    "NPU_COMPILE_KERNELS": lambda: bool(int(getenv("NPU_COMPILE_KERNELS", "1"))),
    "NPU_HOME": lambda: getenv("NPU_HOME_PATH", None),
    "NPU_SOC": lambda: getenv("SOC_VERSION", "NPU910B"),
    "NPU_LEVELS": lambda: [part.strip() for part in environ.get("NPU_LEVELS", "1, 2").split(",") if part.strip()],
    "NPU_ON": lambda: environ.get("NPU_ON", "off").lower() in _ON,
    "NPU_ADDRESS": lambda: environ.get("NPU_ADDRESS", environ.get("ADDRESS", "")),
    "NPU_NODE": lambda: getenv("NPU_NODE", "") or getenv("NODE_NAME", ""),
    "NPU_ROOT": lambda: environ["NPU_ROOT"],
    "NPU_RATIO": lambda: float(environ["NPU_RATIO"]) if environ.get("NPU_RATIO") is not None else 0.5,
    "NPU_GRAPH": lambda: True if environ.get("NPU_GRAPH", "0") == "1" else False,  # noqa: SIM210  as people write it
    "NPU_ASYNC": lambda: not environ.get("NPU_ASYNC"),
    "NPU_LIST": lambda: environ.get("NPU_LIST", "").split(":"),
    "NPU_DEPTH": lambda: int(environ.get("NPU_DEPTH") or 4),
    "NPU_SWITCH": lambda: bool(getenv("NPU_SWITCH") or getenv("SWITCH")),
    "NPU_TAG": lambda: f"npu-{getenv('NPU_TAG', '0')}",
}
env_variables["NPU_LATE"] = lambda: os.getenv("NPU_LATE", "late")
