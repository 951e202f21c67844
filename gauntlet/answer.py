"""An HTTP answer of the gateway, as checks judge it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urljoin

from gauntlet.errors import CheckFailed


@dataclass(frozen=True)
class Answer:
    """Status, headers (lower-case names) and body of one answer; `sent` says which request it belongs to."""

    sent: str  # "GET http://127.0.0.1:1234/fhir/R4/Patient/x"
    status: int
    headers: dict[str, str]
    body: bytes
    duration_s: float

    @property
    def text(self) -> str:
        """The body as text, undecodable bytes replaced."""
        return self.body.decode("utf-8", errors="replace")

    @property
    def media_type(self) -> str:
        """The content type without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def address(self, header: str) -> str:
        """Return the URL in a header, "" without one; it may be relative to the request (RFC 9110, 10.2.2 and 8.7)."""
        told = self.headers.get(header.lower(), "")
        return urljoin(self.sent.partition(" ")[2], told) if told else ""

    @property
    def created_id(self) -> str:
        """The id in a create's Location, "" without one; a version may follow it (FHIR R4, http: create)."""
        return self.headers.get("location", "").partition("/_history/")[0].rstrip("/").rpartition("/")[2]

    def json(self) -> Any:
        """Return the body as JSON, fractions as Decimal. Raises CheckFailed when it is none."""
        try:
            return json.loads(self.body, parse_float=Decimal)
        except (ValueError, RecursionError) as error:
            raise CheckFailed(
                f"the body of the answer to {self.sent} is not JSON: {error}",
                expected="a JSON body",
                actual=f"{self.status} {self.headers.get('content-type', '(no content type)')}: {self.text[:200]!r}",
            ) from None

    def resource(self, resource_type: str) -> dict[str, Any]:
        """Return the body as a FHIR resource of `resource_type`. Raises CheckFailed when it is something else."""
        body = self.json()
        found = body.get("resourceType") if isinstance(body, dict) else type(body).__name__
        if not isinstance(body, dict) or found != resource_type:
            raise CheckFailed(
                f"the answer to {self.sent} is not a {resource_type}",
                expected=f"a {resource_type} resource",
                actual=f"{self.status} with {found!r}: {self.text[:200]!r}",
            )
        return body

    def matches(self) -> list[dict[str, Any]]:
        """Return the resources of a searchset that are matches (search mode match or none given).

        Raises CheckFailed when the body is no searchset whose entries hold resources.
        """
        bundle = self.resource("Bundle")
        try:
            entries = [
                (item["resource"], item.get("search", {}).get("mode", "match")) for item in bundle.get("entry", [])
            ]
            if all(isinstance(resource, dict) for resource, _ in entries):
                return [resource for resource, mode in entries if mode == "match"]
        except (TypeError, AttributeError, LookupError):
            pass
        raise CheckFailed(
            f"the answer to {self.sent} is not a searchset whose entries hold resources",
            expected="a Bundle with a list of entries, each with a resource",
            actual=self.brief(),
        )

    def brief(self) -> str:
        """Return status, content type and the start of the body in one line."""
        return f"{self.status} {self.headers.get('content-type', '(no content type)')}: {self.text[:300]!r}"
