"""vLLM's variables for Intel Gaudi accelerators."""

from collections.abc import Iterable

from envatlas import TrueOneFlag, Variable, hookimpl

VARIABLES = (
    Variable(
        "VLLM_USE_HPU_CONTIGUOUS_CACHE_FETCH",
        TrueOneFlag(),
        default=True,
        help=(
            "Fetches a contiguous KV cache in one piece, which spares Gaudi 3 a costly gather, as the name "
            "VLLM_CONTIGUOUS_PA says, its own counting for nothing; unset, it does."
        ),
        affects_compilation=True,
        reads=("VLLM_CONTIGUOUS_PA",),
    ),
)


@hookimpl
def envatlas_variables() -> Iterable[Variable[object]]:
    """Declare the variables for Intel Gaudi accelerators."""
    return VARIABLES
