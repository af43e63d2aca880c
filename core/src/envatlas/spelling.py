"""Spelling: which known names resemble one that is not known."""

from __future__ import annotations

from collections.abc import Iterable


def nearest_names(name: object, names: Iterable[str]) -> tuple[str, ...]:
    """Return up to three of the names that resemble a name, the nearest first, case being ignored.

    >>> nearest_names("vllm_prot", ["VLLM_PORT", "VLLM_HOST_IP"])
    ('VLLM_PORT',)
    """
    import difflib  # noqa: PLC0415  only errors need it

    by_key = {each.upper(): each for each in names}
    return tuple(by_key[key] for key in difflib.get_close_matches(str(name).upper(), by_key, cutoff=0.75))
