"""What is known of builds: how vLLM shares the cores between compile jobs and the threads of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from envatlas import Registry
from envatlas.checks import Check
from envatlas.findings import Finding, Severity
from envatlas.hosts import Host, cores
from envatlas.messages import Message, marked


def jobs_within_cores(_registry: Registry, environ: Mapping[str, str], host: Host) -> Iterator[Finding]:
    """Find more compile jobs than there are cores.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> print(*jobs_within_cores(registry, {"MAX_JOBS": "16"}, ToldHost({cores: frozenset(range(8))})))
    warning: MAX_JOBS: 16 compile jobs for 8 CPU cores [build-jobs-above-cores]
    """
    jobs, available = _number(environ.get("MAX_JOBS")), len(host.ask(cores) or ())
    if jobs is not None and available and jobs > available:
        one = marked("{jobs} compile jobs for {cores} CPU core")
        many = marked("{jobs} compile jobs for {cores} CPU cores")
        yield Finding(
            "build-jobs-above-cores",
            Severity.WARNING,
            "MAX_JOBS",
            Message(many if available > 1 else one, jobs=jobs, cores=available),
            marked("More jobs than cores make a build no faster, and each takes gigabytes of memory"),
            f"export MAX_JOBS={available}",
        )


def threads_within_jobs(_registry: Registry, environ: Mapping[str, str], host: Host) -> Iterator[Finding]:
    """Find more threads for one nvcc than all jobs together may have.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> print(*threads_within_jobs(registry, {"MAX_JOBS": "4", "NVCC_THREADS": "8"}, ToldHost()))
    warning: NVCC_THREADS: 8 threads for each nvcc are more than MAX_JOBS, 4 [build-threads-above-jobs]
    """
    threads, jobs = _number(environ.get("NVCC_THREADS")), _number(environ.get("MAX_JOBS"))
    available = len(host.ask(cores) or ())
    limit = jobs or available
    if threads is not None and limit and threads > limit:
        of_jobs = marked("{threads} threads for each nvcc are more than MAX_JOBS, {limit}")
        of_cores = marked(
            "{threads} threads for each nvcc are more than the CPU cores, which count while MAX_JOBS is unset, {limit}"
        )
        yield Finding(
            "build-threads-above-jobs",
            Severity.WARNING,
            "NVCC_THREADS",
            Message(of_jobs if jobs else of_cores, threads=threads, limit=limit),
            marked(
                "vLLM divides the one by the other, and runs one job at least: here a single one, with all these "
                "threads"
            ),
            f"export NVCC_THREADS={min(limit, available or limit)}",
        )


CHECKS: Final[tuple[Check, ...]] = (jobs_within_cores, threads_within_jobs)


def _number(text: str | None) -> int | None:
    """Return the number of at least 1 that a text is; None for one that the declarations do not expect."""
    try:
        number = int(text or "")
    except ValueError:
        return None
    return number if number > 0 else None
