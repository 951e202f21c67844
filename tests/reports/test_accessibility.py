"""The report by keyboard, by ear and for weak eyes (WCAG 2.2: 1.4.3, 2.1.1, 2.1.2, 2.4.1, 2.4.7, 2.4.11, 4.1.2)."""

from __future__ import annotations

from itertools import pairwise

import pytest

from reports import html, overview
from tests.browser import BROWSER, Session
from tests.reports import sample_run

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not BROWSER, reason="no Chromium on PATH: apt-get install chromium"),
]
PAGES = {
    "mixture": sample_run.mixture(),
    "load failing": sample_run.load_failing(),
    "hostile": sample_run.hostile(),
    "all pass": sample_run.all_pass(),
}
TAB, ENTER = 9, 13
NAMED = (
    "link",
    "button",
    "searchbox",
    "image",
    "img",
    "region",
    "table",
    "navigation",
    "DisclosureTriangle",
    "heading",
)
FOCUS = """(() => {
    const node = document.activeElement, style = getComputedStyle(node), box = node.getBoundingClientRect();
    return {
        place: [...document.querySelectorAll("*")].indexOf(node), tag: node.tagName,
        words: (node.getAttribute("aria-label") || node.placeholder || node.textContent).trim(),
        seen: box.bottom > 0 && box.top < innerHeight && box.width > 0,
        outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    };
})()"""
STOPS = """(() => { const all = [...document.querySelectorAll("*")];
    const stops = document.querySelectorAll("a[href], summary, input, [tabindex='0']");
    return [...stops].map(one => all.indexOf(one)) })()"""
# Each text with the contrast to what lies under it, and whether it is large: 24 px, or bold from 18.66 px on.
CONTRASTS = """(() => {
    const parsed = text => {
        const figures = text.match(/[\\d.]+/g).map(Number);
        const scaled = text.startsWith("color(srgb") ? figures.map((v, i) => i < 3 ? v * 255 : v) : figures;
        return scaled.length < 4 ? [...scaled, 1] : scaled;
    };
    const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
    const linear = value => value / 255 <= .04045 ? value / 255 / 12.92 : ((value / 255 + .055) / 1.055) ** 2.4;
    const luminance = ([r, g, b]) => .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);
    const ancestors = node => node ? [...ancestors(node.parentElement), node] : [];
    const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode.textContent.trim(), node = walker.currentNode.parentElement;
        const seen = node.checkVisibility({visibilityProperty: true}) && !node.closest("script, style, title");
        if (!text || !seen) continue;
        const style = getComputedStyle(node), way = ancestors(node).map(one => getComputedStyle(one));
        const layers = way.map(one => parsed(one.backgroundColor));
        const under = layers.reduce((low, top) => over(top, low), [255, 255, 255, 1]);
        const ink = parsed(node.ownerSVGElement ? style.fill : style.color);
        ink[3] *= way.reduce((product, one) => product * Number(one.opacity), 1);
        const [bright, dark] = [luminance(over(ink, under)), luminance(under)].sort((a, b) => b - a);
        const size = parseFloat(style.fontSize), large = size >= 24 || size >= 18.66 && Number(style.fontWeight) >= 700;
        found.push([text.slice(0, 40), (bright + .05) / (dark + .05), large]);
    }
    return found;
})()"""


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    made = Session(tmp_path_factory.mktemp("profile"))
    yield made
    made.close()


@pytest.fixture(params=PAGES)
def shown(request, session, tmp_path):
    """Open a page with everything unfolded; yield what runs a coroutine on it."""
    file = tmp_path / "report.html"
    file.write_text(html.render(PAGES[request.param]), encoding="utf-8")

    async def begin(page):
        await page.look(1280, 900)
        await page.command("Page.navigate", url=file.as_uri())
        await page.until("document.documentElement.dataset.ready")

    session.run(begin)
    return session.run


def unfold(page):
    return page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")


async def walk(page, shift=False):
    """Press Tab until the focus leaves the page; return where it was."""
    places = []
    while True:
        await page.press("Tab", code=TAB, shift=shift)
        at = await page.evaluate(FOCUS)
        if at["tag"] == "BODY" or len(places) > 2000:
            return places
        places.append(at)


def test_everything_is_reached_by_keyboard_and_left_again(shown):
    async def work(page):
        await unfold(page)
        there, back = await walk(page), await walk(page, shift=True)
        return there, back, await page.evaluate(STOPS)

    there, back, wanted = shown(work)
    assert [at["place"] for at in there] == sorted({at["place"] for at in there})
    assert set(wanted) <= {at["place"] for at in there}
    assert [at["place"] for at in back] == [at["place"] for at in reversed(there)]
    assert [at for at in there if not (at["seen"] and at["outlined"] and at["words"])] == []


def test_the_first_stop_leads_past_the_menu(shown):
    async def work(page):
        await page.press("Tab", code=TAB)
        first = await page.evaluate(FOCUS)
        await page.press("Enter", text="\r", code=ENTER)
        inside = await page.evaluate("document.activeElement.id")
        await page.press("Tab", code=TAB)
        return first, inside, await page.evaluate("document.activeElement.closest('main') !== null")

    first, inside, within = shown(work)
    assert (first["words"], first["seen"], inside, within) == ("Skip to the results", True, "main", True)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_stand_out(shown, theme):
    async def work(page):
        await page.look(1280, 900, theme)
        await unfold(page)
        return await page.evaluate(CONTRASTS)

    texts = shown(work)
    assert len(texts) > 100
    assert [item for item in texts if item[1] < (3 if item[2] else 4.5)] == []


def in_order(nodes):
    """Return the nodes of an accessibility tree as a screen reader meets them."""
    found = {node["nodeId"]: node for node in nodes}

    def below(node):
        yield node
        for child in node.get("childIds", []):
            yield from below(found[child])

    return below(nodes[0])


def test_everything_has_a_name_and_headings_skip_no_level(shown):
    async def work(page):
        await unfold(page)
        return (await page.command("Accessibility.getFullAXTree"))["nodes"]

    nodes = [node for node in in_order(shown(work)) if not node["ignored"]]
    assert {"link", "searchbox", "heading", "table", "region", "navigation"} <= {
        node["role"]["value"] for node in nodes
    }
    assert [node for node in nodes if node["role"]["value"] in NAMED and not node["name"]["value"].strip()] == []
    levels = [
        detail["value"]["value"]
        for node in nodes
        if node["role"]["value"] == "heading"
        for detail in node["properties"]
        if detail["name"] == "level"
    ]
    assert levels[0] == 1
    assert [pair for pair in pairwise(levels) if pair[1] > pair[0] + 1] == []


def test_a_check_is_unfolded_by_keyboard(session, tmp_path):
    run = sample_run.mixture()
    file = tmp_path / "report.html"
    file.write_text(html.render(run), encoding="utf-8")
    passed = next(check for check in overview.of(run, *sample_run.Verdict) if check.verdict == "pass")

    async def work(page):
        await page.look(1280, 900)
        await page.command("Page.navigate", url=file.as_uri())
        await page.until("document.documentElement.dataset.ready")
        await page.evaluate("document.querySelector('#find').focus()")
        await page.write(passed.check)
        await page.until("document.querySelector('output').textContent.startsWith('1 of')")
        await page.evaluate("document.querySelector('#passed summary').focus()")
        before = await page.evaluate("document.activeElement.parentElement.open")
        await page.press("Enter", text="\r", code=ENTER)
        return before, await page.evaluate("document.activeElement.parentElement.open")

    before, after = session.run(work)
    assert before != after
