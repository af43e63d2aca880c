"""Checks: everything that is wrong or suspicious about an environment, as findings; a module an idea."""

from envatlas.checks.running import Check, ChecksPlugin, check

__all__ = ["Check", "ChecksPlugin", "check"]
