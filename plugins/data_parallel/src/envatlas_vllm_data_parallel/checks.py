"""What is known of data parallelism: how ranks are counted, and where they can meet."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Final, cast

from envatlas import Environment, Registry
from envatlas.checks import Check
from envatlas.findings import Finding, Severity
from envatlas.hosts import Host
from envatlas.messages import Message, marked

_HOST_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\.?")


def rank_below_size(registry: Registry, environ: Mapping[str, str], _host: Host) -> Iterator[Finding]:
    """Find a rank that there is not.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> print(*rank_below_size(registry, {"VLLM_DP_SIZE": "2", "VLLM_DP_RANK": "2"}, ToldHost()))
    error: VLLM_DP_RANK: there is no rank 2 where VLLM_DP_SIZE is 2 [data-parallel-rank-above-size]
    """
    envs = Environment(registry, environ)
    rank, size = cast("int", envs["VLLM_DP_RANK"]), _size(envs)
    if rank >= size >= 1:
        is_set = envs.is_set("VLLM_DP_SIZE")
        found = Message("there is no rank {rank} where VLLM_DP_SIZE is {size}", rank=rank, size=size)
        yield Finding(
            "data-parallel-rank-above-size",
            Severity.ERROR,
            "VLLM_DP_RANK",
            found if is_set else Message("{found}, as it is unset", found=found),
            marked(
                "Ranks are counted from 0, so the highest is one less than their number, and the ranks never all meet"
            ),
            f"export VLLM_DP_RANK={size - 1}" if is_set else "export VLLM_DP_SIZE=NUMBER_OF_RANKS",
        )


def master_address(registry: Registry, environ: Mapping[str, str], _host: Host) -> Iterator[Finding]:
    """Find an address at which several ranks cannot meet, or at which those of one machine alone can.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> environ = {"VLLM_DP_SIZE": "2", "VLLM_DP_MASTER_IP": "tcp://10.0.0.1"}
    >>> print(*master_address(registry, environ, ToldHost()))
    error: VLLM_DP_MASTER_IP: 'tcp://10.0.0.1' is neither an IP address nor a host name [data-parallel-bad-address]
    """
    envs = Environment(registry, environ)
    address = cast("str", envs["VLLM_DP_MASTER_IP"])
    if _size(envs) <= 1:
        return
    if _is_loopback(address):
        found = Message("the ranks meet at {address}", address=repr(address))
        yield Finding(
            "data-parallel-loopback",
            Severity.NOTE,
            "VLLM_DP_MASTER_IP",
            found if envs.is_set("VLLM_DP_MASTER_IP") else Message("{found}, as it is unset", found=found),
            marked("It is a machine's own address: right as long as all ranks run on one machine, or in one pod"),
            "export VLLM_DP_MASTER_IP=ADDRESS_OF_RANK_0",
        )
    elif not address or _is_unspecified(address):
        yield Finding(
            "data-parallel-no-address",
            Severity.WARNING,
            "VLLM_DP_MASTER_IP",
            Message("{address} is no machine's address", address=repr(address)),
            marked("Each rank connects to rank 0 there, and the ranks of other machines find nobody"),
            "export VLLM_DP_MASTER_IP=ADDRESS_OF_RANK_0",
        )
    elif not _is_address(address):
        yield Finding(
            "data-parallel-bad-address",
            Severity.ERROR,
            "VLLM_DP_MASTER_IP",
            Message("{address} is neither an IP address nor a host name", address=repr(address)),
            marked("Each rank connects to rank 0 there; a scheme or a port does not belong to it"),
            "export VLLM_DP_MASTER_IP=ADDRESS_OF_RANK_0",
        )


def master_port(registry: Registry, environ: Mapping[str, str], _host: Host) -> Iterator[Finding]:
    """Find that several ranks have no port to meet at.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> [each.code for each in master_port(registry, {"VLLM_DP_SIZE": "2"}, ToldHost())]
    ['data-parallel-no-port']
    """
    envs = Environment(registry, environ)
    if _size(envs) > 1 and envs["VLLM_DP_MASTER_PORT"] == 0:
        yield Finding(
            "data-parallel-no-port",
            Severity.ERROR,
            "VLLM_DP_MASTER_PORT",
            Message("{size} ranks are to meet at port 0", size=_size(envs)),
            marked(
                "Rank 0 then listens on whichever port is free, and the others do not know which; all need the same one"
            ),
            "export VLLM_DP_MASTER_PORT=29500",
        )


CHECKS: Final[tuple[Check, ...]] = (rank_below_size, master_address, master_port)


def _size(envs: Environment) -> int:
    return cast("int", envs["VLLM_DP_SIZE"])


def _is_loopback(address: str) -> bool:
    found = _ip(address)
    return address.lower() == "localhost" if found is None else found.is_loopback


def _is_unspecified(address: str) -> bool:
    found = _ip(address)
    return found is not None and found.is_unspecified


def _is_address(address: str) -> bool:
    """Return whether it is an IP address, or a host name, whose last part is no number."""
    if _ip(address) is not None:
        return True
    last = address.rstrip(".").rpartition(".")[2]
    return _HOST_NAME.fullmatch(address) is not None and not last.isdecimal()


def _ip(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None
