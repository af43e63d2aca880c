"""vLLM's variables for NVIDIA GPUs."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from envatlas import (
    Integer,
    IntegerFlag,
    OneFlag,
    OneOf,
    Path,
    Scope,
    StrippedTrueOneFlag,
    Text,
    Variable,
    hookimpl,
)

if TYPE_CHECKING:
    from envatlas.checks import Check

VARIABLES = (
    Variable(
        "CUDA_HOME",
        Path(expand_user=False),
        default=None,
        help="The CUDA toolkit's folder, with bin, include and lib in it; unset, none is named.",
        scope=Scope.NODE,
    ),
    Variable(
        "CUDA_VISIBLE_DEVICES",
        Text(),
        default=None,
        help="The GPUs that a process may see, separated by commas; unset, all of them.",
        scope=Scope.PROCESS,
    ),
    Variable(
        "LD_LIBRARY_PATH",
        Text(),
        default=None,
        help=(
            "The folders, separated by colons, in which vLLM looks for the NCCL library while "
            "VLLM_NCCL_SO_PATH is unset; unset, there are none."
        ),
        scope=Scope.NODE,
    ),
    Variable(
        "VLLM_NCCL_SO_PATH",
        Path(expand_user=False),
        default=None,
        help=(
            "The NCCL library file to load in place of PyTorch's own, whose versions from 2.19 on have a "
            "bug; unset, vLLM looks in the folders of LD_LIBRARY_PATH."
        ),
        scope=Scope.NODE,
    ),
    Variable(
        "VLLM_CUDART_SO_PATH",
        Path(expand_user=False),
        default=None,
        help=(
            "The CUDA runtime library file, for systems where vLLM cannot find the loaded one by itself; "
            "unset, it searches."
        ),
        scope=Scope.NODE,
    ),
    Variable(
        "VLLM_SKIP_P2P_CHECK",
        OneFlag(),
        default=False,
        help=(
            "Trusts the driver on which GPUs can reach one another directly; unset, vLLM tries it out, since "
            "a broken driver may be wrong."
        ),
        scope=Scope.NODE,
    ),
    Variable(
        "VLLM_FLASH_ATTN_VERSION",
        Integer(),
        default=None,
        help=(
            "The FlashAttention version to use, 2 or 3, where FlashAttention is the attention backend; "
            "unset, vLLM chooses."
        ),
        affects_compilation=True,
        expects=OneOf(2, 3),
    ),
    Variable(
        "VLLM_USE_FLASHINFER_SAMPLER",
        IntegerFlag(),
        default=None,
        help="Samples tokens with FlashInfer's kernels, or with 0 never does; unset, vLLM chooses.",
    ),
    Variable(
        "VLLM_FLASHINFER_FORCE_TENSOR_CORES",
        IntegerFlag(),
        default=False,
        help="Makes FlashInfer always use tensor cores; unset, the model's architecture decides.",
        affects_compilation=True,
    ),
    Variable(
        "VLLM_MARLIN_USE_ATOMIC_ADD",
        OneFlag(),
        default=False,
        help="Reduces with atomic additions in the Marlin kernels for GPTQ and AWQ; unset, it does not.",
        affects_compilation=True,
    ),
    Variable(
        "VLLM_TEST_FORCE_FP8_MARLIN",
        StrippedTrueOneFlag(),
        default=False,
        help=(
            "Quantizes to FP8 with the Marlin kernel even where the hardware computes in FP8; unset, only "
            "where it does not."
        ),
        affects_compilation=True,
        internal=True,
    ),
)


@hookimpl
def envatlas_variables() -> Iterable[Variable[object]]:
    """Declare the variables for NVIDIA GPUs."""
    return VARIABLES


@hookimpl
def envatlas_checks() -> Iterable["Check"]:
    """Check what is known of NVIDIA GPUs."""
    from envatlas_vllm_cuda.checks import CHECKS  # noqa: PLC0415  no start that only reads needs them

    return CHECKS
