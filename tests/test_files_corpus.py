"""The corpus: files as operators have them, and what each of their containers gets."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import Final

import pytest

from envatlas.environs import Environ, Place, Via
from envatlas.files import read_manifests

MANIFESTS: Final = pathlib.Path(__file__).parent / "data" / "manifests"
LLAMA: Final = "meta-llama/Llama-3.1-8B-Instruct"


def read(*names: str) -> dict[str, Environ]:
    """Return the environments of the containers of some files, by the containers."""
    environs = read_manifests([str(MANIFESTS / name) for name in names])
    read_by_container = {environ.place.container: environ for environ in environs}
    assert len(read_by_container) == len(environs)
    return read_by_container


EXPECTED: Final[list[tuple[list[str], dict[str, dict[str, str]], set[str]]]] = [
    (
        ["production-stack.yaml"],
        {
            "Deployment vllm-deployment-router, container router-container": {
                "VLLM_API_KEY": "sk-hush-hush",
                "LMCACHE_LOG_LEVEL": "DEBUG",
            },
            "Deployment vllm-llama3-deployment-vllm, init container fetch": {"HF_HOME": "/data"},
            "Deployment vllm-llama3-deployment-vllm, container vllm": {
                "VLLM_LOGGING_LEVEL": "INFO",
                "VLLM_USE_V1": "1",
                "chat-template.jinja": "{% for message in messages %}{{ message.content }}{% endfor %}\n",
                "HF_HOME": "/data",
                "HF_TOKEN": "hf_1234567890",
                "VLLM_API_KEY": "sk-hush-hush",
                "VLLM_CACHE_ROOT": "/data/vllm",
                "VLLM_RPC_TIMEOUT": "",
            },
        },
        {"POD_IP", "VLLM_HOST_IP", "VLLM_USE_DEEP_GEMM"},
    ),
    (
        ["prefill-decode.yaml", "prefill-decode-config.yaml"],
        {
            "Deployment ms-llama-prefill, init container routing-proxy": {},
            "Deployment ms-llama-prefill, container vllm": {
                "VLLM_NIXL_SIDE_CHANNEL_PORT": "5557",
                "VLLM_LOGGING_LEVEL": "WARNING",
            },
            "LeaderWorkerSet ms-llama-decode, leaderWorkerTemplate.leaderTemplate, container vllm": {
                "VLLM_DP_SIZE": "16",
            },
            "LeaderWorkerSet ms-llama-decode, leaderWorkerTemplate.workerTemplate, container vllm": {},
        },
        {"VLLM_NIXL_SIDE_CHANNEL_HOST", "VLLM_DP_SIZE", "VLLM_DP_MASTER_IP"},
    ),
    (
        ["raycluster.yaml"],
        {
            "RayCluster vllm-ray, headGroupSpec, container vllm-ray-head": {"VLLM_RAY_PER_WORKER_GPUS": "0.5"},
            "RayCluster vllm-ray, workerGroupSpecs[0], container vllm-ray-worker": {"VLLM_RAY_PER_WORKER_GPUS": "0.5"},
            "RayCluster vllm-ray, workerGroupSpecs[1], container vllm-ray-worker": {},
        },
        {"VLLM_HOST_IP", "VLLM_RAY_PER_WORKER_GPUS"},
    ),
    (["cronjob.yaml"], {"CronJob warm-up-, container benchmark": {"VLLM_DO_NOT_TRACK": "0"}}, {"MEMORY"}),
    (
        ["list.yaml"],
        {
            "StatefulSet vllm, container engine": {"MY_VLLM_PORT": "5000"},
            "StatefulSet vllm, ephemeral container debugger": {"DEBUG": "1"},
            "Pod bare, container sleep": {},
        },
        set(),
    ),
    (
        ["compose/compose.yaml"],
        {
            "service engine": {
                "VLLM_LOGGING_LEVEL": "INFO",
                "VLLM_CACHE_ROOT": f"/data/{LLAMA}/vllm",
                "VLLM_API_KEY": "sk-$not-replaced",
                "VLLM_USAGE_SOURCE": '"quoted $MODEL"',
                "VLLM_USE_V1": "1",
                "VLLM_ALLOW_LONG_MAX_MODEL_LEN": "true",
                "VLLM_PORT": "9000",
                "VLLM_DP_MASTER_PORT": "29500",
                "HF_TOKEN": "hf_of_the_folder",
                "PRICE": "$5",
            },
            "service router": {"ROUTER_PORT": "8001", "HF_TOKEN": "hf_of_the_folder", "VLLM_PLUGINS": ""},
            "service cpu": {
                "VLLM_USAGE_SOURCE": f"quoted {LLAMA}",
                "VLLM_LOGGING_LEVEL": "ERROR",
                "VLLM_TARGET_DEVICE": f"cpu-{LLAMA}",
            },
        },
        {"VLLM_HOST_IP", "VLLM_DP_MASTER_IP", "VLLM_S3_SECRET"},
    ),
]


@pytest.mark.parametrize(("files", "texts", "untold"), EXPECTED, ids=[files[0] for files, _, _ in EXPECTED])
def test_each_container_gets_what_its_file_says(
    files: list[str], texts: Mapping[str, Mapping[str, str]], untold: set[str]
) -> None:
    """The containers stand in the order of the file, and what is not told is set all the same."""
    environs = read(*files)
    assert {container: dict(environ.texts) for container, environ in environs.items()} == texts
    assert [*environs] == [*texts]
    assert {name for environ in environs.values() for name in environ.untold} == untold


@pytest.mark.parametrize(
    ("file", "lines"),
    [
        ("production-stack.yaml", [(139, "VLLM_USE_DEEP_GEMM")]),
        ("prefill-decode.yaml", [(56, "VLLM_DP_SIZE")]),
        ("raycluster.yaml", [(36, "VLLM_RAY_PER_WORKER_GPUS")]),
        ("cronjob.yaml", [(19, "VLLM_DO_NOT_TRACK")]),
        ("list.yaml", []),
        ("compose/compose.yaml", [(6, "VLLM_ALLOW_LONG_MAX_MODEL_LEN")]),
    ],
)
def test_the_defects_of_each_file_are_found(file: str, lines: list[tuple[int, str]]) -> None:
    """And no others."""
    defects = [defect for environ in read(file).values() for defect in environ.defects]
    assert [(defect.place.line, defect.name) for defect in defects] == lines


def test_every_place_is_the_line_that_says_so() -> None:
    """The line of each text, untold or not, has the name or the key that it is read from."""
    written = {"VLLM_API_KEY": "vllmApiKey", "HF_TOKEN": "hf_token", "MY_VLLM_PORT": "VLLM_PORT"}
    for file in sorted(MANIFESTS.glob("*.yaml")):
        if file.name == "prefill-decode-config.yaml":
            continue
        for environ in read(file.name).values():
            for name in environ:
                place = environ.place_of(name)
                lines = pathlib.Path(place.file).read_text().splitlines()
                assert place.line is not None
                if place.via is not Via.MANIFEST and name not in environ.untold:
                    assert written.get(name, name) in lines[place.line - 1]
                else:
                    assert name in "\n".join(lines[place.line - 3 : place.line])


def test_services_reach_what_does_not_refuse_them() -> None:
    """The router says that it wants none; a headless service has no address."""
    router, fetch, engine = read("production-stack.yaml").values()
    file = str(MANIFESTS / "production-stack.yaml")
    assert router.services == {}
    assert engine.services == {
        "vllm-router-service": Place(file, 27, 3, via=Via.MANIFEST),
        "vllm": Place(file, 53, 5, via=Via.MANIFEST),
    }
    assert fetch.services == engine.services


def test_a_service_of_another_namespace_reaches_nobody() -> None:
    """The workloads of this file are in llm-d, the service is elsewhere."""
    assert all(environ.services == {} for environ in read("prefill-decode.yaml").values())


def test_what_a_missing_secret_sets_is_open() -> None:
    """It is the only one of the file."""
    ends = [end for environ in read("production-stack.yaml").values() for end in environ.open_ended]
    assert [(end.place.line, end.why) for end in ends] == [
        (112, "it comes from the optional Secret 'cluster-wide', which no file here has")
    ]
