"""Exposure: secrets that lie where others can read them. Their texts are looked at for whether they are empty."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Final

from envatlas.checks.held import told
from envatlas.environs import Environ, Place, Via
from envatlas.findings import Finding, Severity
from envatlas.hosts import Host, others_can_read
from envatlas.messages import Message, marked
from envatlas.registry import Registry

_MANIFESTS: Final = {Via.MANIFEST, Via.COMPOSE}


def exposure(registry: Registry, environ: Mapping[str, str], host: Host) -> Iterator[Finding]:
    """Check where the secrets lie that files set.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> place = Place("prod.env", 3, via=Via.ENV_FILE)
    >>> environ = Environ(place, {"VLLM_API_KEY": "sk-123"}, {"VLLM_API_KEY": place})
    >>> [found] = exposure(registry, environ, ToldHost({others_can_read: True, (others_can_read, "prod.env"): True}))
    >>> found.found, found.remedy
    ('VLLM_API_KEY is a secret, and others can read prod.env', 'chmod 600 prod.env')
    """
    if not isinstance(environ, Environ):
        return
    for name in sorted(secret_names(registry)):
        if told(environ, name):
            yield from _of_place(name, environ.origin_of(name), host)


def secret_names(registry: Registry) -> set[str]:
    """Return all names that secrets are read from, of active plugins and of those that are not.

    >>> from envatlas.vllm import registry
    >>> "VLLM_API_KEY" in secret_names(registry.with_environ({"VLLM_PLUGINS": "cuda"}))
    True
    """
    found = {name for variable in registry if variable.secret for name in variable.sources}
    if all(plugin.is_active for plugin in registry.plugins):  # asking for the others costs milliseconds
        return found
    return found.union(*((each.name, *each.sources) for each in registry.inactive if each.secret))


def _of_place(name: str, place: Place, host: Host) -> Iterator[Finding]:
    is_open = bool(place.file) and host.ask(others_can_read, place.file)
    if place.via is Via.CONFIG_MAP:
        yield Finding(
            "exposed-secret",
            Severity.ERROR,
            name,
            Message("{variable} is a secret, and is in a ConfigMap", variable=name),
            marked("Whoever may look at the namespace's ConfigMaps, or has a backup of them, can read it"),
            _in_manifest(name),
            place,
        )
    elif place.via in _MANIFESTS:
        yield Finding(
            "exposed-secret",
            Severity.WARNING,
            name,
            Message("{variable} is a secret, and stands in the manifest itself", variable=name),
            marked("Whoever can read the manifest, its repository or the workload can read it"),
            _in_manifest(name) if place.via is Via.MANIFEST else _in_env_file(name),
            place,
        )
    elif is_open:
        yield Finding(
            "exposed-secret",
            Severity.WARNING,
            name,
            Message("{variable} is a secret, and others can read {file}", variable=name, file=place.file),
            marked("Every user of this machine can read it, or every member of the file's group"),
            f"chmod 600 {shlex.quote(place.file)}",
            place,
        )


def _in_manifest(name: str) -> Message:
    lines = f"valueFrom: {{secretKeyRef: {{name: ..., key: {name}}}}}"
    return Message("put {variable} into a Secret, and write {lines}", variable=name, lines=lines)


def _in_env_file(name: str) -> Message:
    return Message("put {variable} into a file of env_file: that only its owner can read", variable=name)
