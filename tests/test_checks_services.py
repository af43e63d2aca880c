"""Checks of Kubernetes services whose variables collide with the application's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import pytest

from envatlas import Severity, Text, Variable
from envatlas.checks.services import links as services_of
from envatlas.environs import Environ, Place, Untold, Via
from envatlas.vllm import registry as vllm
from tests.test_checks import findings, only, variables_of

if TYPE_CHECKING:
    from tests.conftest import Site

ENGINE: Final = Place("deploy.yaml", container="Deployment vllm, container engine", via=Via.MANIFEST)


def links(service: str, address: str = "10.0.0.7", port: int = 8000) -> dict[str, str]:
    """Return what Kubernetes sets for a service with one port."""
    stem = service.upper().replace("-", "_")
    url = f"tcp://{address}:{port}"
    return {
        f"{stem}_SERVICE_HOST": address,
        f"{stem}_SERVICE_PORT": str(port),
        f"{stem}_SERVICE_PORT_HTTP": str(port),
        f"{stem}_PORT": url,
        f"{stem}_PORT_{port}_TCP": url,
        f"{stem}_PORT_{port}_TCP_PROTO": "tcp",
        f"{stem}_PORT_{port}_TCP_PORT": str(port),
        f"{stem}_PORT_{port}_TCP_ADDR": address,
    }


def in_cluster(texts: Mapping[str, str], **services: int) -> Environ:
    """Return a container's environment, in a manifest that declares services at lines of its second document."""
    places = {
        name.replace("_", "-"): Place("deploy.yaml", line, 2, via=Via.MANIFEST) for name, line in services.items()
    }
    return Environ(ENGINE, texts, services=places)


def test_a_service_of_the_applications_name_is_one_error() -> None:
    """Not eight; it names the service, the variable that is hit, and both remedies."""
    found = only(links("vllm"))
    assert (found.code, found.severity, found.variable) == ("service-link", Severity.ERROR, "VLLM_PORT")
    assert found.found == "VLLM_PORT='tcp://10.0.0.7:8000' is set by the service vllm"
    assert "enableServiceLinks: false" in found.remedy
    assert "another name, such as svc-vllm" in found.remedy


def test_a_service_whose_name_goes_on_is_one_note() -> None:
    """It hits nothing that is declared; none of its names is taken for a misspelt one."""
    found = only(links("vllm-router-service"))
    assert (found.code, found.severity) == ("service-link", Severity.NOTE)
    assert found.found == (
        "VLLM_ROUTER_SERVICE_PORT and the like, which nobody here declares, are set by the service vllm-router-service"
    )


def test_a_service_whose_name_goes_on_may_hit_a_variable() -> None:
    """A service called vllm-dp-master sets the master's port."""
    found = only(links("vllm-dp-master"))
    assert (found.severity, found.variable) == (Severity.ERROR, "VLLM_DP_MASTER_PORT")


def test_services_are_told_apart() -> None:
    """One called vllm and one called vllm-service set names that look alike."""
    found = findings({**links("vllm"), **links("vllm-service"), **links("vllm-ui")})
    assert [(str(each.severity), each.found.split()[-1]) for each in found] == [
        ("error", "vllm"),
        ("note", "vllm-service"),
        ("note", "vllm-ui"),
    ]


def test_a_service_may_hit_a_variable_whose_plugin_is_not_active() -> None:
    """The application reads it all the same."""
    found = only({**links("vllm"), "VLLM_PLUGINS": "cuda"})
    assert (found.severity, found.variable) == (Severity.ERROR, "VLLM_PORT")


@pytest.mark.parametrize("service", ["postgres", "my-vllm", "vllmish", "kubernetes"])
def test_a_service_of_another_name_has_no_finding(service: str) -> None:
    """Each pod has the addresses of many."""
    assert findings(links(service)) == []


def test_a_service_is_recognized_by_its_url_alone() -> None:
    """A part of the environment may have been copied."""
    assert only({"VLLM_PORT": "udp://10.0.0.7:53"}).code == "service-link"


@pytest.mark.parametrize("text", ["tcp://10.0.0.7", "http://10.0.0.7:80", "tcp://10.0.0.7:80 x"])
def test_a_text_that_is_no_services_address_is_one_that_cannot_be_read(text: str) -> None:
    """Kubernetes writes addresses in one way."""
    assert only({"VLLM_PORT": text}).code == "invalid-value"


def test_a_port_that_the_operator_set_is_the_operators() -> None:
    """A container's own variable counts more than the service's of the same name."""
    found = only({**links("vllm"), "VLLM_PORT": "5000"})
    assert (found.code, found.severity) == ("service-link", Severity.NOTE)
    assert found.found.startswith("VLLM_PORT_8000_TCP and the like, which nobody here declares, are set by")


def test_names_that_only_look_like_a_services_are_unknown_ones() -> None:
    """A host without a port is no service's."""
    assert only({"VLLM_SERVICE_HOST": "10.0.0.7"}).code == "unknown-variable"
    assert {each.code for each in findings({"VLLM-A_SERVICE_HOST": "1", "VLLM-A_SERVICE_PORT": "1"})} <= {
        "unknown-variable"
    }


def test_a_registry_without_a_prefix_is_hit_by_what_it_declares(site: Site) -> None:
    """A service that sets nothing of it does not concern it."""
    registry = site.registry_of(Variable("UI_PORT", Text(), default=None, help="The port."))
    (found,) = findings({**links("ui"), **links("api")}, registry=registry)
    assert (found.severity, found.variable) == (Severity.ERROR, "UI_PORT")


def test_a_secret_that_a_service_hits_is_not_shown(site: Site) -> None:
    """Its text is an address, and is treated as what it is declared to be."""
    registry = variables_of(site, Variable("A_PORT", Text(), default=None, help="P.", secret=True))
    found = only(links("a"), registry=registry)
    assert found.found == "A_PORT=<secret> is set by the service a"


def test_a_service_in_the_manifest_is_an_error_before_it_is_there() -> None:
    """Kubernetes is going to set the variable; the finding has the service's place, and the container's name."""
    found = only(in_cluster({}, vllm=7))
    assert (found.code, found.severity, found.variable) == ("service-link", Severity.ERROR, "VLLM_PORT")
    assert found.found == "VLLM_PORT is going to be set by the service vllm"
    assert str(found.place) == "deploy.yaml:7, document 2, Deployment vllm, container engine"


@pytest.mark.parametrize("text", ["5000", "six"])
def test_a_variable_that_the_container_sets_itself_is_not_the_services(text: str) -> None:
    """What it is set to counts."""
    assert [each.code for each in findings(in_cluster({"VLLM_PORT": text}, vllm=7))] == (
        [] if text == "5000" else ["invalid-value"]
    )


def test_a_variable_that_the_container_sets_to_what_is_not_told_is_its_own() -> None:
    """It is set, and that is enough."""
    environ = Environ(
        ENGINE, {}, untold={"VLLM_PORT": Untold(ENGINE, "it is in a ConfigMap")}, services={"vllm": Place("a.yaml")}
    )
    assert findings(environ) == []


def test_another_service_in_the_manifest_is_a_note_or_nothing() -> None:
    """As in a running container."""
    found = only(in_cluster({}, vllm_router=7, postgres=9))
    assert (found.severity, found.place.line) == (Severity.NOTE, 7)


def test_a_service_that_is_in_the_environment_and_the_manifest_is_one() -> None:
    """What is set says more than what is declared."""
    found = only(in_cluster(links("vllm"), vllm=7))
    assert found.found == "VLLM_PORT='tcp://10.0.0.7:8000' is set by the service vllm"


def test_names_of_a_service_within_anothers_are_the_shorter_ones_as_well() -> None:
    """A name may start as two services' do, and is then set for either."""
    environ = {**links("vllm-port"), **links("vllm")}
    found = {link.service: link.names for link in services_of(vllm, environ)}
    assert [*found] == ["vllm", "vllm-port"]
    assert all(names == tuple(sorted(names)) for names in found.values())
    assert set(found["vllm"]) | set(found["vllm-port"]) == set(environ)


@pytest.mark.parametrize(("length", "count"), [(63, 1), (64, 0)])
def test_a_service_has_a_name_that_is_no_longer_than_a_domains_label(length: int, count: int) -> None:
    """Kubernetes allows no other."""
    assert len(services_of(vllm, links("vllm-".ljust(length, "a")))) == count
