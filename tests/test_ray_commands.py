"""``envatlas ray``: what it shows where no cluster is needed, or none answers; with one, see ``test_ray_cluster``."""

from __future__ import annotations

import importlib
import json
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any, Final

import pytest

from envatlas.cli import run
from envatlas_vllm_ray import addresses, clusters
from envatlas_vllm_ray.errors import ClusterError
from tests.test_cli import is_printable, printed, registry_of, row

if TYPE_CHECKING:
    from tests.conftest import Site


def test_carry_shows_what_is_carried_and_how(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And of what is not, why; a secret's text is in none of it."""
    environ = {"VLLM_DP_SIZE": "2", "VLLM_HOST_IP": "10.0.0.1", "S3_ACCESS_KEY_ID": "AKIA-marker", "VLLM_USE_V1": "1"}
    for name, text in environ.items():
        monkeypatch.setenv(name, text)
    shown = printed(capsys, "ray", "carry", "--secret", "S3_ACCESS_KEY_ID", "--node-wins", "VLLM_USE_V1")
    assert row(shown, "VLLM_DP_SIZE") == ["VLLM_DP_SIZE", "'2'", "env_vars"]
    assert row(shown, "VLLM_HOST_IP") == ["VLLM_HOST_IP", "'10.0.0.1'", "no", *["its", "scope", "is", "node"]]
    assert row(shown, "S3_ACCESS_KEY_ID") == [
        "S3_ACCESS_KEY_ID",
        "<secret>",
        "setup",
        "hook",
        *["it", "is", "a", "secret"],
    ]
    assert row(shown, "VLLM_USE_V1")[2:4] == ["setup", "hook"]
    assert shown.endswith("\n3 of 4 variables that are set are carried.\n")
    assert "AKIA-marker" not in shown
    assert is_printable(shown)


def test_carry_says_that_no_variable_is_set(capsys: pytest.CaptureFixture[str]) -> None:
    """In place of an empty table."""
    assert printed(capsys, "ray", "carry") == "No variable is set.\n"


def test_the_json_of_carry_can_be_a_runtime_environment(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its env_vars; beside them the names that only a hook can carry, and the others."""
    for name, text in {"VLLM_DP_SIZE": "2", "VLLM_HOST_IP": "10.0.0.1", "VLLM_DP_MASTER_IP": "$HOST"}.items():
        monkeypatch.setenv(name, text)
    assert json.loads(printed(capsys, "ray", "carry", "--json")) == {
        "env_vars": {"VLLM_DP_SIZE": "2"},
        "setup_hook": ["VLLM_DP_MASTER_IP"],
        "not_carried": [{"name": "VLLM_HOST_IP", "why": "its scope is node"}],
    }


def test_carry_says_what_is_set_in_vain_and_what_is_wrong_with_plugins(
    capsys: pytest.CaptureFixture[str], site: Site
) -> None:
    """As the list does: a plugin is left out, for another is misspelt."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    option = registry_of(site, "{'A_PORT': '1', 'TEST_PLUGINS': 'acmee'}")
    said = "! A_PORT is set, and plugin 'acme', which declares it, is not active\n"
    shown = printed(capsys, "ray", "carry", option)
    assert f"\n1 of 1 variables that are set are carried.\n{said}! TEST_PLUGINS names 'acmee'" in shown
    assert run(["ray", "carry", option, "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["not_carried"] == [{"name": "A_PORT", "why": "plugin 'acme' is not active"}]
    assert captured.err.startswith("! TEST_PLUGINS names 'acmee'")


def test_carry_says_that_only_variables_of_other_plugins_are_set(
    capsys: pytest.CaptureFixture[str], site: Site
) -> None:
    """The one that failed declares the one that is set."""
    site.add_plugin("acme", f"{site.declaring('A_PORT')}\nraise RuntimeError('broken')\n")
    shown = printed(capsys, "ray", "carry", registry_of(site, "{'A_PORT': '1'}"))
    assert shown.startswith("No variable of an active plugin is set.\n! A_PORT is set, and plugin 'acme'")
    assert "RuntimeError: broken" in shown


@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_carry_says_that_what_is_named_is_not_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, as_json: tuple[str, ...]
) -> None:
    """It may be set in another shell; one that is set under another name that it is read from is."""
    monkeypatch.setenv("DO_NOT_TRACK", "1")
    names = ("--secret", "S3_SECRET_ACCESS_KEY", "--node-wins", "DO_NOT_TRACK")
    assert run(["ray", "carry", *names, *as_json]) == 0
    assert capsys.readouterr().err == "! S3_SECRET_ACCESS_KEY is named, and not set\n"


def test_carry_takes_the_names_that_its_table_shows(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever of its names a variable is set under."""
    monkeypatch.setenv("DO_NOT_TRACK", "1")
    shown = printed(capsys, "ray", "carry", "--node-wins", "DO_NOT_TRACK")
    assert row(shown, "DO_NOT_TRACK")[:4] == ["DO_NOT_TRACK", "'1'", "setup", "hook"]


def test_carry_is_for_any_registry(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """The option can stand behind the command as well."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    option = registry_of(site, "{'A_PORT': '1'}")
    assert row(printed(capsys, "ray", "carry", option), "A_PORT") == ["A_PORT", "'1'", "env_vars"]


def test_a_name_that_cannot_be_carried_is_one_line_and_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    """As whatever envatlas refuses."""
    assert run(["ray", "carry", "--secret", "VLLM_API_KEY"]) == 2
    assert capsys.readouterr().err == (
        "Error: cannot carry VLLM_API_KEY: its scope is process; set it where it is needed\n"
    )


def free_port() -> int:
    """Return a port at which nothing listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
    return port


def test_a_dead_cluster_is_one_line_and_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    """At once; Ray itself would try for minutes."""
    assert run(["ray", "survey", "--address", f"127.0.0.1:{free_port()}"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("Error: cannot ask the cluster ")
    assert "(Connection refused)" in error
    assert error.count("\n") == 1


def test_an_address_that_takes_no_connection_in_time_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As that of a machine behind a firewall, which answers nothing at all."""
    with socket.socket() as full:
        full.bind(("", 0))  # Ray takes another address of this machine than its loopback one
        full.listen(0)
        others = [socket.socket() for _ in range(4)]
        for other in others:
            other.setblocking(False)
            other.connect_ex(("127.0.0.1", full.getsockname()[1]))
        monkeypatch.setattr("envatlas_vllm_ray.addresses._ANSWERS_WITHIN", 0.2)
        assert run(["ray", "survey", "--address", f"127.0.0.1:{full.getsockname()[1]}"]) == 2
        for other in others:
            other.close()
    assert "(it takes too long)" in capsys.readouterr().err


def test_what_takes_a_connection_and_says_nothing_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a head that is frozen: its machine takes the connection for it."""
    monkeypatch.setattr("envatlas_vllm_ray.addresses._ANSWERS_WITHIN", 0.2)
    with socket.create_server(("", 0)) as mute:
        assert run(["ray", "survey", "--address", f"127.0.0.1:{mute.getsockname()[1]}"]) == 2
    assert "(it takes too long)" in capsys.readouterr().err


def test_what_ends_the_connection_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """It is no cluster of Ray's."""

    def accept() -> None:
        with server.accept()[0] as accepted:
            greeting.append(accepted.recv(100))

    greeting: list[bytes] = []
    with socket.create_server(("", 0)) as server:
        listener = threading.Thread(target=accept)
        listener.start()
        assert run(["ray", "survey", "--address", f"127.0.0.1:{server.getsockname()[1]}"]) == 2
        listener.join()
    assert greeting[0].startswith(b"PRI * HTTP/2.0")
    assert "ends the connection; is it up, and is that its address?" in capsys.readouterr().err


def test_a_cluster_that_speaks_tls_is_not_greeted_in_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray's own variable says that it does."""
    monkeypatch.setenv("RAY_USE_TLS", "1")
    monkeypatch.setattr(addresses, "_GREETING", None)
    with socket.create_server(("", 0)) as mute:
        addresses.require_answer(f"127.0.0.1:{mute.getsockname()[1]}")


@pytest.mark.parametrize(("arguments", "environ"), [(("--address", "local"), None), ((), "local")])
def test_no_cluster_is_started(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    environ: str | None,
) -> None:
    """It would have one node, which agrees with itself."""
    if environ:
        monkeypatch.setenv("RAY_ADDRESS", environ)
    assert run(["ray", "survey", *arguments]) == 2
    assert capsys.readouterr().err == (
        "Error: cannot ask the cluster local: Ray would start a cluster of its own; name one that runs, or 'auto'\n"
    )


def test_under_uv_run_ray_sends_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its habit is off while the survey connects; a version of Ray that has no such habit is let alone."""
    constants: Any = importlib.import_module("ray._private.ray_constants")
    monkeypatch.setattr(constants, clusters.BY_UV, True, raising=False)  # an old one has none
    with clusters.without_uv():
        assert getattr(constants, clusters.BY_UV) is False
    assert getattr(constants, clusters.BY_UV) is True
    monkeypatch.delattr(constants, clusters.BY_UV)
    with clusters.without_uv():
        assert not hasattr(constants, clusters.BY_UV)
    assert not hasattr(constants, clusters.BY_UV)


NONE: Final = "it is no address of a cluster; expected host:port, as `ray start` prints it, or auto"
CLIENTS: Final = (
    "it is that of Ray's client, which cannot ask; "
    "expected host:port, as `ray start` prints it, or auto, on a machine of it"
)


@pytest.mark.parametrize(
    ("address", "called", "why"),
    [
        ("nonsense", "nonsense", NONE),
        ("10.0.0.1:x", "10.0.0.1:x", NONE),
        ("10.0.0.1:99999", "10.0.0.1:99999", NONE),
        ("10.0.0.1:0", "10.0.0.1:0", NONE),
        ("k8s://foo:1", "k8s://foo:1", NONE),
        ("", "''", NONE),
        ("ray://127.0.0.1:10001", "ray://127.0.0.1:10001", CLIENTS),
    ],
)
def test_an_address_that_is_none_is_one_line_that_says_what_is_one(
    capsys: pytest.CaptureFixture[str], address: str, called: str, why: str
) -> None:
    """With status 2, and before Ray makes anything of it."""
    assert run(["ray", "survey", "--address", address]) == 2
    assert capsys.readouterr().err == f"Error: cannot ask the cluster {called}: {why}\n"


def test_a_host_that_no_name_can_be_is_not_that_of_the_cluster() -> None:
    """A process that is connected already is told so, whatever Python makes of the name."""
    with pytest.raises(ClusterError, match=r"this process is connected to the cluster 10\.0\.0\.1:6379"):
        addresses.require_same("10.0.0..1:6379", "10.0.0.1:6379")


def test_what_ray_refuses_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It explains at length."""

    def refuse(**_: object) -> None:
        raise RuntimeError("it\nis of another version, " + "x" * 300)

    monkeypatch.setenv("RAY_USE_TLS", "1")  # so nothing needs to answer
    monkeypatch.setattr("ray.init", refuse)
    with socket.create_server(("", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        assert run(["ray", "survey", "--address", address]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"Error: cannot ask the cluster {address}: it is of another version, x")
    assert error.endswith("x...; is it up, and of this version of Ray?\n")


@pytest.mark.parametrize("limit", ["0", "-1", "nan", "inf"])
def test_a_time_limit_that_ends_nothing_or_everything_is_refused(
    capsys: pytest.CaptureFixture[str], limit: str
) -> None:
    """Every node would be silent, or none ever."""
    assert run(["ray", "survey", "--time-limit", limit]) == 2
    assert capsys.readouterr().err == f"Error: a time limit of {limit} s: expected a finite number above 0\n"


def test_without_ray_the_line_says_what_to_install(site: Site) -> None:
    """And nothing but the survey needs it; the plugin's variables are there."""
    code = (
        "import sys; sys.modules['ray'] = None\n"
        "from envatlas.cli import run\n"
        "assert run(['ray', 'carry']) == 0\n"
        "sys.exit(run(['ray', 'survey']))"
    )
    done = site.run(code)
    assert done.returncode == 2
    assert done.stderr == "Error: Ray is not installed; pip install 'envatlas-vllm-ray[cluster]'\n"


def test_showing_what_is_carried_imports_no_ray() -> None:
    """Which takes longer than everything else together."""
    code = "import sys; from envatlas.cli import run; run(['ray', 'carry']); sys.exit('ray' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0


def test_the_source_of_the_plugin_tells_all_of_its_variables() -> None:
    """Although it has modules that are imported when they are used: what is left out is known by its source."""
    from envatlas.sources import read_source
    from envatlas_vllm_ray import VARIABLES

    source = read_source("envatlas_vllm_ray")
    assert source.is_complete
    assert {each.name for each in source.declared} == {each.name for each in VARIABLES}
