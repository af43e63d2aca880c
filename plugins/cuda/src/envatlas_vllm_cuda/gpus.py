"""The GPUs of a machine, as NVIDIA's driver tells them through NVML.

What asks it is the extra ``envatlas-vllm-cuda[nvml]``; without it, or without a driver, nothing is known of the GPUs.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import NamedTuple, Protocol, cast


class Gpu(NamedTuple):
    """One GPU.

    Attributes:
        uuid: Its UUID, as in ``GPU-8932f937-d72c-4106-c12f-20bd9faed9f6``.
        instances: The UUIDs of the MIG devices that it is divided into, as in ``MIG-c6d4f1ef-42e4-5de3-91c7``.
    """

    uuid: str
    instances: tuple[str, ...] = ()


class _Nvml(Protocol):
    """What is used of the module ``pynvml`` of nvidia-ml-py, which has no types."""

    NVMLError: type[Exception]

    def nvmlInit(self) -> None: ...  # noqa: N802  NVIDIA's name, as below
    def nvmlShutdown(self) -> None: ...  # noqa: N802
    def nvmlDeviceGetCount(self) -> int: ...  # noqa: N802
    def nvmlDeviceGetHandleByIndex(self, index: int, /) -> object: ...  # noqa: N802
    def nvmlDeviceGetUUID(self, handle: object, /) -> str: ...  # noqa: N802
    def nvmlDeviceGetMaxMigDeviceCount(self, device: object, /) -> int: ...  # noqa: N802
    def nvmlDeviceGetMigDeviceHandleByIndex(self, device: object, index: int, /) -> object: ...  # noqa: N802


def gpus() -> tuple[Gpu, ...]:
    """Return the GPUs of this machine, in the order of their indices. It is a probe, for a host to call.

    Raises:
        ModuleNotFoundError: nvidia-ml-py is not installed.
        pynvml.NVMLError: No driver answers.

    >>> from envatlas.hosts import ToldHost
    >>> ToldHost({gpus: (Gpu("GPU-8932f937"),)}).ask(gpus)
    (Gpu(uuid='GPU-8932f937', instances=()),)
    """
    nvml = cast("_Nvml", importlib.import_module("pynvml"))
    nvml.nvmlInit()
    try:
        handles = [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(nvml.nvmlDeviceGetCount())]
        return tuple(Gpu(nvml.nvmlDeviceGetUUID(handle), tuple(_instances(nvml, handle))) for handle in handles)
    finally:
        nvml.nvmlShutdown()


def _instances(nvml: _Nvml, gpu: object) -> Iterator[str]:
    try:
        most = nvml.nvmlDeviceGetMaxMigDeviceCount(gpu)
    except nvml.NVMLError:  # it cannot be divided
        return
    for index in range(most):
        try:
            instance = nvml.nvmlDeviceGetMigDeviceHandleByIndex(gpu, index)
        except nvml.NVMLError:  # there is none of this index
            continue
        yield nvml.nvmlDeviceGetUUID(instance)
