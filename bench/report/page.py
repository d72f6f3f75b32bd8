"""The measurements as JSON, Markdown tables and SVG charts."""

import json

from report import aims, analysis_section, rates, sections
from report.tables import label, table


def head(document):
    machine, agreed = document["machine"], document["agreement"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    begin, end = agreed["frames"]
    python = agreed["python"]
    runs = "single runs" if document["repeats"] == 1 else f"medians of {document['repeats']} runs"
    return (f"# {document['name']}\n\n"
            f"{machine['cpu']}, {machine['cores']} cores ({', '.join(machine['instructions'])}), "
            f"{machine['memory_bytes'] / 2**30:.0f} GiB; one thread copies "
            f"{document['memory_bandwidth_bytes_per_s'] / 1e9:.1f} GB/s (read and written). Linux {machine['kernel']}; "
            f"load before the run {machine['load_before']}. {versions}.\n\n"
            f"`{document['command']}`: {document['threads']} threads, {runs} taken in turn where nothing else is "
            f"said, {document['seconds']['all'] / 60:.0f} minutes.\n\n"
            f"The pictures agree (frames {begin} to {end}, f32): {python['rectangle_luma_db']} dB in the rectangle, at "
            f"most {python['largest_difference_outside']} levels outside it "
            f"({python['largest_luma_difference_outside']} of luma).\n")


def summary(document):
    rows = [[row["what"], row["measured"], row["aim"], "yes" if row["reached"] else "**no**"]
            for row in aims.rows(document)]
    if "pipelines" in document:
        for output, results in document["pipelines"].items():
            for name in (name for name in ("mouthpiece f32", "mouthpiece", "mouthpiece int8") if name in results):
                ours, cached, slow = (rates.with_loading(results[side]) for side in (name, "cached", "slow"))
                rows.append([f"{label(name, results[name])}, {sections.OUTPUTS[output]}: against cached, slow",
                             f"{ours / cached:.2f}x, {ours / slow:.1f}x", "", ""])
    if "ceiling" in document:
        for output, results in document["ceiling"].items():
            ours, cached = (rates.with_loading(results[side]) for side in ("mouthpiece", "cached"))
            loaded = rates.loaded(results, "mouthpiece")
            rows.append([f"without a network, {sections.OUTPUTS[output]}: against cached; when both have loaded",
                         f"{ours / cached:.2f}x; {loaded / results['cached']['fps']:.2f}x" if loaded
                         else f"{ours / cached:.2f}x", "", ""])
    return "## In short\n\n" + table(["", "measured", "aim", "reached"], rows)


def write(document, folder):
    """NAME.json, NAME.md and NAME_*.svg in `folder`, in place of older ones."""
    folder.mkdir(parents=True, exist_ok=True)
    name = document["name"]
    for old in folder.glob(f"{name}_*.svg"):
        old.unlink()
    (folder / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")
    parts, drawn = [head(document), summary(document)], {}
    wanted = {**({"steps": analysis_section.section} if "steps" in document else {}),
              **{part: section for part, section in sections.ALL.items() if part in document}}
    for section in wanted.values():
        before = set(drawn)
        text = section(document, drawn)
        pictures = "\n".join(f"![{key}]({name}_{key}.svg)\n" for key in drawn if key not in before)
        parts.append(f"{text}\n{pictures}" if pictures else text)
    (folder / f"{name}.md").write_text("\n".join(parts))
    for key, svg in drawn.items():
        (folder / f"{name}_{key}.svg").write_text(svg)
