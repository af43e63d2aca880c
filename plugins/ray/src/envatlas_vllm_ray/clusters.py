"""Clusters: the one module that talks to Ray for a survey. It connects, lists the nodes, and asks them all at once."""

from __future__ import annotations

import contextlib
import importlib
import os
import threading
import time
from collections.abc import Generator, Sequence
from typing import Any, Final

import attrs

from envatlas_vllm_ray import asking
from envatlas_vllm_ray.addresses import AUTO, require_answer, require_same
from envatlas_vllm_ray.errors import ClusterError, refuse_without_ray
from envatlas_vllm_ray.nodes import Node, named_nodes

BY_UV: Final = "RAY_ENABLE_UV_RUN_RUNTIME_ENV"
"""Ray's constant by which a driver under ``uv run`` sends its folder; old versions have none, and do not."""
_TURN: Final = 0.2
"""In seconds: how often a survey looks who answered."""
_DEATHS: Final = {
    "NodeDiedError": "the node died",
    "TaskUnschedulableError": "the node died",
    "WorkerCrashedError": "the process that was asked there died",
}
"""What Ray's errors mean here; each says much more, which its logs have as well."""
_LOGS: Final = "/tmp/ray/session_latest/logs"  # noqa: S108  Ray's own choice, which nothing is written to here
_LONGEST: Final = 200
"""In characters: Ray explains at length, and an error here is one line."""
_BY_VALUE: Final = threading.Lock()
"""What Ray pickles by value is said for the whole process, whichever thread asks."""


@attrs.frozen(eq=False)
class Cluster:
    """A cluster that this process is connected to."""

    _ray: Any = attrs.field(repr=False)

    def nodes(self) -> tuple[Node, ...]:
        """Return the nodes that live, as far as Ray knows by now."""
        alive = [each for each in self._ray.nodes() if each["Alive"]]
        return named_nodes(
            [(each["NodeID"], each["NodeManagerHostname"], each["NodeManagerAddress"]) for each in alive]
        )

    def ask(
        self, question: asking.Question, nodes: Sequence[Node], time_limit: float
    ) -> Generator[tuple[Node, bytes | str]]:
        """Ask all nodes at once, and yield each with its answer, or with why there is none.

        What has not answered at the end, or when the generator is closed, is cancelled.

        Args:
            question: What they are asked.
            nodes: The nodes.
            time_limit: How long an answer may take, in seconds.
        """
        pending = self._sent(question, nodes)
        ends = time.monotonic() + time_limit
        left = time_limit
        try:
            while pending and left > 0:
                left = max(0.0, ends - time.monotonic())  # at 0, a last look: whoever takes these may have been slow
                ready, _ = self._ray.wait(list(pending), num_returns=len(pending), timeout=min(_TURN, left))
                for reference in ready:
                    yield pending.pop(reference), self._told(reference)
            for node in pending.values():
                yield node, f"no answer within {time_limit:g} s"
        finally:
            for reference in pending:
                self._ray.cancel(reference, force=True)

    def _sent(self, question: asking.Question, nodes: Sequence[Node]) -> dict[Any, Node]:
        """Submit one task to each node; the function travels once, and by value: nodes may lack its module."""
        affinity = importlib.import_module("ray.util.scheduling_strategies").NodeAffinitySchedulingStrategy
        pickling = importlib.import_module("ray.cloudpickle")
        task = self._ray.remote(num_cpus=0, max_retries=0)(asking.answer)
        with _BY_VALUE:
            pickling.register_pickle_by_value(asking)
            try:
                return {
                    task.options(scheduling_strategy=affinity(node.id, soft=False)).remote(question): node
                    for node in nodes
                }
            finally:
                pickling.unregister_pickle_by_value(asking)

    def _told(self, reference: object) -> bytes | str:
        try:
            told: bytes = self._ray.get(reference)
        except self._ray.exceptions.RayError as error:
            name = type(error).__name__
            return _DEATHS.get(name, f"Ray raised {name}; look into the newest logs there, in {_LOGS}")
        return told


@contextlib.contextmanager
def connected(address: str | None) -> Generator[Cluster]:
    """Connect to a cluster for the length of a ``with`` block; a connection that this process has already is used.

    Args:
        address: The cluster's: ``host:port``, or ``auto``; where it is not given, ``RAY_ADDRESS``, or the cluster that
            runs on this machine. Where this process is connected already, it must be that one's.

    Raises:
        ClusterError: There is no such cluster, it does not answer, or it is of another version; or this process is
            connected to another.
        RayMissingError: Ray is not installed.
    """
    try:
        ray: Any = importlib.import_module("ray")
    except ModuleNotFoundError as error:
        refuse_without_ray(error)
        raise
    named = None if address == AUTO else address
    if ray.is_initialized():
        if named is not None:
            require_same(named, str(ray.get_runtime_context().gcs_address))
        yield Cluster(ray)
        return
    _connect(ray, (os.environ.get("RAY_ADDRESS") or AUTO) if named is None else named)
    try:
        yield Cluster(ray)
    finally:
        ray.shutdown()


def _connect(ray: Any, address: str) -> None:  # noqa: ANN401  Ray's module, of any version
    try:
        require_answer(address)
        with without_uv():
            ray.init(address=address, log_to_driver=False, configure_logging=False)
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        if isinstance(error, ClusterError):
            raise
        raise ClusterError(address, _in_one_line(error), "is it up, and of this version of Ray?") from error


@contextlib.contextmanager
def without_uv() -> Generator[None]:
    """Keep Ray from sending the current folder to all nodes, and running their workers in it, under ``uv run``."""
    constants: Any = importlib.import_module("ray._private.ray_constants")  # it reads its variable at its import only
    if not hasattr(constants, BY_UV):
        yield
        return
    before = getattr(constants, BY_UV)
    setattr(constants, BY_UV, False)
    try:
        yield
    finally:
        setattr(constants, BY_UV, before)


def _in_one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
