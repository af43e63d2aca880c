"""Clusters: what a survey costs the driver for each node, with real nodes and with many that only answered."""

from __future__ import annotations

import importlib
import io
import json
import os
import statistics
import time
from collections.abc import Callable
from typing import Any, Final

from rich.console import Console

from benchmarks.results import Ratio

FEW: Final = 1_000
MANY: Final = 10_000
INSTALLATIONS: Final = 100
REAL: Final = (4, 16)
"""Nodes: simulated ones, and real ones on this machine."""
_BAR_SIMULATED: Final = 1.3
_BAR_REAL: Final = 1.3
_BAR_INSTALLATIONS: Final = 1.3
_MOST_LINES: Final = 10
_SMALL: Final = {"num_cpus": 1, "object_store_memory": 80 * 2**20}


def measure(rounds: int) -> tuple[list[Ratio], dict[int, float]]:
    """Return how the driver's cost a node grows with the number of nodes.

    Returns:
        The ratios; and the seconds that reading, comparing and showing answers takes, by their number.
    """
    counts = (FEW, FEW * 3, MANY)
    answers = {count: _answers(count) for count in counts}
    runs = [{count: _clocked(lambda count=count: _judged(answers[count])) for count in counts} for _ in range(rounds)]
    curve = {count: statistics.median(run[count][0] for run in runs) for count in counts}
    ratios = [
        _ratio("read, compare and show answers", curve, (FEW, MANY), _BAR_SIMULATED),
        _of_installations(answers[MANY], rounds),
    ]
    wall, processor = _surveyed(rounds)
    ratios.append(_ratio("survey, the driver's processor time", processor, REAL, _BAR_REAL))
    ratios.append(_ratio("survey, from asking to the answer", wall, REAL, _BAR_REAL))
    return ratios, curve


def _ratio(name: str, seconds: dict[int, float], counts: tuple[int, int], bar: float) -> Ratio:
    few, many = counts
    each = {count: seconds[count] / count for count in counts}
    detail = f"{each[many] * 1e3:.2f} ms a node, {seconds[many] * 1e3:.0f} ms"
    return Ratio(f"cost a node, {many} nodes", name, each[many] / each[few], f"{few} nodes", bar, detail)


def _of_installations(answers: list[bytes], rounds: int) -> Ratio:
    """Return what it costs that nodes have many installations, and not one."""
    many = _installed(answers)
    runs = [(_clocked(lambda: _judged(answers))[0], _clocked(lambda: _judged(many))[0]) for _ in range(rounds)]
    one, others = map(statistics.median, zip(*runs, strict=True))
    name, detail = f"{MANY} answers of {INSTALLATIONS} installations", f"{others * 1e3:.0f} ms"
    return Ratio("read, compare and show answers", name, others / one, "one installation", _BAR_INSTALLATIONS, detail)


def _installed(answers: list[bytes]) -> list[bytes]:
    """Return the answers as nodes with many installations would give them: they differ in the version of Python."""
    told = [json.loads(each) for each in answers]
    for place, each in enumerate(told):
        usual = {**json.loads(each["usual"]), "python": f"3.11.{place % INSTALLATIONS}"}
        each["usual"] = json.dumps(usual, sort_keys=True)
    return [json.dumps(each, sort_keys=True).encode() for each in told]


def _answers(count: int) -> list[bytes]:
    """Return what nodes answer: each has an address of its own, every thousandth another value."""
    from envatlas.vllm import registry
    from envatlas_vllm_ray.asking import answer
    from envatlas_vllm_ray.questions import question_of

    question = question_of(registry, b"key")
    usual = {"HOME": "/root", "VLLM_DP_SIZE": "2", "VLLM_HOST_IP": "10.0.0.0", "S3_ACCESS_KEY_ID": "key"}
    forms = [answer(question, environ) for environ in (usual, {**usual, "VLLM_USE_V1": "0"})]
    addresses = (f"10.{each >> 16}.{each >> 8 & 255}.{each & 255}".encode() for each in range(1, count + 1))
    return [forms[each % 1000 == 0].replace(b"10.0.0.0", address) for each, address in enumerate(addresses)]


def _judged(answers: list[bytes]) -> None:
    """Do what a survey does with answers."""
    from envatlas.vllm import registry
    from envatlas_vllm_ray.answers import Reader
    from envatlas_vllm_ray.nodes import Node
    from envatlas_vllm_ray.showing import show_survey
    from envatlas_vllm_ray.surveys import of_answers

    reader = Reader(registry)
    read = [reader.read(Node(str(each), f"node-{each:05}", ""), raw) for each, raw in enumerate(answers)]
    output = io.StringIO()
    show_survey(Console(file=output, width=80, force_terminal=True), of_answers(read, []))
    assert len(output.getvalue().splitlines()) < _MOST_LINES  # noqa: S101  equal nodes are one line


def _surveyed(rounds: int) -> tuple[dict[int, float], dict[int, float]]:
    """Return the seconds that a survey takes by the number of real nodes, and the driver's own processor time.

    The nodes' workers run already, as their start is the nodes' cost and this machine is all of them.
    """
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0"}
    ray: Any = importlib.import_module("ray")
    head = {**_SMALL, "include_dashboard": False}
    cluster = importlib.import_module("ray.cluster_utils").Cluster(initialize_head=True, head_node_args=head)
    wall: dict[int, float] = {}
    processor: dict[int, float] = {}
    try:
        ray.init(address=cluster.address, log_to_driver=False, configure_logging=False)
        for count in REAL:
            while len(cluster.list_all_nodes()) < count:
                number = len(cluster.list_all_nodes())
                cluster.add_node(**_SMALL, env_vars={"VLLM_HOST_IP": f"10.0.0.{number}"})
            _survey(count, within=300)
            runs = [_clocked(lambda count=count: _survey(count)) for _ in range(rounds)]
            wall[count], processor[count] = map(statistics.median, zip(*runs, strict=True))
    finally:
        ray.shutdown()
        cluster.shutdown()
    return wall, processor


def _survey(count: int, within: float = 60) -> None:
    from envatlas.vllm import registry
    from envatlas_vllm_ray.surveys import survey

    found = survey(registry, time_limit=within)
    assert len(found.answers) == count, found.silent  # noqa: S101  what it measures is what it says


def _clocked(done: Callable[[], None]) -> tuple[float, float]:
    """Return the seconds that something takes: on the wall, and of this process's processor time."""
    wall, processor = time.perf_counter(), time.process_time()
    done()
    return time.perf_counter() - wall, time.process_time() - processor
