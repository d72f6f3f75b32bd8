"""What share of each stage the machine itself takes: the bytes that the stage must touch over the
bandwidth of memory, or the network's multiply-accumulates over the arithmetic's measured peak."""

MEMORY, ARITHMETIC = "memory bandwidth", "multiply-accumulates"
FEATURE_BYTES = 4


def yuv(size):
    """Bytes of a picture in YUV 4:2:0."""
    return size[0] * size[1] * 3 // 2


def added_by_passes(once, again, value):
    """The mean of `value` over the frames that a longer run shows after the first pass."""
    more = again["frames"] - once["frames"]
    return (value(again) * again["frames"] - value(once) * once["frames"]) / more


def own_ms(stage):
    """CPU time where one is given, which waiting for a core does not lengthen; else wall time."""
    return stage.get("cpu_ms_per_frame", stage["ms_per_frame"])


def spliced_ms(stages):
    """Encoding and writing (ms) of a frame whose background was seen before."""
    return {stage: added_by_passes(stages["jpg_once"], stages["jpg_again"],
                                   lambda run, stage=stage: own_ms(run["stages"][stage]))
            for stage in ("encode", "write")}


def composite_ms(stages):
    return own_ms(stages["ram"]["stages"]["composite"])


def memory_rows(document):
    """(stage, ms a frame, bytes, what they are)"""
    stages, geometry = document["stages"], document["geometry"]
    face, ring = 3 * geometry["roi"][0] * geometry["roi"][1], 3 * (
        geometry["crop"][0] * geometry["crop"][1] - geometry["roi"][0] * geometry["roi"][1])
    window = FEATURE_BYTES * geometry["window_values"]
    planes = yuv(geometry["frame"])
    decoded = planes + 2 * yuv(geometry["roi"]) + yuv(geometry["crop"])

    def ms(run, stage):
        return own_ms(stages[run]["stages"][stage])

    file = stages["jpg_again"]["output_bytes"] / stages["jpg_again"]["frames"]
    spliced = spliced_ms(stages)
    return [
        ("decode the four videos", ms("stream", "decode"), decoded, "planes written"),
        ("prepare the network's input", ms("ram", "prepare"), 2 * yuv(geometry["roi"]) + 2 * face + 2 * window,
         "planes and features read, input written"),
        ("composite", ms("ram", "composite"), face + ring + 3 / 2 * geometry["mean_rectangle_pixels"],
         "mouth and ring read, rectangle written"),
        ("JPEG, encoded whole", ms("jpg_whole", "encode"), planes + file, "planes read, file written"),
        ("JPEG, spliced", spliced["encode"], 2 * file, "kept file read, new file written"),
        ("write the file", spliced["write"], 2 * file, "copied to the page cache"),
        ("encode video", ms("mp4", "encode"), planes, "planes read"),
    ]


def arithmetic_rows(document):
    rows = []
    for network, sides in document.get("networks", {}).items():
        macs = document["geometry"]["multiply_accumulates"][network]["all"]
        for name, result in sides.items():
            precision = name.split()[-1]
            if macs and "refused" not in result and precision in document["peak_macs_per_s"]:
                rows.append((f"network ({network}), {name}", result["alone_ms_per_frame"], macs, precision))
    return rows


def limits(document):
    """A list of {stage, ms, limit_ms, share, limit, counted}."""
    rows = []
    for stage, ms, count, counted in memory_rows(document):
        rows.append(row(stage, ms, 1000 * count / document["memory_bandwidth_bytes_per_s"], MEMORY,
                        f"{count / 1e6:.2f} MB: {counted}"))
    for stage, ms, macs, precision in arithmetic_rows(document):
        rows.append(row(stage, ms, 1000 * macs / document["peak_macs_per_s"][precision], ARITHMETIC,
                        f"{macs / 1e9:.2f} G in {precision}"))
    return rows


def row(stage, ms, limit_ms, limit, counted):
    return {"stage": stage, "ms": ms, "limit_ms": limit_ms, "share": limit_ms / ms if ms else None, "limit": limit,
            "counted": counted}
