"""What is known of usage statistics: whether they are sent, what decides it, and where they go."""

from __future__ import annotations

import os
import shlex
import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Final, cast

from envatlas import Environment, Registry
from envatlas.checks import Check
from envatlas.findings import Finding, Severity
from envatlas.hosts import Host, file_type
from envatlas.messages import Message, marked

_OPT_OUTS: Final = ("VLLM_NO_USAGE_STATS", "VLLM_DO_NOT_TRACK")


def tracking(registry: Registry, environ: Mapping[str, str], host: Host) -> Iterator[Finding]:
    """Tell whether usage statistics are sent, and what decides it.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> print(*tracking(registry, {"DO_NOT_TRACK": "1"}, ToldHost()))
    note: DO_NOT_TRACK: usage statistics are off, since DO_NOT_TRACK is 1 [usage-stats]
    """
    variable = _opted_out_by(registry, environ)
    file = None if variable else _opt_out_file(registry, environ, host)
    if variable:
        found = Message("usage statistics are off, since {variable} is 1", variable=variable)
        remedy = f"unset {variable}"
    elif file:
        found = Message("usage statistics are off, since there is a file {file}", file=repr(file))
        remedy = f"rm {shlex.quote(file)}"
    else:
        variable = _not_opted_out_by(registry, environ)
        found = Message("usage statistics are on, since no variable turns them off")
        if variable:
            found = Message("usage statistics are on, since {variable} is not exactly 1", variable=variable)
        remedy = "export VLLM_NO_USAGE_STATS=1"
    yield Finding(
        "usage-stats",
        Severity.NOTE,
        variable or _OPT_OUTS[0],
        found,
        marked("While they are on, vLLM sends what hardware and which model architecture it runs with to their server"),
        remedy,
    )


def server(registry: Registry, environ: Mapping[str, str], host: Host) -> Iterator[Finding]:
    """Find a server to which usage statistics cannot be sent.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> print(*server(registry, {"VLLM_USAGE_STATS_SERVER": "stats.example"}, ToldHost()))
    warning: VLLM_USAGE_STATS_SERVER: 'stats.example' is no URL of a web server [usage-stats-server]
    """
    url = cast("str", Environment(registry, environ)["VLLM_USAGE_STATS_SERVER"])
    if _is_web_server(url) or _opted_out_by(registry, environ) or _opt_out_file(registry, environ, host):
        return
    yield Finding(
        "usage-stats-server",
        Severity.WARNING,
        "VLLM_USAGE_STATS_SERVER",
        Message("{url} is no URL of a web server", url=repr(url)),
        marked("It needs http:// or https:// and a host; usage statistics are on, and sending them fails in silence"),
        "unset VLLM_USAGE_STATS_SERVER",
    )


CHECKS: Final[tuple[Check, ...]] = (tracking, server)


def _opted_out_by(registry: Registry, environ: Mapping[str, str]) -> str | None:
    """Return the name of the variable that turns usage statistics off; None where none does."""
    envs = Environment(registry, environ)
    return next((registry.explain(name, environ).source for name in _OPT_OUTS if envs[name]), None)


def _not_opted_out_by(registry: Registry, environ: Mapping[str, str]) -> str | None:
    """Return the name of a variable that is set and could turn them off, but does not."""
    readings = (registry.explain(name, environ) for name in _OPT_OUTS)
    return next((each.source for each in readings if each.source is not None), None)


def _opt_out_file(registry: Registry, environ: Mapping[str, str], host: Host) -> str | None:
    """Return the path of the file that turns them off, if it is known to be there."""
    if "VLLM_CONFIG_ROOT" not in registry:
        return None
    root = registry.explain("VLLM_CONFIG_ROOT", environ).value
    if not isinstance(root, str):  # a container's home is not known
        return None
    file = os.path.join(root, "do_not_track")
    return None if host.ask(file_type, file) in {None, "nothing"} else file


def _is_web_server(url: str) -> bool:
    try:
        parts = urllib.parse.urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none, or half an IPv6 address
        return False
