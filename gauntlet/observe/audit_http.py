"""An audit trail that is served by HTTP: JSON lines, a JSON array or a FHIR Bundle, page by page, oldest record first.

Sources: RFC 8288 (Link, rel=next); FHIR R4, Bundle.link (http://hl7.org/fhir/R4/http.html#paging).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import orjson

from gauntlet.errors import CheckFailed
from gauntlet.observe.mirror import Mirror
from gauntlet.tls import tls_context

MOST_PAGES = 10_000
_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Page:
    """One page: its records as lines, where it leads, and whether its links hold for later records, too."""

    lines: list[bytes]
    next_url: str | None
    lasting: bool


@dataclass
class HttpTrail:
    """Brings what is new of the trail at `url` into a mirror.

    Links of plain pages are taken as lasting, so that the next fetch goes on at the last page. A FHIR server may bind
    its links to one moment: there each fetch begins at `url`.
    """

    url: str
    headers: Mapping[str, str]
    mirror: Mirror
    ca_file: Path | None = None  # authority to trust beside the public ones
    _page: str = field(init=False)
    _seen: int = 0  # records of the trail from `_page` on that the mirror has

    def __post_init__(self) -> None:
        self._page = self.url

    def fetch(self) -> None:
        """Add the records that came since the last time. Raises CheckFailed when the trail is not to be had."""
        url: str | None = self._page
        known, met = self._seen, 0
        with httpx.Client(
            timeout=_TIMEOUT_S, trust_env=False, verify=tls_context(self.ca_file), headers=self.headers
        ) as client:
            for _ in range(MOST_PAGES):
                assert url is not None  # noqa: S101 - the loop ends with the last page
                page = read_page(self._answer(client, url))
                self.mirror.add(page.lines[known:])
                met += len(page.lines)
                known = max(0, known - len(page.lines))
                self._seen = max(self._seen, met)
                if page.next_url is None:
                    break
                if page.lasting:
                    self._page, self._seen, met = page.next_url, 0, 0
                url = page.next_url
        if known:
            raise CheckFailed(
                f"the audit trail at {self.url} became shorter",
                expected="what was there stays there, oldest first",
                actual=f"{known} records fewer",
            )

    def _answer(self, client: httpx.Client, url: str) -> httpx.Response:
        try:
            response = client.get(url)
        except httpx.RequestError as error:
            raise CheckFailed(f"the audit trail at {url} is not served: {error}") from None
        if not response.is_success:
            raise CheckFailed(f"the audit trail at {url} is answered with {response.status_code}")
        return response


def read_page(response: httpx.Response) -> Page:
    """Return the page that an answer holds. Text that is no JSON document is taken as JSON lines."""
    by_header = response.links.get("next", {}).get("url")
    try:
        document = orjson.loads(response.content)
    except ValueError:
        return Page(_lines(response.content), _absolute(response, by_header), True)
    if isinstance(document, dict) and document.get("resourceType") == "Bundle":
        resources = [entry.get("resource") for entry in document.get("entry", [])]
        by_link = next((link.get("url") for link in document.get("link", []) if link.get("relation") == "next"), None)
        return Page([orjson.dumps(item) for item in resources], _absolute(response, by_link or by_header), False)
    if isinstance(document, list):
        return Page([orjson.dumps(item) for item in document], _absolute(response, by_header), True)
    return Page(_lines(response.content), _absolute(response, by_header), True)


def _lines(content: bytes) -> list[bytes]:
    return [line for line in content.splitlines() if line.strip()]


def _absolute(response: httpx.Response, url: Any) -> str | None:
    return urljoin(str(response.url), url) if isinstance(url, str) and url else None
