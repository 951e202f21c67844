"""A badge for a web page or a README: the verdict of a run in one line, as an SVG that loads nothing."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from gauntlet.result import RunResult
from gauntlet.verdict import Outcome
from reports import overview
from reports.text import one_line, redacted

NAME = "gauntlet"
LONGEST = 80
_CHARACTER = 6.6  # wide, on average, at 11 px
_MARGIN = 8
# White on each of these has a contrast of at least 4.5 to 1 (WCAG 2.1).
_COLOURS = {
    Outcome.CONFORMANT: "#1a7f37",
    Outcome.NON_CONFORMANT: "#b3261e",
    Outcome.PARTIAL: "#7a5c00",
    Outcome.INCONCLUSIVE: "#57606a",
    Outcome.ERROR: "#57606a",
}
_TEMPLATE = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label={label}>
  <title>{title}</title>
  <rect width="{width}" height="20" rx="3" fill="#30363d"/>
  <path fill="{colour}" d="M{left} 0h{right_inner}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-{right_inner}z"/>
  <g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">
    <text x="{name_at}" y="14">{name}</text>
    <text x="{value_at}" y="14">{value}</text>
  </g>
</svg>
"""


def render(run: RunResult) -> str:
    """Return the badge of `run`: its verdict, and the profiles that it bears out."""
    run = redacted(run)
    value = one_line(_value(run), LONGEST)
    left, right = _width(NAME), _width(value)
    return _TEMPLATE.format(
        width=left + right,
        left=left,
        right_inner=right - 3,
        colour=_COLOURS[run.outcome],
        label=quoteattr(f"{NAME}: {value}"),
        title=escape(f"{one_line(run.target.name, LONGEST)}: {value}, {one_line(run.started, 30)}"),
        name=NAME,
        name_at=left / 2,
        value=escape(value),
        value_at=left + right / 2,
    )


def _value(run: RunResult) -> str:
    verdict = overview.headline(run).label.lower()
    if run.outcome is not Outcome.CONFORMANT or run.unasked:
        return verdict
    held = [item.name for item in run.profiles if item.claimed and item.outcome is Outcome.CONFORMANT]
    return ", ".join(held) if held else "a selection holds"


def _width(text: str) -> int:
    return round(len(text) * _CHARACTER) + 2 * _MARGIN
