"""How a lab gets what does not lie in a file: it listens to its gateway's trail, metrics and spans, or fetches it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gauntlet.observe.audit_http import HttpTrail
from gauntlet.observe.mirror import NAME, Mirror
from gauntlet.observe.otlp_receiver import OtlpReceiver
from gauntlet.observe.spans import Spans
from gauntlet.observe.syslog_receiver import SyslogReceiver
from gauntlet.placeholder import fill
from gauntlet.target_observe import AuditTrail, Observe

ANY = "127.0.0.1:0"
OTLP_URL = "otlp.url"


@dataclass
class Receivers:
    """What one lab listens on, and where it fetches from; all of it may be absent."""

    mirror: Mirror | None = None  # of a trail that comes by syslog
    syslog: SyslogReceiver | None = None
    otlp: OtlpReceiver | None = None
    ca_file: Path | None = None  # authority of the gateway's certificate, trusted beside the public ones
    _served: HttpTrail | None = None

    @classmethod
    def open(cls, observe: Observe, run_dir: Path, ca_file: Path | None = None) -> Receivers:
        """Listen for what will be sent. Raises SetupError when an address is taken."""
        opened = cls(ca_file=ca_file)
        try:
            if observe.audit is not None and observe.audit.syslog is not None:
                opened.mirror = Mirror(run_dir / NAME)
                opened.syslog = SyslogReceiver(opened.mirror.add, observe.audit.syslog.listen or ANY)
            if observe.otlp is not None:
                spans = Spans() if observe.otlp.traces else None
                opened.otlp = OtlpReceiver(observe.otlp.every_s, observe.otlp.listen or ANY, spans)
        except BaseException:
            opened.close()
            raise
        return opened

    def values(self) -> dict[str, str]:
        """Return the placeholders that tell the gateway where to send."""
        syslog, otlp = self.syslog, self.otlp
        return {
            **({"syslog.host": syslog.host, "syslog.port": str(syslog.port)} if syslog else {}),
            **({OTLP_URL: otlp.url} if otlp else {}),
        }

    def trail(self, settings: AuditTrail, values: Mapping[str, str]) -> tuple[Path, HttpTrail | None]:
        """Return where the lab's own trail can be read, and what brings it there."""
        if self.mirror is not None:
            return self.mirror.path, None
        self._served = self._served or http_trail(settings, values, self.ca_file)
        return self._served.mirror.path, self._served

    def close(self) -> None:
        """Stop to listen."""
        for receiver in (self.syslog, self.otlp):
            if receiver is not None:
                receiver.close()


def http_trail(settings: AuditTrail, values: Mapping[str, str], ca_file: Path | None) -> HttpTrail:
    """Return the trail that the gateway with these `values` serves by HTTP; its mirror is below {run_dir}."""
    headers = {name: fill(text, values, os.environ) for name, text in settings.headers.items()}
    mirror = Mirror(Path(values["run_dir"]) / NAME)
    return HttpTrail(fill(settings.url or "", values, os.environ), headers, mirror, ca_file)


def of_second(values: Mapping[str, str], name: str) -> dict[str, str]:
    """Return the placeholders of receivers for a second gateway: its metrics are kept apart from the first one's."""
    return {OTLP_URL: f"{values[OTLP_URL]}/{name}"} if OTLP_URL in values else {}
