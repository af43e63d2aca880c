"""Plots: the costs that are curves."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping, Sequence

import attrs


@attrs.frozen
class Curve:
    """A cost, in seconds, by a number of things."""

    title: str
    things: str
    seconds: Mapping[int, float]


def plot(path: pathlib.Path, curves: Sequence[Curve]) -> None:
    """Draw curves side by side, into an SVG file."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, len(curves), figsize=(4.5 * len(curves), 3.5), layout="constrained")
    for axis, curve in zip(axes, curves, strict=True):
        axis.plot(list(curve.seconds), [seconds * 1e3 for seconds in curve.seconds.values()], marker="o")
        axis.set(title=curve.title, xlabel=curve.things, ylabel="ms")
        axis.set_xlim(left=0)
        axis.set_ylim(bottom=0)
    figure.savefig(path, metadata={"Date": None})
