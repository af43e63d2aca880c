"""What the plugin usage_stats finds: whether statistics are sent, what decides it, and where they go."""

from __future__ import annotations

import shlex
from typing import Final

import pytest

from envatlas.checks import check
from envatlas.findings import Finding, Severity
from envatlas.hosts import Host, ToldHost, file_type
from envatlas.vllm import registry

SERVER: Final = "VLLM_USAGE_STATS_SERVER"
OPTED_OUT: Final = ToldHost({(file_type, "/etc/vllm/do_not_track"): "file"})


def found(environ: dict[str, str], host: Host | None = None) -> list[Finding]:
    """Return what the plugin finds."""
    findings = check(registry, environ, host or ToldHost())
    return [each for each in findings if each.code.startswith("usage-stats")]


def test_statistics_are_on_where_nothing_is_set() -> None:
    """It is a note, and its remedy turns them off."""
    (finding,) = found({})
    assert (finding.code, finding.severity, finding.variable) == ("usage-stats", Severity.NOTE, "VLLM_NO_USAGE_STATS")
    assert finding.found == "usage statistics are on, since no variable turns them off"
    assert finding.remedy == "export VLLM_NO_USAGE_STATS=1"


@pytest.mark.parametrize(
    ("environ", "decides"),
    [
        ({"VLLM_NO_USAGE_STATS": "1"}, "VLLM_NO_USAGE_STATS"),
        ({"VLLM_DO_NOT_TRACK": "1"}, "VLLM_DO_NOT_TRACK"),
        ({"DO_NOT_TRACK": "1"}, "DO_NOT_TRACK"),
        ({"VLLM_NO_USAGE_STATS": "0", "DO_NOT_TRACK": "1"}, "DO_NOT_TRACK"),
        ({"VLLM_DO_NOT_TRACK": "", "DO_NOT_TRACK": "1"}, "DO_NOT_TRACK"),
    ],
    ids=str,
)
def test_statistics_are_off_by_the_variable_that_says_so(environ: dict[str, str], decides: str) -> None:
    """The note is about the name that was read."""
    (finding,) = found(environ)
    assert (finding.variable, finding.remedy) == (decides, f"unset {decides}")
    assert finding.found == f"usage statistics are off, since {decides} is 1"


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"VLLM_NO_USAGE_STATS": "true"}, "VLLM_NO_USAGE_STATS"),
        ({"VLLM_DO_NOT_TRACK": "true"}, "VLLM_DO_NOT_TRACK"),
        ({"VLLM_DO_NOT_TRACK": "0", "DO_NOT_TRACK": "1"}, "VLLM_DO_NOT_TRACK"),
    ],
    ids=str,
)
def test_statistics_are_on_in_spite_of_a_variable_that_does_not_turn_them_off(
    environ: dict[str, str], name: str
) -> None:
    """The note names it."""
    (finding,) = found(environ)
    assert finding.variable == name
    assert finding.found == f"usage statistics are on, since {name} is not exactly 1"


def test_statistics_are_off_by_a_file() -> None:
    """It lies in the folder of vLLM's configuration."""
    (finding,) = found({"VLLM_CONFIG_ROOT": "/etc/vllm"}, OPTED_OUT)
    assert finding.found == "usage statistics are off, since there is a file '/etc/vllm/do_not_track'"
    assert finding.remedy == "rm /etc/vllm/do_not_track"


def test_the_file_is_named_as_a_shell_reads_it() -> None:
    """Its folder may have any name."""
    host = ToldHost({(file_type, "/it's $HOME/do_not_track"): "file"})
    (finding,) = found({"VLLM_CONFIG_ROOT": "/it's $HOME"}, host)
    assert shlex.split(finding.remedy) == ["rm", "/it's $HOME/do_not_track"]


def test_the_file_counts_nothing_where_the_plugin_of_its_folder_is_left_out() -> None:
    """Then nobody says where it lies."""
    (finding,) = found({"VLLM_CONFIG_ROOT": "/etc/vllm", "VLLM_PLUGINS": "usage_stats"}, OPTED_OUT)
    assert finding.found.startswith("usage statistics are on")


@pytest.mark.parametrize(
    "url",
    ["", "stats.example", "ftp://stats.example", "https://", "https:///x", "http://[", "http://a:x", "http://a:99999"],
)
def test_a_server_that_is_none_is_found(url: str) -> None:
    """It has no scheme of the web, no host, or a port that is none."""
    server, _ = found({SERVER: url})
    assert (server.code, server.severity, server.variable) == ("usage-stats-server", Severity.WARNING, SERVER)
    assert repr(url) in server.found


@pytest.mark.parametrize("url", ["https://stats.example", "http://stats.example:8080/vllm", "HTTPS://[::1]:1"])
def test_a_server_of_the_web_is_right(url: str) -> None:
    """There is the note alone."""
    assert [each.code for each in found({SERVER: url})] == ["usage-stats"]


@pytest.mark.parametrize(
    ("environ", "host"),
    [({"DO_NOT_TRACK": "1"}, ToldHost()), ({"VLLM_CONFIG_ROOT": "/etc/vllm"}, OPTED_OUT)],
    ids=["by a variable", "by a file"],
)
def test_a_server_that_gets_nothing_may_be_anything(environ: dict[str, str], host: Host) -> None:
    """It has no effect while statistics are off."""
    assert [each.code for each in found({SERVER: "", **environ}, host)] == ["usage-stats"]
