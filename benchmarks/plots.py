"""Plots: the costs that are curves."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping


def plot(path: pathlib.Path, starts: Mapping[int, float], loads: Mapping[int, float]) -> None:
    """Draw the cost of a start by installed distributions, and of a load by variables, into an SVG file.

    Args:
        path: The file.
        starts: Seconds to the first value, by the number of unrelated distributions.
        loads: Seconds that a load takes, by the number of variables.
    """
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    for axes, curve, label in (
        (left, starts, "unrelated distributions installed"),
        (right, loads, "variables, in 100 plugins"),
    ):
        axes.plot(list(curve), [seconds * 1e3 for seconds in curve.values()], marker="o")
        axes.set_xlabel(label)
        axes.set_ylabel("ms")
        axes.set_xlim(left=0)
        axes.set_ylim(bottom=0)
    left.set_title("from nothing to the first value, above the bare interpreter")
    right.set_title("load")
    figure.savefig(path, metadata={"Date": None})
