"""vLLM's variables for running on CPUs."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from envatlas import Between, Integer, IntegerFlag, Matches, Scope, Text, Variable, hookimpl

if TYPE_CHECKING:
    from envatlas.checks import Check

_RANGE: Final = r"[0-9]+(?:-[0-9]+)?"
_CORES: Final = rf"{_RANGE}(?:,{_RANGE})*"

VARIABLES = (
    Variable(
        "VLLM_CPU_KVCACHE_SPACE",
        Integer(),
        default=0,
        help="The KV cache's size on CPUs, in GiB; 0 or unset, 4 GiB.",
        unit="GiB",
        expects=Between(minimum=0),
    ),
    Variable(
        "VLLM_CPU_OMP_THREADS_BIND",
        Text(),
        default="all",
        help=(
            "The CPU cores that OpenMP threads are bound to, as in 0-31,33, with | between the cores of one "
            "rank and of the next; unset, all cores."
        ),
        scope=Scope.NODE,
        expects=Matches(
            rf"all|{_CORES}(?:\|{_CORES})*",
            "'all', or core numbers and ranges such as '0-31,33', those of different ranks separated by '|'",
        ),
    ),
    Variable(
        "VLLM_CPU_MOE_PREPACK",
        IntegerFlag(),
        default=True,
        help=(
            "Has IPEX prepack the weights of mixture-of-experts layers, which some CPUs do not support: "
            "there, set it to 0; unset, they are prepacked."
        ),
        affects_compilation=True,
    ),
)


@hookimpl
def envatlas_variables() -> Iterable[Variable[object]]:
    """Declare the variables for running on CPUs."""
    return VARIABLES


@hookimpl
def envatlas_checks() -> Iterable["Check"]:
    """Check what is known of CPUs."""
    from envatlas_vllm_cpu.checks import CHECKS  # noqa: PLC0415  no start that only reads needs them

    return CHECKS
