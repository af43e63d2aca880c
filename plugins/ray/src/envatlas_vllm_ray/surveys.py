"""Surveys: what every live node of a cluster reads, and where the nodes disagree.

The answers are taken by a function of `envatlas_vllm_ray.asking` on the nodes themselves, one pinned to each, all asked
at once. The driver parses what differs, and nothing twice.
"""

from __future__ import annotations

import contextlib
import math
import secrets
from collections.abc import Callable
from typing import Final

import attrs

from envatlas import Registry
from envatlas_vllm_ray.answers import Answer, Reader, concealed
from envatlas_vllm_ray.clusters import connected
from envatlas_vllm_ray.comparing import Disagreement, compare
from envatlas_vllm_ray.errors import TimeLimitError
from envatlas_vllm_ray.nodes import Node
from envatlas_vllm_ray.questions import question_of

_KEY_SIZE: Final = 32
TIME_LIMIT: Final = 30.0
"""In seconds: how long a node may take to answer, where nobody says otherwise."""


@attrs.frozen
class Silent:
    """A node that did not answer.

    Attributes:
        node: The node.
        why: Why not, as far as Ray knows.
    """

    node: Node
    why: str


@attrs.frozen
class Survey:
    """What the nodes of a cluster told.

    Attributes:
        answers: What each told that answered, by the nodes' names.
        silent: Those that did not, likewise.
        disagreements: Where those that answered disagree.
    """

    answers: tuple[Answer, ...]
    silent: tuple[Silent, ...]
    disagreements: tuple[Disagreement, ...]

    @property
    def agrees(self) -> bool:
        """Whether every node answered, and none disagrees."""
        return not self.silent and not self.disagreements


def _no_progress(done: int, of: int) -> None:
    """Show nothing."""


def survey(
    registry: Registry,
    address: str | None = None,
    *,
    time_limit: float = TIME_LIMIT,
    progress: Callable[[int, int], object] = _no_progress,
) -> Survey:
    """Ask every live node of a Ray cluster what it reads, and compare the answers.

    It takes no CPU of the cluster's, and nothing needs to be installed on the nodes but Ray. Workers read the
    environment that their node was started with, and the runtime environment of this process's job, if this process
    is connected to the cluster already and has one.

    Args:
        registry: The registry; each node makes its own of the same group, from what is installed there.
        address: The cluster's: ``host:port``, or ``auto``; where it is not given, ``RAY_ADDRESS``, or the cluster that
            runs on this machine. Where this process is connected already, that cluster is asked.
        time_limit: How long a node may take to answer, in seconds; one that takes longer is silent.
        progress: Called with how many nodes are done, and how many there are: at the start, and as each is done.

    Raises:
        ClusterError: The cluster cannot be asked, or is another than this process is connected to.
        TimeLimitError: The time limit is not a finite number above 0.
        RayMissingError: Ray is not installed.
    """
    if not (math.isfinite(time_limit) and time_limit > 0):
        raise TimeLimitError(time_limit)
    question, reader = question_of(registry, secrets.token_bytes(_KEY_SIZE)), Reader(registry)
    answers: list[Answer] = []
    silent: list[Silent] = []
    with connected(address) as cluster:
        nodes = cluster.nodes()
        progress(0, len(nodes))
        with contextlib.closing(cluster.ask(question, nodes, time_limit)) as asked:
            for number, (node, told) in enumerate(asked, 1):
                progress(number, len(nodes))
                if isinstance(told, bytes):
                    answers.append(reader.read(node, told))
                else:
                    silent.append(Silent(node, told))
    return of_answers(answers, silent)


def of_answers(answers: list[Answer], silent: list[Silent]) -> Survey:
    """Return the survey that answers make, in whatever order they came.

    What any node calls a secret is kept and compared as one on every node.

    >>> of_answers([], []).agrees
    True
    """
    ordered = tuple(sorted(concealed(answers), key=lambda each: each.node.name))
    return Survey(ordered, tuple(sorted(silent, key=lambda each: each.node.name)), compare(ordered))
