"""vLLM's variables for the choice of kernels."""

from collections.abc import Iterable, Mapping

from envatlas import (
    Between,
    Computed,
    EachOf,
    Integer,
    IntegerFlag,
    OneOf,
    Text,
    TextList,
    Variable,
    hookimpl,
)


def _empty_list(_environ: Mapping[str, str]) -> list[str]:
    return []


VARIABLES = (
    Variable(
        "VLLM_ATTENTION_BACKEND",
        Text(),
        default=None,
        help="The implementation that computes attention; unset, vLLM chooses.",
        affects_compilation=True,
        expects=OneOf("TORCH_SDPA", "FLASH_ATTN", "XFORMERS", "ROCM_FLASH", "FLASHINFER", "FLASHMLA"),
    ),
    Variable(
        "VLLM_MLA_DISABLE",
        IntegerFlag(),
        default=False,
        help="Turns off the optimizations for multi-head latent attention (MLA); unset, they are on.",
        affects_compilation=True,
    ),
    Variable(
        "VLLM_USE_TRITON_AWQ",
        IntegerFlag(),
        default=False,
        help="Computes AWQ-quantized layers with the kernels written in Triton; unset, it does not.",
        affects_compilation=True,
    ),
    Variable(
        "VLLM_DISABLED_KERNELS",
        TextList(),
        # a list that the kind cannot write: the empty text is a list of one empty text
        # `depends` is None so that every read has a list of its own
        default=Computed(_empty_list, "an empty list", depends=()),
        help=(
            "The kernels for quantized linear layers of mixed precision that are not to be chosen, separated "
            "by commas, for tests and comparisons of speed; unset, any may be."
        ),
        affects_compilation=True,
        expects=EachOf(OneOf("MacheteLinearKernel", "MarlinLinearKernel", "ExllamaLinearKernel")),
    ),
    Variable(
        "VLLM_FUSED_MOE_CHUNK_SIZE",
        Integer(),
        default=32768,
        help="How many tokens the fused mixture-of-experts kernel takes at a time, at most; unset, 32768.",
        unit="tokens",
        affects_compilation=True,
        expects=Between(minimum=1),
    ),
    Variable(
        "VLLM_ENABLE_MOE_ALIGN_BLOCK_SIZE_TRITON",
        IntegerFlag(),
        default=False,
        help="Aligns mixture-of-experts blocks with the kernel written in Triton; unset, it does not.",
        affects_compilation=True,
    ),
    Variable(
        "K_SCALE_CONSTANT",
        Integer(),
        default=200,
        help=("The divisor in the scale of an FP8 KV cache's keys, where that is computed as it runs; unset, 200."),
        affects_compilation=True,
        expects=Between(minimum=1),
    ),
    Variable(
        "V_SCALE_CONSTANT",
        Integer(),
        default=100,
        help=("The divisor in the scale of an FP8 KV cache's values, where that is computed as it runs; unset, 100."),
        affects_compilation=True,
        expects=Between(minimum=1),
    ),
)


@hookimpl
def envatlas_variables() -> Iterable[Variable[object]]:
    """Declare the variables for the choice of kernels."""
    return VARIABLES
