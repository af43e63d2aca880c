"""The selection: which plugins the operator allows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envatlas.selection import Selection

NAMES = st.lists(st.text(st.characters(exclude_characters=","), min_size=1).map(str.strip).filter(bool))
"""Any names that a comma list can have."""


def test_an_unset_filter_allows_every_plugin() -> None:
    """None, the filter variable being unset, leaves nothing out."""
    assert Selection.parse(None).allows("cuda")


@pytest.mark.parametrize("text", ["", " ", ",", " , ,\t"])
def test_a_filter_without_names_allows_no_plugin(text: str) -> None:
    """A text of nothing but space and commas names no plugin, and so allows none."""
    assert Selection.parse(text) == Selection(())


def test_a_list_allows_exactly_what_it_names() -> None:
    """A plugin loads if the list has its name, and only then."""
    selection = Selection.parse("cuda,ray")
    assert [name for name in ("cuda", "ray", "cpu", "cud", "CUDA") if selection.allows(name)] == ["cuda", "ray"]


def test_space_around_a_name_is_ignored() -> None:
    """Space is cut off on both sides, and kept inside."""
    assert Selection.parse(" cuda ,\tmy ray\n").names == ("cuda", "my ray")


def test_a_name_counts_once() -> None:
    """A name that is repeated stays where it is first."""
    assert Selection.parse("ray,cuda,ray").names == ("ray", "cuda")


def test_names_that_no_plugin_has_are_unmatched() -> None:
    """What is not installed is listed in the order of the text."""
    assert Selection.parse("tpu,cuda,cdua").unmatched({"cuda"}) == ("tpu", "cdua")


def test_an_unset_filter_has_no_unmatched_names() -> None:
    """Where nothing is named, nothing can be misspelt."""
    assert Selection().unmatched(()) == ()


@given(names=NAMES)
def test_a_list_reads_back_as_its_names(names: list[str]) -> None:
    """Joined by commas, any names parse as themselves, each once."""
    assert Selection.parse(",".join(names)).names == tuple(dict.fromkeys(names))


@given(names=NAMES, plugin=st.text())
def test_a_name_is_either_allowed_or_left_out(names: list[str], plugin: str) -> None:
    """Every plugin is allowed exactly if its name is in the list."""
    assert Selection(tuple(names)).allows(plugin) == (plugin in names)
