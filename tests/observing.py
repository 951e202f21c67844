"""Target files like the bundled one of the reference gateway, with trail and metrics delivered in other ways."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KEY = "a key of the tests alone"
FILE = 'file = "{run_dir}/gateway/audit.jsonl"\n'
ENV = "[gateway.launch.env]\n"
METRICS = '[observe]\nmetrics = "{gateway.root}/metrics"\n\n[observe.otlp]\nmetrics = false\n'
_HEADERS = f'headers = {{ Authorization = "Bearer {KEY}" }}\n'
_WITH_KEY = f'GATEWAY_AUDIT_KEY = "{KEY}"\n'

# way = (environment of the gateway, what stands in [observe.audit])
TRAILS = {
    "http": (_WITH_KEY, f'url = "{{gateway.root}}/audit/records"\n{_HEADERS}'),
    "audit-events": (
        _WITH_KEY,
        f'url = "{{gateway.root}}/audit/AuditEvent"\nformat = "audit-events"\n{_HEADERS}',
    ),
    "syslog-tcp": ('GATEWAY_AUDIT_SYSLOG = "tcp://{syslog.host}:{syslog.port}"\n', "[observe.audit.syslog]\n"),
    "syslog-udp": ('GATEWAY_AUDIT_SYSLOG = "udp://{syslog.host}:{syslog.port}"\n', "[observe.audit.syslog]\n"),
}
SIGNALS = 'GATEWAY_OTLP_SIGNALS = "{}traces"\n'


def target_with(folder: Path, way: str) -> Path:
    """Write a target file to `folder` in which the trail comes by `way`, or the metrics by OTLP."""
    text = (ROOT / "targets" / "reference.toml").read_text(encoding="utf-8")
    if way == "otlp":
        text = _replaced(text, SIGNALS.format(""), SIGNALS.format("metrics,"))
        text = _replaced(text, METRICS, "[observe.otlp]\n")
    else:
        environment, trail = TRAILS[way]
        text = _replaced(text, ENV, ENV + environment)
        text = _replaced(text, FILE, trail)
    path = folder / f"{way}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _replaced(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)
