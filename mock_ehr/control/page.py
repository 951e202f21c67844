"""The page that shows journal and faults live: one file, its own script and style and nothing else.

It holds nothing secret, so it is served to everybody; all that it shows comes through the API with the secret.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from functools import lru_cache
from pathlib import Path

from mock_ehr.control.console import Console
from mock_ehr.control.route import Call, Route
from mock_ehr.message import Answer, Pairs

_FILE = Path(__file__).with_name("page.html")


@lru_cache(maxsize=1)
def content() -> tuple[bytes, Pairs]:
    """Return the page and its headers. The policy lets run what is in the file, and nothing that gets into it."""
    text = _FILE.read_text(encoding="utf-8")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {digest(text, 'script')}",
            f"style-src {digest(text, 'style')}",
            "connect-src 'self'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        )
    )
    headers = (
        ("Content-Security-Policy", policy),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    )
    return text.encode(), headers


def digest(text: str, tag: str) -> str:
    """Return the source expression (CSP 3) for the only element of a tag in the page."""
    (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
    return f"'sha256-{b64encode(hashlib.sha256(inside.encode()).digest()).decode()}'"


def page(_console: Console, _call: Call) -> Answer:
    """Return the page."""
    body, headers = content()
    return Answer(200, body, "text/html; charset=utf-8", headers)


ROUTES = (
    Route(
        "GET", "/", "page", "The page that shows journal and faults live; open it as /#key=SECRET",
        page,
        gives={"type": "string"},
        gives_media="text/html",
        open=True,
    ),
)  # fmt: skip
