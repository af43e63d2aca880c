"""Hosts: what this machine tells, what another one was told to tell, and the probes."""

from __future__ import annotations

import os
import pathlib
from typing import Final, NoReturn

import pytest

from envatlas import ThisHost, ToldHost
from envatlas.hosts import cores, file_type, others_can_read

BOTH: Final = [ThisHost(), ToldHost()]


def exits() -> NoReturn:
    """Be a probe that ends the process."""
    raise SystemExit(3)


def interrupts() -> NoReturn:
    """Be a probe during which the operator presses Ctrl-C."""
    raise KeyboardInterrupt


def test_this_host_calls_the_probe() -> None:
    """With its arguments, named or not."""
    assert ThisHost().ask(divmod, 7, 2) == (3, 1)
    assert ThisHost().ask(int, "11", base=2) == 3


@pytest.mark.parametrize("probe", [exits, lambda: 1 // 0], ids=["exits", "raises"])
def test_a_probe_that_fails_tells_nothing(probe: object) -> None:
    """Whatever it raises: it may be a plugin's, and ask a driver."""
    assert callable(probe)
    assert ThisHost().ask(probe) is None


def test_an_interruption_is_the_operators() -> None:
    """Ctrl-C ends more than a probe."""
    with pytest.raises(KeyboardInterrupt):
        ThisHost().ask(interrupts)


def test_a_host_that_was_told_nothing_knows_nothing() -> None:
    """It never looks at this machine."""
    assert ToldHost().ask(exits) is None
    assert ToldHost().ask(file_type, "/") is None


def test_a_host_answers_what_it_was_told() -> None:
    """By the probe, or by the probe with its arguments."""
    host = ToldHost({cores: frozenset({0}), (file_type, "/opt/cuda"): "folder", (int, "2", 10): 5})
    assert host.ask(cores) == frozenset({0})
    assert host.ask(file_type, "/opt/cuda") == "folder"
    assert host.ask(file_type, "/opt/other") is None
    assert host.ask(int, "2", base=10) == 5


def test_the_cores_are_those_that_the_process_may_use() -> None:
    """Not all that the machine has."""
    assert cores() == os.sched_getaffinity(0)


def test_a_path_is_a_file_a_folder_something_else_or_nothing(tmp_path: pathlib.Path) -> None:
    """A link is what it leads to; what is below a file is nothing."""
    file = tmp_path / "file"
    file.write_text("")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(file)
    names = ["file", "link", ".", "pipe", "none", "file/below"]
    assert [file_type(str(tmp_path / name)) for name in names] == [
        "file",
        "file",
        "folder",
        "other",
        "nothing",
        "nothing",
    ]


@pytest.mark.parametrize(("mode", "can"), [(0o600, False), (0o640, True), (0o604, True), (0o700, False)])
def test_others_can_read_what_the_group_or_everybody_may(tmp_path: pathlib.Path, mode: int, can: bool) -> None:
    """The owner's own permission does not matter."""
    file = tmp_path / "file"
    file.write_text("")
    file.chmod(mode)
    assert others_can_read(str(file)) is can
