"""What the plugin build finds: compile jobs and threads that do not fit the cores."""

from __future__ import annotations

import pytest

from envatlas.checks import check
from envatlas.hosts import Host, ToldHost, cores
from envatlas.vllm import registry

EIGHT = ToldHost({cores: frozenset(range(8))})
UNKNOWN = ToldHost()


def found(environ: dict[str, str], host: Host = EIGHT) -> list[tuple[str, str]]:
    """Return the codes of what is found, and the remedies."""
    return [(each.code, each.remedy) for each in check(registry, environ, host) if each.code.startswith("build-")]


def test_more_jobs_than_cores_are_found() -> None:
    """Each core compiles one thing at a time."""
    assert found({"MAX_JOBS": "9"}) == [("build-jobs-above-cores", "export MAX_JOBS=8")]


def test_as_many_jobs_as_cores_are_right() -> None:
    """The bound itself is none too many."""
    assert found({"MAX_JOBS": "8"}) == []


def test_more_threads_than_jobs_are_found() -> None:
    """The division leaves no whole job."""
    assert found({"MAX_JOBS": "4", "NVCC_THREADS": "5"}) == [("build-threads-above-jobs", "export NVCC_THREADS=4")]


def test_the_remedies_of_jobs_and_threads_go_together() -> None:
    """Neither asks for more than there are cores."""
    remedies = [remedy for _, remedy in found({"MAX_JOBS": "9", "NVCC_THREADS": "12"})]
    assert remedies == ["export MAX_JOBS=8", "export NVCC_THREADS=8"]


def test_threads_are_compared_with_jobs_where_the_cores_are_not_known() -> None:
    """Both are in the environment."""
    assert found({"MAX_JOBS": "4", "NVCC_THREADS": "5"}, UNKNOWN) == [
        ("build-threads-above-jobs", "export NVCC_THREADS=4")
    ]


def test_as_many_threads_as_jobs_are_right() -> None:
    """One job with all the threads is what they say."""
    assert found({"MAX_JOBS": "4", "NVCC_THREADS": "4"}) == []


def test_without_jobs_the_threads_are_compared_with_the_cores() -> None:
    """An unset MAX_JOBS is as many as there are cores."""
    assert found({"NVCC_THREADS": "9"}) == [("build-threads-above-jobs", "export NVCC_THREADS=8")]


def test_jobs_and_threads_that_fit_together_are_right_although_their_product_exceeds_the_cores() -> None:
    """The number of jobs is lowered by the number of threads, so the product is not what runs."""
    assert found({"MAX_JOBS": "8", "NVCC_THREADS": "4"}) == []


@pytest.mark.parametrize("environ", [{"MAX_JOBS": "99"}, {"NVCC_THREADS": "99"}], ids=str)
def test_cores_that_are_not_known_have_no_bound(environ: dict[str, str]) -> None:
    """A machine that is not asked tells nothing."""
    assert found(environ, UNKNOWN) == []


@pytest.mark.parametrize("text", ["", "0", "-1", "four"])
def test_a_text_that_is_no_number_of_jobs_is_left_to_its_declaration(text: str) -> None:
    """It is found there, once."""
    assert found({"MAX_JOBS": text, "NVCC_THREADS": text}) == []


def test_one_job_is_a_bound_as_well() -> None:
    """It is the least number of jobs."""
    assert found({"MAX_JOBS": "1", "NVCC_THREADS": "2"}) == [("build-threads-above-jobs", "export NVCC_THREADS=1")]


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"MAX_JOBS": "3"}, "3 compile jobs for 2 CPU cores"),
        ({"MAX_JOBS": "2", "NVCC_THREADS": "3"}, "3 threads for each nvcc are more than MAX_JOBS, 2"),
        (
            {"NVCC_THREADS": "3"},
            "3 threads for each nvcc are more than the CPU cores, which count while MAX_JOBS is unset, 2",
        ),
    ],
    ids=str,
)
def test_a_finding_names_both_numbers(environ: dict[str, str], message: str) -> None:
    """And where the second is from."""
    findings = check(registry, environ, ToldHost({cores: frozenset({3, 5})}))
    assert [each.found for each in findings if each.code.startswith("build-")] == [message]


def test_one_core_is_no_plural() -> None:
    """A machine may have but one."""
    findings = check(registry, {"MAX_JOBS": "2"}, ToldHost({cores: frozenset({3})}))
    assert [each.found for each in findings if each.code.startswith("build-")] == ["2 compile jobs for 1 CPU core"]
