"""Charts as SVG, written by hand: no plotting library is needed for bars, points and text."""

import html
import math

WIDTH, LABEL, VALUE, ROW, GAP = 760, 220, 130, 24, 8
COLORS = ("#c44e52", "#dd8452", "#4c72b0", "#55a868", "#8172b3", "#937860")
LEFT, TOP, PLOT_WIDTH, PLOT_HEIGHT = 70, 64, 640, 300


def text(x, y, words, anchor="start", size=13, color="#000000", bold=False):
    weight = ' font-weight="bold"' if bold else ""
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{color}"{weight}>'
            f'{html.escape(words)}</text>')


def page(height, title, parts):
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" '
        f'height="{height:.0f}" font-family="sans-serif">',
        f'<rect width="{WIDTH}" height="{height:.0f}" fill="#ffffff"/>', text(12, 26, title, size=16, bold=True),
        *parts, "</svg>\n"])


def color_of(groups, group):
    return COLORS[groups.index(group) % len(COLORS)]


def legend(groups, x, y):
    parts = []
    for group in groups:
        parts.append(f'<rect x="{x}" y="{y}" width="12" height="12" fill="{color_of(groups, group)}"/>')
        parts.append(text(x + 18, y + 11, group))
        x += 40 + 8 * len(group)
    return parts


def bars(title, unit, rows):
    """A horizontal bar for each (label, value, group); groups share a colour."""
    groups = list(dict.fromkeys(group for _, _, group in rows))
    longest = max((value for _, value, _ in rows), default=0) or 1
    parts, y = [], 44
    for label, value, group in rows:
        length = max((WIDTH - LABEL - VALUE) * value / longest, 1)
        middle = y + ROW * 0.7
        parts.append(text(LABEL - 8, middle, label, "end"))
        parts.append(f'<rect x="{LABEL}" y="{y}" width="{length:.1f}" height="{ROW}" rx="3" '
                     f'fill="{color_of(groups, group)}"/>')
        parts.append(text(LABEL + length + 6, middle, f"{value:,.4g} {unit}"))
        y += ROW + GAP
    labelled = any(group not in label for label, _, group in rows)
    if labelled:
        parts += legend(groups, LABEL, y + 2)
    return page(y + (28 if labelled else 8), title, parts)


def decades(low, high):
    """(from, to) exponents of ten around positive values, at least one decade apart."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return first, max(last, first + 1)


def scatter(title, x_axis, y_axis, points):
    """Points (label, x, y, group), x and y positive, on two logarithmic axes. A group's points are
    joined in their order."""
    groups = list(dict.fromkeys(group for *_, group in points))
    x0, x1 = decades(min(p[1] for p in points), max(p[1] for p in points))
    y0, y1 = decades(min(p[2] for p in points), max(p[2] for p in points))

    def at(x, y):
        return (LEFT + PLOT_WIDTH * (math.log10(x) - x0) / (x1 - x0),
                TOP + PLOT_HEIGHT * (1 - (math.log10(y) - y0) / (y1 - y0)))

    parts = []
    for exponent in range(x0, x1 + 1):
        x, _ = at(10.0**exponent, 10.0**y0)
        parts.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{TOP + PLOT_HEIGHT}" stroke="#dddddd"/>')
        parts.append(text(x, TOP + PLOT_HEIGHT + 18, f"{10.0**exponent:,g}", "middle"))
    for exponent in range(y0, y1 + 1):
        _, y = at(10.0**x0, 10.0**exponent)
        parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{LEFT + PLOT_WIDTH}" y2="{y:.1f}" stroke="#dddddd"/>')
        parts.append(text(LEFT - 8, y + 4, f"{10.0**exponent:,g}", "end"))
    parts.append(text(LEFT + PLOT_WIDTH / 2, TOP + PLOT_HEIGHT + 38, x_axis, "middle"))
    parts.append(text(LEFT, TOP - 10, y_axis))
    for group in groups:
        color = color_of(groups, group)
        places = [at(x, y) for _, x, y, of in points if of == group]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{color}" stroke-opacity="0.5"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{color}"/>' for x, y in places]
    parts += spread_labels([(label, *at(x, y)) for label, x, y, _ in points])
    return page(TOP + PLOT_HEIGHT + 84, title, parts + legend(groups, LEFT, TOP + PLOT_HEIGHT + 56))


def spread_labels(labels, height=13):
    """Labels right of their points, or left of them near the edge, moved down where they would lie
    on another."""
    parts, taken = [], []
    for label, x, y in sorted(labels, key=lambda entry: entry[2]):
        wide = 7 * len(label)
        left = x - 10 - wide if x + 10 + wide > WIDTH else x + 10
        y += 4
        while any(abs(y - other) < height and left < end and begin < left + wide for begin, end, other in taken):
            y += 3
        taken.append((left, left + wide, y))
        parts.append(text(left, y, label, size=11, color="#444444"))
    return parts
