"""What the bundled plugins find, in Chinese: all of it but names, texts and code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import pytest

from envatlas.checks import check
from envatlas.cli.check import FindingWords
from envatlas.findings import Finding
from envatlas.hosts import Host, ToldHost, cores, file_type, shared_object_error
from envatlas.languages import Words
from envatlas.messages import Message
from envatlas.vllm import registry
from envatlas_vllm_cuda.gpus import Gpu, gpus
from tests.test_domain import EXAMPLES, HOSTS

WORDS: Final = FindingWords.of([registry], Words("zh_CN"))
UNTRANSLATED: Final = re.compile(r"[A-Z0-9_]+|[0-9.,| -]+|'.*'|bin|include")
"""What is the same in all languages: names of variables, numbers and cores; texts in quotes; the toolkit's folders."""
BARE: Final = ToldHost(
    {
        cores: frozenset({0}),
        gpus: (Gpu("GPU-1a", ("MIG-1b",)),),
        (file_type, "/opt/empty"): "folder",
        **{(file_type, f"/opt/empty/{name}"): "nothing" for name in ("bin", "include", "lib", "lib64")},
        (file_type, "/opt/settings/do_not_track"): "file",
        (shared_object_error, "/opt/text.so"): "it is no ELF file",
    }
)
OTHER_FORMS: Final[Sequence[tuple[str, dict[str, str]]]] = [
    ("build-jobs-above-cores", {"MAX_JOBS": "64"}),
    ("build-threads-above-jobs", {"NVCC_THREADS": "8"}),
    ("cpu-no-such-core", {"VLLM_CPU_OMP_THREADS_BIND": "7,8"}),
    ("cpu-range-reversed", {"VLLM_CPU_OMP_THREADS_BIND": "1-0,3-2"}),
    ("cuda-devices-malformed", {"CUDA_VISIBLE_DEVICES": "0,x"}),
    ("cuda-devices-malformed", {"CUDA_VISIBLE_DEVICES": "GPU-1a,0"}),
    ("cuda-devices-malformed", {"CUDA_VISIBLE_DEVICES": "MIG-1b,0"}),
    ("cuda-home-incomplete", {"CUDA_HOME": "/opt/empty"}),
    ("cuda-library-unusable", {"VLLM_CUDART_SO_PATH": "/opt/text.so"}),
    ("cuda-no-such-gpu", {"CUDA_VISIBLE_DEVICES": "7,8"}),
    ("data-parallel-loopback", {"VLLM_DP_SIZE": "2", "VLLM_DP_MASTER_IP": "127.0.0.1"}),
    ("data-parallel-rank-above-size", {"VLLM_DP_SIZE": "2", "VLLM_DP_RANK": "2"}),
    ("ray-bundle-repeated", {"VLLM_RAY_BUNDLE_INDICES": "0,0,1,1"}),
    ("usage-stats", {"DO_NOT_TRACK": "1"}),
    ("usage-stats", {"VLLM_NO_USAGE_STATS": "0"}),
    ("usage-stats", {"VLLM_CONFIG_ROOT": "/opt/settings"}),
]
"""Codes whose sentence has several forms, with an environment that has another form than the example."""
CASES: Final = [
    *((code, environ, HOSTS["told"]) for code, _, environ in EXAMPLES),
    *((code, environ, BARE) for code, environ in OTHER_FORMS),
]


def found(code: str, environ: Mapping[str, str], host: Host) -> Finding:
    """Return the finding of this code."""
    return next(each for each in check(registry, environ, host) if each.code == code)


def left_in_english(finding: Finding, text: str) -> Iterator[str]:
    """Yield what no catalogue translates of a text, and of the messages that stand in it."""
    template = text.template if isinstance(text, Message) else text
    if WORDS.say(finding, template) == template:
        yield template
    for each in text.arguments.values() if isinstance(text, Message) else ():
        if isinstance(each, Message):
            yield from left_in_english(finding, each)
        elif not UNTRANSLATED.fullmatch(str(each)):
            yield str(each)


@pytest.mark.parametrize(("code", "environ", "host"), CASES, ids=[code for code, _, _ in CASES])
def test_nothing_of_a_finding_is_left_in_english(code: str, environ: dict[str, str], host: Host) -> None:
    """What was found and why it matters are in the plugin's catalogue, or in envatlas's; the remedy is typed."""
    finding = found(code, environ, host)
    assert [each for text in (finding.found, finding.why) for each in left_in_english(finding, text)] == []


def test_a_sentence_of_several_parts_is_chinese_as_a_whole() -> None:
    """The plugin's words stand in each other, and envatlas's in the plugin's."""
    toolkit = found("cuda-home-incomplete", {"CUDA_HOME": "/opt/empty"}, BARE)
    assert WORDS.headline(toolkit) == "CUDA_HOME：'/opt/empty' 中没有 bin，也没有 include，也没有 lib 或 lib64"
    library = found("cuda-library-unusable", {"VLLM_CUDART_SO_PATH": "/opt/text.so"}, BARE)
    assert WORDS.headline(library) == "VLLM_CUDART_SO_PATH：无法加载 '/opt/text.so'：它不是 ELF 文件"


def test_a_finding_on_another_name_of_a_variable_is_said_with_its_plugins_words() -> None:
    """Such as the name that several applications share."""
    tracking = found("usage-stats", {"DO_NOT_TRACK": "1"}, BARE)
    assert (tracking.variable, WORDS.headline(tracking)) == ("DO_NOT_TRACK", "使用统计已关闭，因为 DO_NOT_TRACK 为 1")


def test_of_several_environments_each_has_its_plugins_words() -> None:
    """A plugin may be active in one of them alone."""
    none = registry.with_environ({"VLLM_PLUGINS": ""})
    finding = found("build-jobs-above-cores", {"MAX_JOBS": "64"}, BARE)
    assert FindingWords.of([none], WORDS.words).say(finding, finding.found) == finding.found
    assert FindingWords.of([none, registry], WORDS.words).say(finding, finding.found) != finding.found
