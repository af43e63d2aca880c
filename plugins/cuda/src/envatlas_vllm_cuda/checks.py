"""What is known of NVIDIA GPUs: what is in the toolkit's folder, what a library is, and which GPUs there are.

No library is loaded to find out whether it can be: that runs its code, in the process that checks and with its
rights. Its header is read instead, which tells a wrong file, or one for another machine; not a missing dependency.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator, Mapping
from typing import Final

from envatlas import Registry
from envatlas.checks import Check
from envatlas.findings import Finding, Severity
from envatlas.hosts import Host, file_type, shared_object_error
from envatlas.messages import Message, marked, message_of
from envatlas_vllm_cuda.devices import visible_devices

_FOLDERS: Final[Mapping[str, tuple[str, ...]]] = {
    "bin": ("bin",),
    "include": ("include",),
    Message("lib or lib64"): ("lib", "lib64"),
}
"""What a toolkit's folder has, as it is called, and the names that it may have there."""


def toolkit(_registry: Registry, environ: Mapping[str, str], host: Host) -> Iterator[Finding]:
    """Find that the toolkit's folder is none, or lacks a part.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> print(*toolkit(registry, {"CUDA_HOME": "/opt/cuda"}, ToldHost({(file_type, "/opt/cuda"): "nothing"})))
    error: CUDA_HOME: there is no folder '/opt/cuda' [cuda-home-missing]
    """
    home = environ.get("CUDA_HOME")
    found = host.ask(file_type, home) if home else None
    if not home or found is None:
        return
    if found != "folder":
        yield Finding(
            "cuda-home-missing",
            Severity.ERROR,
            "CUDA_HOME",
            Message("there is no folder {folder}", folder=repr(home)),
            marked(
                "What compiles for the GPU, at a build or at the first use of a kernel, looks for the toolkit there "
                "alone"
            ),
            "unset CUDA_HOME",
        )
        return
    missing = [
        part for part, names in _FOLDERS.items() if all(_is_absent(os.path.join(home, name), host) for name in names)
    ]
    if missing:
        yield Finding(
            "cuda-home-incomplete",
            Severity.WARNING,
            "CUDA_HOME",
            Message("{folder} has no {parts}", folder=repr(home), parts=functools.reduce(_and_no, missing)),
            marked(
                "The toolkit has its compiler, headers and libraries there; only what runs is installed, or another "
                "folder is meant"
            ),
            marked("command -v nvcc  # the folder above that of nvcc is the toolkit's"),
        )


def nccl_library(_registry: Registry, environ: Mapping[str, str], host: Host) -> Iterator[Finding]:
    """Find an NCCL library file that cannot be loaded on this machine.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> host = ToldHost({(shared_object_error, "/opt/libnccl.so.2"): "there is no such file"})
    >>> print(*nccl_library(registry, {"VLLM_NCCL_SO_PATH": "/opt/libnccl.so.2"}, host))
    error: VLLM_NCCL_SO_PATH: '/opt/libnccl.so.2' cannot be loaded: there is no such file [cuda-library-unusable]
    """
    return _library("VLLM_NCCL_SO_PATH", environ, host)


def cudart_library(_registry: Registry, environ: Mapping[str, str], host: Host) -> Iterator[Finding]:
    """Find a CUDA runtime library file that cannot be loaded on this machine.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> list(cudart_library(registry, {"VLLM_CUDART_SO_PATH": "libcudart.so.12"}, ToldHost()))
    []
    """
    return _library("VLLM_CUDART_SO_PATH", environ, host)


CHECKS: Final[tuple[Check, ...]] = (toolkit, nccl_library, cudart_library, visible_devices)


def _is_absent(path: str, host: Host) -> bool:
    return host.ask(file_type, path) not in {None, "folder"}


def _and_no(parts: str, part: str) -> Message:
    return Message("{parts}, no {part}", parts=parts, part=part)


def _library(name: str, environ: Mapping[str, str], host: Host) -> Iterator[Finding]:
    path = environ.get(name, "")
    # A name without a slash is searched for where the loader looks, which is not for a check to repeat.
    error = host.ask(shared_object_error, path) if "/" in path else None
    if error:
        yield Finding(
            "cuda-library-unusable",
            Severity.ERROR,
            name,
            Message("{file} cannot be loaded: {error}", file=repr(path), error=message_of(error)),
            marked("vLLM loads this very file, and fails"),
            f"unset {name}",
        )
