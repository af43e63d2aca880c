"""What the plugin ray finds: bundles that come twice, and amounts of GPUs that Ray does not reserve."""

from __future__ import annotations

import pytest

from envatlas.checks import check
from envatlas.findings import Finding
from envatlas.hosts import ToldHost
from envatlas.vllm import registry


def found(environ: dict[str, str]) -> list[Finding]:
    """Return what the plugin finds."""
    return [each for each in check(registry, environ, ToldHost()) if each.code.startswith("ray-")]


@pytest.mark.parametrize("text", ["", "0", "0,1,2,3", "3,1", "1,11"])
def test_distinct_bundles_are_right(text: str) -> None:
    """Each worker has one of its own."""
    assert found({"VLLM_RAY_BUNDLE_INDICES": text}) == []


@pytest.mark.parametrize(
    ("text", "distinct"), [("0,0", "0"), ("0,1,0", "0,1"), ("1,01", "1"), (" 2,2 ", "2"), ("0,00,1,1", "0,1")]
)
def test_a_bundle_that_comes_twice_is_found(text: str, distinct: str) -> None:
    """However its number is written."""
    (finding,) = found({"VLLM_RAY_BUNDLE_INDICES": text})
    assert finding.code == "ray-bundle-repeated"
    assert finding.remedy == f"export VLLM_RAY_BUNDLE_INDICES={distinct}"


def test_all_bundles_that_come_twice_are_named_in_one_finding() -> None:
    """The others are not."""
    (finding,) = found({"VLLM_RAY_BUNDLE_INDICES": "3,2,1,2,3"})
    assert finding.found == "bundles 3, 2 are named more than once"


@pytest.mark.parametrize("text", ["a,a", "0,,0", "-1,-1", "0;0", "٣,٣"])
def test_indices_that_are_malformed_are_left_to_their_declaration(text: str) -> None:
    """They are found there, once."""
    assert found({"VLLM_RAY_BUNDLE_INDICES": text}) == []


@pytest.mark.parametrize("text", ["1", "1.0", "0.5", "0.0001", "0.9999"])
def test_a_gpu_or_a_fraction_of_one_is_right(text: str) -> None:
    """Ray reserves each of these."""
    assert found({"VLLM_RAY_PER_WORKER_GPUS": text}) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0", "ray-no-gpu"),
        ("-0.0", "ray-no-gpu"),
        ("0.00009", "ray-no-gpu"),
        ("1.5", "ray-fraction-above-one"),
        ("inf", "ray-fraction-above-one"),
        ("2", "ray-gpus-above-bundle"),
        ("1e300", "ray-gpus-above-bundle"),
    ],
)
def test_an_amount_that_no_worker_can_have_is_found(text: str, code: str) -> None:
    """Nothing, a fraction above one, and more than a bundle has are three findings with one remedy."""
    (finding,) = found({"VLLM_RAY_PER_WORKER_GPUS": text})
    assert (finding.code, finding.remedy) == (code, "export VLLM_RAY_PER_WORKER_GPUS=1")


@pytest.mark.parametrize("text", ["-1", "nan", "half"])
def test_an_amount_that_is_none_is_left_to_its_declaration(text: str) -> None:
    """It is found there, once."""
    assert found({"VLLM_RAY_PER_WORKER_GPUS": text}) == []
