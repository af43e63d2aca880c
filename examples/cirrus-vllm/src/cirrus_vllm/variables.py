"""vLLM's variables for Cirrus's accelerators, as `envatlas adopt envs.py` wrote them, and two facts beside."""

from collections.abc import Iterable

from envatlas import (
    Integer,
    Path,
    TextList,
    TrueOneFlag,
    Variable,
    from_callables,
    hookimpl,
)
from envatlas.dialects import ExactChoice

VARIABLES = (
    Variable(
        "VLLM_CIRRUS_HOME",
        Path(),
        default="/opt/cirrus",
        help="Where the accelerator's toolkit is installed; unset, /opt/cirrus.",
    ),
    Variable(
        "VLLM_CIRRUS_VISIBLE_CORES",
        TextList(),
        default=[""],
        help="Cores that this process may use, separated by commas; unset, none is left out.",
    ),
    Variable(
        "VLLM_CIRRUS_GRAPH_BATCHES",
        Integer(),
        default=8,
        help="How many batch sizes are captured as graphs; unset, 8.",
        affects_compilation=True,
    ),
    Variable(
        "VLLM_CIRRUS_FUSED_NORM",
        TrueOneFlag(),
        default=False,
        help="Computes normalization in one kernel with what comes before it; unset, it does not.",
        affects_compilation=True,
    ),
    Variable(
        "VLLM_CIRRUS_LINK",
        ExactChoice("ring", "mesh"),
        default="ring",
        help="How cards talk to each other: by the ring or by the mesh; unset, by the ring.",
    ),
)
KEPT = (
    "VLLM_CIRRUS_COMPILER_OPTIONS",  # line 39: no kind reads a text as json.loads(TEXT) does
)
"""What no declaration reads exactly as its function does."""


@hookimpl
def envatlas_variables() -> Iterable[Variable[object]]:
    """Declare the variables, and take over those that are functions as yet."""
    from cirrus_vllm.envs import environment_variables  # noqa: PLC0415  importing this module imports no more

    kept = {name: each for name, each in environment_variables.items() if name in KEPT}
    return [*VARIABLES, *from_callables(kept).envatlas_variables()]
