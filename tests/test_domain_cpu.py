"""What the plugin cpu finds: bindings to cores that do not fit the machine, and caches that do not fit the memory."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envatlas.checks import check
from envatlas.findings import Finding, Severity
from envatlas.hosts import Host, ToldHost, cores, memory
from envatlas.vllm import registry
from envatlas_vllm_cpu.checks import missing_cores, repeated_cores, shared_cores

BIND: Final = "VLLM_CPU_OMP_THREADS_BIND"
FOUR: Final = ToldHost({cores: frozenset(range(4)), memory: 16 * 2**30})


def found(environ: dict[str, str], host: Host = FOUR) -> list[Finding]:
    """Return what the plugin finds."""
    return [each for each in check(registry, environ, host) if each.code.startswith("cpu-")]


def codes(text: str, host: Host = FOUR) -> list[str]:
    """Return the codes of what is found of a thread binding."""
    return [each.code for each in found({BIND: text}, host)]


def is_expected(text: str) -> bool:
    """Return whether the declaration allows a thread binding."""
    expects = registry[BIND].expects
    return expects is not None and expects.allows(text)


@pytest.mark.parametrize("text", ["all", "0", "0-3", "0,1,2,3", "0-1,3", "0-1|2-3", "0|1|2|3", "1-1", "003"])
def test_a_binding_that_fits_is_right(text: str) -> None:
    """Cores that exist, each once, are what the documentation shows."""
    assert codes(text) == []


@pytest.mark.parametrize("text", ["", "none", "0-", "0,,1", "0|", "-1", "0-1-2", "0 - 1", "٣"])
def test_a_malformed_binding_is_left_to_its_declaration(text: str) -> None:
    """It is found there, once, and nothing more can be said of it."""
    assert codes(text) == []
    assert not is_expected(text)


@pytest.mark.parametrize(
    ("text", "fixed"), [("3-0", "0-3"), ("0|3-1", "0|1-3"), ("3-2,1-0", "2-3,0-1"), ("1,3-2", "1,2-3")]
)
def test_a_range_that_counts_down_is_found(text: str, fixed: str) -> None:
    """The remedy is the same text with the range the right way round."""
    (finding,) = found({BIND: text})
    assert (finding.code, finding.severity) == ("cpu-range-reversed", Severity.ERROR)
    assert finding.remedy == f"export {BIND}='{fixed}'"


def test_several_ranges_that_count_down_are_one_finding() -> None:
    """It names them all."""
    (finding,) = found({BIND: "1-0,3-2"})
    assert finding.found == "'1-0', '3-2' count down"


@pytest.mark.parametrize("text", ["4", "0-4", "2-3,9", "0|4", "99999999999999999999", "0-99999999999999999999"])
def test_a_core_that_there_is_not_is_found(text: str) -> None:
    """It is found in any place, however large its number."""
    assert codes(text) == ["cpu-no-such-core"]


def test_a_core_that_the_process_may_not_use_is_found_within_a_range() -> None:
    """A range has all the cores between its ends."""
    (finding,) = found({BIND: "0-3"}, ToldHost({cores: frozenset({0, 1, 3})}))
    assert finding.found == "'0-3' goes beyond the cores that there are, 0-1,3"


def test_several_items_beyond_the_cores_are_one_finding() -> None:
    """It names them all."""
    (finding,) = found({BIND: "4,5"})
    assert finding.found == "'4', '5' go beyond the cores that there are, 0-3"


def test_a_range_that_counts_down_beyond_the_cores_is_found_as_both() -> None:
    """Turning it round does not make the core exist."""
    assert codes("9-0") == ["cpu-no-such-core", "cpu-range-reversed"]


@pytest.mark.parametrize(
    ("text", "remedy"), [("9", "0-3"), ("9|8", "0-1|2-3"), ("9|8|7", "0|1|2"), ("9|" * 4 + "9", "all")]
)
def test_the_remedy_shares_the_cores_out_among_the_ranks(text: str, remedy: str) -> None:
    """Each gets as many; where there are too few, all get all."""
    finding = next(each for each in found({BIND: text}) if each.code == "cpu-no-such-core")
    assert finding.remedy == f"export {BIND}='{remedy}'"


def test_cores_that_are_not_known_are_not_missed() -> None:
    """A machine that is not asked tells nothing."""
    assert codes("999", ToldHost()) == []


@pytest.mark.parametrize("text", ["0-1|1-2", "0-3|2", "0|0", "0-2|3|1"])
def test_a_core_of_two_ranks_is_found(text: str) -> None:
    """Ranks that share a core hinder one another."""
    assert codes(text) == ["cpu-ranks-share-cores"]


def test_ranks_that_share_cores_are_named() -> None:
    """The finding names the items as they are written, the lower rank first."""
    (finding,) = found({BIND: "2-3|0-2"})
    assert finding.found == "'2-3' of rank 0 and '0-2' of rank 1 share cores"


@pytest.mark.parametrize("text", ["0,0", "0-3,2", "0-1,1-2", "0,00", "3|0-2,1"])
def test_a_core_that_one_rank_has_twice_is_found(text: str) -> None:
    """It counts once, whatever the text seems to say."""
    assert codes(text) == ["cpu-core-repeated"]


CORE: Final = st.integers(0, 12)
ITEM: Final = st.tuples(CORE, CORE).map(sorted).map(lambda ends: f"{ends[0]}-{ends[1]}")
RANK: Final = st.lists(st.one_of(CORE.map(str), ITEM), min_size=1, max_size=4)


def named(item: str) -> list[int]:
    """Return the cores of an item, one by one."""
    first, _, last = item.partition("-")
    return [*range(int(first), int(last or first) + 1)]


@given(ranks=st.lists(RANK, min_size=1, max_size=4))
def test_what_is_found_is_what_counting_each_core_finds(ranks: list[list[str]]) -> None:
    """Cores that are missing, shared or repeated are found exactly where there are any."""
    text = "|".join(map(",".join, ranks))
    counted = [[core for item in rank for core in named(item)] for rank in ranks]
    distinct = [set(rank) for rank in counted]
    missing = any(core > 3 for rank in counted for core in rank)
    shared = sum(map(len, distinct)) > len(distinct[0].union(*distinct))
    repeated = any(len(rank) > len(set(rank)) for rank in counted)
    checks = (missing_cores, shared_cores, repeated_cores)
    assert [bool(list(each(registry, {BIND: text}, FOUR))) for each in checks] == [missing, shared, repeated]
    assert is_expected(text)


def test_a_cache_larger_than_the_memory_is_found() -> None:
    """The remedy is one of half the memory."""
    (finding,) = found({"VLLM_CPU_KVCACHE_SPACE": "17"})
    assert (finding.code, finding.remedy) == ("cpu-cache-above-memory", "export VLLM_CPU_KVCACHE_SPACE=8")


@pytest.mark.parametrize("text", ["0", "16", "-5"])
def test_a_cache_that_fits_is_right(text: str) -> None:
    """So is the default, and what is too small is its declaration's."""
    assert found({"VLLM_CPU_KVCACHE_SPACE": text}) == []


def test_the_remedy_of_a_cache_is_a_size_where_there_is_little_memory() -> None:
    """None at all would be the default of 4 GiB."""
    (finding,) = found({"VLLM_CPU_KVCACHE_SPACE": "4"}, ToldHost({memory: 2**30}))
    assert finding.remedy == "export VLLM_CPU_KVCACHE_SPACE=1"


def test_a_memory_that_is_not_known_has_no_bound() -> None:
    """A machine that is not asked tells nothing."""
    assert found({"VLLM_CPU_KVCACHE_SPACE": "9999"}, ToldHost()) == []
