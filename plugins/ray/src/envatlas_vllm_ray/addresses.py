"""Addresses: where a cluster is reached, and whether anybody answers there."""

from __future__ import annotations

import importlib
import os
import re
import socket
from typing import Any, Final

from envatlas_vllm_ray.errors import ClusterError

AUTO: Final = "auto"
"""The address by which Ray looks for the cluster that runs on this machine."""
_OWN: Final = "local"
"""The address by which Ray starts a cluster, and joins none."""
_CLIENT: Final = "ray://"
_PLACE: Final = re.compile(r"[^\s/]+:[0-9]{1,5}")
_HIGHEST_PORT: Final = 65_535
_EXPECTED: Final = f"expected host:port, as `ray start` prints it, or {AUTO}"
_ANSWERS_WITHIN: Final = 5.0
"""In seconds: how long a cluster's address may take to accept a connection. Ray itself tries for minutes."""
_GREETING: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"
"""What a client of HTTP/2 says first, with no settings of its own; whoever serves gRPC answers with its settings."""
_IS_IT_UP: Final = "is it up, and is that its address?"


def require_answer(address: str) -> None:
    """Refuse an address that is none, or that nothing answers at, which Ray would find out in minutes, or never.

    Raises:
        ClusterError: It is, or nothing does.
    """
    host, port = _place(address)
    try:
        with socket.create_connection((host, port), timeout=_ANSWERS_WITHIN) as connection:
            answers = _answers(connection)
    except OSError as error:
        why = error.strerror or "it takes too long"
        problem = f"nothing answers at {host}, port {port} ({why})"
        raise ClusterError(address, problem, _IS_IT_UP) from error
    if not answers:
        raise ClusterError(address, f"what listens at {host}, port {port} ends the connection", _IS_IT_UP)


def require_same(address: str, other: str) -> None:
    """Refuse an address that is not that of the cluster which this process is connected to.

    Args:
        address: The address.
        other: That of the cluster, as Ray has it.

    Raises:
        ClusterError: It is not, or it is none.

    >>> require_same("127.0.0.1:6379", "127.0.0.1:6379")
    """
    reached = _reached(*_place(address)) | _reached(*_split(address))  # which Ray may have changed for this machine
    if reached.isdisjoint(_reached(*_split(other))):
        problem = f"this process is connected to the cluster {other}"
        raise ClusterError(address, problem, "give no address, or ask from another process")


def _place(address: str) -> tuple[str, int]:
    """Return the host and the port of an address that Ray is given; for `AUTO`, those of the cluster that it finds."""
    if address == _OWN:
        raise ClusterError(address, "Ray would start a cluster of its own", f"name one that runs, or '{AUTO}'")
    if address.startswith(_CLIENT):
        raise ClusterError(address, "it is that of Ray's client, which cannot ask", f"{_EXPECTED}, on a machine of it")
    if address != AUTO and not (_PLACE.fullmatch(address) and 0 < _split(address)[1] <= _HIGHEST_PORT):
        raise ClusterError(address or "''", "it is no address of a cluster", _EXPECTED)
    services: Any = importlib.import_module("ray._private.services")  # nothing public says which cluster is meant
    return _split(str(services.canonicalize_bootstrap_address_or_die(address)))


def _split(place: str) -> tuple[str, int]:
    host, _, port = place.rpartition(":")
    return host.strip("[]"), int(port)


def _reached(host: str, port: int) -> set[tuple[str, int]]:
    """Return the addresses that a host has, each with the port."""
    try:
        return {(str(each[4][0]), port) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):  # the latter for what is no name, as 10.0.0..1
        return set()


def _answers(connection: socket.socket) -> bool:
    """Return whether a server of gRPC answers, and not only its machine, which takes connections for a frozen one."""
    if os.environ.get("RAY_USE_TLS", "0") != "0":
        return True  # whoever speaks TLS answers no greeting in plain text
    connection.sendall(_GREETING)
    return bool(connection.recv(1))
