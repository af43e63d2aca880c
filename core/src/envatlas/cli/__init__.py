"""The command line; a module a command."""

from envatlas.cli.app import run

__all__ = ["run"]
