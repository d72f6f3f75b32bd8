"""The compositing analysis's own tables, with what was measured now beside them."""

from report import charts, limits, rates
from report.tables import label, milliseconds, number, table

MEBI = 1 << 20
# (line of the analysis, its figure before, step of the slow composite, its figure after, step of
# the cached one)
LINES = (
    ("open the crop video", "~10", "open crops_328", "", None),
    ("seek to the frame", "~40", "seek crops_328", "", None),
    ("read the frame", "~5", "read crops_328", "", None),
    ("open the full video", "~10", "open full_body", "", None),
    ("seek to the frame", "~80", "seek full_body", "", None),
    ("read the frame", "~8", "read full_body", "", None),
    ("load JSON", "~5", "load json", "", None),
    ("parse JSON", "~3", "parse json", "", None),
    ("look up the crop", "", None, "<0.1", "lookup crop"),
    ("look up the full frame", "", None, "<0.1", "lookup frame"),
    ("look up the rectangle", "", None, "<0.1", "lookup rectangle"),
    ("copy", "", None, "~1", "copy"),
    ("resize", "~3", "resize", "~3", "resize"),
    ("composite", "~2", "composite", "~2", "composite"),
    ("cv2 cleanup", "~5", "cleanup", "", None),
)
STEP_HEAD = ["step, ms a frame", "analysis, before", "slow, reading up to the frame", "slow, OpenCV's seek",
             "analysis, after", "cached", "mouthpiece"]
SEQUENCES = (("face (ROI)", "29.3", "roi"), ("model input", "29.3", "roi"), ("crop", "30.8", "crop"),
             ("full frame", "263.7", "frame"))


def step_ms(steps, name):
    return steps[name]["cpu_ms"] if name in steps else None


def total_ms(steps):
    return sum(entry["cpu_ms"] for name, entry in steps.items() if name not in ("convert", "save"))


def steps_table(document):
    """Mouthpiece has one composite for the last steps; what came before them it does not do."""
    steps = document["steps"]
    skipping, seeking, cached = (steps[name] for name in ("slow, skipping", "slow, seeking", "cached"))
    stages = document.get("stages")
    ours = limits.composite_ms(stages) if stages else None
    rows = []
    for line, before, slow_step, after, cached_step in LINES:
        mouthpiece = number(ours) if line == "composite" else "in the next line" if line == "resize" else "0"
        rows.append([line, before, number(step_ms(skipping, slow_step)) if slow_step else "",
                     number(step_ms(seeking, slow_step)) if slow_step else "", after,
                     number(step_ms(cached, cached_step)) if cached_step else "", mouthpiece])
    rows.append(["**together**", "~171 (281.2 in the run)", number(total_ms(skipping)), number(total_ms(seeking)),
                 "~6.5", number(total_ms(cached)), number(ours)])
    rows.append(["prediction to 8 bits", "", *(number(step_ms(s, "convert")) for s in (skipping, seeking)), "",
                 number(step_ms(cached, "convert")), "in the network's output"])
    if "preload" in document:
        loaded = {name: 1000 * run["preload"]["wall_s"] / document["geometry"]["frames"]
                  for name, run in document["preload"].items()}
        rows.append(["load, once for each frame of the avatar", "", "", "", "~80", number(loaded["cached"]),
                     number(loaded["mouthpiece"])])
    return table(STEP_HEAD, rows)


def whole_table(document):
    results = document["pipelines"]["null"]
    ours = [results[name] for name in ("mouthpiece f32", "mouthpiece")]
    slow, cached = results["slow"], results["cached"]
    lines = (("inference", "54.54", ("infer",), "79.00", ("infer",)),
             ("composite, with conversion to 8 bits", "281.20", ("convert", "composite"), "6.54", ("composite",)))
    rows = [[line, before, number(milliseconds(slow, python)), after, number(milliseconds(cached, python)),
             *(number(milliseconds(run, own)) for run in ours)] for line, before, python, after, own in lines]
    for line, before, after, value in (
            ("total, ms a frame", "335.74", "85.54", lambda run: 1000 / rates.with_loading(run)),
            ("frames a second", "2.50", "10.01", rates.with_loading)):
        rows.append([line, before, number(value(slow)), after, number(value(cached)),
                     *(number(value(run)) for run in ours)])
    return table(["", "analysis, before", "slow", "analysis, after", "cached",
                  *(label(name, results[name]) for name in ("mouthpiece f32", "mouthpiece"))], rows)


def memory_table(geometry):
    """Of 100 frames, in the analysis's MiB."""
    def mebibytes(value):
        return f"{100 * value / MEBI:.1f}"

    rows, python, ours = [], 0, 0
    for line, analysis, key in SEQUENCES:
        width, height = geometry[key]
        python += 3 * width * height
        own = width * height * 3 // 2
        if line == "crop":  # only its border is kept, as B, G, R
            own = 3 * (width * height - geometry["roi"][0] * geometry["roi"][1])
        ours += own
        rows.append([line, analysis, mebibytes(3 * width * height), mebibytes(own)])
    rows.append(["**together**", "353.0", mebibytes(python), mebibytes(ours)])
    return table(["MiB for 100 frames", "analysis", "cached", "mouthpiece, `ram`"], rows)


def section(document, charts_out):
    measured, of = document["steps"]["frames"], document["plan"]["step_frames"]
    parts = ["## The analysis's tables\n\nThe composites alone, without network and output, on one thread each. "
             f"Python's are medians over {measured} of the first {of} frames, mouthpiece's is the mean of its stage; "
             "CPU time on both sides, which is wall time where nothing else runs and the files are in memory.\n",
             steps_table(document)]
    if "pipelines" in document:
        parts += ["Whole pipelines, rendered and dropped, on all threads; totals with the loading of the frames "
                  "shown:\n", whole_table(document)]
    parts.append(memory_table(document["geometry"]))
    bars = [("analysis, before", 281.2, "the analysis's machine"),
            ("slow", total_ms(document["steps"]["slow, seeking"]), "this machine"),
            ("analysis, after", 6.54, "the analysis's machine"),
            ("cached", total_ms(document["steps"]["cached"]), "this machine")]
    if "stages" in document:
        bars.append(("mouthpiece", limits.composite_ms(document["stages"]), "this machine"))
    charts_out["steps"] = charts.bars("Milliseconds a composited frame", "ms", bars)
    return "\n".join(parts)
