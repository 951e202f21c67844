"""The page in a real browser, used as a person would: by mouse and by keyboard, with hostile texts, in both themes."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.browser import BROWSER, Page, Session

SECRET = "control-secret"
ROWS = "document.querySelectorAll('#rows tr').length"
HOSTILE = "<img src=x onerror=document.title='owned'>"


def text(selector: str) -> str:
    return f"document.querySelector({json.dumps(selector)}).textContent"


def test_is_one_file_with_a_strict_policy(live: Any) -> None:
    answer = httpx.get(live.running.control, verify=False)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert SECRET not in answer.text
    for word in ("innerHTML", "insertAdjacentHTML", "document.write", "http://", "https://", "@import", "eval("):
        assert word not in answer.text, word


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made = Session(tmp_path_factory.mktemp("profile"))
    yield made
    made.close()


@pytest.fixture
def use(session: Session, live: Any) -> Iterator[Callable[[Callable[[Page], Awaitable[Any]]], Any]]:
    """Open the page anew, with the secret, and let a test act on it; afterwards nothing may have gone wrong in it."""

    async def begin(page: Page) -> None:
        await page.look(1400, 900)
        await page.command("Page.navigate", url=f"{live.running.control}/#key={SECRET}")
        await page.until("document.documentElement.dataset.ready")

    session.run(begin)
    yield session.run
    said, asked = session.leave()
    assert [words for words in said if "status of 400" not in words] == []  # refusals that a test asked for
    assert [url for url in asked if not url.startswith((live.running.control, "data:"))] == []
    assert not any(SECRET in url.partition("#")[0] for url in asked)


@pytest.mark.browser
@pytest.mark.skipif(not BROWSER, reason="no Chromium on PATH: apt-get install chromium")
class TestInABrowser:
    """Everything that needs one."""

    def test_the_secret_leaves_the_address_and_stays_in_the_tab(self, use: Any, live: Any) -> None:
        async def work(page: Page) -> None:
            assert await page.evaluate("location.href") == f"{live.running.control}/"
            assert await page.evaluate("document.cookie") == ""
            await page.command("Page.reload")
            await page.until("document.documentElement.dataset.ready")

        use(work)

    def test_a_wrong_secret_is_told_and_the_right_one_opens(self, session: Session, live: Any) -> None:
        async def work(page: Page) -> None:
            await page.command("Page.navigate", url=f"{live.running.control}/")
            await page.until("!document.querySelector('#gate').hidden && document.activeElement.id === 'secret'")
            await page.write("guess")
            await page.press("Enter", "\r")
            await page.until(f"{text('#refused')} === 'That secret is not right.'")
            await page.evaluate(
                "document.querySelector('#secret').value = ''; document.querySelector('#secret').focus()"
            )
            await page.write(SECRET)
            await page.press("Enter", "\r")
            await page.until("document.documentElement.dataset.ready && document.querySelector('#gate').hidden")

        session.run(work)
        session.leave()

    def test_exchanges_appear_newest_first_and_open(self, use: Any, live: Any) -> None:
        patient = live.running.state.store.population.chart(0).id

        async def work(page: Page) -> None:
            await page.until("!document.querySelector('#empty').hidden")
            live.data.get("metadata")
            live.data.get(f"Patient/{patient}")
            await page.until(f"{ROWS} === 2")
            assert patient in await page.evaluate(text("#rows tr"))
            await page.click("#rows tr:first-child td:nth-child(4)")
            await page.until("!document.querySelector('#detail').hidden")
            assert '"resourceType": "Patient"' in await page.evaluate(text("#received"))
            assert "Bearer (hidden)" in await page.evaluate(text("#asked"))
            await page.click("#facts button")
            assert await page.until("document.querySelector('#filter').value") == f"patient:{patient}"
            await page.until(f"{ROWS} === 1")

        use(work)

    def test_the_keyboard_is_enough(self, use: Any, live: Any) -> None:
        async def work(page: Page) -> None:
            live.data.get("metadata")
            live.data.get("Patient/one")
            live.data.get("Patient/two")
            await page.until(f"{ROWS} === 3")
            await page.press("/", "/")
            await page.write("type:Patient status:4xx -two")
            await page.until(f"{ROWS} === 1")
            assert await page.evaluate(text("#shown")) == "1 of 3"
            await page.evaluate("document.querySelector('#filter').select()")
            await page.press("Backspace")
            await page.command("Input.insertText", text=" ")
            await page.until(f"{ROWS} === 3")
            await page.evaluate("document.querySelector('#rows tr').focus()")
            await page.press("Enter", "\r")
            await page.press("ArrowDown")
            assert "Patient/one" in await page.evaluate(text("#line"))
            assert await page.evaluate("document.activeElement.dataset.seq") == "2"
            live.data.get("Patient/three")
            await page.until(f"{ROWS} === 4")
            assert await page.evaluate("document.activeElement.dataset.seq") == "2"
            await page.press("Escape")
            await page.until("document.querySelector('#detail').hidden")

        use(work)

    def test_faults_are_armed_shown_and_disarmed(self, use: Any, live: Any) -> None:
        async def work(page: Page) -> None:
            await page.evaluate("document.querySelector('#named').value = 'storm-429'")
            await page.click("#arm button")
            await page.until("document.querySelectorAll('#armed li').length === 1")
            assert live.data.get("Patient/x").status_code == 429
            await page.until(f"{text('#armed')}.includes('applied 1')")
            await page.until(f"{text('#rows .badge')} === 'storm-429'")
            await page.click("#armed button")
            await page.until("document.querySelectorAll('#armed li').length === 0")
            await page.click("summary")
            await page.evaluate('document.querySelector(\'#spec\').value = \'{"behaviour": {"kind": "delai"}}\'')
            await page.click("#own button")
            await page.until(f"{text('#fault-problem')}.includes('did you mean delay')")

        use(work)
        assert live.running.state.faults.listing() == []

    def test_hostile_texts_stay_texts(self, use: Any, live: Any) -> None:
        live.control.post(
            "/faults", json={"name": HOSTILE, "match": {"kind": "metadata"}, "behaviour": {"kind": "storm"}}
        )

        async def work(page: Page) -> None:
            live.data.get("metadata", params={"q": HOSTILE}, headers={"X-Note": HOSTILE})
            live.data.post("Patient", content=HOSTILE.encode())
            await page.until(f"{ROWS} === 2 && document.querySelectorAll('#armed li').length === 1")
            for place in (1, 2):
                await page.click(f"#rows tr:nth-child({place})")
                await page.until("!document.querySelector('#detail').hidden")
            assert HOSTILE in await page.evaluate(text("#asked"))
            assert HOSTILE in await page.evaluate(text("#armed"))
            assert await page.evaluate("document.images.length") == 0
            assert await page.evaluate("document.title") == "Mock EHR"

        use(work)

    def test_clock_and_reset(self, use: Any, live: Any) -> None:
        clock = live.running.state.clock

        async def work(page: Page) -> None:
            await page.click("#freeze")
            await page.until(f"{text('#offset')} === 'frozen'")
            assert clock.frozen
            await page.click("#freeze")
            await page.click("#advance button")
            await page.until(f"{text('#offset')}.endsWith('ahead')")
            await page.click("#real")
            await page.until(f"{text('#offset')} === 'real time'")
            live.data.get("metadata")
            await page.until(f"{ROWS} === 1")
            await page.click("#reset")
            await page.click("#reset")
            await page.until(f"{ROWS} === 0")

        use(work)
        assert (clock.offset_s, live.control.get("/journal").json()["entries"]) == (0, [])

    def test_pause_holds_the_table_still(self, use: Any, live: Any) -> None:
        async def work(page: Page) -> None:
            await page.click("#pause")
            live.data.get("metadata")
            await page.until("document.querySelector('#live').dataset.state === 'paused'")
            await page.until(f"{text('#counts')}.includes('metadata')")
            await page.click("#pause")
            await page.until(f"{ROWS} === 1")

        use(work)

    @pytest.mark.parametrize("theme", ["light", "dark"])
    @pytest.mark.parametrize("width", [1400, 420])
    def test_it_paints_and_nothing_sticks_out(self, use: Any, live: Any, theme: str, width: int) -> None:
        async def work(page: Page) -> bytes:
            live.data.get("metadata")
            live.data.get(f"Patient?{'family=' + 'x' * 300}")
            await page.until(f"{ROWS} === 2")
            await page.click("#rows tr:first-child")
            picture = await page.picture(width, 900, theme, scale=0.1)
            assert await page.evaluate("document.documentElement.scrollWidth") <= width
            return picture

        brightness = mean(use(work))
        assert (brightness > 200) if theme == "light" else (brightness < 80)


def mean(png: bytes) -> float:
    """The mean of all bytes of an 8-bit PNG, filters undone."""
    width, height, _, kind = struct.unpack(">IIBB", png[16:26])
    size = {2: 3, 6: 4}[kind]
    data, at = b"", 8
    while at < len(png):
        length = struct.unpack(">I", png[at : at + 4])[0]
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += length + 12
    raw, stride = zlib.decompress(data), width * size
    above, total = bytearray(stride), 0
    for row in range(height):
        line = bytearray(raw[row * (stride + 1) + 1 : (row + 1) * (stride + 1)])
        unfilter(raw[row * (stride + 1)], line, above, size)
        above, total = line, total + sum(line)
    return total / (stride * height)


def unfilter(kind: int, line: bytearray, above: bytearray, size: int) -> None:
    """Undo the filter of one line of a PNG (PNG specification, section 9)."""
    for place in range(len(line)):
        left = line[place - size] if place >= size else 0
        up, corner = above[place], above[place - size] if place >= size else 0
        guess = (0, left, up, (left + up) // 2, paeth(left, up, corner))[kind]
        line[place] = (line[place] + guess) & 255


def paeth(left: int, up: int, corner: int) -> int:
    near = left + up - corner
    return min((abs(near - left), 0, left), (abs(near - up), 1, up), (abs(near - corner), 2, corner))[2]
