"""The sizes of a package's pictures, that bytes and arithmetic are counted from."""

import json

from baseline import package as packages
from measure.machine import output_of


def geometry_of(mouthpiece, package, model_macs):
    """`model_macs`: {network: (all, depthwise)}."""
    report = json.loads(output_of([str(mouthpiece), "inspect", str(package), "--json"]))
    sizes = {picture["name"]: (picture["width"], picture["height"]) for picture in report["pictures"]}
    rectangles = packages.read_rectangles(package).values()
    areas = [(x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in rectangles]
    return {"frames": report["frame_count"], "frame": sizes["full body"], "crop": sizes["crops"], "roi": sizes["rois"],
            "mean_rectangle_pixels": sum(areas) / len(areas), "window_values": 16 * report["features"]["row_size"],
            "multiply_accumulates": {name: {"all": macs, "depthwise": depthwise}
                                     for name, (macs, depthwise) in model_macs.items()}}
