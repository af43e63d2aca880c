"""Services: the variables that Kubernetes sets to the address of each service of a pod's namespace.

For a service ``vllm`` they are ``VLLM_SERVICE_HOST``, ``VLLM_SERVICE_PORT``, ``VLLM_PORT=tcp://10.0.0.1:8000``,
``VLLM_PORT_8000_TCP`` and more: the names that an application called the same may have for its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs

from envatlas.checks.held import told
from envatlas.environs import PROCESS, Environ, Place
from envatlas.findings import Finding, Severity
from envatlas.hosts import Host
from envatlas.messages import Message, marked
from envatlas.redaction import SHOWN_AS
from envatlas.registry import Registry
from envatlas.values import inputs

_ADDRESS: Final = re.compile(r"(tcp|udp|sctp)://\S+:[0-9]+")
_OWN: Final = re.compile(r"[A-Z][A-Z0-9_]*")
_SUFFIX: Final = re.compile(
    r"_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
)
_START: Final = re.compile(r"_(?=SERVICE_|PORT)")
"""Where what Kubernetes adds to a service's name may start."""
_LONGEST: Final = 63
"""In letters: no service's name is longer, being a label of a domain name."""


@attrs.frozen
class Link:
    """What Kubernetes sets for one service.

    Attributes:
        service: The service's name.
        names: The names that are set.
        place: Where the service is declared; the process's environment where that is not known.
    """

    service: str
    names: tuple[str, ...]
    place: Place = PROCESS


def services(registry: Registry, environ: Mapping[str, str], _host: Host) -> Iterator[Finding]:
    """Check which names services of Kubernetes take, or are going to take.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> [found] = services(registry, {"VLLM_PORT": "tcp://10.0.0.1:8000"}, ToldHost())
    >>> found.found
    "VLLM_PORT='tcp://10.0.0.1:8000' is set by the service vllm"
    """
    found, expected = links(registry, environ), tuple(_expected(registry, environ))
    if not found and not expected:
        return
    declared = _declared(registry)
    for link in found:
        yield _finding(link, [name for name in link.names if name in declared], declared, environ)
    for link in expected:
        could_hit = [name for name in link.names if name in declared]
        hit = [name for name in could_hit if name not in environ]
        if hit or not could_hit:
            yield _finding(link, hit, declared, environ)


def injected_names(registry: Registry, environ: Mapping[str, str]) -> frozenset[str]:
    """Return the names whose texts are addresses of services, and nobody's settings.

    >>> from envatlas.vllm import registry
    >>> injected_names(registry, {"VLLM_PORT": "tcp://10.0.0.1:8000", "VLLM_HOST_IP": "10.0.0.1"})
    frozenset({'VLLM_PORT'})
    """
    return frozenset(name for link in links(registry, environ) for name in link.names)


def links(registry: Registry, environ: Mapping[str, str]) -> tuple[Link, ...]:
    """Return the services whose addresses an environment has under names that concern a registry.

    >>> from envatlas.vllm import registry
    >>> environ = {"VLLM_UI_SERVICE_HOST": "10.0.0.1", "VLLM_UI_SERVICE_PORT": "80"}
    >>> [(link.service, len(link.names)) for link in links(registry, environ)]
    [('vllm-ui', 2)]
    """
    names: dict[str, list[str]] = {stem: [] for stem in sorted({_stem(name, environ) for name in environ} - {""})}
    for name in sorted(environ) if names else ():
        for stem in _possible_stems(name):
            if stem in names and _is_of(stem, name, environ):
                names[stem].append(name)
    return tuple(Link(_service(stem), tuple(of)) for stem, of in names.items() if _concerns(stem, of, registry))


def _declared(registry: Registry) -> dict[str, bool]:
    """Return the names that variables are read from, and whether those are secrets; also of plugins not active."""
    declared = {name: each.secret for each in registry.inactive for name in each.sources}
    return declared | {name: variable.secret for variable in registry for name in inputs(variable)}


def _concerns(stem: str, names: Sequence[str], registry: Registry) -> bool:
    """Return whether a service's names look like the registry's, or are."""
    is_alike = bool(registry.prefix) and f"{stem}_".startswith(registry.prefix)
    return is_alike or any(name in registry for name in names)


def _stem(name: str, environ: Mapping[str, str]) -> str:
    """Return what the names of a service start with, if a name shows that there is one; or nothing."""
    stem = ""
    if name.endswith("_SERVICE_HOST") and f"{name.removesuffix('_HOST')}_PORT" in environ:
        stem = name.removesuffix("_SERVICE_HOST")
    elif name.endswith("_PORT") and _ADDRESS.fullmatch(told(environ, name) or ""):
        stem = name.removesuffix("_PORT")
    return stem if len(stem) <= _LONGEST and _OWN.fullmatch(stem) else ""


def _possible_stems(name: str) -> Iterator[str]:
    """Yield all that a name may start with, so that each name is looked at once, however many services there are."""
    for start in _START.finditer(name, 0, _LONGEST + len("_SERVICE_")):
        yield name[: start.start()]


def _is_of(stem: str, name: str, environ: Mapping[str, str]) -> bool:
    """Return whether a name is one of a service's; its port's, only where the text is an address."""
    if not _SUFFIX.fullmatch(name, len(stem)):
        return False
    return name != f"{stem}_PORT" or bool(_ADDRESS.fullmatch(told(environ, name) or ""))


def _expected(registry: Registry, environ: Mapping[str, str]) -> Iterator[Link]:
    """Yield the services that a manifest declares, and that concern a registry."""
    if not isinstance(environ, Environ):
        return
    seen = {link.service for link in links(registry, environ)}
    for service, place in environ.services.items():
        stem = service.upper().replace("-", "_")
        names = (f"{stem}_PORT", f"{stem}_SERVICE_HOST", f"{stem}_SERVICE_PORT")
        if service not in seen and _concerns(stem, names, registry):
            yield Link(service, names, attrs.evolve(place, container=environ.place.container))


def _finding(link: Link, hit: list[str], declared: Mapping[str, bool], environ: Mapping[str, str]) -> Finding:
    if hit:
        names = ", ".join(_shown(name, declared, environ) for name in hit)
        found = Message(_said_of(hit, environ), names=names, service=link.service)
        why = marked(
            "Kubernetes tells each pod where its namespace's services are, here under a name that means something else"
        )
    else:
        found = Message(
            "{name} and the like, which nobody here declares, are set by the service {service}",
            name=link.names[0],
            service=link.service,
        )
        why = marked("Nothing reads them, and they look as if the operator had misspelt what is read")
    return Finding(
        "service-link",
        Severity.ERROR if hit else Severity.NOTE,
        (hit or link.names)[0],
        found,
        why,
        Message(
            "write enableServiceLinks: false into the pod's spec, or give the service another name, such as {name}",
            name=f"svc-{link.service}",
        ),
        link.place,
    )


def _said_of(names: Sequence[str], environ: Mapping[str, str]) -> str:
    if names[0] in environ:
        one, many = (
            marked("{names} is set by the service {service}"),
            marked("{names} are set by the service {service}"),
        )
    else:
        one = marked("{names} is going to be set by the service {service}")
        many = marked("{names} are going to be set by the service {service}")
    return many if len(names) > 1 else one


def _shown(name: str, declared: Mapping[str, bool], environ: Mapping[str, str]) -> str:
    text = told(environ, name)
    if text is None:
        return name
    return f"{name}={SHOWN_AS if declared[name] else repr(text)}"


def _service(stem: str) -> str:
    return stem.lower().replace("_", "-")
