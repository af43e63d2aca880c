"""What the plugin openvino finds: devices that are none, and settings that the device does not use."""

from __future__ import annotations

from typing import Final

import pytest

from envatlas.checks import check
from envatlas.findings import Finding, Severity
from envatlas.hosts import Host, ToldHost, memory
from envatlas.vllm import registry

DEVICE: Final = "VLLM_OPENVINO_DEVICE"
PRECISION: Final = "VLLM_OPENVINO_CPU_KV_CACHE_PRECISION"
SPACE: Final = "VLLM_OPENVINO_KVCACHE_SPACE"
SIXTEEN: Final = ToldHost({memory: 16 * 2**30})


def found(environ: dict[str, str], host: Host = SIXTEEN) -> list[Finding]:
    """Return what the plugin finds."""
    return [each for each in check(registry, environ, host) if each.code.startswith("openvino-")]


@pytest.mark.parametrize("device", ["CPU", "cpu", "GPU", "gpu.0", "GPU.1"])
def test_a_device_that_vllm_documents_is_right(device: str) -> None:
    """In upper or lower case."""
    assert found({DEVICE: device}) == []


@pytest.mark.parametrize("device", ["NPU", "npu.3720", "AUTO", "MULTI:NPU", "HETERO:NPU"])
def test_a_device_that_vllm_does_not_run_on_is_found(device: str) -> None:
    """OpenVINO knows it, and vLLM refuses it."""
    (finding,) = found({DEVICE: device})
    assert (finding.code, finding.severity) == ("openvino-device-unsupported", Severity.ERROR)


@pytest.mark.parametrize(
    ("device", "one"),
    [
        ("AUTO:GPU,CPU", "CPU"),
        ("multi:gpu.0,gpu.1", "GPU"),
        ("HETERO:GPU,CPU", "CPU"),
        ("AUTO:-NPU,GPU", "GPU"),
        ("BATCH:GPU(4)", "GPU"),
        ("GPU.0.1", "GPU"),
    ],
)
def test_a_combination_of_devices_is_found(device: str, one: str) -> None:
    """OpenVINO takes it, and vLLM does not say what it does with it."""
    (finding,) = found({DEVICE: device})
    assert (finding.code, finding.severity) == ("openvino-device-combined", Severity.WARNING)
    assert finding.remedy == f"export {DEVICE}={one}"


@pytest.mark.parametrize("device", ["", "CUDA", "GPU0", "GPU:0", "CPU,GPU", "AUTO:", "AUTO:CPU;GPU", "CPU ", "GNA"])
def test_a_device_that_is_none_is_found(device: str) -> None:
    """It is not what OpenVINO calls a device, or a combination of some."""
    (finding,) = found({DEVICE: device})
    assert (finding.code, finding.severity) == ("openvino-device-unknown", Severity.ERROR)


def test_a_precision_without_a_cpu_is_found() -> None:
    """It is of CPUs alone."""
    (finding,) = found({DEVICE: "GPU", PRECISION: "u8"})
    assert (finding.code, finding.variable) == ("openvino-precision-unused", PRECISION)


@pytest.mark.parametrize("environ", [{PRECISION: "u8"}, {DEVICE: "GPU", PRECISION: ""}, {DEVICE: "GPU"}], ids=str)
def test_a_precision_that_is_used_or_not_set_is_right(environ: dict[str, str]) -> None:
    """The default device is the CPU."""
    assert found(environ) == []


def test_a_precision_of_several_devices_is_used_where_the_cpu_is_one() -> None:
    """Only the device itself is found."""
    assert [each.code for each in found({DEVICE: "AUTO:GPU,CPU", PRECISION: "u8"})] == ["openvino-device-combined"]


def test_a_cache_larger_than_the_memory_is_found() -> None:
    """The remedy is one of half the memory."""
    (finding,) = found({SPACE: "17"})
    assert (finding.code, finding.remedy) == ("openvino-cache-above-memory", f"export {SPACE}=8")


@pytest.mark.parametrize("environ", [{SPACE: "16"}, {SPACE: "0"}, {SPACE: "17", DEVICE: "GPU"}], ids=str)
def test_a_cache_that_fits_or_lies_elsewhere_is_right(environ: dict[str, str]) -> None:
    """A GPU has memory of its own."""
    assert found(environ) == []


def test_the_remedy_of_a_cache_is_a_size_where_there_is_little_memory() -> None:
    """None at all would be the default of 4 GiB."""
    (finding,) = found({SPACE: "4"}, ToldHost({memory: 2**30}))
    assert finding.remedy == f"export {SPACE}=1"


def test_a_memory_that_is_not_known_has_no_bound() -> None:
    """A machine that is not asked tells nothing."""
    assert found({SPACE: "9999"}, ToldHost()) == []
