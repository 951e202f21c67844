"""The colours of the page: text is readable on its ground in both themes (WCAG 2.1, 1.4.3: 4.5 to 1)."""

from __future__ import annotations

import re
from importlib import resources

import pytest

CSS = resources.files("reports").joinpath("templates/report.css").read_text(encoding="utf-8")
VERDICTS = ["pass", "fail", "warn", "inconclusive", "error", "waived", "quiet"]
PAIRS = [
    *((f"{name}-ink", ground) for name in VERDICTS for ground in (f"{name}-ground", "paper")),
    *((ink, ground) for ink in ("ink", "muted", "link") for ground in ("ground", "paper", "code")),
    *(("ink", f"{name}-ground") for name in VERDICTS),
    *((f"{name}-ink", "fail-ground") for name in ("fail",)),
]


def themes():
    light, dark = (
        CSS.split("@media (prefers-color-scheme: dark)")[0],
        CSS.split("@media (prefers-color-scheme: dark)")[1],
    )
    found = [
        dict(
            re.findall(
                r"--([a-z-]+): (#[0-9a-f]{6})",
                part[: part.index("box-sizing") if "box-sizing" in part else None],
            )
        )
        for part in (light, dark)
    ]
    return {"light": found[0], "dark": found[1]}


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_text_is_readable(theme, ink, ground):
    colours = themes()[theme]
    assert contrast(colours[ink], colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["consumer", "ehr", "fault", "focus"])
def test_drawings_stand_out(theme, name):
    """WCAG 2.1, 1.4.11: 3 to 1 for what is not text; the fault's bar has its label, so it may be lighter."""
    colours = themes()[theme]
    assert contrast(colours[name], colours["paper"]) >= (2.2 if name == "fault" else 3)


def test_contrast_of_known_colours():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
