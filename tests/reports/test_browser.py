"""The page in a real browser: its script runs, nothing hostile does, links open their check, it paints."""

from __future__ import annotations

import shutil
import struct
import subprocess
import zlib

import pytest

from reports import html, overview
from tests.reports import sample_run
from tests.reports.page import read
from tests.reports.sample_checks import impatient_retry

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not BROWSER, reason="no Chromium on PATH: apt-get install chromium"),
]
OPTIONS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars",
]  # fmt: skip


def browse(folder, page, *options, fragment=""):
    (folder / "report.html").write_text(page, encoding="utf-8")
    address = (folder / "report.html").as_uri() + fragment
    profile = f"--user-data-dir={folder / 'profile'}"
    command = [BROWSER, *OPTIONS, profile, *options, address]
    return subprocess.run(command, capture_output=True, check=True, timeout=90).stdout.decode()


def colours(png):
    """Return the different pixels of an 8-bit PNG as stored, line filters and all: few when it is blank."""
    width, height, _, kind = struct.unpack(">IIBB", png[16:26])
    size = {2: 3, 6: 4}[kind]
    data, at = b"", 8
    while at < len(png):
        length = struct.unpack(">I", png[at : at + 4])[0]
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += length + 12
    raw, stride = zlib.decompress(data), width * size + 1
    rows = [raw[row * stride + 1 : (row + 1) * stride] for row in range(height)]
    return {bytes(row[at : at + size]) for row in rows for at in range(0, len(row), size)}


def test_the_script_runs_and_the_content_is_there(tmp_path):
    page = read(browse(tmp_path, html.render(sample_run.mixture()), "--dump-dom"))
    assert page.all("html")[0].attributes["data-ready"] == "true"
    assert "hidden" not in page.all("form")[0].attributes
    assert "Not conformant" in page.all("h1")[0].text
    assert "repeats after 18 ms and 46 ms" in page.one(id="failed").text


def test_a_link_opens_the_check_it_points_to(tmp_path):
    check = next(item for item in overview.of(sample_run.mixture(), *sample_run.Verdict) if item.verdict == "pass")
    fragment = overview.anchor(check.check)
    page = read(browse(tmp_path, html.render(sample_run.mixture()), "--dump-dom", fragment=f"#{fragment}"))
    unfolded = [node for node in page.one(id="passed").all("details") if "open" in node.attributes]
    assert len(unfolded) == 1
    assert unfolded[0].one(id=fragment)


def test_a_link_can_carry_a_filter(tmp_path):
    page = read(browse(tmp_path, html.render(sample_run.mixture()), "--dump-dom", fragment="#find=idp-04%20fail"))
    items = [node for node in page.all() if "data-find" in node.attributes]
    left = [node.attributes["data-find"] for node in items if "hidden" not in node.attributes]
    assert len(left) == 1
    assert left[0].startswith("IDP-04 fail")
    assert page.all("output")[0].text == f"1 of {len(items)} shown"


def test_hostile_text_does_not_run(tmp_path):
    page = read(browse(tmp_path, html.render(sample_run.hostile()), "--dump-dom"))
    assert page.all("html")[0].attributes["data-ready"] == "true"
    assert page.all("img") == []
    assert len(page.all("script")) == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_paints(tmp_path, theme):
    picture = tmp_path / "page.png"
    scheme = [f"--blink-settings=preferredColorScheme={0 if theme == 'dark' else 1}"]
    options = ["--window-size=1000,1200", f"--screenshot={picture}", *scheme]
    browse(
        tmp_path,
        html.render(sample_run.mixture()),
        *options,
        fragment=f"#{overview.anchor(impatient_retry().check)}",
    )
    assert len(colours(picture.read_bytes())) > 30
