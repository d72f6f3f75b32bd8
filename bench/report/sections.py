"""One section of the report for each part: Markdown, and charts added to `charts_out`."""

from report import charts, limits, rates
from report.tables import label, milliseconds, number, table

OUTPUTS = {"null": "rendered and dropped", "jpg": "JPEG pictures, quality 95", "mp4": "H.264 video"}
# The Python pipelines' stages and mouthpiece's own.
STAGES = (("decode", (), ("decode",)), ("input preparation", ("prepare",), ("prepare",)),
          ("network", ("infer",), ("infer",)),
          ("float to 8 bits", ("convert",), ()), ("composite", ("composite",), ("composite",)),
          ("save", ("save",), ("encode", "write")))
SIDE_BY_SIDE = ("Mouthpiece's stages run side by side and do not add up; its composite takes the network's output "
                "as it is.\n")


LOADING = ("Loading counts on all sides: of the Python preload, which comes first, the share of the frames that are "
           "shown; mouthpiece decodes what it shows while it renders. CPU time is the whole program's.")


def upper(words):
    return words[0].upper() + words[1:]


def against(results, result, base="cached"):
    return f"{rates.with_loading(result) / rates.with_loading(results[base]):.2f}x"


def by_output(document, part, title, words, charts_out):
    parts = [f"## {title}\n\n{words}\n"]
    for output, results in document[part].items():
        names = [label(name, result) for name, result in results.items()]
        rows = [[name, against(results, r), number(rates.with_loading(r)),
                 number(rates.loaded(results, key)), number(r["preload"]["wall_s"]), number(r["process"]["wall_s"]),
                 number(1000 * r["process"]["cpu_s"] / r["frames"]), number(r["memory"]["peak_rss_bytes"] / 1e6)]
                for name, (key, r) in zip(names, results.items())]
        parts.append(f"### {upper(OUTPUTS[output])}\n\n" + table(
            ["pipeline", "against cached", "frames/s", "frames/s when loaded", "preload s", "whole program s",
             "CPU ms a frame", "peak MB"], rows))
        rows = [[line, *(number(milliseconds(r, ours if "mouthpiece" in name else python))
                         for name, r in results.items())] for line, python, ours in STAGES]
        parts.append(table(["ms a frame inside the stage", *names], rows))
        charts_out[f"{part}_{output}"] = charts.bars(
            f"Frames a second, loading counted, {OUTPUTS[output]}" + (", no network" if part == "ceiling" else ""),
            "fps", [(name, rates.with_loading(r), name) for name, r in zip(names, results.values())])
    return "\n".join(parts) + "\n" + SIDE_BY_SIDE


def pipelines(document, charts_out):
    begin, end = document["frames"]
    return by_output(document, "pipelines", "Pipelines", f"Frames {begin} to {end}, the package's own network; in the "
                     f"slow one {document['plan']['slow_frames']} of them. " + LOADING, charts_out)


def ceiling(document, charts_out):
    return by_output(document, "ceiling", "Without a network", "The engine alone: the network returns the face that "
                     "it was given, so these frames a second are the ceiling that a fast GPU meets. "
                     f"{document['plan']['long_frames']} frames of an avatar that has "
                     f"{document['geometry']['frames']}. {LOADING} When loaded: mouthpiece's frames after the "
                     "first pass.", charts_out)


def batches(document, charts_out):
    sizes = list(document["batches"].items())
    names = list(sizes[0][1])
    rows = [[size, *(number(rates.with_loading(r[name])) for name in names),
             *(against(r, r[name]) for name in names[1:])]
            for size, r in sizes]
    heads = [label(name, sizes[0][1][name]) for name in names]
    charts_out["batches"] = charts.bars("Frames a second by batch size", "fps", [
        (f"{head}, batch {size}", rates.with_loading(results[name]), head) for size, results in sizes
        for name, head in zip(names, heads)])
    return "## Batch size\n\n" + table(["batch", *(f"{head}, frames/s" for head in heads),
                                        *(f"{head} against cached" for head in heads[1:])], rows)


def networks(document, charts_out):
    parts, bars = ["## Networks\n\nBy itself: nothing runs beside the network, on either side; the ratio is of these. "
                   "The frames a second of whole pipelines have the reading of the frames in them. The error is of "
                   "the finished picture inside the rectangle, in levels of 255 of luma, against mouthpiece's default "
                   "engine in f32.\n"], []
    engines = document["agreement"]["engines"]
    for network, results in document["networks"].items():
        results = {name: r for name, r in results.items() if "alone_ms_per_frame" in r or "refused" in r}
        macs = document["geometry"]["multiply_accumulates"][network]["all"]
        base, rows = results["cached"]["alone_ms_per_frame"], []
        for name, r in results.items():
            shown = "ONNX Runtime f32" if name == "cached" else name
            if "refused" in r:
                rows.append([shown, "refused", r["refused"], "", "", "", ""])
                continue
            ms, error = r["alone_ms_per_frame"], engines.get(name, {}) if network == "own" else {}
            pipeline = number(rates.with_loading(r)) if "frames" in r else "-"
            rows.append([shown, f"{base / ms:.2f}x", number(ms), number(macs / ms / 1e6), pipeline,
                         number(error.get("mean_levels")), number(error.get("percentile_99_levels"))])
            bars.append((f"{network}, {shown}", 1000 / ms, shown))
        parts.append(f"### {upper(network)}: {macs / 1e9:.2f} G multiply-accumulates a frame\n\n" + table(
            ["engine", "against ONNX Runtime", "by itself, ms a frame", "G multiply-accumulates/s",
             "pipeline's frames/s", "mean error", "99th percentile"], rows))
    charts_out["networks"] = charts.bars("The network's frames a second", "fps", bars)
    return "\n".join(parts)


def preload(document, charts_out):
    results = document["preload"]
    base = results["cached"]
    rows = [[name, f"{base['preload']['wall_s'] / r['preload']['wall_s']:.2f}x", number(r["preload"]["wall_s"]),
             number(r["process"]["wall_s"]), number(r["process"]["cpu_s"]),
             f"{base['process']['cpu_s'] / r['process']['cpu_s']:.2f}x",
             number(r["memory"]["frame_store_bytes"] / 1e6), number(r["memory"]["bytes_per_frame"] / 1e6),
             number(r["memory"]["peak_rss_bytes"] / 1e6)] for name, r in results.items()]
    return (f"## Loading\n\nAll {base['frames']} frames of the avatar are loaded and then shown once, without a "
            "network, on both sides.\n\n" + table(
                ["pipeline", "against cached", "until all is loaded, s", "whole program s", "its CPU s",
                 "CPU against cached", "pictures MB", "MB a frame", "peak MB"], rows))


def prepared(document, charts_out):
    found = document["prepared"]
    rows = [[name, number(r["first_frame"]["wall_s"]), number(r["first_frame"]["frames_s"]), number(r["loading_s"]),
             number(r["alone"]["bytes"] / 1e6), number(r["together"]["bytes"] / 1e6),
             number(r["together"]["own_bytes"] / 1e6)] for name, r in found.items()]
    programs = next(iter(found.values()))["programs"]
    return ("## Prepared avatars\n\nFrom the command line to the end of a program that shows one frame; loading all "
            f"{document['geometry']['frames']} frames while each is shown once, without a network; the memory of one program "
            f"and of {programs} that render the avatar at the same time, each page that several share counted once, and what "
            "is theirs alone.\n\n" + table(
                ["avatar", "first frame, s", "of which loading it, s", "all loaded, s", "one program, MB",
                 f"{programs} programs, MB", "their own MB"], rows))


def loaded(document, charts_out):
    names = {**OUTPUTS, "full width": f"{OUTPUTS['null']}, network of full width"}
    rows = [[upper(names[output]), label(name, results[f"{name}, again"]), number(rates.again(results, name)),
             number(1000 * (results[f"{name}, again"]["process"]["cpu_s"] - results[f"{name}, once"]["process"]["cpu_s"])
                    / (results[f"{name}, again"]["frames"] - results[f"{name}, once"]["frames"]))]
            for output, results in document["loaded"].items()
            for name in ("mouthpiece", "mouthpiece int8") if f"{name}, again" in results]
    return ("## With the avatar in memory\n\nThe package's own network unless another is named, over the frames that come again "
            "after a first pass over the avatar.\n\n" + table(["output", "precision", "frames/s", "CPU ms a frame"], rows))


def caches(document, charts_out):
    sizes = [document["geometry"][key] for key in ("frame", "crop", "roi", "roi")]
    python, avatar = 3 * sum(width * height for width, height in sizes), document["geometry"]["frames"]
    rows, points = [], []
    disk = document["caches"].get("disk")
    for frames, modes in document["caches"].items():
        if frames == "disk":
            continue
        modes = {**modes, **({"disk": disk} if disk else {})}
        for mode, r in modes.items():
            if "refused" in r:
                rows.append([frames, mode, "refused", r["refused"], "", "", "", ""])
                continue
            held = r["memory"]["frame_store_bytes"] / 1e6
            measured = f" ({r['frames']} frames measured)" if mode == "disk" else ""
            rows.append([frames, mode, number(r["fps"]) + measured, number(r["frames"] / r["process"]["wall_s"]),
                         number(1000 * r["process"]["cpu_s"] / r["frames"]), number(held),
                         number(r["memory"]["bytes_per_frame"] / 1e6), number(r["memory"]["peak_rss_bytes"] / 1e6)])
            points.append((frames, held, r["fps"], mode))
        count = int(frames)
        rows.append([frames, "cached Python, this avatar looped", "", "", "", number(python * min(count, avatar) / 1e6),
                     number(python / 1e6), ""])
        rows.append([frames, "cached Python, an avatar that long", "", "", "", number(python * count / 1e6),
                     number(python / 1e6), ""])
        if "ceiling" in document:
            run = document["ceiling"]["null"]["cached"]
            loading = run["preload"]["wall_s"] * min(1.0, count / avatar)
            points.append((frames, python * min(count, avatar) / 1e6, count / (count / run["fps"] + loading),
                           "cached Python"))
    if points:
        charts_out["caches"] = charts.scatter("Frames a second against memory, no network (label: frames shown)",
                                              "MB of frames in memory", "frames a second", points)
    return (f"## Cache modes\n\nRendered and dropped without a network; the avatar's {avatar} frames are looped to and "
            "fro. `chunk` holds 100 frames a chunk. More than 1,000 frames are run once.\n\n" + table(
                ["frames shown", "mode", "frames/s", "frames/s of the whole program", "CPU ms a frame",
                 "frames in memory, MB", "MB a frame", "peak MB"], rows))


def streaming(document, charts_out):
    rows = []
    for loop, modes in document["streaming"].items():
        for mode, r in modes.items():
            rows.append(["to and fro" if loop == "pingpong" else "forwards", mode,
                         against(modes, r, "ram"), number(r["fps"]), number(r["frames"] / r["process"]["wall_s"]),
                         number(r["memory"]["frame_store_bytes"] / 1e6), number(r["memory"]["peak_rss_bytes"] / 1e6)])
    return (f"## Streaming to video\n\n{document['plan']['stream_frames']} frames to H.264 without a network.\n\n"
            + table(["walk", "mode", "against ram", "frames/s", "frames/s of the whole program",
                     "frames in memory, MB", "peak MB"], rows))


def stages(document, charts_out):
    rows = [[r["stage"], f"{100 * r['share']:.0f} %" if r["share"] else "-", number(r["ms"]), number(r["limit_ms"]),
             r["limit"], r["counted"]] for r in document["limits"]]
    rates = ", ".join(f"{rate / 1e9:.0f} G multiply-accumulates/s in {precision}"
                      for precision, rate in document["peak_macs_per_s"].items())
    spliced = limits.spliced_ms(document["stages"])
    return ("## What the machine allows\n\nThe share of each stage's time that the machine needs at least: the bytes "
            "that the stage must touch, over the bandwidth that one thread copies memory with "
            f"({document['memory_bandwidth_bytes_per_s'] / 1e9:.1f} GB/s, read and written), on one thread; for the "
            "networks the multiply-accumulates over the peak of a large matrix product on all threads "
            f"({rates}). A small share says that the stage computes rather than moves; a share above 100 % that its "
            "bytes were still in the caches.\n\n" + table(
                ["stage", "share", "ms a frame", "limit, ms", "the limit", "counted a frame"], rows)
            + f"\nA spliced JPEG file takes {number(sum(spliced.values()))} ms, written.\n")


ALL = {"pipelines": pipelines, "ceiling": ceiling, "batches": batches, "networks": networks, "preload": preload,
       "prepared": prepared, "loaded": loaded,
       "caches": caches, "streaming": streaming, "stages": stages}
