"""What the plugin data_parallel finds: ranks that there are not, and places where ranks cannot meet."""

from __future__ import annotations

from typing import Final

import pytest

from envatlas.checks import check
from envatlas.findings import Finding, Severity
from envatlas.hosts import ToldHost
from envatlas.vllm import registry

TWO: Final = {"VLLM_DP_SIZE": "2", "VLLM_DP_MASTER_IP": "10.0.0.1", "VLLM_DP_MASTER_PORT": "29500"}


def found(environ: dict[str, str]) -> list[Finding]:
    """Return what the plugin finds."""
    return [each for each in check(registry, environ, ToldHost()) if each.code.startswith("data-parallel-")]


def codes(environ: dict[str, str]) -> list[str]:
    """Return the codes of what the plugin finds."""
    return [each.code for each in found(environ)]


@pytest.mark.parametrize("rank", ["0", "1"])
def test_a_rank_below_the_size_is_right(rank: str) -> None:
    """Ranks are counted from 0."""
    assert found({**TWO, "VLLM_DP_RANK": rank}) == []


def test_a_rank_of_the_size_is_found() -> None:
    """The remedy is the highest rank that there is."""
    (finding,) = found({**TWO, "VLLM_DP_RANK": "2"})
    assert finding.code == "data-parallel-rank-above-size"
    assert finding.remedy == "export VLLM_DP_RANK=1"


def test_a_rank_without_a_size_is_found() -> None:
    """The size is one while it is unset, and the remedy is to set it."""
    (finding,) = found({"VLLM_DP_RANK": "1"})
    assert finding.found == "there is no rank 1 where VLLM_DP_SIZE is 1, as it is unset"
    assert finding.remedy == "export VLLM_DP_SIZE=NUMBER_OF_RANKS"


@pytest.mark.parametrize("environ", [{"VLLM_DP_SIZE": "0"}, {"VLLM_DP_RANK": "-1"}], ids=str)
def test_numbers_that_are_too_small_are_left_to_their_declarations(environ: dict[str, str]) -> None:
    """They are found there, once."""
    assert found({**environ, "VLLM_DP_MASTER_PORT": "29500"}) == []


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1", "localhost", "LOCALHOST"])
def test_a_loopback_address_is_noted(address: str) -> None:
    """It is right on one machine, so it is no more than a note."""
    (finding,) = found({**TWO, "VLLM_DP_MASTER_IP": address})
    assert (finding.code, finding.severity) == ("data-parallel-loopback", Severity.NOTE)


def test_an_address_that_is_unset_is_noted_as_such() -> None:
    """Its default is the loopback address."""
    (finding,) = found({name: text for name, text in TWO.items() if name != "VLLM_DP_MASTER_IP"})
    assert finding.found == "the ranks meet at '127.0.0.1', as it is unset"


@pytest.mark.parametrize("address", ["", "0.0.0.0", "::"])
def test_an_address_of_no_machine_is_found(address: str) -> None:
    """Nobody can connect to it from elsewhere."""
    assert codes({**TWO, "VLLM_DP_MASTER_IP": address}) == ["data-parallel-no-address"]


@pytest.mark.parametrize(
    "address", ["10.0.0.1:29500", "tcp://10.0.0.1", "10.0.0", "10.0.0.256", "a b", "-a", "a-", "[fd00::1]", " 10.0.0.1"]
)
def test_what_is_neither_an_address_nor_a_name_is_found(address: str) -> None:
    """A port or a scheme does not belong to it, and a name does not end in a number."""
    assert codes({**TWO, "VLLM_DP_MASTER_IP": address}) == ["data-parallel-bad-address"]


@pytest.mark.parametrize("address", ["10.0.0.1", "fd00::1", "rank0", "vllm-0.vllm.default.svc.cluster.local", "a.b."])
def test_an_address_or_a_name_is_right(address: str) -> None:
    """Both are resolved."""
    assert found({**TWO, "VLLM_DP_MASTER_IP": address}) == []


def test_a_port_that_is_unset_is_found() -> None:
    """Several ranks have to agree on one."""
    (finding,) = found({**TWO, "VLLM_DP_MASTER_PORT": "0"})
    assert (finding.code, finding.severity) == ("data-parallel-no-port", Severity.ERROR)
    assert codes({**TWO, "VLLM_DP_MASTER_PORT": "0"}) == codes({"VLLM_DP_SIZE": "2", "VLLM_DP_MASTER_IP": "a"})


def test_one_rank_needs_no_place_to_meet() -> None:
    """Whatever the address and the port are."""
    assert found({"VLLM_DP_MASTER_IP": "tcp://", "VLLM_DP_MASTER_PORT": "0"}) == []


def test_a_size_that_cannot_be_read_ends_the_checks_in_quiet() -> None:
    """It has a finding of its own."""
    assert found({**TWO, "VLLM_DP_SIZE": "two", "VLLM_DP_RANK": "9"}) == []
