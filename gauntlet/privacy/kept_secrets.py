"""Whether the gateway's own secrets stayed where they belong: in no log, audit record, metric or answer."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gauntlet import expect
from gauntlet.answer import Answer
from gauntlet.observe.audit import AuditTrailReader
from gauntlet.observe.logs import LogReader
from gauntlet.observe.metrics import MetricsReader


def require_kept(
    secrets: Collection[str],
    what: str,
    answers: Sequence[Answer],
    logs: LogReader,
    metrics: MetricsReader,
    audit: AuditTrailReader,
) -> None:
    """Fail when the log, the trail, the metrics or an answer holds one of `secrets`, each a part of `what`.

    The evidence names the place and never the secret.
    """
    places = {"the log": logs.text(), "an answer": "\n".join(f"{item.text}{item.headers!r}" for item in answers)}
    if audit.path is not None and audit.size():
        places["the audit trail"] = audit.path.read_text(encoding="utf-8", errors="replace")
    if metrics.url:
        places["the metrics"] = metrics.text()
    for place, text in places.items():
        expect.that(
            not any(secret in text for secret in secrets),
            f"{place} holds {what}",
            expected="nothing of it",
            actual=f"a part of it in {place}",
        )
