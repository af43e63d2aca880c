"""Asking all nodes at once, with a Ray that answers as it is told; with a real one, see ``test_ray_cluster``."""

from __future__ import annotations

import contextlib
import importlib
import json
import threading
import types
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, Final

import pytest

from envatlas.cli import run
from envatlas.vllm import registry
from envatlas_vllm_ray import asking, clusters
from envatlas_vllm_ray.asking import answer
from envatlas_vllm_ray.clusters import Cluster
from envatlas_vllm_ray.nodes import Node
from envatlas_vllm_ray.questions import question_of
from envatlas_vllm_ray.surveys import survey

QUESTION: Final = question_of(registry, b"key")
NODES: Final = tuple(Node(each * 56, each, "10.0.0.1") for each in "abc")
RIGHT: Final = answer(QUESTION, {})


class RayError(Exception):
    """What a real one raises."""


class RayTaskError(RayError):
    """What it raises where the function raised there."""


class ToldRay:
    """A Ray whose nodes answer what a test tells, at the turn that it tells.

    Args:
        turns: Of each look, the nodes that have answered by then, and were not told before.
        told: What a node answers, or what is raised in its place; a right answer where it is not given.
    """

    exceptions = types.SimpleNamespace(RayError=RayError)

    def __init__(self, turns: Sequence[str], told: Mapping[str, bytes | Exception] | None = None) -> None:
        self._turns = [*turns]
        self._told = told or {}
        self.cancelled: list[str] = []
        self.asked: Callable[[], object] = lambda: None

    def nodes(self) -> list[dict[str, object]]:
        """Return the nodes as Ray lists them, one of which is dead."""
        alive = [(each.id, each.name) for each in NODES]
        return [
            {"NodeID": each, "NodeManagerHostname": name, "NodeManagerAddress": "10.0.0.1", "Alive": name != "d"}
            for each, name in [*alive, ("d" * 56, "d")]
        ]

    def remote(self, **_: object) -> Callable[[object], object]:
        """Return what makes a task of a function; asking a node returns its name."""

        def options(scheduling_strategy: Any) -> object:  # noqa: ANN401  Ray's
            def ask(_: object) -> str:
                self.asked()
                return str(scheduling_strategy.node_id)[0]

            return types.SimpleNamespace(remote=ask)

        return lambda _: types.SimpleNamespace(options=options)

    def wait(self, references: list[str], **_: object) -> tuple[list[str], list[str]]:
        """Return who has answered by now."""
        ready = self._turns.pop(0) if self._turns else ""
        return [each for each in references if each in ready], [each for each in references if each not in ready]

    def get(self, reference: str) -> bytes:
        """Return what a node answers, or raise it."""
        told = self._told.get(reference, RIGHT)
        if isinstance(told, Exception):
            raise told
        return told

    def cancel(self, reference: str, *, force: bool) -> None:
        """Keep who is asked no more."""
        assert force
        self.cancelled.append(reference)


@pytest.fixture(name="clock")
def _clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Give a clock: its one number is the time, in seconds."""
    time = [0.0]
    monkeypatch.setattr(clusters, "time", types.SimpleNamespace(monotonic=lambda: time[0]))
    return time


def told(ray: ToldRay, then: Callable[[], object] = lambda: None) -> dict[str, bytes | str]:
    """Return what each node told within 10 s; whoever takes it does something then."""
    found: dict[str, bytes | str] = {}
    for node, raw in Cluster(ray).ask(QUESTION, NODES, 10.0):
        found[node.name] = raw
        then()
    return found


def test_whoever_has_answered_by_the_end_is_not_silent(clock: list[float]) -> None:
    """Although whoever takes the answers was busy with the first until the limit had passed."""
    ray = ToldRay(["a", "b"])

    def be_busy() -> None:
        clock[0] = 11.0

    assert told(ray, be_busy) == {"a": RIGHT, "b": RIGHT, "c": "no answer within 10 s"}
    assert ray.cancelled == ["c"]


def test_whoever_stops_listening_leaves_nobody_working() -> None:
    """As Ctrl-C does in the middle: what has not answered is cancelled."""
    ray = ToldRay(["a"])
    with contextlib.closing(Cluster(ray).ask(QUESTION, NODES, 10.0)) as asked:
        next(asked)
    assert ray.cancelled == ["b", "c"]


def test_an_error_of_rays_is_named_with_where_to_look() -> None:
    """Whatever it is; the others answer."""
    found = told(ToldRay(["abc"], {"b": RayTaskError("a long text")}))
    assert found == {
        "a": RIGHT,
        "b": "Ray raised RayTaskError; look into the newest logs there, in /tmp/ray/session_latest/logs",
        "c": RIGHT,
    }


def test_two_threads_can_ask_at_once() -> None:
    """What travels by value is the whole process's to say: each finds it said, and neither takes it back too early."""
    pickling: Any = importlib.import_module("ray.cloudpickle")
    both = threading.Barrier(2, timeout=0.3)
    by_value: list[bool] = []

    def meet() -> None:
        with contextlib.suppress(threading.BrokenBarrierError):  # as the other waits for its turn
            both.wait()
        by_value.append(asking.__name__ in pickling.list_registry_pickle_by_value())

    def ask() -> None:
        ray = ToldRay(["abc"])
        ray.asked = meet
        ended.append(len(told(ray)))

    ended: list[int] = []
    threads = [threading.Thread(target=ask) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert ended == [3, 3]
    assert by_value == [True] * 6
    assert asking.__name__ not in pickling.list_registry_pickle_by_value()


def connect(monkeypatch: pytest.MonkeyPatch, ray: ToldRay) -> None:
    """Let surveys ask this Ray."""

    @contextlib.contextmanager
    def connected(_: str | None) -> Generator[Cluster]:
        yield Cluster(ray)

    monkeypatch.setattr("envatlas_vllm_ray.surveys.connected", connected)


def test_a_survey_that_is_interrupted_leaves_nobody_working(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where what interrupts it is kept, and with it everything that it was in."""
    ray = ToldRay(["a"])
    connect(monkeypatch, ray)

    def interrupt(done: int, of: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as kept:
        survey(registry, progress=interrupt)
    assert ray.cancelled == ["b", "c"]
    assert kept.tb is not None


def test_a_node_that_is_dead_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray lists it all the same."""
    connect(monkeypatch, ToldRay(["abc"]))
    assert [each.node.name for each in survey(registry).answers] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("told", "status", "last"),
    [
        ({}, 0, "3 of 3 nodes answered; they agree.\n"),
        ({"c": answer(QUESTION, {"VLLM_USE_V1": "0"})}, 1, "3 of 3 nodes answered; 1 variable is wrong.\n"),
        ({"c": RayTaskError()}, 1, "2 of 3 nodes answered; they agree.\n"),
        (dict.fromkeys("abc", RayTaskError()), 2, "0 of 3 nodes answered; nothing is known.\n"),
    ],
    ids=["all agree", "one differs", "one is silent", "nobody answers"],
)
def test_the_exit_status_says_how_a_survey_went(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    told: dict[str, bytes | Exception],
    status: int,
    last: str,
) -> None:
    """As the last line does; ``agrees`` in the JSON says whether it is 0."""
    connect(monkeypatch, ToldRay(["abc", "abc"], told))
    assert run(["ray", "survey"]) == status
    assert last in capsys.readouterr().out
    assert run(["ray", "survey", "--json"]) == status
    assert json.loads(capsys.readouterr().out)["agrees"] is (status == 0)


def test_a_module_that_ray_itself_lacks_is_called_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray is there, so that it is not installed would be wrong."""

    def lacking(_: str) -> types.ModuleType:
        raise ModuleNotFoundError("No module named 'grpc'", name="grpc")

    monkeypatch.setattr(importlib, "import_module", lacking)
    with pytest.raises(ModuleNotFoundError, match="grpc"), clusters.connected(None):
        pass
