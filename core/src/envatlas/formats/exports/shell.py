"""Shell: commands that a POSIX shell reads with ``.``, and that any process it starts then inherits."""

from __future__ import annotations

from collections.abc import Mapping

from envatlas.formats.exports.lines import NO_COMMENTS, assignments


def render(texts: Mapping[str, str], comments: Mapping[str, str] = NO_COMMENTS) -> str:
    r"""Return texts as commands for a POSIX shell, which can say each that an environment can hold.

    To be written as the environment's bytes are, with `os.fsencode`.

    Args:
        texts: The texts by their names.
        comments: What to say above a name.

    >>> print(render({"A_PREFIX": "it's"}), end="")
    export A_PREFIX='it'\''s'
    """
    return assignments(texts, comments, _export)


def _export(name: str, text: str) -> str:
    quoted = text.replace("'", r"'\''")
    return f"export {name}='{quoted}'"
