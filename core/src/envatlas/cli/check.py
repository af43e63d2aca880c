"""``envatlas check``: what is wrong or suspicious about an environment."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

import attrs
import click
from rich.cells import set_cell_size
from rich.console import Console
from rich.text import Text

from envatlas.checks import check
from envatlas.cli.help import wrap
from envatlas.cli.names import module_of
from envatlas.cli.options import registry_option
from envatlas.cli.output import console, others_to_stderr, show_json
from envatlas.cli.targets import chosen_targets, host_of, target_options
from envatlas.cli.words import chosen_words, language_option
from envatlas.environs import PROCESS, Place
from envatlas.findings import ORDER, Finding, Severity
from envatlas.formats.findings import finding_object
from envatlas.formats.shown import cut, printable
from envatlas.languages import SOURCE, Words
from envatlas.messages import marked
from envatlas.registry import Registry

_STYLES: Final = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold cyan"}
_SEVERITIES: Final = {
    Severity.ERROR: marked("error"),
    Severity.WARNING: marked("warning"),
    Severity.NOTE: marked("note"),
}
_LABELS: Final = 9
"""In columns: the longest severity, and two spaces."""
_NARROWEST: Final = 20
"""In columns: a narrower terminal gets longer lines."""
_MOST_PLACES: Final = 10
"""More places of one finding are counted, and not shown."""


@attrs.frozen
class _Group:
    """A finding, and all places where it is the same."""

    finding: Finding
    places: tuple[Place, ...]


@click.command("check", short_help="Say what is wrong or suspicious.")
@click.option("--strict", is_flag=True, help="End with status 1 if there are warnings.")
@click.option(
    "--severity",
    "least",
    type=click.Choice([str(severity) for severity in ORDER]),
    default=str(ORDER[-1]),
    help="Show only findings that are at least this bad; the exit status is the same.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: an array of objects.")
@click.option("--sarif", "as_sarif", is_flag=True, help="Print a SARIF 2.1.0 log, for code scanning.")
@target_options
@registry_option
@language_option
@click.pass_context
def check_command(  # noqa: PLR0913  click passes each option on its own
    context: click.Context,
    *,
    strict: bool,
    least: str,
    as_json: bool,
    as_sarif: bool,
    env_files: tuple[str, ...],
    manifests: tuple[str, ...],
) -> None:
    """Say everything that is wrong or suspicious, with what to type about it.

    The exit status is 0 if nothing is worse than a note or, without --strict, than a warning; 1 with --strict if there
    are warnings; and 2 if there are errors.
    """
    if as_json and as_sarif:
        raise click.UsageError("--json and --sarif exclude each other")
    words = chosen_words(context)
    with others_to_stderr():
        registries = chosen_targets(context, env_files, manifests)
        findings = check_all(registries)
    shown = [each for each in findings if ORDER.index(each.severity) <= ORDER.index(Severity(least))]
    if as_json:
        show_json(map(finding_object, shown), ())
    elif as_sarif:
        _show_sarif(shown)
    else:
        show_findings(findings, shown, len(registries), FindingWords.of(registries, words))
    context.exit(exit_status(findings, strict=strict))


def check_all(registries: Sequence[Registry]) -> list[Finding]:
    """Return the findings on several environments, one registry each, the worst first.

    Nothing is known of the machine on which a manifest's containers will run; a process and an env file are for this.

    >>> from envatlas.vllm import registry
    >>> environs = [{"VLLM_PORT": "five"}, {"VLLM_PORT": "six"}]
    >>> [each.code for each in check_all([registry.with_environ(environ) for environ in environs])][:2]
    ['invalid-value', 'invalid-value']
    """
    found = [finding for registry in registries for finding in check(registry, host=host_of(registry))]
    return sorted(found, key=lambda each: ORDER.index(each.severity))


def exit_status(findings: Sequence[Finding], *, strict: bool = False) -> int:
    """Return the status with which the command ends.

    >>> exit_status([]), exit_status([], strict=True)
    (0, 0)
    """
    severities = {finding.severity for finding in findings}
    if Severity.ERROR in severities:
        return 2
    return int(strict and Severity.WARNING in severities)


def _show_sarif(findings: Sequence[Finding]) -> None:
    from envatlas.formats.sarif import sarif_log  # noqa: PLC0415  the other forms do not need it

    click.echo(json.dumps(sarif_log(findings), indent=2))


@attrs.frozen
class FindingWords:
    """What findings are said with: envatlas's words, or those of the plugin whose variable a finding is about."""

    words: Words
    _modules: Mapping[str, str]

    @classmethod
    def of(cls, registries: Sequence[Registry], words: Words) -> FindingWords:
        """Return what the findings on several environments are said with, one registry each.

        >>> from envatlas.vllm import registry
        >>> FindingWords.of([registry], Words("zh_CN")).label("why")
        '  原因   '
        """
        owned = [
            (registry[name], plugin.module)
            for registry in registries
            for plugin in registry.active_plugins
            for name in plugin.variables
        ]
        modules = {each.name: module_of(registry, each.owner) for registry in registries for each in registry.removed}
        # A finding may be about a name that a variable is read from, such as DO_NOT_TRACK.
        modules |= {source: module for variable, module in owned for source in variable.sources}
        return cls(words, modules | {variable.name: module for variable, module in owned})

    def say(self, finding: Finding, text: str) -> str:
        """Return one of a finding's texts."""
        module = self._modules.get(finding.variable, "")
        said = self.words.of_plugin(module, text)
        if said != text:
            return said
        # The reason of a deprecation or a removal has its full stop in a catalogue, and none in a finding.
        said = self.words.of_plugin(module, f"{text}.")
        return said[:-1] if said.endswith((".", "。")) else said

    def headline(self, finding: Finding) -> str:
        """Return what was found, with the variable's name before it, unless that is in it."""
        said = self.say(finding, finding.found)
        if said == finding.found:
            return finding.headline
        return (
            said
            if finding.variable in said
            else self.words("{variable}: {found}", variable=finding.variable, found=said)
        )

    def label(self, text: str) -> str:
        """Return a label below a finding, as wide as all of them."""
        return beside(f"  {self.words(text)}")


def beside(label: str) -> str:
    """Return a label with the space behind it.

    >>> beside("error"), beside("错误")
    ('error    ', '错误     ')
    """
    return set_cell_size(label, _LABELS)


def show_findings(
    findings: Sequence[Finding], shown: Sequence[Finding], environments: int, words: FindingWords | None = None
) -> None:
    """Print findings for people, and how many there are.

    Args:
        findings: All of them.
        shown: Those to show; the others are only counted.
        environments: How many environments they are about.
        words: What they are said with; English unless it is given.

    >>> show_findings([], [], 1)
    0 errors, 0 warnings, 0 notes in 1 environment
    """
    output, words = console(), words or FindingWords(Words(SOURCE), {})
    for group in _grouped(shown):
        _show_group(output, group, words)
    groups = _grouped(findings)
    counts = [
        _count(severity, sum(group.finding.severity is severity for group in groups), words.words) for severity in ORDER
    ]
    hidden = len(groups) - len(_grouped(shown))
    output.print(_summary(words.words(", ").join(counts), environments, hidden, words.words), soft_wrap=True)


def _summary(counts: str, count: int, hidden: int, words: Words) -> str:
    said = words.plural(
        "{counts} in {count} environment", "{counts} in {count} environments", count, counts=counts, count=count
    )
    return words("{counts}; {hidden} not shown", counts=said, hidden=hidden) if hidden else said


def _count(severity: Severity, count: int, words: Words) -> str:
    if severity is Severity.ERROR:
        return words.plural("{count} error", "{count} errors", count, count=count)
    if severity is Severity.WARNING:
        return words.plural("{count} warning", "{count} warnings", count, count=count)
    return words.plural("{count} note", "{count} notes", count, count=count)


def _grouped(findings: Sequence[Finding]) -> list[_Group]:
    """Return findings that differ in nothing but their place as one."""
    places: dict[Finding, list[Place]] = {}
    for finding in findings:
        places.setdefault(attrs.evolve(finding, place=PROCESS), []).append(finding.place)
    return [_Group(finding, tuple(dict.fromkeys(at))) for finding, at in places.items()]


def _show_group(output: Console, group: _Group, words: FindingWords) -> None:
    finding = group.finding
    severity = beside(words.words(_SEVERITIES[finding.severity]))
    _show_line(output, severity, f"{words.headline(finding)} [{finding.code}]", _STYLES[finding.severity])
    _show_line(output, words.label(marked("why")), words.say(finding, finding.why))
    remedy = Text(cut(printable(words.say(finding, finding.remedy))), "bold")
    output.print(Text(words.label(marked("fix")), "dim"), remedy, sep="", soft_wrap=True)  # so that it can be copied
    at = [words.words(place.message) for place in group.places if place.message]
    more = [words.words("{count} more", count=len(at) - _MOST_PLACES)] if len(at) > _MOST_PLACES else []
    for place in (*at[:_MOST_PLACES], *more):
        _show_line(output, words.label(marked("at")), place)
    output.print()


def _show_line(output: Console, label: str, text: str, style: str = "dim") -> None:
    """Print a text beside its label, the lines that do not fit below it."""
    width = max(_NARROWEST, output.width - _LABELS)
    for number, line in enumerate(wrap(cut(printable(text)), width)):
        output.print(Text.assemble((label if number == 0 else beside(""), style), line), soft_wrap=True)
