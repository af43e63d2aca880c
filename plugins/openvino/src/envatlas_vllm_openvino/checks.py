"""What is known of OpenVINO: the names of its devices, which of them vLLM runs on, and what holds on CPUs alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, cast

from envatlas import Environment, Registry
from envatlas.checks import Check
from envatlas.findings import Finding, Severity
from envatlas.hosts import Host, memory
from envatlas.messages import Message, marked

_ONE: Final = r"(?:CPU|GPU(?:\.[0-9]+)*|NPU(?:\.[0-9]+)?)"
_SOME: Final = rf"-?{_ONE}(?:\([0-9]+\))?(?:,-?{_ONE}(?:\([0-9]+\))?)*"
_DEVICE: Final = re.compile(rf"{_ONE}|(?:AUTO|MULTI|HETERO|BATCH)(?::{_SOME})?")
_SUPPORTED: Final = re.compile(r"CPU|GPU(?:\.[0-9]+)?")
_GIB: Final = 2**30


def device(registry: Registry, environ: Mapping[str, str], _host: Host) -> Iterator[Finding]:
    """Find a device that OpenVINO does not know, or that vLLM does not run on.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> print(*device(registry, {"VLLM_OPENVINO_DEVICE": "npu"}, ToldHost()))
    error: VLLM_OPENVINO_DEVICE: 'NPU' is neither the CPU nor a GPU [openvino-device-unsupported]
    """
    name = _device(registry, environ)
    if _SUPPORTED.fullmatch(name):
        return
    if not _DEVICE.fullmatch(name):
        yield Finding(
            "openvino-device-unknown",
            Severity.ERROR,
            "VLLM_OPENVINO_DEVICE",
            Message("{device} is no device of OpenVINO's", device=repr(name)),
            marked(
                "OpenVINO refuses to compile a model for it; vLLM runs on CPU, GPU, or one of several such as GPU.1"
            ),
            "export VLLM_OPENVINO_DEVICE=CPU",
        )
    elif "CPU" not in name and "GPU" not in name:
        yield Finding(
            "openvino-device-unsupported",
            Severity.ERROR,
            "VLLM_OPENVINO_DEVICE",
            Message("{device} is neither the CPU nor a GPU", device=repr(name)),
            marked("OpenVINO knows it, but vLLM runs on CPU, GPU, or one of several such as GPU.1"),
            "export VLLM_OPENVINO_DEVICE=CPU",
        )
    else:
        yield Finding(
            "openvino-device-combined",
            Severity.WARNING,
            "VLLM_OPENVINO_DEVICE",
            Message("{device} is a choice among devices, or several of them", device=repr(name)),
            marked("OpenVINO knows it, but vLLM documents only CPU, GPU, and one of several such as GPU.1"),
            f"export VLLM_OPENVINO_DEVICE={'CPU' if 'CPU' in name else 'GPU'}",
        )


def precision(registry: Registry, environ: Mapping[str, str], _host: Host) -> Iterator[Finding]:
    """Find a number format for CPUs where there is none to use it.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> environ = {"VLLM_OPENVINO_DEVICE": "GPU", "VLLM_OPENVINO_CPU_KV_CACHE_PRECISION": "u8"}
    >>> [each.code for each in precision(registry, environ, ToldHost())]
    ['openvino-precision-unused']
    """
    name = _device(registry, environ)
    if environ.get("VLLM_OPENVINO_CPU_KV_CACHE_PRECISION") and "CPU" not in name:
        yield Finding(
            "openvino-precision-unused",
            Severity.WARNING,
            "VLLM_OPENVINO_CPU_KV_CACHE_PRECISION",
            Message("it has no effect while VLLM_OPENVINO_DEVICE is {device}", device=repr(name)),
            marked("It is the KV cache's number format on CPUs alone"),
            "unset VLLM_OPENVINO_CPU_KV_CACHE_PRECISION",
        )


def cache_within_memory(registry: Registry, environ: Mapping[str, str], host: Host) -> Iterator[Finding]:
    """Find a KV cache on CPUs that is larger than the memory.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> environ = {"VLLM_OPENVINO_KVCACHE_SPACE": "64"}
    >>> [each.code for each in cache_within_memory(registry, environ, ToldHost({memory: 16 * 2**30}))]
    ['openvino-cache-above-memory']
    """
    space = cast("int", Environment(registry, environ)["VLLM_OPENVINO_KVCACHE_SPACE"])
    available = host.ask(memory)
    if available is not None and space * _GIB > available and "CPU" in _device(registry, environ):
        yield Finding(
            "openvino-cache-above-memory",
            Severity.ERROR,
            "VLLM_OPENVINO_KVCACHE_SPACE",
            Message(
                "a KV cache of {space} GiB, where there are {memory} GiB of memory",
                space=space,
                memory=f"{available / _GIB:.1f}",
            ),
            marked("It is allocated at the start, which fails, or has the process killed"),
            f"export VLLM_OPENVINO_KVCACHE_SPACE={max(1, available // _GIB // 2)}",
        )


CHECKS: Final[tuple[Check, ...]] = (device, precision, cache_within_memory)


def _device(registry: Registry, environ: Mapping[str, str]) -> str:
    return cast("str", Environment(registry, environ)["VLLM_OPENVINO_DEVICE"])
