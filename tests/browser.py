"""A tiny client of the Chrome DevTools Protocol: one headless browser, one page, evaluate and look."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
OPTIONS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-port=0",
]  # fmt: skip
DEADLINE_S = 30


class Page:
    """One open page."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._count = 0
        self.requests: list[str] = []  # addresses that the page asked for
        self.messages: list[str] = []  # what went to the console, errors too

    async def command(self, method: str, **params: Any) -> dict[str, Any]:
        self._count += 1
        number = self._count
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            said = json.loads((await asyncio.wait_for(self._socket.receive(), DEADLINE_S)).data)
            if said.get("id") == number:
                assert "error" not in said, said["error"]
                return said["result"]
            self._note(said)

    def _note(self, event: dict[str, Any]) -> None:
        if event["method"] == "Network.requestWillBeSent":
            self.requests.append(event["params"]["request"]["url"])
        elif event["method"] == "Log.entryAdded":
            self.messages.append(event["params"]["entry"]["text"])
        elif event["method"] == "Runtime.exceptionThrown":
            self.messages.append(json.dumps(event["params"]["exceptionDetails"]))

    async def evaluate(self, script: str) -> Any:
        """The value of an expression in the page."""
        answer = await self.command("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def until(self, script: str) -> Any:
        """Wait until an expression is true, and return it; one that fails may come true later."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            found = await self.evaluate(f"(() => {{ try {{ return {script} }} catch {{ return null }} }})()")
            if found:
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"{script} did not come true within {DEADLINE_S} s; console: {self.messages}")

    async def press(self, key: str, text: str = "", code: int = 0, shift: bool = False) -> None:
        """Press and release a key; `code` is its virtual key code, which moving the focus wants."""
        more = {"text": text} if text else {}
        more |= {"windowsVirtualKeyCode": code, "code": key, "modifiers": 8 if shift else 0} if code else {}
        await self.command("Input.dispatchKeyEvent", type="keyDown", key=key, **more)
        await self.command(
            "Input.dispatchKeyEvent",
            type="keyUp",
            key=key,
            **{name: value for name, value in more.items() if name != "text"},
        )

    async def write(self, text: str) -> None:
        """Type a text where the focus is."""
        await self.command("Input.insertText", text=text)

    async def click(self, selector: str) -> None:
        """Click the middle of an element, as a mouse does: whatever lies there gets it."""
        script = f"""(() => {{ const node = document.querySelector({json.dumps(selector)});
            node.scrollIntoView({{block: "nearest"}}); const box = node.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2]; }})()"""
        x, y = await self.evaluate(script)
        for kind in ("mousePressed", "mouseReleased"):
            await self.command("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    async def picture(self, width: int, height: int, theme: str = "light", scale: float = 1) -> bytes:
        """A PNG of the page in a window of this size, made smaller by `scale`."""
        await self.look(width, height, theme)
        await self.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": scale}
        shot = await self.command("Page.captureScreenshot", format="png", clip=clip)
        return base64.b64decode(shot["data"])

    async def look(self, width: int, height: int, theme: str = "light") -> None:
        """Give the window a size and the user a taste."""
        features = [
            {"name": "prefers-color-scheme", "value": theme},
            {"name": "prefers-reduced-motion", "value": "reduce"},  # what scrolls is there at once
        ]
        await self.command("Emulation.setEmulatedMedia", features=features)
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        await self.command("Emulation.setDeviceMetricsOverride", **size)


@asynccontextmanager
async def browsing(profile: Path) -> AsyncIterator[Page]:
    """Start a browser with a profile of its own and yield its page."""
    command = [BROWSER, *OPTIONS, f"--user-data-dir={profile}", "about:blank"]
    nothing = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, stdout=nothing, stderr=nothing)
    try:
        port = await asyncio.to_thread(port_of, profile / "DevToolsActivePort")
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json") as answer:
                (tab,) = [one for one in await answer.json() if one["type"] == "page"]
            async with session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=1 << 26) as socket:
                page = Page(socket)
                for domain in ("Page", "Runtime", "Network", "Log"):
                    await page.command(f"{domain}.enable")
                yield page
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), 10)


def port_of(file: Path) -> str:
    """The port that the browser chose, once it wrote it down."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        if file.exists() and (lines := file.read_text().splitlines()):
            return lines[0]
        threading.Event().wait(0.05)
    raise AssertionError("the browser did not start")


class Session:
    """One browser for all tests of a module, driven from tests that are not asynchronous."""

    def __init__(self, folder: Path) -> None:
        self._loop = asyncio.new_event_loop()
        self._manager = browsing(folder)
        self.page: Page = self._loop.run_until_complete(self._manager.__aenter__())

    def run(self, work: Callable[[Page], Awaitable[Any]]) -> Any:
        return self._loop.run_until_complete(asyncio.wait_for(work(self.page), 90))  # type: ignore[arg-type]

    def leave(self) -> tuple[list[str], list[str]]:
        """Close what is open; what it said on the console, and what it asked for."""

        async def work(page: Page) -> tuple[list[str], list[str]]:
            await page.evaluate("sessionStorage.clear()")
            said, asked = list(page.messages), list(page.requests)
            await page.command("Page.navigate", url="about:blank")
            await page.until("location.href === 'about:blank'")
            page.messages.clear()
            page.requests.clear()
            return said, asked

        seen: tuple[list[str], list[str]] = self.run(work)
        return seen

    def close(self) -> None:
        self._loop.run_until_complete(self._manager.__aexit__(None, None, None))
        self._loop.close()
