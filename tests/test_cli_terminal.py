"""On a terminal: what fits into its width, and what stands out."""

from __future__ import annotations

import os
import pty
import re
import struct
import subprocess
import termios
from fcntl import ioctl
from typing import TYPE_CHECKING

import pytest

from envatlas.vllm import registry
from tests.test_cli import BIN, registry_of, row

if TYPE_CHECKING:
    from tests.conftest import Site


def on_terminal(width: int, *arguments: str, status: int = 0, **environ: str) -> str:
    """Run the command on a terminal of a width to the end that it should have, and return what it wrote there."""
    ended, shown = started_on_terminal(width, *arguments, **environ)
    assert ended == status
    return shown


def started_on_terminal(width: int, *arguments: str, **environ: str) -> tuple[int, str]:
    """Run the command on a terminal of a width, and return its status and what it wrote there."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith(("VLLM_", "COLUMNS", "NO_"))}
    parent, child = pty.openpty()
    ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    process = subprocess.Popen(
        [BIN / "envatlas", *arguments], stdout=child, stderr=child, env={**inherited, "TERM": "xterm", **environ}
    )
    os.close(child)
    written = b""
    while True:
        try:
            part = os.read(parent, 65536)
        except OSError:
            break
        if not part:
            break
        written += part
    os.close(parent)
    return process.wait(), written.decode().replace("\r\n", "\n")


def plain(text: str) -> str:
    """Return a text without its colours and weights."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_a_wide_terminal_shows_the_whole_table() -> None:
    """At 120 columns each variable is one row with its plugin, and one that is set stands out."""
    shown = on_terminal(120, "list", "rpc", VLLM_RPC_TIMEOUT="1")
    assert "PLUGIN" in shown
    assert "\x1b[1;32mVLLM_RPC_TIMEOUT" in shown


def test_a_narrow_terminal_names_each_plugin_once_and_breaks_no_name() -> None:
    """At 80 columns the variables stand below their plugins; no line is wider than the terminal."""
    shown = on_terminal(80, "list", NO_COLOR="1")
    lines = plain(shown).splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert all(f" {variable.name} " in shown for variable in registry)
    assert sum("usage_stats" in line for line in lines) == 2


def test_a_narrow_terminal_shows_plugins_without_the_column_of_reasons() -> None:
    """The reason that all excluded plugins share is said once."""
    shown = on_terminal(80, "plugins", VLLM_PLUGINS="cuda,cdua")
    assert "REASON" not in shown
    assert shown.count("leaves it out") == 1
    assert "did you mean cuda?" in " ".join(shown.split())


def test_no_color_is_honoured() -> None:
    """No colour is written where NO_COLOR is set."""
    assert "\x1b[32m" in on_terminal(120, "plugins")
    assert "\x1b[32m" not in on_terminal(120, "plugins", NO_COLOR="1")


def test_the_column_of_plugins_is_shown_where_the_values_have_room() -> None:
    """A long value folds in its column, and the plugin stands beside it."""
    shown = on_terminal(120, "list", "LIBRARY_PATH", LD_LIBRARY_PATH="/a/folder:" * 30)
    lines = plain(shown).partition("\n\n")[0].splitlines()
    assert lines[0].split() == ["NAME", "VALUE", "ORIGIN", "PLUGIN"]
    assert lines[1].split()[2:] == ["environment", "cuda"]
    assert len(lines) > 4
    assert all(len(line) <= 120 for line in lines)


@pytest.mark.parametrize(
    ("width", "letters", "is_beside"),
    [(80, 27, True), (80, 28, False), (90, 38, False), (91, 38, True), (91, 300, True)],
)
def test_plugins_stand_above_their_variables_where_a_value_has_no_room(
    width: int, letters: int, is_beside: bool
) -> None:
    """Forty columns are enough for any value, and a short one needs no more than it has."""
    shown = plain(on_terminal(width, "list", "STATS_SERVER", VLLM_USAGE_STATS_SERVER="x" * letters))
    assert ("PLUGIN" in shown) is is_beside
    assert shown.count("x") == letters


@pytest.mark.parametrize("width", [80, 120])
def test_a_very_long_name_takes_no_value_from_the_others(site: Site, width: int) -> None:
    """Only its beginning is shown."""
    name = "A_" + "LONG" * 800
    site.add_plugin("acme", site.declaring(name, site.declare("A_PORT", default=1234)))
    shown = plain(on_terminal(width, registry_of(site), "list", PYTHONPATH=str(site.folder)))
    assert row(shown, "A_PORT")[1] == "1234"
    assert f"{name[:30]}... (3202 characters)" in shown
    assert max(map(len, shown.splitlines())) <= width


def test_an_explanation_folds_at_the_width_of_the_terminal_and_loses_nothing() -> None:
    """At 60 columns each fact stands beside its word, in as many lines as it needs."""
    shown = plain(on_terminal(60, "explain", "VLLM_CACHE_ROOT", XDG_CACHE_HOME="/cache"))
    lines = shown.splitlines()
    assert all(len(line) <= 60 for line in lines)
    assert lines[0].rstrip() == "VLLM_CACHE_ROOT = '/cache/vllm'"
    assert f"  {registry['VLLM_CACHE_ROOT'].help}".startswith(lines[1].rstrip())
    assert " ".join(shown.split()).count("the processes of a node share it; another node may have another") == 1
