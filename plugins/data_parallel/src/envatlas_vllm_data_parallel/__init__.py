"""vLLM's variables for data parallelism."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from envatlas import Between, Integer, Scope, Text, Variable, hookimpl

if TYPE_CHECKING:
    import click

    from envatlas.checks import Check

VARIABLES = (
    Variable(
        "VLLM_DP_RANK",
        Integer(),
        default=0,
        help="The process's rank among the data-parallel ones, counted from 0; unset, 0.",
        scope=Scope.PROCESS,
        affects_compilation=True,
        expects=Between(minimum=0),
    ),
    Variable(
        "VLLM_DP_SIZE",
        Integer(),
        default=1,
        help="How many data-parallel ranks there are; unset, one.",
        unit="ranks",
        affects_compilation=True,
        expects=Between(minimum=1),
    ),
    Variable(
        "VLLM_DP_MASTER_IP",
        Text(),
        default="127.0.0.1",
        help="The IP address of the data-parallel master node; unset, this machine's loopback address.",
    ),
    Variable(
        "VLLM_DP_MASTER_PORT",
        Integer(),
        default=0,
        help="The port of the data-parallel master node; unset, 0.",
        expects=Between(0, 65535),
    ),
)


@hookimpl
def envatlas_variables() -> Iterable[Variable[object]]:
    """Declare the variables for data parallelism."""
    return VARIABLES


@hookimpl
def envatlas_checks() -> Iterable["Check"]:
    """Check what is known of data parallelism."""
    from envatlas_vllm_data_parallel.checks import CHECKS  # noqa: PLC0415  no start that only reads needs them

    return CHECKS


@hookimpl(optionalhook=True)
def envatlas_commands() -> Iterable["click.Command"]:
    """Add ``envatlas data-parallel``."""
    from envatlas_vllm_data_parallel.commands import data_parallel_command  # noqa: PLC0415  a start needs none

    return [data_parallel_command]
