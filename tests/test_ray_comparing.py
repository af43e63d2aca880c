"""Where nodes disagree, and how that is shown: with nodes that only told something."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Mapping, Sequence
from typing import Final

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from envatlas_vllm_ray.answers import Answer, Installation, Installed, Told
from envatlas_vllm_ray.comparing import Disagreement, Wrong, compare
from envatlas_vllm_ray.nodes import Node
from envatlas_vllm_ray.showing import show_survey, survey_object
from envatlas_vllm_ray.surveys import Silent, Survey, of_answers

ONE: Final = Installed("active", "envatlas-vllm-cuda", "0.1.0", "")
NEW: Final = Installed("active", "envatlas-vllm-cuda", "0.2.0", "")
BROKEN: Final = Installed("failed", "envatlas-vllm-cuda", "0.1.0", "importing it raised ImportError")


def reading(
    value: object, *, scope: str = "cluster", is_set: bool = True, error: str = "", secret: bool = False
) -> Told:
    """Return what a node told of a variable."""
    return Told(json.dumps(value), is_set=is_set, error=error, scope=scope, secret=secret)


def told(
    own: Mapping[str, Told] | None = None,
    plugins: Mapping[str, Installed] | None = None,
    *,
    envatlas: str = "0.1.0",
    trouble: str = "",
) -> Answer:
    """Return what a node told that has nothing in common with others."""
    return Answer(Node("", "", ""), Installation("3.11.7", envatlas, trouble, plugins or {}), own or {})


def answers(*told: Answer) -> list[Answer]:
    """Return what nodes told that are called a, b, c, ..."""
    nodes = [Node(f"id-{each}", each, "10.0.0.1") for each in "abcdefgh"]
    return [attrs.evolve(each, node=node) for node, each in zip(nodes, told, strict=False)]


def of_variable(*readings: Told) -> list[Answer]:
    """Return what nodes told of one variable."""
    return answers(*(told({"A": each}) for each in readings))


def found(given: Sequence[Answer]) -> list[tuple[str, tuple[str, ...], dict[str, str]]]:
    """Return the disagreements: what is wrong, with what, and the names of the nodes of each group."""
    return [
        (each.wrong, each.subjects, {group.shown: "".join(node.name for node in group.nodes) for group in each.groups})
        for each in compare(given)
    ]


def test_a_shared_variable_that_differs_is_found() -> None:
    """The groups are the largest first, and each value is as Python writes it."""
    assert found(of_variable(reading(True), reading(False), reading(True))) == [
        ("differs", ("A",), {"True": "ac", "False": "b"})
    ]


def test_what_no_node_left_as_usual_is_no_value_of_theirs() -> None:
    """Nodes with the same packages have all set it, to one value: nobody has the default."""
    installation = Installation("3.11.7", "0.1.0", "", usual={"A": reading(1, is_set=False)})
    assert found([attrs.evolve(each, installation=installation) for each in of_variable(reading(5), reading(5))]) == []


def test_equal_values_agree_however_they_came_to_be() -> None:
    """Set on one node, and the default on another."""
    assert found(of_variable(reading(5), reading(5, is_set=False))) == []


def test_equal_numbers_agree_however_they_are_written() -> None:
    """A default as a whole number, a text that is read as a float; and a truth value is no number."""
    whole, fraction = reading(5, is_set=False), reading(5.0)
    assert found(of_variable(whole, fraction)) == []
    assert found(of_variable(fraction, whole, reading(4.5))) == [("differs", ("A",), {"5": "ab", "4.5": "c"})]
    assert found(of_variable(reading(1), reading(True))) == [("differs", ("A",), {"1": "a", "True": "b"})]


def test_a_value_that_no_node_of_its_group_set_is_marked() -> None:
    """The variable did not reach these."""
    assert found(of_variable(reading(4), reading(5, is_set=False))) == [
        ("differs", ("A",), {"4": "a", "5 (not set)": "b"})
    ]


def test_a_value_that_cannot_be_read_differs_from_any_that_can() -> None:
    """It is shown with what was expected; where it is on all nodes, they agree."""
    bad = reading("x", error="a whole number")
    assert found(of_variable(bad, reading(1))) == [
        ("differs", ("A",), {"'x' (cannot be read: expected a whole number)": "a", "1": "b"})
    ]
    assert found(of_variable(bad, bad)) == []


def test_a_secret_that_differs_is_found_and_not_shown() -> None:
    """Only which nodes have the same."""
    secrets = [reading(digest, secret=True) for digest in ("d1", "d2", "d1")]
    unset = reading(None, is_set=False, secret=True)
    assert found(of_variable(*secrets, unset)) == [
        ("differs", ("A",), {"<secret 1>": "ac", "<secret 2>": "b", "None (not set)": "d"})
    ]


def test_a_secret_that_cannot_be_read_agrees_with_itself() -> None:
    """A node without envatlas tells its digest, and not that."""
    bad = reading("d1", error="a whole number", secret=True)
    assert found(of_variable(bad, reading("d1", secret=True))) == []
    assert found(of_variable(reading("d1", secret=True), bad, reading("d2", secret=True))) == [
        ("differs", ("A",), {"<secret 1> (cannot be read: expected a whole number)": "ab", "<secret 2>": "c"})
    ]


def test_an_address_is_one_however_it_is_written() -> None:
    """The shortest way is shown."""
    own = [reading(text, scope="node") for text in ("0:0:0:0:0:0:0:1", "::1", "::2")]
    assert found(of_variable(*own)) == [("shared", ("A",), {"'::1'": "ab"})]


def test_an_address_of_the_nodes_own_that_several_have_is_found() -> None:
    """The nodes that share one, and no others."""
    own = [reading(f"10.0.0.{each}", scope="node") for each in (7, 8, 7)]
    assert found(of_variable(*own)) == [("shared", ("A",), {"'10.0.0.7'": "ac"})]


@pytest.mark.parametrize(
    "own",
    [
        reading("/opt/cuda", scope="node"),
        reading(5000, scope="node"),
        reading("0.0.0.0", scope="node"),
        reading("10.0.0.7", scope="node", is_set=False),
        reading("10.0.0.7", scope="node", error="a path"),
        reading("10.0.0.7", scope="node", secret=True),
        reading("10.0.0.7", scope="process"),
    ],
    ids=["path", "port", "any interface", "default", "unreadable", "secret", "process"],
)
def test_what_else_nodes_have_of_their_own_may_be_equal(own: Told) -> None:
    """Only an address that is set tells one machine from another."""
    assert found(of_variable(own, own)) == []


@pytest.mark.parametrize("scope", ["node", "process", "build"])
def test_what_is_not_shared_may_differ(scope: str) -> None:
    """Each has its own."""
    assert found(of_variable(reading(1, scope=scope), reading(2, scope=scope))) == []


def test_a_variable_that_any_node_calls_shared_is_compared() -> None:
    """Its plugin may be of two versions."""
    assert found(of_variable(reading(1), reading(2, scope="node"))) == [("differs", ("A",), {"1": "a", "2": "b"})]


def test_a_variable_that_a_node_does_not_know_is_not_its_disagreement() -> None:
    """That its plugin is missing there is."""
    assert found(answers(told({"A": reading(1)}, {"cuda": ONE}), told())) == [
        ("plugin", ("cuda",), {"active": "a", "not installed": "b"})
    ]


def test_a_plugin_in_another_state_and_one_of_another_version_are_told_apart() -> None:
    """With the reason, or with the distribution."""
    assert found(answers(told(plugins={"cuda": ONE}), told(plugins={"cuda": BROKEN}))) == [
        ("plugin", ("cuda",), {"active": "a", "failed: importing it raised ImportError": "b"})
    ]
    assert found(answers(told(plugins={"cuda": ONE}), told(plugins={"cuda": NEW}))) == [
        ("version", ("cuda",), {"envatlas-vllm-cuda 0.1.0": "a", "envatlas-vllm-cuda 0.2.0": "b"})
    ]


def test_plugins_that_are_missing_on_the_same_nodes_are_one_disagreement() -> None:
    """All of them are named."""
    assert found(answers(told(plugins={"cuda": ONE, "cpu": ONE}), told())) == [
        ("plugin", ("cpu", "cuda"), {"active": "a", "not installed": "b"})
    ]


def test_where_envatlas_cannot_be_used_no_plugin_is_missed() -> None:
    """That is one disagreement, and not one for each of them."""
    none = told(envatlas="", trouble="envatlas is not installed")
    assert found(answers(told(plugins={"cuda": ONE}), none)) == [
        ("version", ("envatlas",), {"0.1.0": "a", "envatlas is not installed": "b"})
    ]


@settings(deadline=None)
@given(values=st.lists(st.integers(0, 3), min_size=2, max_size=6), order=st.randoms())
def test_the_order_of_the_answers_does_not_count(values: list[int], order: random.Random) -> None:
    """Nodes answer in any."""
    given = of_variable(*map(reading, values))
    shuffled = given[:]
    order.shuffle(shuffled)
    assert compare(given) == compare(shuffled)
    assert (compare(given) == ()) == (len(set(values)) == 1)


def thousands(count: int) -> list[Answer]:
    """Return what so many nodes told: all have an address of their own, some another value, one nothing installed."""
    usual = {f"A_{each}": reading(each, is_set=False) for each in range(90)}
    common, bare = (Installation("3.11.7", "0.1.0", "", plugins, usual) for plugins in ({"cuda": ONE}, {}))
    made: list[Answer] = []
    for each in range(count):
        own = {"HOST_IP": reading(f"10.{each // 5000}.{each // 250 % 250}.{each % 250}", scope="node")}
        other = {"A_1": reading("other")} if each % 1000 == 7 else {}
        node = Node(f"{each:056x}", f"node-{each:05}", "10.0.0.1")
        made.append(Answer(node, bare if each == 5 else common, {**own, **other}))
    return made


def shown(survey: Survey, width: int) -> str:
    """Return what is printed on a terminal of a width."""
    output = io.StringIO()
    show_survey(Console(file=output, width=width, force_terminal=True, color_system=None), survey)
    return "\n".join(line.rstrip() for line in output.getvalue().split("\n"))


def test_ten_thousand_nodes_fit_a_terminal_of_80_columns() -> None:
    """Equal ones are one line, with some of their names."""
    text = shown(of_answers(thousands(10_000), []), 80)
    lines = text.splitlines()
    assert len(lines) < 20
    assert all(len(line) <= 80 for line in lines)
    assert "  1 (not set)  9,990  node-00000, node-00001, node-00002 and 9,987 more" in lines
    assert "  'other'         10  node-00007, node-01007, node-02007 and 7 more" in lines
    assert lines[-1] == "10,000 of 10,000 nodes answered; 1 variable is wrong, 1 plugin differs."


def test_as_many_values_as_nodes_are_not_all_shown() -> None:
    """The largest groups are, and how many more there are; so are the nodes that are silent."""
    many = [attrs.evolve(told({"A": reading(each)}), node=Node(str(each), f"n{each:03}", "")) for each in range(300)]
    silent = [Silent(each.node, "the node died") for each in many[:20]]
    text = shown(of_answers(many, silent), 120)
    assert [line.split() for line in text.splitlines() if "292" in line] == [["and", "292", "more", "292"]]
    assert text.count("is silent: the node died") == 8
    assert "! and 12 more nodes are silent" in text


def test_a_survey_in_which_all_agree_says_so() -> None:
    """In one line."""
    assert shown(of_answers(of_variable(reading(1), reading(1)), []), 80) == "2 of 2 nodes answered; they agree.\n"


def test_a_survey_that_nobody_answered_says_that_nothing_is_known() -> None:
    """And which nodes were asked."""
    node = Node("id", "a\x1b[31m", "10.0.0.1")
    text = shown(of_answers([], [Silent(node, "no answer within 5 s")]), 80)
    assert text == "0 of 1 nodes answered; nothing is known.\n! a\\x1b[31m is silent: no answer within 5 s\n"


def test_several_of_a_kind_have_one_heading_and_are_counted() -> None:
    """Variables, plugins and versions each; a plugin that failed is of the same version."""
    one = told({"A": reading(1), "B": reading(1)}, {"cuda": ONE, "cpu": ONE, "tpu": ONE, "hpu": ONE})
    other = told({"A": reading(2), "B": reading(2)}, {"cuda": NEW, "cpu": BROKEN, "tpu": NEW, "hpu": BROKEN})
    text = shown(of_answers(answers(one, other), []), 120)
    assert text.count("Variables that all nodes must share, and that differ:") == 1
    assert text.endswith("2 of 2 nodes answered; 2 variables are wrong, 2 plugins differ, 2 versions differ.\n")


def test_the_json_has_every_node_and_each_installation_once() -> None:
    """The value of a secret is in none."""
    one = told({"A": reading("d1", secret=True)}, {"cuda": ONE})
    other = told({"A": reading("d2", secret=True)}, {"cuda": ONE}, trouble="it raised")
    silent = Silent(Node("id-z", "z", "10.0.0.9"), "the node died")
    found = json.loads(json.dumps(survey_object(of_answers(answers(one, one, other), [silent]))))
    assert found["agrees"] is False
    assert [(each["name"], each["installation"], each["why"]) for each in found["nodes"]] == [
        ("a", 0, None),
        ("b", 0, None),
        ("c", 1, None),
        ("z", None, "the node died"),
    ]
    assert [each["trouble"] for each in found["installations"]] == [None, "it raised"]
    assert found["nodes"][0]["own"]["A"] == {
        "value": None,
        "set": True,
        "error": None,
        "scope": "cluster",
        "secret": True,
    }
    assert found["installations"][0]["plugins"]["cuda"]["version"] == "0.1.0"
    assert found["disagreements"][0] == {
        "wrong": "differs",
        "subjects": ["A"],
        "groups": [{"shown": "<secret 1>", "nodes": ["a", "b"]}, {"shown": "<secret 2>", "nodes": ["c"]}],
    }


def test_the_disagreements_are_in_the_order_of_what_is_wrong() -> None:
    """Values first, then addresses, plugins, versions."""
    one = told({"B": reading(1), "A": reading("10.0.0.1", scope="node")}, {"cuda": ONE, "cpu": ONE})
    other = told({"B": reading(2), "A": reading("10.0.0.1", scope="node")}, {"cuda": NEW})
    wrongs: list[Disagreement] = [*compare(answers(one, other))]
    assert [each.wrong for each in wrongs] == [Wrong.DIFFERS, Wrong.SHARED, Wrong.PLUGIN, Wrong.VERSION]
