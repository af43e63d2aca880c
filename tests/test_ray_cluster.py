"""Ray itself: three nodes on this machine, each with an environment of its own, and what is installed on it."""

from __future__ import annotations

import importlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs
import pytest

import envatlas
from envatlas.vllm import registry
from envatlas_vllm_ray import clusters
from envatlas_vllm_ray.comparing import Disagreement, Wrong
from envatlas_vllm_ray.errors import ClusterError
from envatlas_vllm_ray.surveys import Survey, survey
from tests.conftest import Site
from tests.test_cli import in_process_of_its_own
from tests.test_cli_terminal import on_terminal, plain
from tests.test_ray_commands import free_port

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning:ray"),
]

GROUP: Final = "envatlas.vllm"
SHOWN: Final = "AKIA-marker-shown"
HIDDEN: Final = "AKIA-marker-hidden"
ARGUMENT: Final = "AKIA-marker-argument"
SMALL: Final = {"num_cpus": 1, "object_store_memory": 80 * 2**20}

_ACME: Final = """\
from envatlas import Scope, Text, Variable, hookimpl

@hookimpl
def envatlas_variables():
    yield Variable("VLLM_ACME_POOL", Text(), default=None, help="The pool.")
    yield Variable("VLLM_ACME_NODE", Text(), default=None, help="The node.", scope=Scope.NODE)
"""
_ABSENT: Final = "raise ModuleNotFoundError('No module named envatlas', name='envatlas')\n"
_HANGS: Final = """\
import os, threading

if os.path.exists(os.environ["ENDS"]):
    os._exit(1)
threading.Event().wait()
"""
"""A plugin that never returns from its import; or one that ends the whole process, once there is a file."""
_AT_START: Final = "import os, sys\nsys.environ_at_start = dict(os.environ)\n"
"""What Python runs before anything else, so that it has seen what was there then."""
_AT_IMPORT: Final = "import os\nENVIRON = dict(os.environ)\n"
"""A module of a job's own, which looks at its environment when it is imported."""

_DRIVER: Final = """\
import json, os, sys, urllib.request
import ray
from ray._private import ray_constants as constants
from ray.util import state
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy
from envatlas.vllm import registry
from envatlas_vllm_ray.carrying import runtime_env
from envatlas_vllm_ray.surveys import survey

names, nodes = json.loads(sys.argv[2]), json.loads(sys.argv[3])
made = runtime_env(
    registry,
    into={"env_vars": {"PLAIN": os.environ["SHOWN"]}},
    secrets=["S3_SECRET_ACCESS_KEY"],
    node_wins=["VLLM_RPC_TIMEOUT"],
)
context = ray.init(address=sys.argv[1], runtime_env=made, log_to_driver=False, configure_logging=False)

def look(names):
    import at_import, os, sys
    moments = sys.environ_at_start, at_import.ENVIRON, os.environ
    return {name: [each.get(name) for each in moments] for name in names}

class Actor:
    def __init__(self, secret):
        self.secret = secret

    def keep(self, secret):
        self.secret = secret

    def look(self, names):
        return look(names)

def pinned(remote, node):
    return remote.options(num_cpus=0, scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False))

task, actor = ray.remote(look), ray.remote(Actor)
seen = ray.get([pinned(task, node).remote(names) for node in nodes])
held = pinned(actor, nodes[0]).remote(os.environ["ARGUMENT"])
ray.get(held.keep.remote(os.environ["ARGUMENT"]))
by_actor = ray.get(held.look.remote(names))
places = {"the runtime environment": repr(made), "the runtime context": repr(ray.get_runtime_context().runtime_env)}
kinds = ("jobs", "actors", "tasks", "workers", "nodes", "objects", "runtime_envs")
for kind in kinds:
    places[f"ray list {kind}"] = repr(getattr(state, f"list_{kind}")(detail=True, limit=1000))
paths = ["api/jobs/", *(f"api/v0/{kind}?detail=1" for kind in kinds), "logical/actors", "api/v0/cluster_events"]
for path in paths:
    with urllib.request.urlopen(f"http://{context.dashboard_url}/{path}") as answer:
        places[f"dashboard /{path}"] = answer.read().decode()
kv = ray.experimental.internal_kv
namespaces = [value for name, value in vars(constants).items() if name.startswith("KV_NAMESPACE_")]
pairs = {
    (space, key): kv._internal_kv_get(key, namespace=space)
    for space in namespaces
    for key in kv._internal_kv_list(b"", namespace=space)
}
assert any(space == b"fun" for space, _ in pairs)
places["key-value store"] = repr(pairs)
agreed = survey(registry)
differing = [each.subjects for each in agreed.disagreements if each.wrong == "differs"]
print(json.dumps({"seen": dict(zip(nodes, seen)), "actor": by_actor, "places": places, "differing": differing}))
"""


@attrs.frozen
class Running:
    """A cluster, and its nodes by what is installed on them."""

    cluster: Any
    folder: pathlib.Path
    nodes: dict[str, Any]

    @property
    def address(self) -> str:
        """Where it is reached."""
        return str(self.cluster.address)

    def name(self, installed: str) -> str:
        """Return what a survey calls a node: all are at one address."""
        return f"{self.nodes[installed].node_ip_address}/{self.nodes[installed].node_id[:8]}"

    def add(self, installed: str, **environ: str) -> Any:  # noqa: ANN401  Ray types none of it
        """Start a node with an environment of its own, and with a folder of what is installed on it alone."""
        path = f"{self.folder / installed}:{self.folder / 'common'}"
        node = self.cluster.add_node(**SMALL, env_vars={**environ, "PYTHONPATH": path})
        self.nodes[installed] = node
        return node


def _install(folder: pathlib.Path) -> None:
    """Write what is installed on each node alone, and on the driver."""
    sites = {name: Site(folder / name, pytest.MonkeyPatch(), set()) for name in _NODES}
    for site in sites.values():
        site.folder.mkdir()
    sites["common"].write({"sitecustomize": _AT_START, "at_import": _AT_IMPORT})
    sites["bare"].write({"envatlas": _ABSENT})
    sites["hung"].add_plugin("hung", _HANGS)
    (info,) = sites["hung"].folder.glob("*.dist-info")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\nhung = hung_vllm\n")
    sites["driver"].add(plugins={"acme": "acme_vllm"}, modules={"acme_vllm": _ACME}, group=GROUP)
    newer = sites["newer"]
    shutil.copytree(pathlib.Path(str(envatlas.__file__)).parent, newer.folder / "envatlas")
    (newer.folder / "envatlas" / "version.py").write_text('VERSION = "0.9.9"\n')
    newer.add("envatlas-vllm-cuda", version="0.2.0", plugins={"cuda": "envatlas_vllm_cuda"}, group=GROUP)
    newer.add("broken-vllm", plugins={"broken": "broken_vllm"}, modules={"broken_vllm": "1 / 0"}, group=GROUP)


_NODES: Final = ("common", "head", "bare", "newer", "hung", "driver")


@pytest.fixture(scope="module", name="running")
def _running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Give a cluster of three nodes, which ends with this module."""
    folder = tmp_path_factory.mktemp("nodes")
    _install(folder)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patched.setenv("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")  # or a driver under `uv run` sends all of this folder
        environ = {"PYTHONPATH": str(folder / "common"), "VLLM_USE_V1": "1", "VLLM_HOST_IP": "10.0.0.7"}
        head = {
            **SMALL,
            "env_vars": {**environ, "S3_ACCESS_KEY_ID": f"{HIDDEN}-1"},
            "include_dashboard": True,
            "dashboard_port": free_port(),
        }
        cluster = importlib.import_module("ray.cluster_utils").Cluster(initialize_head=True, head_node_args=head)
        try:
            running = Running(cluster, folder, {"head": cluster.head_node})
            running.add(
                "bare",
                VLLM_USE_V1="0",
                VLLM_HOST_IP="10.0.0.7",
                S3_ACCESS_KEY_ID=f"{HIDDEN}-2",
                VLLM_RPC_TIMEOUT="7",
            )
            running.add("newer", VLLM_USE_V1="1", VLLM_HOST_IP="10.0.0.9", VLLM_DP_SIZE="two")
            yield running
        finally:
            cluster.shutdown()


@pytest.fixture(scope="module", name="carrying")
def _carrying(running: Running) -> Mapping[str, Any]:
    """Give what the workers of a job saw that is given a runtime environment, and what Ray showed of that meanwhile."""
    names = [*_ENVIRON, "PLAIN"]
    nodes = [running.nodes[each].node_id for each in ("head", "bare", "newer")]
    inherited = {name: text for name, text in os.environ.items() if name != "RAY_ADDRESS"}
    markers = {"SHOWN": SHOWN, "ARGUMENT": ARGUMENT}  # not in the source, which is the job's entry point
    done = subprocess.run(
        [sys.executable, "-c", _DRIVER, running.address, json.dumps(names), json.dumps(nodes)],
        env={**inherited, **_ENVIRON, **markers, "PYTHONPATH": str(running.folder / "driver")},
        capture_output=True,
        text=True,
        check=False,
        cwd=running.folder,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    found["seen"] = dict(zip(("head", "bare", "newer"), found["seen"].values(), strict=True))
    return found


_ENVIRON: Final = {
    "VLLM_DP_SIZE": "2",
    "VLLM_DP_MASTER_IP": "${HOME}/$HOME",
    "VLLM_RPC_TIMEOUT": "5",
    "VLLM_ACME_POOL": "west",
    "VLLM_ACME_NODE": "own",
    "VLLM_PORT": "5000",
    "LOCAL_RANK": "3",
    "MAX_JOBS": "4",
    "VLLM_API_KEY": f"{HIDDEN}-process",
    "S3_ENDPOINT_URL": "https://storage.example",
    "S3_SECRET_ACCESS_KEY": f"{HIDDEN}-carried",
}
"""The environment of the driver: something of every scope, of a plugin from outside, and secrets."""


def now(carrying: Mapping[str, Any], node: str) -> dict[str, str | None]:
    """Return what the workers of a node have."""
    return {name: texts[2] for name, texts in carrying["seen"][node].items()}


@pytest.mark.parametrize("node", ["head", "bare", "newer"])
def test_workers_have_what_all_processes_share_and_nothing_else(carrying: Mapping[str, Any], node: str) -> None:
    """By the declared scopes, of a plugin from outside as well; what the user gave is kept."""
    found = now(carrying, node)
    assert {name: found[name] for name in ("VLLM_DP_SIZE", "VLLM_ACME_POOL", "S3_ENDPOINT_URL", "PLAIN")} == {
        "VLLM_DP_SIZE": "2",
        "VLLM_ACME_POOL": "west",
        "S3_ENDPOINT_URL": "https://storage.example",
        "PLAIN": SHOWN,
    }
    assert {found[name] for name in ("VLLM_ACME_NODE", "VLLM_PORT", "LOCAL_RANK", "MAX_JOBS", "VLLM_API_KEY")} == {None}


def test_an_actor_has_what_a_task_has(carrying: Mapping[str, Any]) -> None:
    """Both run in workers of the job."""
    assert carrying["actor"] == carrying["seen"]["head"]


def test_a_text_that_ray_would_change_arrives_as_it_is(carrying: Mapping[str, Any]) -> None:
    """In env_vars, Ray would put the node's own home in its place."""
    assert now(carrying, "newer")["VLLM_DP_MASTER_IP"] == "${HOME}/$HOME"


def test_a_nodes_own_text_wins_where_that_was_asked_for(carrying: Mapping[str, Any]) -> None:
    """A node that has none is given the carried one."""
    assert {node: now(carrying, node)["VLLM_RPC_TIMEOUT"] for node in ("head", "bare", "newer")} == {
        "head": "5",
        "bare": "7",
        "newer": "5",
    }


def test_a_variable_is_there_before_a_worker_imports_anything(carrying: Mapping[str, Any]) -> None:
    """Before the first module that Python itself imports."""
    assert carrying["seen"]["bare"]["VLLM_DP_SIZE"] == ["2", "2", "2"]


def test_a_secret_is_there_before_a_worker_imports_anything_of_the_job(carrying: Mapping[str, Any]) -> None:
    """And not before Ray's own imports, and those of Python."""
    secret = f"{HIDDEN}-carried"
    assert carrying["seen"]["bare"]["S3_SECRET_ACCESS_KEY"] == [None, secret, secret]


def test_nodes_agree_in_what_was_carried(carrying: Mapping[str, Any]) -> None:
    """A survey that the job makes reads what its workers read; what a node decides for itself may differ."""
    assert sorted(carrying["differing"]) == [["S3_ACCESS_KEY_ID"], ["VLLM_RPC_TIMEOUT"], ["VLLM_USE_V1"]]


def test_what_ray_shows_of_a_job_has_no_secret(running: Running, carrying: Mapping[str, Any]) -> None:
    """Neither the job's metadata, nor the state API, nor the dashboard's, nor any file of the session."""
    places = {place: HIDDEN in text for place, text in carrying["places"].items()}
    assert [place for place, is_there in places.items() if is_there] == ["key-value store"]
    assert _files_with(running, HIDDEN) == set()


def test_the_arguments_of_an_actor_are_shown_nowhere(running: Running, carrying: Mapping[str, Any]) -> None:
    """Not even the cluster's key-value store has them."""
    assert [place for place, text in carrying["places"].items() if ARGUMENT in text] == []
    assert _files_with(running, ARGUMENT) == set()


@pytest.mark.parametrize(
    "place",
    [
        "the runtime environment",
        "the runtime context",
        "ray list jobs",
        "ray list actors",
        "ray list tasks",
        "ray list runtime_envs",
        "dashboard /api/jobs/",
        "dashboard /api/v0/actors?detail=1",
        "dashboard /api/v0/tasks?detail=1",
        "dashboard /api/v0/runtime_envs?detail=1",
    ],
)
def test_what_ray_shows_of_a_job_has_its_env_vars(carrying: Mapping[str, Any], place: str) -> None:
    """Which is why no secret goes that way."""
    assert SHOWN in carrying["places"][place]


@pytest.mark.usefixtures("carrying")
def test_the_logs_of_a_session_have_the_env_vars_of_jobs_in_one_place(running: Running) -> None:
    """The agent that prepares runtime environments writes them down; no other file has them."""
    assert {name.partition(".")[0] for name in _files_with(running, SHOWN)} == {"runtime_env_agent"}


def test_the_key_value_store_has_no_env_vars(carrying: Mapping[str, Any]) -> None:
    """It has the hook, and that is why what goes by it is in no other place."""
    assert HIDDEN in carrying["places"]["key-value store"]
    assert SHOWN not in carrying["places"]["key-value store"]


def _files_with(running: Running, text: str) -> set[str]:
    """Return the names of the files of a session that have a text in them."""
    folder = pathlib.Path(running.cluster.head_node.get_session_dir_path())
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any("runtime_env_agent" in path.name for path in files)
    return {path.name for path in files if text.encode() in path.read_bytes()}


@pytest.fixture(scope="module", name="connected")
def _connected(running: Running) -> Iterator[Any]:
    """Connect this process, so that surveys share one job, and its workers."""
    with clusters.connected(running.address) as cluster:
        yield cluster


@pytest.fixture(scope="module", name="surveyed")
def _surveyed(connected: object) -> Survey:
    """Give what the three nodes told."""
    return survey(registry)


def groups(surveyed: Survey, wrong: Wrong, subject: str) -> dict[str, set[str]]:
    """Return the groups of one disagreement: the names of their nodes, by what is shown."""
    (found,) = [each for each in surveyed.disagreements if each.wrong is wrong and subject in each.subjects]
    return {group.shown: {node.name for node in group.nodes} for group in found.groups}


def test_every_node_answers_whatever_is_installed_on_it(running: Running, surveyed: Survey) -> None:
    """Also without envatlas, and with another version of it."""
    assert surveyed.silent == ()
    assert {answer.node.name: answer.installation.envatlas for answer in surveyed.answers} == {
        running.name("head"): "0.1.0",
        running.name("bare"): "",
        running.name("newer"): "0.9.9",
    }


def test_a_node_with_another_value_is_found(running: Running, surveyed: Survey) -> None:
    """And so is one whose text cannot be read."""
    head, bare, newer = map(running.name, ("head", "bare", "newer"))
    assert groups(surveyed, Wrong.DIFFERS, "VLLM_USE_V1") == {"True": {head, newer}, "False": {bare}}
    assert groups(surveyed, Wrong.DIFFERS, "VLLM_DP_SIZE") == {
        "1 (not set)": {head, bare},
        "'two' (cannot be read: expected a whole number)": {newer},
    }


def test_an_address_that_two_nodes_share_is_found(running: Running, surveyed: Survey) -> None:
    """The third has its own."""
    assert groups(surveyed, Wrong.SHARED, "VLLM_HOST_IP") == {
        "'10.0.0.7'": {running.name("head"), running.name("bare")}
    }


def test_secrets_are_compared_without_being_shown(surveyed: Survey) -> None:
    """Three nodes, three answers: one, another, none."""
    assert set(groups(surveyed, Wrong.DIFFERS, "S3_ACCESS_KEY_ID")) == {"<secret 1>", "<secret 2>", "None (not set)"}
    assert HIDDEN not in repr(surveyed)


def test_a_broken_plugin_and_one_of_another_version_are_found(running: Running, surveyed: Survey) -> None:
    """The node answers all the same."""
    head, newer = running.name("head"), running.name("newer")
    broken = "failed: importing broken_vllm raised ZeroDivisionError: division by zero"
    assert groups(surveyed, Wrong.PLUGIN, "broken") == {broken: {newer}, "not installed": {head}}
    assert groups(surveyed, Wrong.VERSION, "cuda") == {
        "envatlas-vllm-cuda 0.1.0": {head},
        "envatlas-vllm-cuda 0.2.0": {newer},
    }


def test_on_a_terminal_the_command_shows_who_answers_and_where_nodes_disagree(running: Running) -> None:
    """With status 1; no line is wider than the terminal, and no secret is in any."""
    written = plain(on_terminal(80, "ray", "survey", "--address", running.address, status=1))
    assert "Asking nodes" in written
    assert "3/3" in written
    shown = written.rpartition("Asking nodes")[2].split("\n")[1:]
    assert "VLLM_USE_V1" in shown
    assert all(len(line.rstrip()) <= 80 for line in shown)
    assert any(line.startswith("3 of 3 nodes answered; ") for line in shown)
    assert HIDDEN not in written


def test_into_a_pipe_the_command_shows_no_progress_and_its_json_is_whole(running: Running) -> None:
    """Standard output is the array alone."""
    done = in_process_of_its_own("ray", "survey", "--json", RAY_ADDRESS=running.address)
    assert done.returncode == 1
    assert "Asking nodes" not in done.stderr
    found = json.loads(done.stdout)
    assert {each["name"] for each in found["nodes"]} >= set(map(running.name, ("head", "bare", "newer")))
    assert HIDDEN not in done.stdout


def test_the_cluster_of_this_machine_is_found(running: Running) -> None:
    """As nobody says which."""
    done = in_process_of_its_own("ray", "survey", "--json", "--address", "auto")
    assert done.returncode == 1, done.stderr
    assert len(json.loads(done.stdout)["nodes"]) == 3


def test_the_address_can_be_that_of_the_cluster_one_is_connected_to(running: Running, connected: object) -> None:
    """And of no other, which would not be asked."""
    port = running.address.rpartition(":")[2]
    for address in (running.address, f"localhost:{port}", "auto"):
        assert len(survey(registry, address).answers) == 3
    with pytest.raises(ClusterError, match=f"this process is connected to the cluster {running.address}"):
        survey(registry, "10.0.0.1:6379")
    with pytest.raises(ClusterError, match="this process is connected to the cluster"):
        survey(registry, f"no-such-host.invalid:{port}")


def silent(**arguments: Any) -> tuple[dict[str, str], tuple[Disagreement, ...]]:  # noqa: ANN401  of survey
    """Return which nodes do not answer, with the reasons; and where the others disagree."""
    found = survey(registry, **arguments)
    return {each.node.name: each.why for each in found.silent}, found.disagreements


def test_a_node_that_is_frozen_is_silent(running: Running, connected: object) -> None:
    """After the time limit; as one whose machine is."""
    (raylet,) = running.nodes["newer"].all_processes["raylet"]
    os.kill(raylet.process.pid, signal.SIGSTOP)
    try:
        assert silent(time_limit=3.0)[0] == {running.name("newer"): "no answer within 3 s"}
    finally:
        os.kill(raylet.process.pid, signal.SIGCONT)


@pytest.fixture(scope="module", name="ends")
def _ends(running: Running, connected: object, surveyed: Survey) -> pathlib.Path:
    """Start a node that hangs while it answers, and give the path of a file; while that is there, it dies instead."""
    ends = running.folder / "ends"
    running.add("hung", ENDS=str(ends))
    return ends


def test_a_node_that_hangs_is_reported_and_the_rest_is_shown(
    running: Running, ends: pathlib.Path, surveyed: Survey
) -> None:
    """After the time limit."""
    assert silent(time_limit=5.0) == ({running.name("hung"): "no answer within 5 s"}, surveyed.disagreements)


def test_a_node_whose_process_dies_is_reported_and_the_rest_is_shown(
    running: Running, ends: pathlib.Path, surveyed: Survey
) -> None:
    """At once."""
    ends.touch()
    try:
        why = "the process that was asked there died"
        assert silent() == ({running.name("hung"): why}, surveyed.disagreements)
    finally:
        ends.unlink()


def test_a_node_that_dies_while_it_is_asked_is_reported_and_the_rest_is_shown(
    running: Running, ends: pathlib.Path, surveyed: Survey
) -> None:
    """All of it; no test comes after this one that needs it."""

    def kill(done: int, of: int) -> None:
        if done == of - 1:
            running.cluster.remove_node(running.nodes["hung"], allow_graceful=False)

    assert silent(progress=kill) == ({running.name("hung"): "the node died"}, surveyed.disagreements)
