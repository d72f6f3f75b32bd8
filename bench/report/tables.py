"""Markdown tables and the numbers in them."""


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def number(value, digits=3):
    """Significant digits without an exponent; a dash for None."""
    if value is None:
        return "-"
    if value == 0:
        return "0"
    magnitude = f"{value:.{digits}g}"
    return f"{float(magnitude):,.0f}" if abs(float(magnitude)) >= 10 ** (digits - 1) else f"{float(magnitude):g}"


def milliseconds(result, stages):
    """Summed over the stages that the pipeline has; None where it has none of them."""
    found = [result["stages"][stage]["ms_per_frame"] for stage in stages if stage in result["stages"]]
    return sum(found) if found else None


def label(name, result):
    """A side with the precision that it ran in."""
    precision = result.get("config", {}).get("precision")
    return f"{name} ({precision})" if precision and precision not in name else name
