"""What the commands print where the output is no terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envatlas.cli.output import console, show_table, table

if TYPE_CHECKING:
    import pytest


def test_a_table_without_a_heading_has_none_in_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    """As on a terminal, and its numbers stand to the right."""
    shown = table("VALUE", "NODES")
    shown.show_header = False
    shown.columns[1].justify = "right"
    for cells in (("True", "10"), ("False", "2")):
        shown.add_row(*cells)
    show_table(console(), shown)
    assert capsys.readouterr().out == "True   10\nFalse   2\n"
