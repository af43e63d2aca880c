"""What is carried to Ray's workers, by which way, and how it is merged; no cluster is needed to say."""

from __future__ import annotations

import importlib
import os
import pickle
import sys
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envatlas import Flag, Kind, Scope, Text, Variable
from envatlas.errors import UnknownVariableError
from envatlas.vllm import registry
from envatlas_vllm_ray.carrying import Carried, carried, runtime_env
from envatlas_vllm_ray.conflicts import Prefer
from envatlas_vllm_ray.errors import (
    CarryError,
    ClusterError,
    Conflict,
    GivenError,
    RayMissingError,
    RuntimeEnvConflictError,
)
from envatlas_vllm_ray.parcels import Way, parcels

if TYPE_CHECKING:
    from tests.conftest import Site

NAMES: Final = sorted({name for variable in registry for name in variable.sources})
ENVIRONS: Final = st.dictionaries(st.sampled_from(NAMES), st.text(st.characters(exclude_characters="\0")), max_size=12)
KEY: Final = "AKIA-marker"
HOOK: Final = "worker_process_setup_hook"


def hook_of(made: Mapping[str, Any]) -> Callable[[], None]:
    """Return the function that workers run first."""
    return cast("Callable[[], None]", made[HOOK])


def chained() -> None:
    """Show that it ran, and after what."""
    os.environ["VLLM_LAST"] = os.environ["S3_ACCESS_KEY_ID"]


@given(environ=ENVIRONS)
def test_carried_is_what_all_processes_share_and_is_no_secret(environ: Mapping[str, str]) -> None:
    """Of every variable that is set, by its scope and its secrecy alone; the texts are as they stand."""
    from envatlas.values import find_text

    shared = [each for each in registry if each.scope is Scope.CLUSTER and not each.secret and find_text(each, environ)]
    assert carried(registry, environ) == {
        name: environ[name] for variable in shared for name in variable.sources if name in environ
    }


def test_the_registrys_own_environment_counts_where_none_is_given() -> None:
    """As for everything that a registry is asked."""
    assert carried(registry.with_environ({"VLLM_DP_SIZE": "2"})) == {"VLLM_DP_SIZE": "2"}


def test_a_variable_of_a_plugin_from_outside_is_carried(site: Site) -> None:
    """Its declaration is all that it needs; and so is the variable that selects plugins."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    environ = {"A_PORT": "1", "TEST_PLUGINS": "acme"}
    assert carried(site.registry(environ)) == environ


def test_all_names_under_which_a_variable_is_set_are_carried() -> None:
    """Other programs read them as well, and none of them can count more on a worker than it does here."""
    environ = {"VLLM_DO_NOT_TRACK": "", "DO_NOT_TRACK": "1"}
    assert carried(registry, environ) == environ


SHARED: Final = Variable("A_HOST", Text(), default="", help="The host.", reads=("A_HOST", "A_IP"))
OF_NODE: Final = Variable("A_IP", Text(), default="", help="The address.", scope=Scope.NODE)


def test_a_name_that_a_variable_of_another_scope_has_is_not_carried(site: Site) -> None:
    """Every worker would have this node's; whoever reads it as well takes what the worker's node has."""
    shown = site.registry_of(SHARED, OF_NODE)
    assert carried(shown, {"A_HOST": "", "A_IP": "10.0.0.1"}) == {"A_HOST": ""}
    (found,) = parcels(shown, {"A_IP": "10.0.0.1"})
    assert (found.variable.name, found.way, found.why) == ("A_IP", Way.NONE, "its scope is node")


def test_a_name_that_a_variable_of_another_scope_has_stays_in_the_given_one(site: Site) -> None:
    """Where that is preferred; no hook takes it along with a variable that is read from it as well."""
    environ = {"A_HOST": "10.0.0.1"}
    given = {"env_vars": {"A_IP": "10.0.0.1"}}
    shown = site.registry_of(SHARED, OF_NODE)
    made = runtime_env(shown, environ, into=given, node_wins=["A_HOST"], prefer=Prefer.GIVEN)
    assert made["env_vars"] == given["env_vars"]


def test_a_named_secret_takes_no_name_of_another_scope_to_the_hook(site: Site) -> None:
    """Although it is read from that, and only the given one has it."""
    key = Variable("A_KEY", Text(), default=None, help="The key.", secret=True, reads=("A_KEY", "A_NODE_KEY"))
    of_node = Variable("A_NODE_KEY", Text(), default=None, help="The node's.", secret=True, scope=Scope.NODE)
    given: dict[str, object] = {"env_vars": {"A_NODE_KEY": KEY}}
    made = runtime_env(site.registry_of(key, of_node), {}, into=given, secrets=["A_KEY"], prefer=Prefer.CARRIED)
    assert "env_vars" not in made
    assert HOOK not in made


def test_a_text_that_cannot_be_read_is_carried() -> None:
    """The worker reports what this process reports."""
    assert carried(registry, {"VLLM_DP_SIZE": "two"}) == {"VLLM_DP_SIZE": "two"}


def test_a_secret_is_carried_where_it_is_named() -> None:
    """And no other; one that is not set has nothing to carry."""
    environ = {"S3_ACCESS_KEY_ID": KEY, "S3_SECRET_ACCESS_KEY": "other"}
    found = carried(registry, environ, secrets=["S3_ACCESS_KEY_ID"])
    assert found == {"S3_ACCESS_KEY_ID": KEY}
    assert found.secrets == {"S3_ACCESS_KEY_ID"}
    assert len(carried(registry, {}, secrets=["S3_ACCESS_KEY_ID"])) == 0


def test_what_is_carried_shows_no_secret() -> None:
    """Only that it is there."""
    found = carried(registry, {"S3_ACCESS_KEY_ID": KEY, "VLLM_DP_SIZE": "2"}, secrets=["S3_ACCESS_KEY_ID"])
    assert repr(found) == "<Carried: VLLM_DP_SIZE='2', S3_ACCESS_KEY_ID=<secret>>"
    assert pickle.loads(pickle.dumps(found)) == found
    assert not any(KEY in repr(each) for each in parcels(registry, dict(found), secrets=["S3_ACCESS_KEY_ID"]))


@pytest.mark.parametrize(
    ("name", "problem"),
    [("VLLM_API_KEY", "its scope is process"), ("VLLM_DP_SIZE", "it is named as a secret, and is none")],
)
def test_a_secret_that_cannot_be_carried_is_an_error(name: str, problem: str) -> None:
    """It is named with the reason, whether it is set or not."""
    with pytest.raises(CarryError) as raised:
        carried(registry, {}, secrets=[name])
    assert (raised.value.variable, raised.value.problem) == (name, problem)


@pytest.mark.parametrize(
    ("into", "said"),
    [
        ("x", "into: expected a runtime environment, which is a mapping, and got str"),
        ({"env_vars": "A=1"}, "env_vars: expected a mapping of texts by names, and got str"),
        ({"env_vars": {"A": 1}}, "env_vars: expected a mapping of texts by names, and got dict"),
        ({HOOK: "nodot"}, f"{HOOK}: expected a function, or module.function, and got 'nodot'"),
        ({HOOK: 5}, f"{HOOK}: expected a function, or module.function, and got 5"),
    ],
)
def test_what_ray_would_not_take_is_refused(into: Mapping[str, object], said: str) -> None:
    """At once, and in our words; the texts of env_vars, which may be secrets, are not in it."""
    with pytest.raises(GivenError) as caught:
        runtime_env(registry, {}, into=into)
    assert str(caught.value) == said


def test_what_is_given_may_be_none() -> None:
    """As Ray has it."""
    assert "env_vars" not in runtime_env(registry, {}, into={"env_vars": None, HOOK: None})


def test_a_name_that_a_variable_is_read_from_means_it() -> None:
    """For the functions as for the command."""
    (found,) = parcels(registry, {"VLLM_DO_NOT_TRACK": "1"}, node_wins=["DO_NOT_TRACK"])
    assert (found.way, found.why) == (Way.SETUP_HOOK, "a node's own text counts more")


@pytest.mark.parametrize("arguments", [{"secrets": ["VLLM_PROT"]}, {"node_wins": ["VLLM_PROT"]}])
def test_a_name_that_nobody_declares_is_an_error(arguments: dict[str, Collection[str]]) -> None:
    """A misspelt one would otherwise not reach the workers."""
    with pytest.raises(UnknownVariableError):
        runtime_env(registry, {}, secrets=arguments.get("secrets", ()), node_wins=arguments.get("node_wins", ()))


@pytest.mark.parametrize(
    ("environ", "name", "way", "why"),
    [
        ({"VLLM_DP_SIZE": "2"}, "VLLM_DP_SIZE", Way.ENV_VARS, ""),
        ({"VLLM_DP_MASTER_IP": "$HOME"}, "VLLM_DP_MASTER_IP", Way.SETUP_HOOK, "Ray would change its text"),
        ({"VLLM_DP_MASTER_IP": "\udc80"}, "VLLM_DP_MASTER_IP", Way.SETUP_HOOK, "Ray would change its text"),
        ({"VLLM_USE_V1": "1"}, "VLLM_USE_V1", Way.SETUP_HOOK, "a node's own text counts more"),
        ({"S3_ACCESS_KEY_ID": KEY}, "S3_ACCESS_KEY_ID", Way.SETUP_HOOK, "it is a secret"),
        ({"S3_SECRET_ACCESS_KEY": KEY}, "S3_SECRET_ACCESS_KEY", Way.NONE, "it is a secret, and was not named"),
        ({"VLLM_HOST_IP": "10.0.0.1"}, "VLLM_HOST_IP", Way.NONE, "its scope is node"),
        ({"LOCAL_RANK": "0"}, "LOCAL_RANK", Way.NONE, "its scope is process"),
        ({"MAX_JOBS": "2"}, "MAX_JOBS", Way.NONE, "its scope is build"),
    ],
)
def test_each_variable_has_its_way_and_the_reason(environ: dict[str, str], name: str, way: Way, why: str) -> None:
    """Whether it is carried is its scope's to say, and how, its secrecy's and its text's."""
    (found,) = parcels(registry, environ, secrets=["S3_ACCESS_KEY_ID"], node_wins=["VLLM_USE_V1"])
    assert (found.variable.name, found.way, found.why) == (name, way, why)


def test_what_is_not_secret_goes_by_env_vars_and_needs_no_hook() -> None:
    """So the runtime environment is JSON, and can be a job's, an actor's or a task's."""
    made = runtime_env(registry, {"VLLM_DP_SIZE": "2", "VLLM_HOST_IP": "10.0.0.1"})
    assert made["env_vars"] == {"VLLM_DP_SIZE": "2"}
    assert HOOK not in made


def test_nothing_to_carry_is_an_empty_runtime_environment() -> None:
    """And no error."""
    assert "env_vars" not in runtime_env(registry, {})


def test_a_given_runtime_environment_keeps_all_that_it_has_and_is_not_changed() -> None:
    """Its own variables, and what is none."""
    given = {"env_vars": {"OTHER": "1"}, "pip": ["acme"], "config": {"setup_timeout_seconds": 3}, HOOK: "acme.prepare"}
    before = repr(given)
    made = runtime_env(registry, {"VLLM_DP_SIZE": "2"}, into=given)
    assert made["env_vars"] == {"OTHER": "1", "VLLM_DP_SIZE": "2"}
    assert made["pip"]["packages"] == ["acme"]
    assert made["config"]["setup_timeout_seconds"] == 3
    assert made[HOOK] == "acme.prepare"
    assert repr(given) == before


def test_a_runtime_environment_of_rays_own_type_can_be_merged_into() -> None:
    """As whoever made it with `ray.runtime_env.RuntimeEnv` has it."""
    from ray.runtime_env import RuntimeEnv

    given = RuntimeEnv(env_vars={"OTHER": "1"}, pip=["acme"])
    made = runtime_env(registry, {"VLLM_DP_SIZE": "2"}, into=given)
    assert made["env_vars"] == {"OTHER": "1", "VLLM_DP_SIZE": "2"}
    assert made["pip"] == given["pip"]
    assert given["env_vars"] == {"OTHER": "1"}


CONFLICTS: Final = {"VLLM_DP_SIZE": "4", "VLLM_USE_V1": "0", "S3_ACCESS_KEY_ID": KEY, "OTHER": "1"}


def in_conflict(prefer: Prefer | None) -> dict[str, Any]:
    """Merge into a runtime environment that has two other texts, one that is equal, and a secret."""
    environ = {"VLLM_DP_SIZE": "2", "VLLM_USE_V1": "0", "S3_ACCESS_KEY_ID": KEY}
    given = {"env_vars": CONFLICTS}
    return dict(runtime_env(registry, environ, into=given, secrets=["S3_ACCESS_KEY_ID"], prefer=prefer))


def test_conflicts_are_an_error_that_lists_them_all() -> None:
    """Equal texts are none; a secret where Ray shows it is one, and is not in the error."""
    with pytest.raises(RuntimeEnvConflictError) as raised:
        in_conflict(None)
    assert raised.value.conflicts == (
        Conflict("VLLM_DP_SIZE", "'4' is given, and '2' carried"),
        Conflict("S3_ACCESS_KEY_ID", "it is a secret, and Ray shows the env_vars that it is given in"),
    )
    assert KEY not in str(raised.value)


def test_the_given_one_counts_where_it_is_preferred() -> None:
    """Nothing of what is carried is put in its place."""
    made = in_conflict(Prefer.GIVEN)
    assert made["env_vars"] == CONFLICTS
    assert HOOK not in made


def test_what_is_carried_counts_where_it_is_preferred(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a secret leaves the env_vars for the hook."""
    made = in_conflict(Prefer.CARRIED)
    assert made["env_vars"] == {"VLLM_DP_SIZE": "2", "VLLM_USE_V1": "0", "OTHER": "1"}
    monkeypatch.setenv("S3_ACCESS_KEY_ID", "before")  # and so it is put back
    hook_of(made)()
    assert os.environ["S3_ACCESS_KEY_ID"] == KEY


def merged(
    given: Mapping[str, str],
    prefer: Prefer | None = None,
    environ: Mapping[str, str] | None = None,
    **named: Collection[str],
) -> dict[str, Any]:
    """Merge the variables of an environment, which sets none unless it is said, into env_vars."""
    return dict(runtime_env(registry, environ or {}, into={"env_vars": dict(given)}, prefer=prefer, **named))


def found(
    given: Mapping[str, str], environ: Mapping[str, str] | None = None, **named: Collection[str]
) -> list[tuple[str, str]]:
    """Return the conflicts of such a merger."""
    with pytest.raises(RuntimeEnvConflictError) as raised:
        merged(given, None, environ, **named)
    assert KEY not in str(raised.value)
    return [(each.name, each.why) for each in raised.value.conflicts]


SHOWN: Final = "it is a secret, and Ray shows the env_vars that it is given in"


@pytest.mark.parametrize(
    ("name", "why", "named"),
    [
        ("S3_ACCESS_KEY_ID", SHOWN, ["S3_ACCESS_KEY_ID"]),
        ("S3_ACCESS_KEY_ID", SHOWN, []),
        ("VLLM_API_KEY", SHOWN, []),
        ("VLLM_HOST_IP", "its scope is node, and every worker would have it", []),
        ("LOCAL_RANK", "its scope is process, and every worker would have it", []),
        ("MAX_JOBS", "its scope is build, and every worker would have it", []),
    ],
)
def test_a_given_variable_that_would_not_go_that_way_is_a_conflict(name: str, why: str, named: list[str]) -> None:
    """A secret, named or not, and what workers must not share; although the environment has none of it."""
    assert found({name: KEY}, secrets=named) == [(name, why)]


def test_a_given_secret_of_a_plugin_that_is_left_out_is_a_conflict() -> None:
    """It is known by its source, and what is carried has none of it."""
    chosen = registry.with_environ({"VLLM_PLUGINS": "ray"})
    given: dict[str, object] = {"env_vars": {"S3_ACCESS_KEY_ID": KEY, "OTHER": "1"}}
    with pytest.raises(RuntimeEnvConflictError) as raised:
        runtime_env(chosen, {}, into=given)
    assert raised.value.conflicts == (Conflict("S3_ACCESS_KEY_ID", SHOWN),)
    assert runtime_env(chosen, {}, into=given, prefer=Prefer.GIVEN)["env_vars"] == given["env_vars"]
    assert runtime_env(chosen, {}, into=given, prefer=Prefer.CARRIED)["env_vars"] == {"OTHER": "1"}


GIVEN: Final = {"S3_ACCESS_KEY_ID": KEY, "VLLM_HOST_IP": "10.0.0.1", "VLLM_DP_SIZE": "2"}


def test_what_is_given_and_would_not_be_carried_is_kept_where_that_is_preferred() -> None:
    """The user asked for that, twice."""
    assert merged(GIVEN, Prefer.GIVEN)["env_vars"] == GIVEN


def test_what_is_given_and_would_not_be_carried_is_taken_out_where_the_other_is_preferred() -> None:
    """What the environment does not set, and what may go that way, stays."""
    made = merged(GIVEN, Prefer.CARRIED)
    assert made["env_vars"] == {"VLLM_DP_SIZE": "2"}
    assert HOOK not in made


def test_a_named_secret_that_only_the_given_one_has_goes_by_the_hook(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is wanted on the workers, unseen."""
    made = merged({"S3_ACCESS_KEY_ID": KEY}, Prefer.CARRIED, secrets=["S3_ACCESS_KEY_ID"])
    assert "env_vars" not in made
    monkeypatch.setenv("S3_ACCESS_KEY_ID", "before")
    hook_of(made)()
    assert os.environ["S3_ACCESS_KEY_ID"] == KEY


TRACKED: Final = {"VLLM_DO_NOT_TRACK": "0"}
UNTRACKED: Final = {"DO_NOT_TRACK": "1"}


def test_another_text_under_another_name_of_the_variable_is_a_conflict() -> None:
    """The worker would read one of the two, and the other would be lost in silence."""
    why = "'0' is given, and '1' carried as DO_NOT_TRACK"
    assert found(TRACKED, environ=UNTRACKED) == [("VLLM_DO_NOT_TRACK", why)]


@pytest.mark.parametrize(("prefer", "expected"), [(Prefer.GIVEN, TRACKED), (Prefer.CARRIED, UNTRACKED)])
def test_what_is_preferred_counts_under_all_names_of_the_variable(prefer: Prefer, expected: dict[str, str]) -> None:
    """Of the other, no name is left."""
    assert merged(TRACKED, prefer, UNTRACKED)["env_vars"] == expected


def test_the_same_text_under_another_name_is_no_conflict() -> None:
    """Both names are kept."""
    assert merged({"VLLM_DO_NOT_TRACK": "1"}, environ=UNTRACKED)["env_vars"] == {"VLLM_DO_NOT_TRACK": "1", **UNTRACKED}


def test_a_node_can_decide_against_the_same_text_under_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """In env_vars it would count more than what the node has."""
    made = merged({"VLLM_DO_NOT_TRACK": "1"}, environ=UNTRACKED, node_wins=["VLLM_DO_NOT_TRACK"])
    assert "env_vars" not in made
    monkeypatch.delenv("VLLM_DO_NOT_TRACK", raising=False)
    monkeypatch.setenv("DO_NOT_TRACK", "0")
    hook_of(made)()
    assert "VLLM_DO_NOT_TRACK" not in os.environ


def test_what_a_node_decides_is_not_in_the_env_vars_with_the_same_text() -> None:
    """There it would take the place of the node's own before the hook can look."""
    given = {"env_vars": {"VLLM_USE_V1": "1"}}
    made = runtime_env(registry, {"VLLM_USE_V1": "1"}, into=given, node_wins=["VLLM_USE_V1"])
    assert "env_vars" not in made
    assert HOOK in made


def test_what_counts_more_can_be_its_text_and_nothing_else() -> None:
    """A misspelt one is an error."""
    assert in_conflict(cast("Prefer", "carried"))["env_vars"] == in_conflict(Prefer.CARRIED)["env_vars"]
    with pytest.raises(ValueError, match="carryed"):
        in_conflict(cast("Prefer", "carryed"))


@pytest.mark.parametrize("following", [chained, f"{__name__}.chained"])
def test_a_hook_of_the_given_one_runs_after_this_one(monkeypatch: pytest.MonkeyPatch, following: object) -> None:
    """A function, or the name of one, as Ray takes both."""
    for name in ("S3_ACCESS_KEY_ID", "VLLM_LAST"):
        monkeypatch.setenv(name, "before")
    made = runtime_env(registry, {"S3_ACCESS_KEY_ID": KEY}, into={HOOK: following}, secrets=["S3_ACCESS_KEY_ID"])
    hook_of(made)()
    assert os.environ["VLLM_LAST"] == KEY


def test_a_nodes_own_text_wins_where_the_user_asks_for_that(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under any name that the variable is read from; another variable is given what is carried."""
    environ = {"VLLM_USE_V1": "1", "VLLM_DO_NOT_TRACK": "1", "VLLM_DP_SIZE": "$two"}
    made = runtime_env(registry, environ, node_wins=["VLLM_USE_V1", "VLLM_DO_NOT_TRACK"])
    for name, text in {"VLLM_USE_V1": "0", "VLLM_DP_SIZE": "3"}.items():
        monkeypatch.setenv(name, text)
    monkeypatch.setenv("VLLM_DO_NOT_TRACK", "before")
    monkeypatch.delenv("VLLM_DO_NOT_TRACK")
    hook_of(made)()
    assert {name: os.environ[name] for name in environ} == {**environ, "VLLM_USE_V1": "0"}
    monkeypatch.delenv("VLLM_DO_NOT_TRACK")
    monkeypatch.setenv("DO_NOT_TRACK", "0")
    hook_of(made)()
    assert "VLLM_DO_NOT_TRACK" not in os.environ


@pytest.mark.parametrize(("kind", "expected"), [(Flag(), "1"), (Text(), " ")])
def test_an_empty_text_of_a_nodes_own_wins_only_where_it_is_one(
    site: Site, monkeypatch: pytest.MonkeyPatch, kind: Kind[object], expected: str
) -> None:
    """Kinds differ in whether empty is unset."""
    shown = site.registry_of(Variable("A_FLAG", kind, default=None, help="The flag."))
    made = runtime_env(shown, {"A_FLAG": "1"}, node_wins=["A_FLAG"])
    monkeypatch.setenv("A_FLAG", " ")
    hook_of(made)()
    assert os.environ["A_FLAG"] == expected


def test_the_hook_runs_where_nothing_of_this_project_is_installed(site: Site) -> None:
    """Ray sends it whole; and two of them differ, although they carry the same, since Ray shows a hash of each."""
    cloudpickle: Any = importlib.import_module("ray.cloudpickle")
    one, other = (
        cloudpickle.dumps(hook_of(runtime_env(registry, {"S3_ACCESS_KEY_ID": KEY}, secrets=["S3_ACCESS_KEY_ID"])))
        for _ in range(2)
    )
    assert one != other
    site.write({"envatlas": "raise ModuleNotFoundError", "envatlas_vllm_ray": "raise ModuleNotFoundError"})
    code = f"import json, os, pickle; pickle.loads({one!r})(); print(json.dumps(os.environ['S3_ACCESS_KEY_ID']))"
    assert site.answer(code) == KEY


def test_without_ray_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything but the runtime environment itself works without it."""
    monkeypatch.setitem(sys.modules, "ray.runtime_env", None)
    with pytest.raises(RayMissingError, match=r"pip install 'envatlas-vllm-ray\[cluster\]'"):
        runtime_env(registry, {})
    assert carried(registry, {"VLLM_DP_SIZE": "2"}) == {"VLLM_DP_SIZE": "2"}


def test_a_module_that_ray_itself_lacks_is_not_said_to_be_ray(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Installing Ray once more would not help."""
    monkeypatch.delitem(sys.modules, "ray.runtime_env", raising=False)
    monkeypatch.setattr("ray.__path__", [str(site.folder)])
    site.write({"runtime_env": "import no_such_module"})
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        runtime_env(registry, {})


@pytest.mark.parametrize(
    "error",
    [
        CarryError("A", "why", "what"),
        RuntimeEnvConflictError((Conflict("A", "why"),)),
        ClusterError("10.0.0.1:6379", "why", "what"),
        RayMissingError.here(),
    ],
)
def test_every_error_can_be_pickled(error: Exception) -> None:
    """It keeps its class and its text."""
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (type(error), str(error))


def test_what_is_carried_is_equal_to_any_mapping_that_has_the_same() -> None:
    """In both directions, whichever of them are secrets."""
    assert Carried({"A": "1"}) == Carried({"A": "1"}, frozenset({"A"})) == {"A": "1"}
    assert Carried({"A": "2"}) != {"A": "1"}


def test_more_than_ray_can_pass_goes_by_the_hook(site: Site) -> None:
    """The largest first, until the rest fits into one argument of a process."""
    long, short = (Variable(name, Text(), default="", help="Text.") for name in ("A_LONG", "A_SHORT"))
    found = parcels(site.registry_of(long, short), {"A_LONG": "x" * 140_000, "A_SHORT": "y"})
    assert {each.variable.name: (each.way, each.why) for each in found} == {
        "A_LONG": (Way.SETUP_HOOK, "Ray cannot pass so much"),
        "A_SHORT": (Way.ENV_VARS, ""),
    }


def test_what_is_given_already_counts_for_what_ray_can_pass(site: Site) -> None:
    """Together they would be too much, and nothing would say so."""
    shown = site.registry_of(Variable("A_LONG", Text(), default="", help="Text."))
    made = runtime_env(shown, {"A_LONG": "x" * 60_000}, into={"env_vars": {"OTHER": "y" * 90_000}})
    assert "A_LONG" not in made["env_vars"]
    assert HOOK in made


def test_more_than_ray_can_pass_that_is_given_is_an_error() -> None:
    """The largest is named; it is the user's, and stays where it is."""
    with pytest.raises(CarryError, match=r"OTHER: the env_vars that it is given in have 150,0.. characters"):
        merged({"A": "1", "OTHER": "y" * 150_000})
