"""vLLM's variables for AMD GPUs."""

from collections.abc import Iterable

from envatlas import IntegerFlag, TrueOneFlag, Variable, hookimpl

VARIABLES = (
    Variable(
        "VLLM_USE_TRITON_FLASH_ATTN",
        TrueOneFlag(),
        default=True,
        help="Computes flash attention with the kernel written in Triton; unset, it does.",
        affects_compilation=True,
    ),
    Variable(
        "VLLM_ROCM_FP8_PADDING",
        IntegerFlag(),
        default=True,
        help="Pads FP8 weights to 256 bytes; unset, they are padded.",
        affects_compilation=True,
    ),
)


@hookimpl
def envatlas_variables() -> Iterable[Variable[object]]:
    """Declare the variables for AMD GPUs."""
    return VARIABLES
