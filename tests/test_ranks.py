"""Data-parallel ranks: whether the environments of several processes fit together."""

from __future__ import annotations

import json
import pathlib
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envatlas.cli import run
from envatlas.cli.check import FindingWords
from envatlas.environs import Environ, Place, Untold
from envatlas.findings import Severity
from envatlas.languages import Words
from envatlas.vllm import registry
from envatlas_vllm_data_parallel.ranks import check_ranks
from tests.test_cli import printed

TWO: Final = {"VLLM_DP_SIZE": "2"}


def environs(size: int, **shared: str) -> list[dict[str, str]]:
    """Return the environments of as many ranks that fit together."""
    return [{"VLLM_DP_RANK": str(rank), "VLLM_DP_SIZE": str(size), **shared} for rank in range(size)]


def found(given: list[dict[str, str]]) -> list[tuple[str, str, str]]:
    """Return the findings' codes, variables and texts."""
    return [(each.code, each.variable, each.found) for each in check_ranks(given)]


@given(ranks=st.permutations(range(8)))
def test_ranks_that_fit_together_have_no_finding(ranks: list[int]) -> None:
    """In whatever order the processes are."""
    whole = environs(8, VLLM_DP_MASTER_IP="10.0.0.1", VLLM_DP_MASTER_PORT="29500")
    assert found([whole[rank] for rank in ranks]) == []


def test_one_process_that_is_told_nothing_is_a_rank_of_its_own() -> None:
    """Unset, the rank is 0 and the size 1."""
    assert found([{}]) == []


@given(dropped=st.integers(0, 7), doubled=st.integers(0, 7))
def test_a_rank_that_is_missing_and_one_that_is_there_twice_are_found(dropped: int, doubled: int) -> None:
    """Each is named, and nothing else is."""
    whole = environs(8)
    changed = [*whole[:dropped], whole[doubled], *whole[dropped + 1 :]]
    expected = [] if dropped == doubled else ["rank-twice", "rank-missing"]
    assert [code for code, _, _ in found(changed)] == expected


def test_a_rank_beyond_the_size_is_found() -> None:
    """It is named with its process and the size."""
    assert found([*environs(2), {"VLLM_DP_RANK": "2", "VLLM_DP_SIZE": "2"}]) == [
        ("rank-out-of-range", "VLLM_DP_RANK", "rank 2 of the process 2 is none where VLLM_DP_SIZE is 2")
    ]


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("VLLM_DP_SIZE", "4", "it is 2 in the process 0; it is 4 in the process 1"),
        ("VLLM_DP_MASTER_IP", "10.0.0.2", "it is '10.0.0.1' in the process 0; it is '10.0.0.2' in the process 1"),
        ("VLLM_DP_MASTER_PORT", "1", "it is 0 in the process 0; it is 1 in the process 1"),
    ],
)
def test_what_all_ranks_must_agree_in_is_found_where_it_differs(name: str, text: str, shown: str) -> None:
    """Each value is named with its processes; ranks are not judged by a size that is in doubt."""
    one, other = environs(2, VLLM_DP_MASTER_IP="10.0.0.1")
    assert found([one, {**other, name: text}]) == [("rank-value-differs", name, shown)]


def test_a_rank_beyond_the_size_is_found_beside_one_that_cannot_be_read() -> None:
    """The size does not depend on that; which ranks are missing does."""
    assert [
        code for code, _, _ in found([{"VLLM_DP_RANK": "one", "VLLM_DP_SIZE": "2"}, {**environs(6)[5], **TWO}])
    ] == [
        "rank-value-unreadable",
        "rank-out-of-range",
    ]


def test_a_negative_rank_is_found_whatever_the_size() -> None:
    """Although the sizes differ."""
    assert found([{"VLLM_DP_RANK": "-1", "VLLM_DP_SIZE": "2"}, {"VLLM_DP_RANK": "3", "VLLM_DP_SIZE": "4"}])[1:] == [
        ("rank-out-of-range", "VLLM_DP_RANK", "rank -1 of the process 0 is no rank: ranks count from 0")
    ]


def test_no_process_at_all_is_found() -> None:
    """Whoever asks for none has made a mistake, as with a pattern that matches no file."""
    assert found([]) == [("rank-missing", "VLLM_DP_RANK", "there is no process")]


def test_what_is_found_can_be_said_in_another_language() -> None:
    """All of it, with what stands in it."""
    said = FindingWords.of([registry], Words("zh_CN"))
    (finding,) = check_ranks([{"VLLM_DP_SIZE": "2"}, {"VLLM_DP_SIZE": "4", "VLLM_DP_RANK": "1"}])
    assert said.headline(finding) == "VLLM_DP_SIZE：在进程 0 中为 2；在进程 1 中为 4"


def test_the_command_checks_the_environments_of_files(
    capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path
) -> None:
    """One a process; its status is that of ``check``."""
    files = [str(tmp_path / f"{rank}.env") for rank in range(2)]
    for file, environ in zip(files, environs(2), strict=True):
        pathlib.Path(file).write_text("".join(f"{name}={text}\n" for name, text in environ.items()))
    assert printed(capsys, "data-parallel", "check", *files) == "0 errors, 0 warnings, 0 notes in 2 environments\n"
    assert run(["data-parallel", "check", files[0], files[0]]) == 2
    assert "rank 0 is that of the processes 0, 1 [rank-twice]" in capsys.readouterr().out
    assert run(["data-parallel", "check", "--json", files[1]]) == 2
    assert [each["code"] for each in json.loads(capsys.readouterr().out)] == ["rank-missing"]


def test_a_value_that_cannot_be_read_is_found_and_nothing_is_concluded_from_it() -> None:
    """The rank that it would have been is not reported as missing."""
    one, other = environs(2)
    assert found([one, {**other, "VLLM_DP_RANK": "one"}]) == [
        (
            "rank-value-unreadable",
            "VLLM_DP_RANK",
            "in the process 1, VLLM_DP_RANK='one', and expected is a whole number",
        )
    ]


def test_many_processes_are_not_all_named() -> None:
    """The first eight are, and how many more there are."""
    (twice, *_) = found([{"VLLM_DP_SIZE": "20"}] * 20)
    assert twice[2] == "rank 0 is that of the processes 0, 1, 2, 3, 4, 5, 6, 7 and 12 more"


def test_many_values_are_not_all_named() -> None:
    """The first eight are, and how many more there are; however many, they can be said in another language."""
    given = [{"VLLM_DP_MASTER_PORT": str(port)} for port in range(1, 2001)]
    differs = next(each for each in check_ranks(given) if each.code == "rank-value-differs")
    assert differs.found.endswith("it is 8 in the process 7; other values: 1992")
    assert FindingWords.of([registry], Words("zh_CN")).headline(differs).endswith("在进程 7 中为 8；其他值：1992 个")


def test_a_size_that_is_out_of_all_proportion_is_judged_all_the_same() -> None:
    """The first ranks that are missing are named, and the others counted."""
    (missing,) = found([{"VLLM_DP_SIZE": str(10**15)}])
    assert missing[2] == f"no process has the ranks 1, 2, 3, 4, 5, 6, 7, 8 and {10**15 - 9} more"


def test_a_size_below_one_has_no_rank_at_all() -> None:
    """Every rank is beyond it."""
    assert found([{"VLLM_DP_SIZE": "0"}]) == [
        ("rank-out-of-range", "VLLM_DP_RANK", "rank 0 of the process 0 is none where VLLM_DP_SIZE is 0")
    ]


def test_a_text_that_a_file_does_not_tell_is_not_judged() -> None:
    """It may be any, which is a note."""
    place = Place("deploy.yaml")
    untold = Environ(place, {"VLLM_DP_RANK": "1"}, untold={"VLLM_DP_SIZE": Untold(place, "it is in a Secret")})
    (note,) = check_ranks([environs(2)[0], untold])
    assert (note.code, note.variable, note.severity) == ("rank-value-untold", "VLLM_DP_SIZE", Severity.NOTE)
    assert note.found == "no file tells it of the process 1"


POD: Final = """\
apiVersion: v1
kind: Pod
metadata: {name: vllm}
spec:
  containers:
  - name: rank0
    env:
    - name: VLLM_DP_RANK
      valueFrom: {configMapKeyRef: {name: elsewhere, key: rank}}
  - name: rank1
    envFrom:
    - configMapRef: {name: elsewhere}
"""


def test_the_command_says_what_it_does_not_know(capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path) -> None:
    """Of which processes a file does not tell a rank, and which may have any; in JSON, the latter is beside it."""
    pod = tmp_path / "pod.yaml"
    pod.write_text(POD)
    containers = f"{pod}#rank0", f"{pod}#rank1"
    shown = printed(capsys, "data-parallel", "check", *containers)
    assert "note     VLLM_DP_RANK: no file tells it of the process 0 [rank-value-untold]\n" in shown
    counts, note = shown.splitlines()[-2:]
    assert counts == "0 errors, 0 warnings, 1 note in 2 environments"
    assert note.startswith(f"! {pod}:12, Pod vllm, container rank1 sets more than is known: ")
    assert run(["data-parallel", "check", "--json", *containers]) == 0
    captured = capsys.readouterr()
    assert [each["code"] for each in json.loads(captured.out)] == ["rank-value-untold"]
    assert captured.err == f"{note}\n"
