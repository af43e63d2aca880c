"""Leftovers: what no container takes of a ConfigMap or a Secret, as an environment of its own.

Helm often writes each object into a file of its own, and what refers to it may be in another chart. A secret in a
ConfigMap is exposed all the same, and a text that nothing can read stays one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from envatlas.environs import Environ, Untold
from envatlas.files.budgets import Budget
from envatlas.files.drafts import Draft
from envatlas.files.kubernetes.stores import VIAS, Cluster, Store
from envatlas.messages import Message

_VARIABLE: Final = re.compile(r"[A-Z_][A-Z0-9_]*")
"""What a key looks like that is meant for a variable, and not for a file that is mounted."""


def leftovers(cluster: Cluster, budget: Budget) -> Iterator[Environ]:
    """Return what the stores set that no container takes; the containers must have been read before.

    Args:
        cluster: The stores.
        budget: What may still be set.

    Raises:
        UnreadableFileError: The budget does not suffice.

    >>> [*leftovers(Cluster.of([]), Budget())]
    []
    """
    for by_namespace in cluster.stores.values():
        for store in by_namespace.values():
            keys = [key for key in store.entries if key not in store.taken and _VARIABLE.fullmatch(key)]
            # What is left of a Secret that is in use is where it belongs.
            if keys and not (store.taken and store.object.kind == "Secret"):
                yield _environ(store, keys, budget)


def _environ(store: Store, keys: list[str], budget: Budget) -> Environ:
    label = store.object.label
    place = store.object.place(store.object.node.line, label, VIAS[store.object.kind])
    why = Message("{object} is for a container that no file here has", object=label)
    draft = Draft(place, budget, open_ended=[Untold(place, why)])
    draft.report(store.defects())
    for key in keys:
        entry = store.entries[key]
        if entry.text is None:
            draft.spoil(store.defect(key, key, label), store.refusal(key))
        else:
            draft.set(key, entry.text, store.place(entry, label))
    return draft.finished()
