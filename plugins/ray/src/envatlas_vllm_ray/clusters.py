"""Clusters: the one module that talks to Ray for a survey. It connects, lists the nodes, and asks them all at once."""

from __future__ import annotations

import contextlib
import importlib
import os
import socket
import time
import urllib.parse
from collections.abc import Generator, Iterator, Sequence
from typing import Any, Final

import attrs

from envatlas_vllm_ray import asking
from envatlas_vllm_ray.answers import Node, named
from envatlas_vllm_ray.errors import ClusterError, refuse_without_ray

_ANSWERS_WITHIN: Final = 5.0
"""In seconds: how long a cluster's address may take to accept a connection. Ray itself tries for minutes."""
_CLIENT_PORT: Final = 10001
"""Where Ray's own client connects to, if an address does not say."""
BY_UV: Final = "RAY_ENABLE_UV_RUN_RUNTIME_ENV"
"""Ray's constant by which a driver under ``uv run`` sends its folder; old versions have none, and do not."""
_OWN: Final = "local"
"""The address by which Ray starts a cluster, and joins none."""
_GREETING: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"
"""What a client of HTTP/2 says first, with no settings of its own; whoever serves gRPC answers with its settings."""
_TURN: Final = 0.2
"""In seconds: how often a survey looks who answered."""
_DEATHS: Final = {
    "NodeDiedError": "the node died",
    "TaskUnschedulableError": "the node died",
    "WorkerCrashedError": "the process that was asked there died",
}
"""What Ray's errors mean here; each says much more, which its logs have as well."""
_IS_IT_UP: Final = "is it up, and is that its address?"
_LONGEST: Final = 200
"""In characters: Ray explains at length, and an error here is one line."""


@attrs.frozen(eq=False)
class Cluster:
    """A cluster that this process is connected to."""

    _ray: Any = attrs.field(repr=False)

    def nodes(self) -> tuple[Node, ...]:
        """Return the nodes that live, as far as Ray knows by now."""
        alive = [each for each in self._ray.nodes() if each["Alive"]]
        return named([(each["NodeID"], each["NodeManagerHostname"], each["NodeManagerAddress"]) for each in alive])

    def ask(
        self, question: asking.Question, nodes: Sequence[Node], time_limit: float
    ) -> Iterator[tuple[Node, bytes | str]]:
        """Ask all nodes at once, and yield each with its answer, or with why there is none.

        What has not answered at the end is cancelled.

        Args:
            question: What they are asked.
            nodes: The nodes.
            time_limit: How long an answer may take, in seconds.
        """
        pending = self._sent(question, nodes)
        ends = time.monotonic() + time_limit
        while pending and (left := ends - time.monotonic()) > 0:
            ready, _ = self._ray.wait(list(pending), num_returns=len(pending), timeout=min(_TURN, left))
            for reference in ready:
                yield pending.pop(reference), self._told(reference)
        for reference, node in pending.items():
            self._ray.cancel(reference, force=True)
            yield node, f"no answer within {time_limit:g} s"

    def _sent(self, question: asking.Question, nodes: Sequence[Node]) -> dict[Any, Node]:
        """Submit one task to each node; the function travels once, and by value: nodes may lack its module."""
        affinity = importlib.import_module("ray.util.scheduling_strategies").NodeAffinitySchedulingStrategy
        pickling = importlib.import_module("ray.cloudpickle")
        task = self._ray.remote(num_cpus=0, max_retries=0)(asking.answer)
        pickling.register_pickle_by_value(asking)
        try:
            return {
                task.options(scheduling_strategy=affinity(node.id, soft=False)).remote(question): node for node in nodes
            }
        finally:
            pickling.unregister_pickle_by_value(asking)

    def _told(self, reference: object) -> bytes | str:
        try:
            told: bytes = self._ray.get(reference)
        except self._ray.exceptions.RayError as error:
            name = type(error).__name__
            return _DEATHS.get(name, f"Ray says {name}")
        return told


@contextlib.contextmanager
def connected(address: str | None) -> Generator[Cluster]:
    """Connect to a cluster for the length of a ``with`` block; a connection that this process has already is used.

    Args:
        address: The cluster's, as `ray.init` takes it; where it is not given, ``RAY_ADDRESS``, or the cluster that
            runs on this machine.

    Raises:
        ClusterError: There is no such cluster, it does not answer, or it is of another version.
        RayMissingError: Ray is not installed.
    """
    try:
        ray: Any = importlib.import_module("ray")
    except ModuleNotFoundError as error:
        refuse_without_ray(error)
        raise
    if ray.is_initialized():
        yield Cluster(ray)
        return
    _connect(ray, address or os.environ.get("RAY_ADDRESS") or "auto")
    try:
        yield Cluster(ray)
    finally:
        ray.shutdown()


def _connect(ray: Any, address: str) -> None:  # noqa: ANN401  Ray's module, of any version
    if address == _OWN:
        raise ClusterError(address, "Ray would start a cluster of its own", "name one that runs, or 'auto'")
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


def require_answer(address: str) -> None:
    """Refuse an address that nothing answers at, which Ray would find out in minutes, or never."""
    if address.startswith("ray://"):
        parts = urllib.parse.urlsplit(address)
        host, port = str(parts.hostname), parts.port or _CLIENT_PORT
    else:
        services: Any = importlib.import_module("ray._private.services")  # nothing public says which cluster is meant
        host, _, text = str(services.canonicalize_bootstrap_address_or_die(address)).rpartition(":")
        host, port = host.strip("[]"), int(text)
    try:
        with socket.create_connection((host, port), timeout=_ANSWERS_WITHIN) as connection:
            answers = _answers(connection)
    except OSError as error:
        why = error.strerror or "it takes too long"
        problem = f"nothing answers at {host}, port {port} ({why})"
        raise ClusterError(address, problem, _IS_IT_UP) from error
    if not answers:
        raise ClusterError(address, f"what listens at {host}, port {port} ends the connection", _IS_IT_UP)


def _answers(connection: socket.socket) -> bool:
    """Return whether a server of gRPC answers, and not only its machine, which takes connections for a frozen one."""
    if os.environ.get("RAY_USE_TLS", "0") != "0":
        return True  # whoever speaks TLS answers no greeting in plain text
    connection.sendall(_GREETING)
    return bool(connection.recv(1))


def _in_one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
