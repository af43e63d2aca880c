"""Showing: what is carried, and where nodes disagree, as tables for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import attrs
from rich.console import Console
from rich.text import Text

from envatlas import Registry
from envatlas.cli.output import show_problems, show_table, table
from envatlas.cli.plugins import in_vain, set_in_vain
from envatlas.formats.shown import cut, printable, shown_value
from envatlas.inactive import InactiveVariable
from envatlas.redaction import SHOWN_AS
from envatlas_vllm_ray.answers import Installation, Told
from envatlas_vllm_ray.comparing import Disagreement, Wrong
from envatlas_vllm_ray.nodes import Node
from envatlas_vllm_ray.parcels import Parcel, Way
from envatlas_vllm_ray.surveys import Survey

Json = Mapping[str, object]

_HEADINGS: Final = {
    Wrong.DIFFERS: "Variables that all nodes must share, and that differ:",
    Wrong.SHARED: "Addresses of the node's own that several nodes have:",
    Wrong.PLUGIN: "Plugins that are not active on all nodes:",
    Wrong.VERSION: "Versions that differ:",
}
_MOST_GROUPS: Final = 8
_MOST_NAMED: Final = 3
"""How many groups of nodes, and how many nodes of one, a table names; the JSON has all."""


def show_survey(output: Console, survey: Survey) -> None:
    """Print where nodes disagree, the nodes that are equal in each thing as one line."""
    shown: set[Wrong] = set()
    for each in survey.disagreements:
        if each.wrong not in shown:
            output.print(Text(_HEADINGS[each.wrong], "bold"))
            output.print()
            shown.add(each.wrong)
        output.print(Text(printable(", ".join(each.subjects))))
        _show_groups(output, each)
        output.print()
    answered, asked = len(survey.answers), len(survey.answers) + len(survey.silent)
    found = ", ".join(_counted(survey.disagreements)) or ("they agree" if answered else "nothing is known")
    output.print(f"{answered:,} of {asked:,} nodes answered; {found}.")
    show_problems(output, [f"{each.node.name} is silent: {each.why}" for each in survey.silent[:_MOST_GROUPS]])
    if len(survey.silent) > _MOST_GROUPS:
        output.print(f"! and {len(survey.silent) - _MOST_GROUPS:,} more nodes are silent")


def survey_object(survey: Survey) -> Json:
    """Return a survey as a JSON object.

    Members:
        agrees: Whether every node answered, and none disagrees.
        nodes: An object a node: ``id``, ``name``, ``address``; ``why`` it is silent, or null; ``installation``, the
            place of its in ``installations``, or null; and ``own``, the readings of the variables that it has set.
        installations: What nodes with the same packages have in common: ``python``, ``envatlas``, ``trouble``,
            ``plugins``, and ``usual``, the readings of the variables that are not set. The value of a secret is null.
        disagreements: An object a disagreement: ``wrong``, ``subjects``, and ``groups``, each of which has ``shown``
            and ``nodes``, their names.

    >>> from envatlas_vllm_ray.surveys import of_answers
    >>> survey_object(of_answers([], []))
    {'agrees': True, 'nodes': [], 'installations': [], 'disagreements': []}
    """
    places: dict[Installation, int] = {}
    nodes: list[Json] = []
    for answer in survey.answers:
        place = places.setdefault(answer.installation, len(places))
        nodes.append({**_node(answer.node), "why": None, "installation": place, "own": _readings(answer.own)})
    nodes += [{**_node(each.node), "why": each.why, "installation": None, "own": {}} for each in survey.silent]
    return {
        "agrees": survey.agrees,
        "nodes": nodes,
        "installations": [_installation(each) for each in places],
        "disagreements": [_disagreement(each) for each in survey.disagreements],
    }


def show_parcels(output: Console, parcels: Sequence[Parcel], registry: Registry) -> None:
    """Print every variable that is set, whether and how it is carried, and what is wrong with the plugins."""
    left_out = set_in_vain(registry)
    if parcels:
        _show_table(output, parcels)
    else:
        output.print("No variable of an active plugin is set." if left_out else "No variable is set.")
    show_problems(output, [*map(in_vain, left_out), *map(str, registry.problems)])


def _show_table(output: Console, parcels: Sequence[Parcel]) -> None:
    shown = table("NAME", "TEXT", "CARRIED", "WHY")
    for each in parcels:
        style = "dim" if each.way is Way.NONE else ""
        for name, text in each.texts.items():
            shown.add_row(
                name, SHOWN_AS if each.variable.secret else shown_value(text), each.way, each.why, style=style
            )
    show_table(output, shown)
    count = sum(each.way is not Way.NONE for each in parcels)
    output.print(f"\n{count} of {len(parcels)} variables that are set are carried.")


def carry_object(parcels: Iterable[Parcel], left_out: Iterable[InactiveVariable] = ()) -> Json:
    """Return what is carried as a JSON object.

    Members:
        env_vars: The texts by their names, as in a runtime environment.
        setup_hook: The names that only a setup hook can carry; a runtime environment that is JSON cannot.
        not_carried: An object for each other variable that is set: its ``name``, and ``why``.

    Args:
        parcels: What is carried, or not.
        left_out: The variables that are set, and whose plugins are not active.

    >>> carry_object([])
    {'env_vars': {}, 'setup_hook': [], 'not_carried': []}
    """
    parcels = list(parcels)
    plain = [each for each in parcels if each.way is Way.ENV_VARS]
    hooked = [each for each in parcels if each.way is Way.SETUP_HOOK]
    left = [each for each in parcels if each.way is Way.NONE]
    return {
        "env_vars": {name: text for each in plain for name, text in each.texts.items()},
        "setup_hook": [name for each in hooked for name in each.texts],
        "not_carried": [
            *({"name": each.variable.name, "why": each.why} for each in left),
            *({"name": each.name, "why": f"plugin {each.plugin!r} is not active"} for each in left_out),
        ],
    }


def _show_groups(output: Console, disagreement: Disagreement) -> None:
    shown = table("VALUE", "NODES", "WHICH")
    shown.show_header = False
    shown.columns[1].justify = "right"
    shown.columns[1].no_wrap = True
    for group in disagreement.groups[:_MOST_GROUPS]:
        shown.add_row("  " + cut(printable(group.shown)), f"{len(group.nodes):,}", _names(group.nodes))
    rest = disagreement.groups[_MOST_GROUPS:]
    if rest:
        shown.add_row(f"  and {len(rest):,} more", f"{sum(len(each.nodes) for each in rest):,}", "")
    show_table(output, shown)


def _names(nodes: Sequence[Node]) -> str:
    named = ", ".join(printable(node.name) for node in nodes[:_MOST_NAMED])
    more = len(nodes) - _MOST_NAMED
    return f"{named} and {more:,} more" if more > 0 else named


def _counted(disagreements: Sequence[Disagreement]) -> Iterable[str]:
    counts = {wrong: sum(len(each.subjects) for each in disagreements if each.wrong is wrong) for wrong in Wrong}
    variables = counts[Wrong.DIFFERS] + counts[Wrong.SHARED]
    if variables:
        yield f"{variables} variable{'s are' if variables > 1 else ' is'} wrong"
    for wrong in (Wrong.PLUGIN, Wrong.VERSION):
        if counts[wrong]:
            yield f"{counts[wrong]} {wrong}{'s differ' if counts[wrong] > 1 else ' differs'}"


def _node(node: Node) -> dict[str, object]:
    return {"id": node.id, "name": node.name, "address": node.address}


def _installation(installation: Installation) -> Json:
    return {
        "python": installation.python,
        "envatlas": installation.envatlas or None,
        "trouble": installation.trouble or None,
        "plugins": {name: attrs.asdict(each) for name, each in installation.plugins.items()},
        "usual": _readings(installation.usual),
    }


def _readings(readings: Mapping[str, Told]) -> Json:
    return {
        name: {
            "value": None if each.secret else json.loads(each.value),
            "set": each.is_set,
            "error": each.error or None,
            "scope": each.scope,
            "secret": each.secret,
        }
        for name, each in readings.items()
    }


def _disagreement(disagreement: Disagreement) -> Json:
    groups = [{"shown": each.shown, "nodes": [node.name for node in each.nodes]} for each in disagreement.groups]
    return {"wrong": str(disagreement.wrong), "subjects": list(disagreement.subjects), "groups": groups}
