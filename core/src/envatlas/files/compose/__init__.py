"""Compose files; a module an idea."""
