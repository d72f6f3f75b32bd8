"""Bar charts as SVG, written by hand: no plotting library is needed for rectangles and text."""

import html

WIDTH, LABEL, VALUE, ROW, GAP = 760, 220, 110, 24, 8
COLORS = ("#c44e52", "#dd8452", "#4c72b0", "#55a868", "#8172b3", "#937860")


def bars(title, unit, rows):
    """A horizontal bar for each (label, value, group); groups share a colour."""
    groups = list(dict.fromkeys(group for _, _, group in rows))
    longest = max((value for _, value, _ in rows), default=0) or 1
    height = 48 + len(rows) * (ROW + GAP) + (28 if len(groups) > 1 else 8)
    room = WIDTH - LABEL - VALUE
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
             f'height="{height}" font-family="sans-serif" font-size="13">',
             f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
             f'<text x="12" y="26" font-size="16" font-weight="bold">{html.escape(title)}</text>']
    y = 44
    for label, value, group in rows:
        color = COLORS[groups.index(group) % len(COLORS)]
        length = max(room * value / longest, 1)
        middle = y + ROW * 0.7
        parts.append(f'<text x="{LABEL - 8}" y="{middle:.1f}" text-anchor="end">{html.escape(label)}</text>')
        parts.append(f'<rect x="{LABEL}" y="{y}" width="{length:.1f}" height="{ROW}" rx="3" fill="{color}"/>')
        parts.append(f'<text x="{LABEL + length + 6:.1f}" y="{middle:.1f}">{value:,.4g} {html.escape(unit)}</text>')
        y += ROW + GAP
    if len(groups) > 1:
        x = LABEL
        for number, group in enumerate(groups):
            parts.append(f'<rect x="{x}" y="{y + 2}" width="12" height="12" fill="{COLORS[number % len(COLORS)]}"/>')
            parts.append(f'<text x="{x + 18}" y="{y + 13}">{html.escape(group)}</text>')
            x += 40 + 8 * len(group)
    parts.append("</svg>\n")
    return "\n".join(parts)
