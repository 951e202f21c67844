"""Loaded by Schemathesis in its own process (SCHEMATHESIS_HOOKS): the token, our judgements, a record of every answer.

The order names the charts by seed and index, the file that holds the token, and the file that each answer is told
to, one JSON object a line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import schemathesis

from gauntlet.fuzzing.judgements import JUDGEMENTS, Exchanged
from gauntlet.fuzzing.process import ORDER_VARIABLE
from synthetic.population import Population

_SHOWN = 1500
_ORDER: dict[str, Any] = json.loads(Path(os.environ[ORDER_VARIABLE]).read_bytes())
_POPULATION = Population(_ORDER["seed"], _ORDER["population"])
_CHARTS = [_POPULATION.chart(index) for index in _ORDER["charts"]]
_TOKEN = Path(_ORDER["token_file"]).read_text(encoding="utf-8")
_BASE_PATH = urlsplit(_ORDER["base_url"]).path.rstrip("/")


@schemathesis.auth()
class Token:
    """The app's token, the same for the whole run."""

    def get(self, case: Any, context: Any) -> str:  # noqa: ARG002 - Schemathesis' signature
        """Return the token."""
        return _TOKEN

    def set(self, case: Any, data: str, context: Any) -> None:  # noqa: ARG002 - Schemathesis' signature
        """Put it into a request."""
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


def _tell(**values: Any) -> None:
    with Path(_ORDER["answers"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(values) + "\n")


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:  # noqa: ARG001 - Schemathesis' signature
    """Write down which operation was answered how."""
    _tell(operation=case.operation.label, status=response.status_code)


def _seen(response: Any) -> Exchanged:
    sent, parts = response.request, urlsplit(response.request.url)
    headers = {name.lower(): value for name, value in response.headers.items()}
    media = headers.get("content-type", "")
    body = sent.body or b""
    return Exchanged(
        method=sent.method,
        path=parts.path.removeprefix(_BASE_PATH),
        query=parts.query,
        request_body=body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body),
        status=response.status_code,
        media_type=(media[0] if isinstance(media, list) else media).partition(";")[0].strip().lower(),
        body=response.content or b"",
        charts=_CHARTS,
        ehr=_ORDER["ehr"],
    )


def _check(name: str) -> Callable[[Any, Any, Any], None]:
    def check(ctx: Any, response: Any, case: Any) -> None:  # noqa: ARG001 - Schemathesis' signature
        seen = _seen(response)
        wrong = JUDGEMENTS[name](seen)
        if wrong:
            _tell(
                operation=case.operation.label,
                status=seen.status,
                failed=name,
                wrong=wrong,
                method=seen.method,
                url=response.request.url,
                request_body=seen.request_body[:_SHOWN],
                body=seen.text[:_SHOWN],
            )
        assert not wrong, wrong  # noqa: S101 - how a check of Schemathesis fails

    check.__name__ = name
    return schemathesis.check(check)


for _name in JUDGEMENTS:
    _check(_name)


@schemathesis.check
def server_errors_are_told(ctx: Any, response: Any, case: Any) -> None:  # noqa: ARG001 - Schemathesis' signature
    """Write down an answer of 5xx, which Schemathesis judges by itself."""
    if response.status_code >= 500:
        seen = _seen(response)
        _tell(
            operation=case.operation.label,
            status=seen.status,
            failed="ServerError",
            wrong=f"answered with {seen.status}",
            method=seen.method,
            url=response.request.url,
            request_body=seen.request_body[:_SHOWN],
            body=seen.text[:_SHOWN],
        )
