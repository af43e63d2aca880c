"""What is known of Ray: which amounts of GPUs it reserves, and that a bundle has one worker."""

from __future__ import annotations

import collections
from collections.abc import Iterator, Mapping
from typing import Final, cast

from envatlas import Environment, Registry
from envatlas.checks import Check
from envatlas.findings import Finding, Severity
from envatlas.hosts import Host
from envatlas.messages import Message, marked

_LEAST: Final = 0.0001
"""In GPUs; Ray counts in steps of it."""


def bundle_indices(_registry: Registry, environ: Mapping[str, str], _host: Host) -> Iterator[Finding]:
    """Find bundles that are named more than once.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> print(*bundle_indices(registry, {"VLLM_RAY_BUNDLE_INDICES": "0,1,1"}, ToldHost()))
    error: VLLM_RAY_BUNDLE_INDICES: bundle 1 is named more than once [ray-bundle-repeated]
    """
    entries = [each.strip() for each in environ.get("VLLM_RAY_BUNDLE_INDICES", "").split(",")]
    if not all(each.isascii() and each.isdecimal() for each in entries):
        return  # it is empty, or what the variable's declaration does not expect
    indices = collections.Counter(each.lstrip("0") or "0" for each in entries)
    repeated = [index for index, count in indices.items() if count > 1]
    if repeated:
        one = marked("bundle {bundles} is named more than once")
        many = marked("bundles {bundles} are named more than once")
        yield Finding(
            "ray-bundle-repeated",
            Severity.ERROR,
            "VLLM_RAY_BUNDLE_INDICES",
            Message(one if len(repeated) == 1 else many, bundles=", ".join(repeated)),
            marked("vLLM wants as many bundles as there are workers, all different, and refuses to start"),
            f"export VLLM_RAY_BUNDLE_INDICES={','.join(indices)}",
        )


def per_worker_gpus(registry: Registry, environ: Mapping[str, str], _host: Host) -> Iterator[Finding]:
    """Find an amount of GPUs that Ray cannot reserve for a worker.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> print(*per_worker_gpus(registry, {"VLLM_RAY_PER_WORKER_GPUS": "1.5"}, ToldHost()))
    error: VLLM_RAY_PER_WORKER_GPUS: 1.5 is more than one, and no whole number [ray-fraction-above-one]
    """
    gpus = cast("float", Environment(registry, environ)["VLLM_RAY_PER_WORKER_GPUS"])
    if 0 <= gpus < _LEAST:
        yield Finding(
            "ray-no-gpu",
            Severity.WARNING,
            "VLLM_RAY_PER_WORKER_GPUS",
            Message(
                "Ray reserves no GPU for a worker, since {gpus} is less than {least}, the least that it counts",
                gpus=f"{gpus:g}",
                least=_LEAST,
            ),
            marked("Ray hides all GPUs from a worker that reserves none, or lets it run where none is free"),
            "export VLLM_RAY_PER_WORKER_GPUS=1",
        )
    elif gpus > 1 and not gpus.is_integer():
        yield Finding(
            "ray-fraction-above-one",
            Severity.ERROR,
            "VLLM_RAY_PER_WORKER_GPUS",
            Message("{gpus} is more than one, and no whole number", gpus=f"{gpus:g}"),
            marked("Ray reserves fractions of one GPU, or whole GPUs, and refuses anything else"),
            "export VLLM_RAY_PER_WORKER_GPUS=1",
        )
    elif gpus > 1:
        yield Finding(
            "ray-gpus-above-bundle",
            Severity.ERROR,
            "VLLM_RAY_PER_WORKER_GPUS",
            Message("a worker is to have {gpus} GPUs", gpus=f"{gpus:g}"),
            marked(
                "vLLM runs each worker in a bundle of one GPU, into which more do not fit; more workers use more GPUs"
            ),
            "export VLLM_RAY_PER_WORKER_GPUS=1",
        )


CHECKS: Final[tuple[Check, ...]] = (bundle_indices, per_worker_gpus)
