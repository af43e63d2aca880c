"""Diffs: what differs between two environments, in what the application reads of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envatlas import Computed, Integer, Path, Text, Variable, user_cache
from envatlas.diffs import Extent, differences
from envatlas.environs import Environ, Place, Untold
from envatlas.numbers import Number
from envatlas.vllm import registry

if TYPE_CHECKING:
    from tests.conftest import Site

NAMES: Final = sorted({"VLLM_PROT", "VLLM_PLUGINS", "HOME", *(name for each in registry for name in each.sources)})
TEXTS: Final = st.sampled_from(["", " ", "0", "1", "true", "5000", " 5000", "cuda", "~/x", "nan"]) | st.text()
ENVIRONS: Final = st.dictionaries(st.sampled_from(NAMES), TEXTS, max_size=6)

seldom: Final = settings(deadline=None, max_examples=40)
"""Each environment loads the plugins anew."""

FILE: Final = Place("prod.env")


def found(left: Mapping[str, str], right: Mapping[str, str]) -> dict[str, Extent]:
    """Return how much differs, of vLLM's variables, by name."""
    each_found = differences(registry.with_environ(left), registry.with_environ(right))
    return {each.name: each.extent for each in each_found}


def untold(name: str, **texts: str) -> Environ:
    """Return the environment of a file that sets a name without telling its text."""
    return Environ(FILE, texts, untold={name: Untold(FILE, "it is elsewhere")})


@seldom
@given(environ=ENVIRONS)
def test_an_environment_does_not_differ_from_itself(environ: dict[str, str]) -> None:
    """Whatever is in it."""
    assert found(environ, dict(environ)) == {}


@seldom
@given(left=ENVIRONS, right=ENVIRONS)
def test_the_order_of_two_environments_does_not_matter(left: dict[str, str], right: dict[str, str]) -> None:
    """But for which of the two sides is which."""
    one = differences(registry.with_environ(left), registry.with_environ(right))
    other = differences(registry.with_environ(right), registry.with_environ(left))
    assert [(each.name, each.extent, each.left.is_set, each.right.is_set) for each in one] == [
        (each.name, each.extent, each.right.is_set, each.left.is_set) for each in other
    ]


@seldom
@given(left=ENVIRONS, right=ENVIRONS)
def test_what_does_not_differ_in_value_reads_the_same(left: dict[str, str], right: dict[str, str]) -> None:
    """Where both say the same of HOME, and load the same plugins."""
    same = {"HOME": "/root", "VLLM_PLUGINS": "cuda,engine,serving"}
    left, right = left | same, right | same
    one, other = registry.with_environ(left), registry.with_environ(right)
    in_value = {name for name, extent in found(left, right).items() if extent is Extent.VALUE}
    for variable in one:
        readings = one.explain(variable.name), other.explain(variable.name)
        if not variable.secret and variable.name not in in_value:
            assert repr(readings[0].value) == repr(readings[1].value)


@pytest.mark.parametrize(
    ("name", "left", "right", "extent"),
    [
        ("VLLM_PORT", "5000", "8000", Extent.VALUE),
        ("VLLM_PORT", "5000", " 5000", Extent.TEXT),
        ("VLLM_PORT", "5000", None, Extent.VALUE),
        ("VLLM_RPC_TIMEOUT", "10000", None, Extent.TEXT),
        ("VLLM_USE_TRITON_FLASH_ATTN", "1", "true", Extent.TEXT),
        ("VLLM_USE_TRITON_FLASH_ATTN", "1", "false", Extent.VALUE),
        ("VLLM_PORT", "five", "5", Extent.VALUE),
        ("VLLM_PORT", "five", None, Extent.VALUE),
        ("VLLM_PORT", "five", "six", Extent.VALUE),
        ("VLLM_API_KEY", "sk-1", "sk-2", Extent.VALUE),
        ("VLLM_API_KEY", "sk-1", None, Extent.VALUE),
        ("VLLM_PROT", "1", None, Extent.UNREAD),
        ("VLLM_PROT", "1", "2", Extent.UNREAD),
        ("OTHER_PORT", "1", "2", None),
    ],
)
def test_how_much_differs(name: str, left: str | None, right: str | None, extent: Extent | None) -> None:
    """By what the application reads of two texts, None being none."""
    environs = [{name: text} if text is not None else {} for text in (left, right)]
    assert found(*environs) == ({} if extent is None else {name: extent})


def test_one_text_under_two_names_differs_only_in_text() -> None:
    """A variable may be read from several."""
    assert found({"DO_NOT_TRACK": "1"}, {"VLLM_DO_NOT_TRACK": "1"}) == {"VLLM_DO_NOT_TRACK": Extent.TEXT}


def test_a_difference_has_both_readings() -> None:
    """Of a secret, they have no text."""
    (port,) = differences(registry.with_environ({"VLLM_PORT": "5000"}), registry.with_environ({}))
    assert port.left.reading is not None
    assert port.right.reading is not None
    assert (port.left.reading.value, port.right.reading.value, port.secret) == (5000, None, False)
    (key,) = differences(registry.with_environ({"VLLM_API_KEY": "sk-1"}), registry.with_environ({}))
    assert key.secret
    assert "sk-1" not in repr(key)


def test_of_two_selections_only_what_one_sets_differs() -> None:
    """A variable that is active in one alone, and set in neither, says no more than the selection does."""
    extents = found({"VLLM_PLUGINS": "cuda", "CUDA_HOME": "/c"}, {"VLLM_PLUGINS": "engine", "VLLM_PORT": "1"})
    assert extents == {"VLLM_PLUGINS": Extent.VALUE, "CUDA_HOME": Extent.VALUE, "VLLM_PORT": Extent.VALUE}
    left = {"VLLM_PLUGINS": "cuda", "CUDA_HOME": "/c"}
    (home, _) = differences(registry.with_environ(left), registry.with_environ({**left, "VLLM_PLUGINS": ""}))
    assert (home.left.reading is None, home.right.reading, home.right.is_set) == (False, None, True)


def test_what_no_active_plugin_declares_is_unread() -> None:
    """In neither of the two; a name that starts otherwise is another application's."""
    none = {"VLLM_PLUGINS": ""}
    assert found({**none, "VLLM_PORT": "1", "CUDA_HOME": "/c"}, none) == {"VLLM_PORT": Extent.UNREAD}


def test_without_a_prefix_no_name_is_the_applications(site: Site) -> None:
    """Every other program's would be."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    one, other = site.registry({"B": "1"}), site.registry({"B": "2"})
    assert differences(one, other) == ()


@pytest.mark.parametrize(
    ("right", "extent"),
    [
        ({"VLLM_PORT": "1"}, Extent.UNKNOWN),
        ({}, Extent.VALUE),
    ],
)
def test_a_text_that_a_file_does_not_tell_is_not_compared(right: dict[str, str], extent: Extent) -> None:
    """That it is set in one alone is known."""
    assert found(untold("VLLM_PORT"), right) == {"VLLM_PORT": extent}
    assert found(right, untold("VLLM_PORT")) == {"VLLM_PORT": extent}


def test_an_unread_name_whose_text_a_file_does_not_tell_is_not_compared() -> None:
    """That it is set in one alone is known."""
    assert found(untold("VLLM_PROT"), {"VLLM_PROT": "1"}) == {"VLLM_PROT": Extent.UNKNOWN}
    assert found(untold("VLLM_PROT"), {}) == {"VLLM_PROT": Extent.UNREAD}


def test_home_is_not_compared_where_only_one_says_it() -> None:
    """A file seldom does; a value that depends on it differs where both say it, and where its text does."""
    assert found({"HOME": "/home/a"}, {}) == {}
    assert found({"HOME": "/home/a", "VLLM_CACHE_ROOT": "~/x"}, {"VLLM_CACHE_ROOT": "~/x"}) == {}
    assert found({"HOME": "/home/a", "VLLM_CACHE_ROOT": "~/x"}, {"VLLM_CACHE_ROOT": "~/y"}) == {
        "VLLM_CACHE_ROOT": Extent.VALUE
    }
    assert "VLLM_CACHE_ROOT" in found({"HOME": "/home/a"}, {"HOME": "/home/b"})


def test_a_default_that_depends_on_another_variable_is_compared(site: Site) -> None:
    """It differs where the other does."""
    folder = Variable("A_FOLDER", Path(), default=user_cache("a"), help="The folder.")
    same = site.registry_of(folder)
    left, right = same.with_environ({"XDG_CACHE_HOME": "/a"}), same.with_environ({"XDG_CACHE_HOME": "/b"})
    assert [(each.name, each.extent) for each in differences(left, right)] == [("A_FOLDER", Extent.VALUE)]


def test_a_default_that_depends_on_what_is_not_told_is_not_compared(site: Site) -> None:
    """It is unset in both."""
    same = site.registry_of(Variable("A_FOLDER", Path(), default=user_cache("a"), help="The folder."))
    left = same.with_environ(untold("XDG_CACHE_HOME"))
    assert [each.extent for each in differences(left, same.with_environ({}))] == [Extent.UNKNOWN]


def test_a_default_that_cannot_be_computed_differs_from_one_that_can(site: Site) -> None:
    """And not from another that cannot."""
    number = Computed(lambda environ: int(environ["B"]), "$B", depends=("B",))
    same = site.registry_of(Variable("A_NUMBER", Integer(), default=number, help="The number."))
    none, one = same.with_environ({}), same.with_environ({"B": "1"})
    assert [each.extent for each in differences(none, one)] == [Extent.VALUE]
    assert differences(none, same.with_environ({"B": "x"})) == ()


def test_values_that_are_no_number_do_not_differ(site: Site) -> None:
    """Although neither equals itself."""
    same = site.registry_of(Variable("A_LIMIT", Number(), default=1.0, help="The limit."))
    one, other = same.with_environ({"A_LIMIT": "nan"}), same.with_environ({"A_LIMIT": "NaN"})
    assert [each.extent for each in differences(one, other)] == [Extent.TEXT]


class Stubborn:
    """A value that refuses to be compared."""

    def __eq__(self, other: object) -> NoReturn:
        raise RuntimeError

    __hash__ = None  # type: ignore[assignment]  # as Python has it


class StubbornKind(Text):
    """A kind of such values."""

    name = "stubborn"

    def parse(self, text: str) -> Stubborn:  # type: ignore[override]  # a kind of its own
        """Return one."""
        return Stubborn()


def test_values_that_cannot_be_compared_differ_as_their_texts_do(site: Site) -> None:
    """One text is one value."""
    same = site.registry_of(Variable("A_THING", StubbornKind(), default=None, help="The thing."))
    one, other = same.with_environ({"A_THING": "1"}), same.with_environ({"A_THING": "2"})
    assert differences(one, same.with_environ({"A_THING": "1"})) == ()
    assert [each.extent for each in differences(one, other)] == [Extent.VALUE]


def test_texts_that_differ_differ_although_what_they_need_is_not_told() -> None:
    """A container's home is not known, and the paths are two."""
    container = Place("pod.yaml", 3, container="Pod vllm, container engine")
    left = registry.with_environ(Environ(container, {"VLLM_CACHE_ROOT": "~/x"}))
    found = {each.name: each.extent for each in differences(left, registry.with_environ({"VLLM_CACHE_ROOT": "/data"}))}
    assert found["VLLM_CACHE_ROOT"] is Extent.VALUE
