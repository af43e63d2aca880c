"""The corpus: files as operators have them, and everything that ``check`` finds in them."""

from __future__ import annotations

import pathlib
from typing import Final

import pytest

from envatlas import ToldHost
from envatlas.checks import check
from envatlas.files import read_env_files, read_manifests
from envatlas.findings import Finding
from envatlas.vllm import registry

DATA: Final = pathlib.Path(__file__).parent / "data"
USAGE: Final = ("usage-stats", "note")

EXPECTED: Final[dict[str, dict[str, set[tuple[str, ...]]]]] = {
    "manifests/production-stack.yaml": {
        "Deployment vllm-deployment-router, container router-container": {USAGE},
        "Deployment vllm-llama3-deployment-vllm, init container fetch": {
            USAGE,
            ("service-link", "error", "VLLM_PORT"),
            ("service-link", "note", "VLLM_ROUTER_SERVICE_PORT"),
        },
        "Deployment vllm-llama3-deployment-vllm, container vllm": {
            USAGE,
            ("service-link", "error", "VLLM_PORT"),
            ("service-link", "note", "VLLM_ROUTER_SERVICE_PORT"),
            ("invalid-value", "error", "VLLM_RPC_TIMEOUT"),
            ("file-defect", "error", "VLLM_USE_DEEP_GEMM"),
            ("unknown-variable", "warning", "VLLM_USE_DEEP_GEMM"),
            ("unknown-source", "note", ""),
        },
    },
    "manifests/prefill-decode.yaml manifests/prefill-decode-config.yaml": {
        "Deployment ms-llama-prefill, init container routing-proxy": {USAGE},
        "Deployment ms-llama-prefill, container vllm": {
            USAGE,
            ("unknown-variable", "warning", "VLLM_NIXL_SIDE_CHANNEL_HOST"),
            ("unknown-variable", "warning", "VLLM_NIXL_SIDE_CHANNEL_PORT"),
        },
        "LeaderWorkerSet ms-llama-decode, leaderWorkerTemplate.leaderTemplate, container vllm": {
            USAGE,
            ("data-parallel-no-port", "error", "VLLM_DP_MASTER_PORT"),
        },
        "LeaderWorkerSet ms-llama-decode, leaderWorkerTemplate.workerTemplate, container vllm": {
            USAGE,
            ("file-defect", "error", "VLLM_DP_SIZE"),
        },
    },
    "manifests/raycluster.yaml": {
        "RayCluster vllm-ray, headGroupSpec, container vllm-ray-head": {USAGE},
        "RayCluster vllm-ray, workerGroupSpecs[0], container vllm-ray-worker": {USAGE},
        "RayCluster vllm-ray, workerGroupSpecs[1], container vllm-ray-worker": {
            USAGE,
            ("file-defect", "error", "VLLM_RAY_PER_WORKER_GPUS"),
        },
    },
    "manifests/cronjob.yaml": {
        "CronJob warm-up-, container benchmark": {USAGE, ("file-defect", "warning", "VLLM_DO_NOT_TRACK")},
    },
    "manifests/list.yaml": {
        "StatefulSet vllm, container engine": {USAGE},
        "StatefulSet vllm, ephemeral container debugger": {USAGE},
        "Pod bare, container sleep": {USAGE},
    },
    "manifests/compose/compose.yaml": {
        "service engine": {
            USAGE,
            ("file-defect", "warning", "VLLM_ALLOW_LONG_MAX_MODEL_LEN"),
            ("unknown-variable", "warning", "VLLM_S3_SECRET"),
            ("surprising-value", "warning", "VLLM_USAGE_SOURCE"),
        },
        "service router": {("nothing-selected", "warning", "VLLM_PLUGINS")},
        "service cpu": {USAGE, ("unexpected-value", "warning", "VLLM_TARGET_DEVICE")},
    },
    "env/production.env env/override.env": {
        "": {USAGE, ("unknown-variable", "warning", "VLLM_S3_ACCESS_KEY_ID")},
    },
}


def told(finding: Finding) -> tuple[str, ...]:
    """Return what is compared of a finding; of the one that all have, not which variable decided."""
    both = (finding.code, str(finding.severity))
    return both if both == USAGE else (*both, finding.variable)


@pytest.mark.parametrize("files", EXPECTED)
def test_a_deployment_has_the_findings_that_it_should(files: str) -> None:
    """Each container has all of its findings, and no other; the place of each names the file."""
    paths = [str(DATA / name) for name in files.split()]
    environs = [read_env_files(paths)] if files.startswith("env/") else read_manifests(paths)
    found = {environ.place.container: check(registry, environ, ToldHost()) for environ in environs}
    assert {container: {*map(told, findings)} for container, findings in found.items()} == EXPECTED[files]
    places = [finding.place for findings in found.values() for finding in findings]
    assert all(place.file.startswith(str(DATA)) for place in places)
