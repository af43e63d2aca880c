"""Selection: which plugins the operator allows."""

from __future__ import annotations

from collections.abc import Collection

import attrs


@attrs.frozen
class Selection:
    """The plugins that a filter variable's text allows.

    Attributes:
        names: The names that it allows, in its order; None allows all.

    >>> Selection.parse("cuda, ray").allows("ray")
    True
    """

    names: tuple[str, ...] | None = None

    @classmethod
    def parse(cls, text: str | None) -> Selection:
        """Return the selection that a text stands for.

        Args:
            text: None, the variable being unset, allows all plugins; a comma list exactly those, space around
                a name being ignored; an empty one none.

        >>> Selection.parse(None).names is None, Selection.parse("").names, Selection.parse(" a ,b,,a").names
        (True, (), ('a', 'b'))
        """
        if text is None:
            return cls()
        names = (name.strip() for name in text.split(","))
        return cls(tuple(dict.fromkeys(name for name in names if name)))

    def allows(self, plugin: str) -> bool:
        """Return whether a plugin of that name may load.

        >>> Selection.parse("").allows("cuda")
        False
        """
        return self.names is None or plugin in self.names

    def unmatched(self, installed: Collection[str]) -> tuple[str, ...]:
        """Return the names that no installed plugin has.

        >>> Selection.parse("cuda,cdua").unmatched({"cuda", "ray"})
        ('cdua',)
        """
        return tuple(name for name in self.names or () if name not in installed)
