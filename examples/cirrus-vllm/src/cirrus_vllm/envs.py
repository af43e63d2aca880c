"""Environment variables of Cirrus's accelerators, as they were kept before; one of them is still read here."""

import json
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    VLLM_CIRRUS_HOME: str
    VLLM_CIRRUS_VISIBLE_CORES: list[str]
    VLLM_CIRRUS_GRAPH_BATCHES: int
    VLLM_CIRRUS_FUSED_NORM: bool
    VLLM_CIRRUS_LINK: str
    VLLM_CIRRUS_COMPILER_OPTIONS: dict[str, Any]


def _one_of(name: str, default: str, choices: list[str]) -> Callable[[], str]:
    def read() -> str:
        text = os.getenv(name, default)
        if text not in choices:
            raise ValueError(f"{name} is {text!r}, and not one of {choices}")
        return text

    return read


environment_variables: dict[str, Callable[[], Any]] = {
    # Where the accelerator's toolkit is installed; unset, /opt/cirrus.
    "VLLM_CIRRUS_HOME": lambda: os.path.expanduser(os.getenv("VLLM_CIRRUS_HOME", "/opt/cirrus")),
    # Cores that this process may use, separated by commas; unset, none is left out.
    "VLLM_CIRRUS_VISIBLE_CORES": lambda: os.getenv("VLLM_CIRRUS_VISIBLE_CORES", "").split(","),
    # How many batch sizes are captured as graphs; unset, 8.
    "VLLM_CIRRUS_GRAPH_BATCHES": lambda: int(os.getenv("VLLM_CIRRUS_GRAPH_BATCHES", "8")),
    # Computes normalization in one kernel with what comes before it; unset, it does not.
    "VLLM_CIRRUS_FUSED_NORM": lambda: os.getenv("VLLM_CIRRUS_FUSED_NORM", "0").lower() in ("1", "true"),
    # How cards talk to each other: by the ring or by the mesh; unset, by the ring.
    "VLLM_CIRRUS_LINK": _one_of("VLLM_CIRRUS_LINK", "ring", ["ring", "mesh"]),
    # Options for the compiler, as JSON; unset, none.
    "VLLM_CIRRUS_COMPILER_OPTIONS": lambda: json.loads(os.getenv("VLLM_CIRRUS_COMPILER_OPTIONS", "{}")),
}
