"""What was to be reached, and whether it was. The aims are fixed; only measurements change."""

from report import limits, rates

COMPOSITE_TIMES, JPEG_TIMES, PRELOAD_TIMES, RUNTIME_TIMES = 25, 10, 4, 1.5
JPEG_MEGABYTES, STREAM_SHARE, STREAM_MEGABYTES = 0.35, 0.95, 64
ANALYSIS_BYTES = 3_530_000  # a cached frame
FULL_WIDTH_FPS, MEAN_LEVELS = 50, 1.0
# Against f32 in the same run, by network and precision; int8 against ONNX Runtime's.
NARROW_TIMES = {("own", "bf16"): 1.8, ("own", "int8"): 2.6, ("full width", "int8"): 2.2}
RUNTIME_INT8_TIMES, INT8_MEAN_LEVELS, INT8_99_LEVELS = 1.5, 0.35, 2
LOADED_FPS, FIRST_FRAME_S, FIRST_LOADING_S, PREPARED_TIMES, TOGETHER_TIMES = 133, 0.15, 0.03, 20, 1.1


def python_composite_ms(document):
    """The cached composite with the conversion to 8 bits. CPU time, here as for mouthpiece: what else
    has the cores meanwhile, another of its own threads for one, does not lengthen it."""
    return sum(entry["cpu_ms"] for name, entry in document["steps"]["cached"].items() if name != "save")


def at_least(what, measured, aim, unit):
    return {"what": what, "aim": f"at least {aim:g}{unit}", "measured": f"{measured:.4g}{unit}",
            "reached": measured >= aim}


def at_most(what, measured, aim, unit):
    return {"what": what, "aim": f"at most {aim:g}{unit}", "measured": f"{measured:.4g}{unit}",
            "reached": measured <= aim}


def composite(document):
    ours = limits.composite_ms(document["stages"])
    yield at_least("composite, against the cached Python composite and its 8-bit conversion, one thread",
                   python_composite_ms(document) / ours, COMPOSITE_TIMES, "x")


def jpeg(document):
    spliced = sum(limits.spliced_ms(document["stages"]).values())
    yield at_least("a spliced JPEG file, written, against cv2.imwrite, one thread",
                   document["steps"]["cached"]["save"]["cpu_ms"] / spliced, JPEG_TIMES, "x")
    kept = document["stages"]["jpg_again"]["memory"]["bytes_per_frame"]
    yield at_most("a cached frame for JPEG output", kept / 1e6, JPEG_MEGABYTES, " MB")


def streaming(document):
    for loop, modes in document["streaming"].items():
        name = "to and fro" if loop == "pingpong" else "forwards"
        yield at_least(f"stream against ram, frames a second to video, {name}",
                       modes["stream"]["fps"] / modes["ram"]["fps"], STREAM_SHARE, "x")
    most = max(modes["stream"]["memory"]["frame_store_bytes"] for modes in document["streaming"].values())
    yield at_most("frame memory of stream", most / 1e6, STREAM_MEGABYTES, " MB")


def preload(document):
    python, ours = document["preload"]["cached"], document["preload"]["mouthpiece"]
    yield at_least("loading the whole avatar, against Python", python["preload"]["wall_s"] / ours["preload"]["wall_s"],
                   PRELOAD_TIMES, "x")
    yield at_most("a frame in RAM, of the analysis's 3.53 MB", ours["memory"]["bytes_per_frame"] / ANALYSIS_BYTES, 0.5,
                  "x")


def best(sides, precision):
    """The engine that computes fastest in this precision, or None."""
    found = [side for name, side in sides.items() if name.endswith(precision) and "refused" not in side]
    return min(found, key=lambda side: side["alone_ms_per_frame"], default=None)


def networks(document):
    for network, sides in document["networks"].items():
        python = sides["cached"]["alone_ms_per_frame"]
        ours = best(sides, "f32")["alone_ms_per_frame"]
        yield at_least(f"network ({network}) in f32, against ONNX Runtime", python / ours, RUNTIME_TIMES, "x")
    for (network, precision), aim in NARROW_TIMES.items():
        sides = document["networks"].get(network, {})
        ours, exact = (sides.get(f"fused {name}", {}).get("alone_ms_per_frame") for name in (precision, "f32"))
        if ours and exact:
            yield at_least(f"network ({network}) in {precision}, against ours in f32", exact / ours, aim, "x")
        runtime = sides.get("ONNX Runtime int8", {}).get("alone_ms_per_frame")
        if precision == "int8" and network == "full width" and ours and runtime:
            yield at_least("full-width network in int8, against ONNX Runtime's int8 (QDQ)", runtime / ours,
                           RUNTIME_INT8_TIMES, "x")
    bf16 = best(document["networks"].get("full width", {}), "bf16")
    if bf16:
        yield at_least("full-width network in bf16", 1000 / bf16["alone_ms_per_frame"], FULL_WIDTH_FPS,
                       " frames/s")
    for name, found in document["agreement"]["engines"].items():
        if name == "fused int8" and "refused" not in found:
            yield at_most("mean error of int8 in the finished picture (package's network)", found["mean_levels"],
                          INT8_MEAN_LEVELS, "/255")
            yield at_most("its 99th percentile", found["percentile_99_levels"], INT8_99_LEVELS, "/255")
        if name.endswith("bf16") and "refused" not in found:
            yield at_most(f"mean error of {name} in the finished picture (package's network)", found["mean_levels"],
                          MEAN_LEVELS, "/255")


def prepared(document):
    found = document["prepared"]["prepared"]
    yield at_most("command line to first frame, prepared", found["first_frame"]["wall_s"], FIRST_FRAME_S, " s")
    yield at_most("of which loading the frame", found["first_frame"]["frames_s"], FIRST_LOADING_S, " s")
    once = document["geometry"]["frames"] * document["preload"]["mouthpiece"]["memory"]["bytes_per_frame"]
    yield at_most(f"memory of {found['programs']} programs that render one avatar, of its frames once",
                  found["together"]["bytes"] / once, TOGETHER_TIMES, "x")
    yield at_most("the same, of one program's", found["together"]["bytes"] / found["alone"]["bytes"], TOGETHER_TIMES, "x")
    yield at_least("loading the whole prepared avatar, against Python",
                   document["preload"]["cached"]["preload"]["wall_s"] / found["loading_s"], PREPARED_TIMES, "x")


def loaded(document):
    for output, results in document["loaded"].items():
        if "mouthpiece int8, again" not in results:
            continue
        name, aim = {"null": ("int8 over an avatar in memory, dropped", LOADED_FPS),
                     "jpg": ("int8 over an avatar in memory, to JPEG files", LOADED_FPS),
                     "full width": ("full-width network in int8 over an avatar in memory, dropped", FULL_WIDTH_FPS)}[output]
        yield at_least(name, rates.again(results, "mouthpiece int8"), aim, " frames/s")


# Each needs these parts.
GROUPS = (({"steps", "stages"}, composite), ({"steps", "stages"}, jpeg), ({"streaming"}, streaming),
          ({"preload"}, preload), ({"prepared", "preload"}, prepared), ({"loaded"}, loaded), ({"networks"}, networks))


def rows(document):
    return [row for needed, group in GROUPS if needed <= document.keys() for row in group(document)]
