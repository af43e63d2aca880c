"""vLLM's variables for running on Ray."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from envatlas import Between, IntegerFlag, Matches, Number, Text, Variable, hookimpl

if TYPE_CHECKING:
    import click

    from envatlas.checks import Check

VARIABLES = (
    Variable(
        "VLLM_USE_RAY_SPMD_WORKER",
        IntegerFlag(),
        default=False,
        help=(
            "Runs every worker in a process apart from the engine's, and starts a step on all of them in one "
            "way; unset, it does not."
        ),
    ),
    Variable(
        "VLLM_USE_RAY_COMPILED_DAG",
        IntegerFlag(),
        default=False,
        help=("Drives the workers by Ray's Compiled Graph, whose control plane costs less; unset, it does not."),
    ),
    Variable(
        "VLLM_USE_RAY_COMPILED_DAG_NCCL_CHANNEL",
        IntegerFlag(),
        default=True,
        help="Has Ray's Compiled Graph communicate over NCCL; unset, it does.",
        only_with="VLLM_USE_RAY_COMPILED_DAG",
    ),
    Variable(
        "VLLM_USE_RAY_COMPILED_DAG_OVERLAP_COMM",
        IntegerFlag(),
        default=False,
        help=(
            "Lets Ray's Compiled Graph communicate between GPUs while they compute, which is experimental; "
            "unset, it does not."
        ),
        only_with="VLLM_USE_RAY_COMPILED_DAG",
    ),
    Variable(
        "VLLM_RAY_PER_WORKER_GPUS",
        Number(),
        default=1.0,
        help=(
            "How many GPUs Ray reserves for a worker, a fraction letting other actors share the worker's "
            "GPU; unset, one."
        ),
        unit="GPUs",
        expects=Between(minimum=0),
    ),
    Variable(
        "VLLM_RAY_BUNDLE_INDICES",
        Text(),
        default="",
        help="The index of each worker's Ray bundle, as in 0,1,2,3; empty or unset, vLLM assigns them.",
        expects=Matches(r"(?:[0-9]+(?:,[0-9]+)*)?", "whole numbers separated by ',', or nothing"),
    ),
)


@hookimpl
def envatlas_variables() -> Iterable[Variable[object]]:
    """Declare the variables for running on Ray."""
    return VARIABLES


@hookimpl
def envatlas_checks() -> Iterable[Check]:
    """Check what is known of Ray."""
    from envatlas_vllm_ray.checks import CHECKS  # noqa: PLC0415  no start that only reads needs them

    return CHECKS


@hookimpl(optionalhook=True)
def envatlas_commands() -> Iterable[click.Command]:
    """Add ``envatlas ray``."""
    from envatlas_vllm_ray.commands import ray_command  # noqa: PLC0415  a start needs no command line

    return [ray_command]
