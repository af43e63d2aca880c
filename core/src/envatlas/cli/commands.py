"""The subcommands: envatlas's own, each imported when it runs, and those of the active plugins."""

from __future__ import annotations

import contextlib
import importlib
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, Protocol, cast

import click
from click.shell_completion import CompletionItem

from envatlas.cli.help import WordedContext
from envatlas.cli.options import chosen_registry
from envatlas.cli.output import others_to_stderr
from envatlas.cli.words import chosen_words
from envatlas.distributions import describe
from envatlas.errors import EnvatlasError
from envatlas.formats.shown import cut, printable
from envatlas.owner import Owner
from envatlas.problems import PluginError
from envatlas.redaction import hide_secrets

OWN: Final = {
    "adopt": ("envatlas.cli.adopt", "Write declarations from a file of functions."),
    "catalogues": ("envatlas.cli.catalogues", "Bring catalogues of translations up to date."),
    "check": ("envatlas.cli.check", "Say what is wrong or suspicious."),
    "completion": ("envatlas.cli.completion", "Print what a shell needs to complete commands and names."),
    "diff": ("envatlas.cli.diff", "Say what differs between two environments."),
    "docs": ("envatlas.cli.docs", "Write the reference of all variables."),
    "explain": ("envatlas.cli.explain", "Say what a variable is set to, and why."),
    "export": ("envatlas.cli.export", "Write what is set for docker, Kubernetes, systemd, a shell."),
    "fingerprint": ("envatlas.cli.fingerprint", "Print what compiled graphs depend on, in one line."),
    "list": ("envatlas.cli.list", "List the variables and their values."),
    "new-plugin": ("envatlas.cli.new_plugin", "Write a package that declares variables."),
    "plugins": ("envatlas.cli.plugins", "List the plugins and what became of them."),
    "schema": ("envatlas.cli.schema", "Print a JSON Schema of the environment."),
    "stubs": ("envatlas.cli.stubs", "Write type stubs of the variables."),
}
"""By their names: the module that has ``<name>_command``, an underscore for each hyphen, and one line for the help."""


_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class CommandsPlugin(Protocol):
    """What a plugin's module or object has that adds commands to the command line."""

    def envatlas_commands(self) -> Iterable[click.Command]:
        """Return the commands, usually one group of the plugin's own name; none can take another's name."""
        ...


class Commands(click.Group):
    """A group whose commands are imported one at a time: each run pays for its own alone."""

    context_class = WordedContext

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted({*OWN, *_of_plugins(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command, or ask the plugins for it."""
        if cmd_name in OWN:
            module, _ = OWN[cmd_name]
            command = cast(
                "click.Command", getattr(importlib.import_module(module), f"{cmd_name.replace('-', '_')}_command")
            )
            command.context_class = WordedContext
            return command
        return super().get_command(ctx, cmd_name) or _of_plugins(ctx).get(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; where it is that of a plugin that is not active, the error says so.

        Raises:
            UsageError: There is none.
        """
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            why = _why_inactive(ctx, args[0])
            raise click.UsageError(f"{error.message} {why}".rstrip(), ctx) from None

    def invoke(self, ctx: click.Context) -> None:
        """Run a command. What it returns is no exit status, which it says by ``ctx.exit(status)``.

        Raises:
            ClickException: A plugin's command raised something of its own.
        """
        try:
            super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, EnvatlasError, BrokenPipeError):
            raise
        except (Exception, SystemExit) as error:
            if ctx.invoked_subcommand in {*OWN, None}:
                raise
            raise _plugin_failed(ctx, error) from None

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the commands and options that begin so, importing none of envatlas's own commands."""
        rows = {name: line for name, (_, line) in OWN.items()}
        with contextlib.suppress(Exception):  # what is installed may be broken; nothing says so in the middle of a line
            rows |= _short_helps(ctx)
            rows = {name: chosen_words(ctx)(line) for name, line in rows.items()}
        begun = [CompletionItem(name, help=line) for name, line in sorted(rows.items()) if name.startswith(incomplete)]
        return begun + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, importing none of envatlas's own."""
        rows = {name: line for name, (_, line) in OWN.items()} | _short_helps(ctx)
        with formatter.section("Commands"):
            formatter.write_dl(sorted(rows.items()))


def _plugin_failed(context: click.Context, error: BaseException) -> Exception:
    """Return what a plugin's command ends with: the status that it exits with, or an error that shows no secret."""
    if isinstance(error, SystemExit) and (error.code is None or isinstance(error.code, int)):
        return click.exceptions.Exit(error.code or 0)
    registry = chosen_registry(context)
    said = error.code if isinstance(error, SystemExit) else describe(error)
    reason = hide_secrets(str(said), registry.secret_names, registry.environ)
    return click.ClickException(f"the plugin's command {context.invoked_subcommand} failed: {reason}")


def _why_inactive(context: click.Context, command: str) -> str:
    """Return why the plugin that is called like a command is not active; empty where there is none such."""
    called = command.replace("-", "_")
    for plugin in chosen_registry(context).plugins:
        if plugin.name.replace("-", "_") == called and not plugin.is_active:
            return f"Plugin {plugin.name!r} is not active: {plugin.reason}"
    return ""


def _short_helps(context: click.Context) -> dict[str, str]:
    return {name: each.get_short_help_str() for name, each in _of_plugins(context).items()}


def _of_plugins(context: click.Context) -> dict[str, click.Command]:
    """Return the commands of the active plugins by their names; a plugin that fails has none, which is reported."""
    commands: dict[str, click.Command] = {}
    owners: dict[str, Owner] = {}
    with others_to_stderr():
        registry = chosen_registry(context)
        for plugin in registry.active_plugins:
            try:
                offered = plugin.contributions("envatlas_commands")
            except PluginError as error:
                reason = hide_secrets(error.reason, registry.secret_names, registry.environ)
                said = f"{plugin.owner}, adds no commands: {reason}"
                click.echo(f"! {cut(printable(said))}", err=True)
                continue
            for each in offered:
                wrong = describe_offer(each, owners)
                if wrong:
                    said = f"{plugin.owner}, offers a command that cannot be: {wrong}"
                    click.echo(f"! {cut(printable(said))}", err=True)
                else:
                    command = cast("click.Command", each)
                    commands[str(command.name)] = command
                    owners[str(command.name)] = plugin.owner
    return commands


def describe_offer(offered: object, taken: Mapping[str, Owner] = MappingProxyType({})) -> str:
    """Return what is wrong with a command that a plugin offers; empty if nothing is.

    Args:
        offered: What it offers.
        taken: The plugins that have commands already, by those.

    >>> describe_offer(click.Command("list")), describe_offer(5), describe_offer(click.Command("greet"))
    ('envatlas has a command list of its own', 'int is no click.Command', '')
    >>> describe_offer(click.Command("greet"), {"greet": Owner("acme", "acme-vllm", "1.2")})
    "plugin 'acme', acme-vllm 1.2, has a command greet already"
    """
    if not isinstance(offered, click.Command):
        return f"{type(offered).__name__} is no click.Command"
    name = offered.name or ""
    if not _NAME.fullmatch(name):
        return f"{offered.name!r} is no name for a command"
    if name in OWN:
        return f"envatlas has a command {name} of its own"
    return f"{taken[name]}, has a command {name} already" if name in taken else ""
