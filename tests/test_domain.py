"""What the bundled plugins check: laws that hold for all of them."""

from __future__ import annotations

import importlib
import pathlib
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import envatlas_vllm_build
import envatlas_vllm_cpu
import envatlas_vllm_cuda
import envatlas_vllm_data_parallel
import envatlas_vllm_openvino
import envatlas_vllm_ray
import envatlas_vllm_usage_stats
from envatlas.checks import ChecksPlugin, check
from envatlas.environs import Environ, Place, Untold
from envatlas.findings import Severity
from envatlas.hosts import Host, ThisHost, ToldHost, cores, file_type, memory, shared_object_error
from envatlas.sources import read_source
from envatlas.vllm import registry
from envatlas_vllm_cuda.gpus import Gpu, gpus

PLUGINS: Final[Mapping[str, ChecksPlugin]] = {
    "build": envatlas_vllm_build,
    "cpu": envatlas_vllm_cpu,
    "cuda": envatlas_vllm_cuda,
    "data_parallel": envatlas_vllm_data_parallel,
    "openvino": envatlas_vllm_openvino,
    "ray": envatlas_vllm_ray,
    "usage_stats": envatlas_vllm_usage_stats,
}
"""The plugins that make checks; a type checker compares each with the protocol."""

EXAMPLES: Final[Sequence[tuple[str, Severity, dict[str, str]]]] = [
    ("build-jobs-above-cores", Severity.WARNING, {"MAX_JOBS": "64"}),
    ("build-threads-above-jobs", Severity.WARNING, {"MAX_JOBS": "2", "NVCC_THREADS": "8"}),
    ("cpu-cache-above-memory", Severity.ERROR, {"VLLM_CPU_KVCACHE_SPACE": "64"}),
    ("cpu-core-repeated", Severity.WARNING, {"VLLM_CPU_OMP_THREADS_BIND": "0,0"}),
    ("cpu-no-such-core", Severity.ERROR, {"VLLM_CPU_OMP_THREADS_BIND": "0-31"}),
    ("cpu-range-reversed", Severity.ERROR, {"VLLM_CPU_OMP_THREADS_BIND": "1-0"}),
    ("cpu-ranks-share-cores", Severity.WARNING, {"VLLM_CPU_OMP_THREADS_BIND": "0|0"}),
    ("cuda-devices-by-uuid", Severity.WARNING, {"CUDA_VISIBLE_DEVICES": "GPU-1a"}),
    ("cuda-devices-cut", Severity.WARNING, {"CUDA_VISIBLE_DEVICES": "0,-1,1"}),
    ("cuda-devices-hidden", Severity.WARNING, {"CUDA_VISIBLE_DEVICES": ""}),
    ("cuda-devices-malformed", Severity.ERROR, {"CUDA_VISIBLE_DEVICES": "all"}),
    ("cuda-devices-repeated", Severity.ERROR, {"CUDA_VISIBLE_DEVICES": "0,0"}),
    ("cuda-devices-several-mig", Severity.WARNING, {"CUDA_VISIBLE_DEVICES": "MIG-1b,MIG-1d"}),
    ("cuda-gpu-ambiguous", Severity.ERROR, {"CUDA_VISIBLE_DEVICES": "GPU-1"}),
    ("cuda-home-incomplete", Severity.WARNING, {"CUDA_HOME": "/opt/partial"}),
    ("cuda-home-missing", Severity.ERROR, {"CUDA_HOME": "/opt/none"}),
    ("cuda-library-unusable", Severity.ERROR, {"VLLM_NCCL_SO_PATH": "/opt/none.so"}),
    ("cuda-no-such-gpu", Severity.ERROR, {"CUDA_VISIBLE_DEVICES": "7"}),
    ("data-parallel-bad-address", Severity.ERROR, {"VLLM_DP_SIZE": "2", "VLLM_DP_MASTER_IP": "tcp://a"}),
    ("data-parallel-loopback", Severity.NOTE, {"VLLM_DP_SIZE": "2"}),
    ("data-parallel-no-address", Severity.WARNING, {"VLLM_DP_SIZE": "2", "VLLM_DP_MASTER_IP": ""}),
    ("data-parallel-no-port", Severity.ERROR, {"VLLM_DP_SIZE": "2"}),
    ("data-parallel-rank-above-size", Severity.ERROR, {"VLLM_DP_RANK": "1"}),
    ("openvino-cache-above-memory", Severity.ERROR, {"VLLM_OPENVINO_KVCACHE_SPACE": "64"}),
    ("openvino-device-combined", Severity.WARNING, {"VLLM_OPENVINO_DEVICE": "AUTO:GPU,CPU"}),
    ("openvino-device-unknown", Severity.ERROR, {"VLLM_OPENVINO_DEVICE": "CUDA"}),
    ("openvino-device-unsupported", Severity.ERROR, {"VLLM_OPENVINO_DEVICE": "NPU"}),
    (
        "openvino-precision-unused",
        Severity.WARNING,
        {"VLLM_OPENVINO_DEVICE": "GPU", "VLLM_OPENVINO_CPU_KV_CACHE_PRECISION": "u8"},
    ),
    ("ray-bundle-repeated", Severity.ERROR, {"VLLM_RAY_BUNDLE_INDICES": "0,0"}),
    ("ray-fraction-above-one", Severity.ERROR, {"VLLM_RAY_PER_WORKER_GPUS": "1.5"}),
    ("ray-gpus-above-bundle", Severity.ERROR, {"VLLM_RAY_PER_WORKER_GPUS": "2"}),
    ("ray-no-gpu", Severity.WARNING, {"VLLM_RAY_PER_WORKER_GPUS": "0"}),
    ("usage-stats", Severity.NOTE, {}),
    ("usage-stats-server", Severity.WARNING, {"VLLM_USAGE_STATS_SERVER": "stats"}),
]
"""Each code with its severity, and an environment that has it on the machine that is told of."""

NAMES: Final = sorted(
    {name for each in registry.active_plugins if each.name in PLUGINS for name in each.variables}
    | {"DO_NOT_TRACK", "VLLM_CONFIG_ROOT", "HOME"}
)
HOSTS: Final[Mapping[str, Host]] = {
    "this": ThisHost(),
    "told": ToldHost(
        {
            cores: frozenset({0, 1, 5}),
            memory: 2**34,
            gpus: (Gpu("GPU-1a", ("MIG-1b", "MIG-1d")), Gpu("GPU-1c")),
            (file_type, "/opt/none"): "nothing",
            (file_type, "/opt/partial"): "folder",
            (file_type, "/opt/partial/include"): "nothing",
            (shared_object_error, "/opt/none.so"): "there is no such file",
        }
    ),
    "unknown": ToldHost(),
}

TEXTS: Final = st.one_of(
    st.text(st.characters(exclude_characters="\0")),
    st.text("0123456789,-|.:/ GPUMIATO\udcff", max_size=12),
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(
        ["9" * 4300, "9" * 5000, "0-" + "9" * 5000, "1e400", "::1%\udcff", "http://[", "http://a:x", "/\udcff"]
    ),
)


@pytest.mark.parametrize("host", HOSTS)
@settings(max_examples=150, deadline=None)
@given(environ=st.dictionaries(st.sampled_from(NAMES), TEXTS))
def test_no_text_makes_a_check_fail(host: str, environ: dict[str, str]) -> None:
    """Whatever texts the variables have, each check ends, and all that it finds can be printed."""
    findings = check(registry, environ, HOSTS[host])
    assert "check-failed" not in {each.code for each in findings}
    for each in findings:
        assert f"{each} {each.why} {each.remedy}".encode()


@pytest.mark.parametrize("name", PLUGINS)
@pytest.mark.parametrize("host", HOSTS)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_no_text_makes_a_check_raise(host: str, name: str, data: st.DataObject) -> None:
    """A check raises nothing but that a value cannot be read, which `check` reports in its own way."""
    variables = next(each.variables for each in registry.active_plugins if each.name == name)
    environ = {each: data.draw(TEXTS) for each in variables}
    assert "check-failed" not in {each.code for each in check(registry, environ, HOSTS[host])}


@pytest.mark.parametrize("name", ["CUDA_VISIBLE_DEVICES", "VLLM_CPU_OMP_THREADS_BIND", "VLLM_RAY_BUNDLE_INDICES"])
def test_a_text_of_many_entries_is_checked_in_little_time(name: str) -> None:
    """Comparing each of a hundred thousand entries with each other one would take minutes."""
    text = ",".join(map(str, range(100_000)))
    assert "check-failed" not in {each.code for each in check(registry, {name: f"{text},{text}"}, HOSTS["told"])}


@pytest.mark.parametrize("host", HOSTS)
def test_an_empty_environment_has_nothing_but_notes(host: str) -> None:
    """The defaults are as they should be, on any machine."""
    assert {each.severity for each in check(registry, {}, HOSTS[host])} == {Severity.NOTE}


def test_a_text_that_is_not_known_ends_a_check_in_quiet() -> None:
    """What a file sets without telling its text is neither taken for unset nor a failure."""
    untold = {name: Untold(Place("deploy.yaml", 3), "it is in a Secret elsewhere") for name in NAMES}
    codes = {each.code for each in check(registry, Environ(Place("deploy.yaml"), {}, untold=untold), HOSTS["told"])}
    assert not codes & {"check-failed", "usage-stats", "data-parallel-no-port"}


@pytest.mark.parametrize(("code", "severity", "environ"), EXAMPLES, ids=[code for code, _, _ in EXAMPLES])
def test_each_code_has_its_severity_and_an_example(code: str, severity: Severity, environ: dict[str, str]) -> None:
    """A code is stable, and so is how bad it is."""
    assert {each.severity for each in check(registry, environ, HOSTS["told"]) if each.code == code} == {severity}


@pytest.mark.parametrize("name", PLUGINS)
def test_the_codes_of_a_plugin_are_its_own_and_all_have_an_example(name: str) -> None:
    """They start with its word, and its modules have no other, but for what compares the environments of ranks."""
    word = name.replace("_", "-")
    (package,) = importlib.import_module(f"envatlas_vllm_{name}").__path__
    modules = [each for each in pathlib.Path(package).glob("*.py") if each.name != "ranks.py"]
    source = "".join(each.read_text(encoding="utf-8") for each in modules)
    used = re.findall(r"[Ff]inding\(\s*\"([a-z-]+)\"", source)
    assert set(used) == {code for code, _, _ in EXAMPLES if code == word or code.startswith(f"{word}-")}
    assert all(code == word or code.startswith(f"{word}-") for code in used)


@pytest.mark.parametrize("name", PLUGINS)
def test_a_plugin_makes_checks(name: str) -> None:
    """Each hook gives some, and they are those of its own module."""
    made = list(PLUGINS[name].envatlas_checks())
    assert made == list(importlib.import_module(f"envatlas_vllm_{name}.checks").CHECKS)
    assert made


@pytest.mark.parametrize("name", PLUGINS)
def test_the_source_of_a_plugin_with_checks_is_complete(name: str) -> None:
    """What it declares is known without running it, as before."""
    declared = [each.name for each in read_source(f"envatlas_vllm_{name}").declared]
    plugin = next(each for each in registry.active_plugins if each.name == name)
    assert (declared, read_source(f"envatlas_vllm_{name}").is_complete) == (list(plugin.variables), True)


def test_a_start_that_only_reads_imports_no_checks() -> None:
    """Reading every variable leaves the modules of checks alone."""
    code = "import sys; from envatlas.vllm import envs; envs.snapshot(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    parts = {name for name in done.stdout.split() if name.startswith("envatlas_vllm_") and "." in name}
    assert parts == set()
