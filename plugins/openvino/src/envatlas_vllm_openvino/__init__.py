"""vLLM's variables for OpenVINO."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from envatlas import Between, Integer, OneOf, OnTrueOneFlag, Text, UpperText, Variable, hookimpl

if TYPE_CHECKING:
    from envatlas.checks import Check

VARIABLES = (
    Variable(
        "VLLM_OPENVINO_DEVICE",
        UpperText(),
        default="CPU",
        help="The device on which OpenVINO runs the model, in upper or lower case; unset, the CPU.",
        affects_compilation=True,
    ),
    Variable(
        "VLLM_OPENVINO_KVCACHE_SPACE",
        Integer(),
        default=0,
        help="The KV cache's size under OpenVINO, in GiB; 0 or unset, 4 GiB.",
        unit="GiB",
        expects=Between(minimum=0),
    ),
    Variable(
        "VLLM_OPENVINO_CPU_KV_CACHE_PRECISION",
        Text(),
        default=None,
        help=(
            "The KV cache's number format on CPUs, u8 for a compressed one; unset, bf16 where the platform "
            "has it natively, and f16 elsewhere."
        ),
        affects_compilation=True,
        expects=OneOf("u8", "bf16", "f16"),
    ),
    Variable(
        "VLLM_OPENVINO_ENABLE_QUANTIZED_WEIGHTS",
        OnTrueOneFlag(),
        default=False,
        help="Compresses the weights while Hugging Face Optimum exports a model; unset, it does not.",
        affects_compilation=True,
    ),
)


@hookimpl
def envatlas_variables() -> Iterable[Variable[object]]:
    """Declare the variables for OpenVINO."""
    return VARIABLES


@hookimpl
def envatlas_checks() -> Iterable["Check"]:
    """Check what is known of OpenVINO."""
    from envatlas_vllm_openvino.checks import CHECKS  # noqa: PLC0415  no start that only reads needs them

    return CHECKS
