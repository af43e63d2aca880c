"""What a node answers, and how the driver reads it: here in one process, which is what runs on a node."""

from __future__ import annotations

import hashlib
import hmac
import importlib
import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import attrs
import pytest

from envatlas import Computed, Integer, Registry, Text, Variable
from envatlas.vllm import registry
from envatlas_vllm_ray import asking
from envatlas_vllm_ray.answers import Answer, Reader, Told
from envatlas_vllm_ray.asking import answer
from envatlas_vllm_ray.nodes import Node, named_nodes
from envatlas_vllm_ray.questions import question_of
from envatlas_vllm_ray.showing import survey_object
from envatlas_vllm_ray.surveys import of_answers

if TYPE_CHECKING:
    from tests.conftest import Site

KEY: Final = b"one survey's"
NODE: Final = Node("id", "a", "10.0.0.1")
MARKER: Final = "AKIA-marker"
ENVIRON: Final = {"A_TOKEN": MARKER, "A_HOST": "b"}


def told(registry: Registry, environ: Mapping[str, str], *, key: bytes = KEY) -> dict[str, Any]:
    """Return what a node tells that has an environment, and what this process has installed."""
    return whole(answer(question_of(registry, key), environ))


def whole(raw: bytes) -> dict[str, Any]:
    """Return what a node told, with what it has in common with others, and all readings together."""
    found: dict[str, Any] = json.loads(raw)
    usual = json.loads(found["usual"])
    return {**found, **usual, "readings": {**usual["readings"], **found["own"]}}


def reported(registry: Registry, environ: Mapping[str, str]) -> Answer:
    """Return what the driver reads of that."""
    return Reader(registry).read(NODE, answer(question_of(registry, KEY), environ))


@pytest.fixture(name="bare")
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let envatlas not be there, from the load of the registry on."""
    registry.load()
    monkeypatch.setitem(sys.modules, "envatlas", None)


def test_a_node_tells_its_readings_plugins_and_versions() -> None:
    """As its own envatlas has them; a value is JSON's."""
    found = told(registry, {"VLLM_DP_SIZE": "2"})
    assert found["readings"]["VLLM_DP_SIZE"] == {
        "value": 2,
        "set": True,
        "error": "",
        "scope": "cluster",
        "secret": False,
        "digest": hmac.new(KEY, b"2", hashlib.sha256).hexdigest(),
    }
    assert found["plugins"]["cuda"] == {
        "state": "active",
        "distribution": "envatlas-vllm-cuda",
        "version": "0.1.0",
        "reason": "",
    }
    assert (found["envatlas"], found["trouble"], found["texts"]) == ("0.1.0", "", {})
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))


def test_the_process_s_own_environment_is_told_where_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """That is what runs on a node."""
    monkeypatch.setenv("VLLM_DP_SIZE", "7")
    assert whole(answer(question_of(registry, KEY)))["readings"]["VLLM_DP_SIZE"]["value"] == 7


def test_a_value_that_cannot_be_read_is_told_by_its_text() -> None:
    """And by what was expected."""
    found = reported(registry, {"VLLM_DP_SIZE": "two"}).readings["VLLM_DP_SIZE"]
    assert attrs.evolve(found, digest=None) == Told(
        '"two"', is_set=True, error="a whole number", scope="cluster", secret=False
    )


@pytest.mark.usefixtures("bare")
def test_a_node_without_envatlas_tells_texts_which_the_driver_reads() -> None:
    """Set or unset, right or wrong: so a variable that did not reach it is found all the same."""
    environ = {"VLLM_DP_SIZE": "2", "VLLM_USE_V1": "maybe", "OTHER": "1"}
    report = reported(registry, environ)
    assert (report.installation.envatlas, report.installation.trouble) == ("", "envatlas is not installed")
    readings = {name: (report.readings[name].value, report.readings[name].is_set) for name in environ if "V" in name}
    assert readings == {"VLLM_DP_SIZE": ("2", True), "VLLM_USE_V1": ('"maybe"', True)}
    assert report.readings["VLLM_USE_V1"].error == registry["VLLM_USE_V1"].kind.expected
    assert report.readings["VLLM_RPC_TIMEOUT"] == Told("10000", is_set=False, error="", scope="cluster", secret=False)


@pytest.mark.usefixtures("bare")
def test_only_what_variables_are_read_from_is_told() -> None:
    """Of the rest of its environment, a node tells nothing."""
    assert told(registry, {"OTHER": "1", "HOME": "/root"})["texts"] == {"HOME": "/root"}


@pytest.mark.parametrize("is_bare", [False, True])
def test_a_secret_does_not_leave_its_node(monkeypatch: pytest.MonkeyPatch, *, is_bare: bool) -> None:
    """A digest does, which another survey makes in another way, and which tells equal ones from others."""
    if is_bare:
        registry.load()
        monkeypatch.setitem(sys.modules, "envatlas", None)
    one, same, other = ({"S3_ACCESS_KEY_ID": MARKER + end} for end in ("1", "1", "2"))
    raw = answer(question_of(registry, KEY), one)
    assert MARKER.encode() not in raw
    assert raw == answer(question_of(registry, KEY), same) != answer(question_of(registry, KEY), other)
    assert raw != answer(question_of(registry, b"another survey's"), one)
    (secret,) = [each for each in reported(registry, one).readings.values() if each.secret and each.is_set]
    assert len(json.loads(secret.value)) == 64


def test_a_node_with_and_one_without_envatlas_tell_a_secret_in_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """So they can be compared."""
    environ = {"S3_ACCESS_KEY_ID": MARKER}
    usual = reported(registry, environ).readings["S3_ACCESS_KEY_ID"]
    monkeypatch.setitem(sys.modules, "envatlas", None)
    assert reported(registry, environ).readings["S3_ACCESS_KEY_ID"] == usual


def test_what_the_driver_calls_a_secret_is_one_on_a_node_that_does_not(site: Site) -> None:
    """Its plugin there is of another version, which shows it."""
    site.add_plugin("acme", site.declaring("Variable('A_KEY', Text(), default=None, help='The key.')"))
    question = question_of(site.registry(filter_variable=None), KEY)
    question["secrets"] = ("A_KEY",)
    raw = answer(question, {"A_KEY": MARKER})
    assert MARKER.encode() not in raw
    assert whole(raw)["readings"]["A_KEY"]["secret"] is True


@pytest.mark.usefixtures("bare")
def test_what_only_a_secret_depends_on_is_one_as_well(site: Site) -> None:
    """As the key from which a function makes a secret; of what others depend on, the driver needs the text."""
    default = Computed(lambda environ: environ["A_TOKEN"], "$A_TOKEN", depends=("A_TOKEN", "A_HOST"))
    key = Variable("A_KEY", Text(), default=default, help="The key.", secret=True)
    found = told(site.registry_of(key, Variable("A_HOST", Text(), default="", help="The host.")), ENVIRON)
    assert found["texts"] == {"A_HOST": "b"}
    assert found["digests"].keys() == ENVIRON.keys()


def test_a_secret_of_a_plugin_that_the_driver_leaves_out_is_one_on_every_node(site: Site) -> None:
    """Theirs is of an older version, which does not say so; the driver knows it by its source."""
    declared = "Variable('A_KEY', Text(), default=None, help='The key.'{})"
    site.add_plugin("acme", site.declaring(declared.format(", secret=True")))
    question = question_of(site.registry({"TEST_PLUGINS": ""}), KEY)
    site.write({"acme_vllm": site.declaring(declared.format(""))})
    raw = answer(question, {"A_KEY": MARKER, "TEST_PLUGINS": "acme"})
    assert whole(raw)["readings"]["A_KEY"]["secret"] is True
    assert MARKER.encode() not in raw


@pytest.mark.parametrize("node_s", [{"TEST_PLUGINS": ""}, {}])
def test_a_secret_of_a_plugin_that_is_not_active_on_a_node_is_one_on_all(
    site: Site, monkeypatch: pytest.MonkeyPatch, node_s: Mapping[str, str]
) -> None:
    """Left out there, or failed; the driver has an older version, and so has a node that tells texts."""
    declared = "Variable('A_KEY', Text(), default=None, help='The key.'{})"
    site.add_plugin("acme", site.declaring(declared.format("")))
    asked = site.registry()
    reader, question = Reader(asked), question_of(asked, KEY)
    source = site.declaring(declared.format(", secret=True"))
    site.write({"acme_vllm": source if node_s else f"{source}\nraise RuntimeError('broken')\n"})
    sys.modules.pop("acme_vllm", None)
    raw = answer(question, {"A_KEY": MARKER, **node_s})
    unset = answer(question, node_s)
    monkeypatch.setitem(sys.modules, "envatlas", None)
    bare = answer(question, {"A_KEY": MARKER})
    assert MARKER.encode() not in raw
    set_there, unset_there, by_text = (reader.read(NODE, each) for each in (raw, unset, bare))
    assert of_answers([set_there, by_text], []).answers[1].own["A_KEY"] == set_there.own["A_KEY"]
    assert (set_there.own["A_KEY"].is_set, unset_there.own["A_KEY"].value) == (True, "null")
    found = of_answers([unset_there, by_text], [])
    assert not any(MARKER in shown for shown in (repr(found), json.dumps(survey_object(found))))


def test_a_plugin_that_fails_on_a_node_tells_why_without_a_secret(site: Site) -> None:
    """Also one that only the driver knows as such."""
    site.add_plugin("broken", "import os; raise RuntimeError(os.environ['A_KEY'])")
    question = question_of(site.registry(filter_variable=None), KEY)
    question["secrets"] = ("A_KEY",)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("A_KEY", MARKER)
        raw = answer(question)
    assert whole(raw)["plugins"]["broken"]["state"] == "failed"
    assert MARKER.encode() not in raw


def test_two_plugins_of_one_name_are_both_told(site: Site) -> None:
    """The second by its distribution as well."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    site.add("zz-copy", plugins={"acme": "zz_copy"}, modules={"zz_copy": ""})
    plugins = told(site.registry(filter_variable=None), {})["plugins"]
    assert {name: each["state"] for name, each in plugins.items()} == {
        "acme": "active",
        "acme of zz-copy": "duplicate",
    }


def test_a_node_whose_envatlas_is_of_a_version_that_cannot_be_asked_tells_texts() -> None:
    """It says what was raised, and not what that says, which may quote a secret."""
    question = question_of(registry, KEY)
    question["registry"] = {**question["registry"], "no_such_argument": MARKER}
    found = whole(answer(question, {"VLLM_DP_SIZE": "2"}))
    assert found["trouble"] == "its envatlas raised TypeError"
    assert found["texts"] == {"VLLM_DP_SIZE": "2"}


def test_a_variable_that_only_the_node_knows_is_told(site: Site) -> None:
    """A plugin from outside that the driver does not have."""
    asked = site.registry(filter_variable=None)
    question = question_of(asked, KEY)
    site.add_plugin("acme", site.declaring("A_PORT"))
    assert Reader(asked).read(NODE, answer(question, {"A_PORT": "5"})).readings["A_PORT"].value == "5"


@pytest.mark.parametrize("is_bare", [False, True])
def test_what_nodes_have_in_common_is_kept_once(monkeypatch: pytest.MonkeyPatch, *, is_bare: bool) -> None:
    """Ten thousand nodes that have an address of their own cost that, and what one costs."""
    registry.load()
    if is_bare:
        monkeypatch.setitem(sys.modules, "envatlas", None)
    reader, question = Reader(registry), question_of(registry, KEY)
    one, other = (reader.read(NODE, answer(question, {"VLLM_HOST_IP": f"10.0.0.{each}"})) for each in (1, 2))
    assert one.installation is other.installation
    assert one.readings["VLLM_HOST_IP"] != other.readings["VLLM_HOST_IP"]
    assert one.readings["VLLM_USE_V1"] is other.readings["VLLM_USE_V1"]


def test_what_is_sent_is_small_and_needs_nothing_of_this_project(site: Site) -> None:
    """The function, pickled as Ray pickles it, runs where no envatlas is; what it is asked is small as well."""
    cloudpickle: Any = importlib.import_module("ray.cloudpickle")
    cloudpickle.register_pickle_by_value(asking)
    try:
        sent = cloudpickle.dumps(answer)
    finally:
        cloudpickle.unregister_pickle_by_value(asking)
    question = question_of(registry, KEY)
    assert len(sent) < 16_000
    assert len(cloudpickle.dumps(question)) < 16_000
    missing = "raise ModuleNotFoundError('gone', name=__name__)"
    site.write({"envatlas": missing, "envatlas_vllm_ray": missing})
    code = f"import pickle; print(pickle.loads({sent!r})({question!r}).decode())"
    found = whole(json.dumps(site.answer(code, {"VLLM_DP_SIZE": "3"})).encode())
    assert found["trouble"] == "envatlas is not installed"
    assert found["texts"]["VLLM_DP_SIZE"] == "3"


@pytest.mark.parametrize(
    ("nodes", "names"),
    [
        ([("a1", "one", "10.0.0.1"), ("b2", "two", "10.0.0.1")], ["one", "two"]),
        ([("a1", "one", "10.0.0.1"), ("b2", "one", "10.0.0.2")], ["10.0.0.1", "10.0.0.2"]),
        ([("0123456789", "one", "10.0.0.1"), ("abc", "one", "10.0.0.1")], ["10.0.0.1/01234567", "10.0.0.1/abc"]),
        ([("012345678", "one", "::1"), ("012345679", "one", "::1")], ["::1/012345678", "::1/012345679"]),
        ([], []),
    ],
)
def test_nodes_have_names_that_differ(nodes: list[tuple[str, str, str]], names: list[str]) -> None:
    """The host's if that tells them apart, or the address, or what Ray calls them."""
    assert [each.name for each in named_nodes(nodes)] == names


def test_a_secret_that_only_the_node_declares_is_one_for_the_driver(site: Site) -> None:
    """As told."""
    key = Variable("A_KEY", Text(), default=None, help="The key.", secret=True)
    shown = site.registry_of(key, Variable("A_PORT", Integer(), default=80, help="The port."))
    assert told(shown, {"A_KEY": MARKER})["readings"]["A_KEY"]["secret"] is True
    assert told(shown, {})["readings"]["A_KEY"]["value"] is None


@pytest.mark.parametrize("kind", ["Text()", "Integer()"])
@pytest.mark.parametrize("text", ["3141592653", " 3141592653"])
def test_a_secret_of_one_node_is_shown_on_none(site: Site, kind: str, text: str) -> None:
    """Equal texts agree, whatever a node that does not call them secret makes of them."""
    asked = site.registry(filter_variable=None)
    reader, question = Reader(asked), question_of(asked, KEY)
    site.add_plugin("acme", "")
    told: list[Answer] = []
    for node, secret in (("a", ""), ("b", ", secret=True")):
        sys.modules.pop("acme_vllm", None)
        declared = f"Variable('A_KEY', {kind}, default=None, help='The key.'{secret})"
        site.write({"acme_vllm": site.declaring(declared)})
        told.append(reader.read(Node(node, node, "10.0.0.1"), answer(question, {"A_KEY": text})))
    found = of_answers(told, [])
    assert found.agrees
    assert [each.own["A_KEY"].secret for each in found.answers] == [True, True]
    assert not any("314159" in shown for shown in (repr(found), json.dumps(survey_object(found))))


def test_a_secret_of_one_node_is_compared_with_what_the_driver_read_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bare node tells a digest of whatever it tells as a text."""
    shown = reported(registry, {"VLLM_DP_MASTER_IP": MARKER})
    hidden = attrs.evolve(shown, own={"VLLM_DP_MASTER_IP": shown.own["VLLM_DP_MASTER_IP"].concealed()})
    monkeypatch.setitem(sys.modules, "envatlas", None)
    bare, other = (reported(registry, {"VLLM_DP_MASTER_IP": text}) for text in (MARKER, "other"))
    values = [each.own["VLLM_DP_MASTER_IP"].value for each in of_answers([hidden, bare, other, shown], []).answers]
    assert values[0] == values[1] == values[3] != values[2]
    assert MARKER not in repr(of_answers([hidden, bare], []))
