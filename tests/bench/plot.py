# SPDX-License-Identifier: LGPL-2.1-or-later
"""The plot of report.py: bars for the engines, layers under the roofline."""
import matplotlib

matplotlib.use("agg")
matplotlib.rcParams.update({
    "font.size": 9, "axes.spines.top": False, "axes.spines.right": False})

import matplotlib.pyplot as plt
import numpy as np

import report

COLOURS = {"litert": "#b0b7c3", "openvino": "#8895a7",
           "onnxruntime": "#66758a", "ncnn": "#c9b79c", "mnn": "#a58f6d",
           "ours": "#d1495b"}
INTENSITY = 0.1, 1000          # operations a byte
DOTS = {"float32": "#00798c", "bfloat16": "#edae49", "int8": "#d1495b"}


def bars(axes, result, threads):
    """A group of bars a row: each engine's time by the fastest peer's."""
    rows = [r for r in result["rows"]
            if r["threads"] == threads and not r["level"]
            and report.fastest_peer(r)]
    engines = list(report.NAMES)
    width = 0.8 / len(engines)
    for i, engine in enumerate(engines):
        x, y = [], []
        for j, row in enumerate(rows):
            if engine in row["engines"]:
                x.append(j + (i - (len(engines) - 1) / 2) * width)
                y.append(row["engines"][engine]["best_ms"]
                         / report.fastest_peer(row)[1])
        axes.bar(x, y, width, color=COLOURS[engine],
                 label=report.NAMES[engine])
    for j, row in enumerate(rows):
        limit = report.limit_of(row)
        if limit:
            axes.plot([j - 0.42, j + 0.42], [limit] * 2, "k:", lw=1)
    axes.set_ylim(0, 2.5)
    axes.set_xticks(range(len(rows)), [
        "%s\n%s" % (report.MODELS[r["model"]], r["precision"])
        for r in rows], fontsize=7)
    axes.set_ylabel("time by the fastest peer's")
    axes.set_title(report.counted(threads)
                   + " (dots: the limit; cut at 2.5)", fontsize=9)


def roof(axes, peaks):
    """The arithmetic's peaks, and the rates of reading some sizes."""
    x = np.logspace(np.log10(INTENSITY[0]), np.log10(INTENSITY[1]), 200)
    top = max(peaks.get(p, 0) for p in DOTS)
    for precision, colour in DOTS.items():
        if precision in peaks:
            axes.axhline(peaks[precision], color=colour, lw=1)
            axes.text(x[-1], peaks[precision] * 1.07,
                      "%s: %.0f" % (precision, peaks[precision]),
                      ha="right", color=colour, fontsize=7)
    reads = peaks["read"]
    for read in (reads[0], reads[len(reads) // 2], reads[-1]):
        y = x * read["gbps"]
        axes.plot(x, np.minimum(y, top), color="#888", lw=0.7)
        axes.annotate("%d KB: %.0f GB/s" % (read["bytes"] >> 10,
                                            read["gbps"]),
                      (x[0], y[0]), (3, 0), textcoords="offset points",
                      fontsize=6, color="#555", va="top")


def roofline(axes, result, model):
    shown = [entry for entry in result["layers"]
             if entry["model"] == model and entry["peaks"]]
    if not shown:
        axes.set_axis_off()
        return
    roof(axes, shown[0]["peaks"])
    for entry in shown:
        layers = [layer for layer in entry["layers"]
                  if layer["flop"] > 0 and layer["ms"] > 0]
        total = sum(layer["ms"] for layer in layers)
        axes.scatter(
            [layer["flop"] / layer["bytes"] for layer in layers],
            [layer["gflops"] for layer in layers],
            [6 + 900 * layer["ms"] / total for layer in layers],
            color=DOTS[entry["precision"]], alpha=0.45, lw=0,
            label=entry["precision"])
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(*INTENSITY)
    axes.set_ylim(1, 3000)
    axes.set_xlabel("operations a byte")
    axes.set_ylabel("Gop/s")
    axes.set_title("our layers of %s, 1 thread (area: share of the time)"
                   % report.MODELS[model], fontsize=9)


def draw(result, path):
    threads = sorted({r["threads"] for r in result["rows"]})
    figure, axes = plt.subplots(len(threads) + 1, 1, squeeze=False,
                                figsize=(9, 3 * (len(threads) + 1) + 1))
    for i, n in enumerate(threads):
        bars(axes[i][0], result, n)
    figure.legend(*axes[0][0].get_legend_handles_labels(), ncols=6,
                  fontsize=8, frameon=False, loc="upper center")
    models = [m for m in report.MODELS
              if any(e["model"] == m for e in result["layers"])]
    place = axes[-1][0]
    if models:
        roofline(place, result, models[0])
        place.legend(fontsize=7, frameon=False, loc="lower right")
    else:
        place.set_axis_off()
    figure.tight_layout(rect=(0, 0, 1, 0.97))
    figure.savefig(path, dpi=100, metadata={"Software": None})
