# SPDX-License-Identifier: LGPL-2.1-or-later
"""Table and plot of what peers.py measured.

usage: report.py [RESULT.json]; default: result.json beside this file

Prints the table, draws peers.png beside this file, and puts both into the
README between its two marks.
"""
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.abspath(os.path.join(HERE, "../.."))
BEGIN, END = "<!-- peers: begin -->", "<!-- peers: end -->"

NAMES = {"litert": "LiteRT", "openvino": "OpenVINO",
         "onnxruntime": "ONNX Runtime", "ncnn": "ncnn", "mnn": "MNN",
         "ours": "ours"}
MODELS = {"v3_small": "V3-Small", "v3_large": "V3-Large", "v2": "V2",
          "v1": "V1"}

# At most so much of the fastest peer's time.
LIMITS = {
    ("v3_small", "float32"): 0.75, ("v3_large", "float32"): 0.80,
    ("v2", "float32"): 0.93, ("v1", "float32"): 1.0,
    ("v3_small", "bfloat16"): 0.80, ("v3_large", "bfloat16"): 0.85,
    ("v2", "bfloat16"): 0.85,
    ("v3_small", "int8"): 0.55, ("v3_large", "int8"): 0.65,
    ("v2", "int8"): 0.80, ("v1", "int8"): 0.95,
}
# The peers of a row: all, but in bfloat16 the one that computes in it, and
# the one that can be held to an instruction set.
BFLOAT16_PEERS = HELD_PEERS = ("openvino",)
INT8_TO_FLOAT32 = 0.6           # V3-Small, ours to ours
PIPELINE_2_TO_1 = 1.2
START_LIMIT, MEMORY_LIMIT_MB = 0.25, 16


def counted(threads):
    return "1 thread" if threads == 1 else "%d threads" % threads


def fastest_peer(row):
    """(engine, ms), or None."""
    peers = [(e, r["best_ms"]) for e, r in row["engines"].items()
             if e != "ours"
             and (row["precision"] != "bfloat16" or e in BFLOAT16_PEERS)
             and (not row["level"] or e in HELD_PEERS)]
    return min(peers, key=lambda p: p[1]) if peers else None


def ratio(row):
    peer, ours = fastest_peer(row), row["engines"].get("ours")
    return ours["best_ms"] / peer[1] if peer and ours else None


def limit_of(row):
    if row["level"]:
        return 1.0
    return LIMITS.get((row["model"], row["precision"]))


def title(row):
    text = "%s %s" % (MODELS[row["model"]], row["precision"])
    if row["level"]:
        text += ", ours and OpenVINO held to " + row["level"].upper()
    return text


def line(row):
    """One row for people, as soon as it is there."""
    parts = ["%s, %s:" % (title(row), counted(row["threads"]))]
    parts += ["%s %.3f" % (NAMES[e], r["best_ms"])
              for e, r in row["engines"].items()]
    if ratio(row):
        parts.append("ratio %.2f" % ratio(row))
    return "  ".join(parts)


def verdict(value, limit):
    """value with two digits, and whether it is within limit."""
    if value is None:
        return "-", "-"
    if limit is None:
        return "%.2f" % value, "-"
    return "%.2f" % value, "%.2f%s" % (limit, "" if value <= limit + 0.005
                                       else " (not met)")


def row_of_table(row):
    cells = [title(row), str(row["threads"])]
    peer = fastest_peer(row)
    for engine in NAMES:
        got = row["engines"].get(engine)
        text = "%.2f" % got["best_ms"] if got else "-"
        cells.append("**%s**" % text if peer and engine == peer[0] else text)
    cells += verdict(ratio(row), limit_of(row))
    return cells


def markdown(head, rows):
    lines = ["| " + " | ".join(cells) + " |"
             for cells in [head, ["---"] * len(head), *rows]]
    return "\n".join(lines) + "\n"


def start_rows(starts):
    ours = starts.get("ours")
    peers = [s for e, s in starts.items() if e != "ours"]
    rows = [
        [label] + ["%.1f" % starts[e][key] if e in starts else "-"
                   for e in NAMES]
        for label, key in (("to the first result, ms", "first_result_ms"),
                           ("memory added, MB", "added_mb"))]
    for cells in rows:
        cells += ["-", "-"]
    if ours and peers:
        fastest = min(p["first_result_ms"] for p in peers)
        rows[0][-2:] = verdict(ours["first_result_ms"] / fastest, START_LIMIT)
    if ours:
        rows[1][-2:] = ["", "%d MB%s" % (
            MEMORY_LIMIT_MB, "" if ours["added_mb"] <= MEMORY_LIMIT_MB
            else " (not met)")]
    return rows


def sentences(result):
    """What stands in no table."""
    def ours(precision, threads):
        for row in result["rows"]:
            if (row["model"], row["precision"], row["threads"],
                    row["level"]) == ("v3_small", precision, threads, None):
                return row["engines"].get("ours", {}).get("best_ms")
        return None

    text = []
    for threads in (1, 2):
        single, integer = ours("float32", threads), ours("int8", threads)
        if single and integer:
            value, limit = verdict(integer / single, INT8_TO_FLOAT32)
            text.append("V3-Small in int8 to V3-Small in float32, ours, %s: "
                        "ratio %s, limit %s." % (counted(threads), value,
                                                 limit))
    cpu = {p["threads"]: p["cpu_ms"] for p in result["pipeline"]}
    if 1 in cpu and 2 in cpu:
        value, limit = verdict(cpu[2] / cpu[1], PIPELINE_2_TO_1)
        text.append("At 30 frames a second (640x480, V3-Small float32) a "
                    "frame takes %.2f ms of processor time with 1 thread, "
                    "%.2f ms with 2: ratio %s, limit %s." % (
                        cpu[1], cpu[2], value, limit))
    return text


def table(result):
    head = ["", "threads", *NAMES.values(), "ratio", "limit"]
    parts = []
    if result["rows"]:
        parts.append(markdown(head, map(row_of_table, result["rows"])))
    if result["starts"]:
        parts.append(markdown(
            ["V3-Small float32, 1 thread", *NAMES.values(), "ratio",
             "limit"], start_rows(result["starts"])))
    parts += [s + "\n" for s in sentences(result)]
    return "\n".join(parts)


def disturbance(result):
    """Measuring alone makes a load of as many as there are threads."""
    if result["load"] <= result["cores"] + 1:
        return ""
    return ("**The machine was not quiet (load %.0f on %d cores): these "
            "figures are provisional.** " % (result["load"],
                                             result["cores"]))


def section(result):
    versions = ", ".join("%s %s" % (NAMES[e], v)
                         for e, v in result["versions"].items())
    return "\n".join([
        BEGIN,
        "%sBatch 1, 224x224, milliseconds: the best of %d rounds, each the "
        "median of %g s. %s, %d cores; %s.\n%s. The ratio is ours to the "
        "fastest peer's (bold), which in bfloat16 is OpenVINO.\n" % (
            disturbance(result), result["rounds"], result["seconds"],
            result["processor"], result["cores"], result["date"], versions),
        table(result),
        "![Time by engine, and our layers under the machine's roofline]"
        "(tests/bench/peers.png)\n" + END])


def write_readme(result):
    path = os.path.join(TOP, "README.md")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    new, n = re.subn(re.escape(BEGIN) + ".*?" + re.escape(END),
                     lambda _: section(result), text, flags=re.S)
    if n != 1:
        sys.exit("report.py: the README has no %s" % BEGIN)
    with open(path, "w", encoding="utf-8") as f:
        f.write(new)


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
        HERE, "result.json")
    with open(path, encoding="utf-8") as f:
        result = json.load(f)
    print(table(result))
    try:
        import plot
    except ImportError as error:
        sys.exit("report.py: no plot and no change to the README: %s" % error)
    plot.draw(result, os.path.join(HERE, "peers.png"))
    write_readme(result)


if __name__ == "__main__":
    main()
