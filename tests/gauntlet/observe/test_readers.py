"""The readers as the lab's target file describes them."""

from pathlib import Path
from types import SimpleNamespace

from gauntlet.observe.audit import AuditTrailReader
from gauntlet.observe.logs import LogReader
from gauntlet.observe.metrics import MetricsReader
from tests.gauntlet.samples import target_file

VALUES = {"run_dir": "/run", "gateway.root": "http://g", "python": "py"}


def lab(**tables):
    return SimpleNamespace(target=SimpleNamespace(file=target_file(**tables), ca_file=None), values=VALUES)


def test_defaults():
    assert LogReader.of(lab()).path == Path("/run/gateway.log")
    assert MetricsReader.of(lab()).url is None
    assert AuditTrailReader.of(lab()) == AuditTrailReader(None, {}, ())


def test_what_the_target_file_says(monkeypatch):
    monkeypatch.setenv("TRAIL", "/var/trail")
    observe = {
        "logs": "{run_dir}/x.log",
        "metrics": "{gateway.root}/metrics",
        "audit": {"file": "${TRAIL}/a.jsonl", "fields": {"patient": "subject.id"}},
    }
    described = lab(observe=observe, claims={"audit": {"verify": ["{python}", "-m", "verify"]}})
    assert LogReader.of(described).path == Path("/run/x.log")
    assert MetricsReader.of(described).url == "http://g/metrics"
    reader = AuditTrailReader.of(described)
    assert (reader.path, reader.verify) == (Path("/var/trail/a.jsonl"), ("py", "-m", "verify"))
    assert (reader.names["patient"], reader.names["status"]) == ("subject.id", "status")
