"""vLLM's variables for usage statistics."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from envatlas import OneFlag, Text, Variable, hookimpl

if TYPE_CHECKING:
    from envatlas.checks import Check

VARIABLES = (
    Variable(
        "VLLM_USAGE_STATS_SERVER",
        Text(),
        default="https://stats.vllm.ai",
        help="The URL that usage statistics are sent to; unset, the vLLM project's server.",
    ),
    Variable(
        "VLLM_NO_USAGE_STATS",
        OneFlag(),
        default=False,
        help="Collects no usage statistics, if it is exactly 1; unset, they are collected.",
    ),
    Variable(
        "VLLM_DO_NOT_TRACK",
        OneFlag(),
        default=False,
        help=(
            "Collects no usage statistics, if it is exactly 1; while it is empty or unset, DO_NOT_TRACK "
            "counts in its place."
        ),
        reads=("VLLM_DO_NOT_TRACK", "DO_NOT_TRACK"),
    ),
    Variable(
        "VLLM_USAGE_SOURCE",
        Text(),
        default="production",
        help="What usage statistics name as the kind of deployment they come from; unset, production.",
    ),
)


@hookimpl
def envatlas_variables() -> Iterable[Variable[object]]:
    """Declare the variables for usage statistics."""
    return VARIABLES


@hookimpl
def envatlas_checks() -> Iterable["Check"]:
    """Check what is known of usage statistics."""
    from envatlas_vllm_usage_stats.checks import CHECKS  # noqa: PLC0415  no start that only reads needs them

    return CHECKS
