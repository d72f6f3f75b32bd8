"""The measurements as JSON, Markdown tables and SVG charts."""

import json

import charts

OUTPUTS = {"null": "rendered and dropped", "jpg": "JPEG pictures, quality 95", "mp4": "H.264 video"}
# The analysis's stages, the Python pipelines' and mouthpiece's own.
BREAKDOWN = (("Input preparation", ("prepare",), ("decode", "prepare")), ("Inference", ("infer",), ("infer",)),
             ("Float to 8 bits", ("convert",), ()), ("Composite", ("composite",), ("composite",)),
             ("Save", ("save",), ("encode", "write")))


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def milliseconds(result, stages):
    """Summed over the stages that the pipeline has; a dash where it has none of them."""
    found = [result["stages"][stage]["ms_per_frame"] for stage in stages if stage in result["stages"]]
    return f"{sum(found):.3f}" if found else "-"


def pipelines_section(document, charts_out):
    parts = []
    for output, results in document["pipelines"].items():
        base = results["cached"]["fps"]
        rows = [[name, f"{r['fps']:.2f}", f"{r['fps'] / base:.2f}", f"{1000 * r['wall_s'] / r['frames']:.2f}",
                 f"{r['preload']['wall_s']:.2f}", f"{r['memory']['peak_rss_bytes'] / 1e6:.0f}"]
                for name, r in results.items()]
        parts.append(f"### {OUTPUTS[output].capitalize()}\n\n" + table(
            ["pipeline", "frames/s", "against cached", "ms/frame", "preload s", "peak MB"], rows))
        rows = [[label, milliseconds(results["slow"], python), milliseconds(results["cached"], python),
                 milliseconds(results["mouthpiece"], ours)] for label, python, ours in BREAKDOWN]
        parts.append(table(["ms a frame inside the stage", "slow", "cached", "mouthpiece"], rows)
                     + "\nMouthpiece's stages run side by side and do not add up; its decoding counts as preparation, "
                       "and its composite takes the network's output as it is.\n")
        charts_out[f"pipelines_{output}"] = charts.bars(
            f"Frames a second, {OUTPUTS[output]}", "fps", [(name, r["fps"], name) for name, r in results.items()])
    return "## Pipelines\n\n" + "\n".join(parts)


def batches_section(document, charts_out):
    rows = [[size, f"{r['cached']['fps']:.2f}", f"{r['mouthpiece']['fps']:.2f}",
             f"{r['mouthpiece']['fps'] / r['cached']['fps']:.2f}"] for size, r in document["batches"].items()]
    charts_out["batches"] = charts.bars("Frames a second by batch size", "fps", [
        (f"{name}, batch {size}", result["fps"], name)
        for size, results in document["batches"].items() for name, result in results.items()])
    return "## Batch size\n\n" + table(["batch", "cached frames/s", "mouthpiece frames/s", "ratio"], rows)


def caches_section(document, charts_out):
    rows = []
    for frames, modes in document["caches"].items():
        for mode, r in modes.items():
            memory = r["memory"]
            rows.append([frames, mode, f"{r['fps']:.1f}", f"{r['preload']['wall_s']:.2f}",
                         f"{memory['frame_store_bytes'] / 1e6:.1f}", f"{memory['bytes_per_frame'] / 1e6:.3f}",
                         f"{memory['peak_rss_bytes'] / 1e6:.0f}"])
        charts_out[f"caches_{frames}"] = charts.bars(
            f"Frames a second by cache mode, {frames} frames", "fps",
            [(mode, r["fps"], mode) for mode, r in modes.items()])
    return "## Cache modes\n\n" + table(
        ["frames", "mode", "frames/s", "preload s", "frames in memory, MB", "MB a frame", "peak MB"], rows)


def write(document, folder, name):
    """NAME.json, NAME.md and NAME_*.svg in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(document, indent=2) + "\n")
    machine, agreed = document["machine"], document["agreement"]
    begin, end = document["frames"]
    parts = [f"# {name}\n\n{machine['cpu']}, {machine['cores']} cores ({', '.join(machine['instructions'])}), "
             f"{machine['memory_bytes'] / 2**30:.0f} GiB; one thread copies "
             f"{document['memory_bandwidth_bytes_per_s'] / 1e9:.1f} GB/s (read and written). Frames {begin} to {end}, "
             f"{document['threads']} threads, medians of {document['repeats']} runs taken in turn. "
             f"The pictures agree: {agreed['rectangle_luma_db']} dB in the rectangle, at most "
             f"{agreed['largest_difference_outside']} levels outside it.\n"]
    drawn = {}
    for part, section in (("pipelines", pipelines_section), ("batches", batches_section), ("caches", caches_section)):
        if part in document:
            before = set(drawn)
            text = section(document, drawn)
            pictures = "\n".join(f"![{key}]({name}_{key}.svg)" for key in drawn if key not in before)
            parts.append(f"{text}\n{pictures}\n")
    (folder / f"{name}.md").write_text("\n".join(parts))
    for key, svg in drawn.items():
        (folder / f"{name}_{key}.svg").write_text(svg)
