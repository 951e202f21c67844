"""The engine under TLS, against a server with a throw-away certificate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gauntlet.certificates import SERVER, authority, leaf
from gauntlet.load.judge import judge
from gauntlet.load.measured import RawLoad
from gauntlet.load.plan import Plan
from gauntlet.load.process import run_profile
from gauntlet.load.profile import Profile
from gauntlet.verdict import Verdict
from mock_ehr.certificates import DAY, Validity
from tests.gauntlet.load.hospital import WHY, flat, hospital

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
ROOT = authority("Test authority", NOW)
Runs = Callable[..., RawLoad]


@pytest.fixture
def run(profile: Callable[..., Profile], plan: Callable[..., Plan], tmp_path: Path) -> Runs:
    """Run 60 arrivals/s for 1.5 s against a server whose certificate is for `hosts`, by an authority we trust."""

    def running(hosts: tuple[str, ...] = ("127.0.0.1",), end: int = 9, **faults: Any) -> RawLoad:
        shown = leaf(ROOT, "gateway", SERVER, Validity(NOW - 10 * DAY, NOW + end * DAY), hosts)
        files = [tmp_path / "certificate.pem", tmp_path / "key.pem"]
        files[0].write_bytes(shown.issued.certificate)
        files[1].write_bytes(shown.issued.key)
        (tmp_path / "ca.pem").write_bytes(ROOT.chain)
        limits = {"answer_timeout_s": 3.0, "drain_s": 2.0, "connections": 300, "why": WHY}
        shape = profile(curve=flat(60, 1.5), limits=limits)
        with hospital(tls=[str(file) for file in files], **faults) as base_url:
            made = plan(base_url=base_url, ca_file=tmp_path / "ca.pem")
            raw = run_profile(shape, made, work_dir=tmp_path / "run", progress=lambda _: None)
        assert sum(item.latency.count for item in raw.endpoints) == raw.wanted
        return raw

    return running


def problems(raw: RawLoad) -> set[str]:
    return set(raw.problems)


def test_answers_come_whole_and_connections_are_kept(run: Runs) -> None:
    raw = run()
    assert raw.answered == raw.wanted
    assert not raw.problems
    assert raw.run.connections < 20


def test_every_way_to_break_an_answer_is_counted(run: Runs) -> None:
    """Under TLS, too; an answer without a length that ends without TLS's own end may be cut, and is an error."""
    raw = run(odd_every=4)
    assert problems(raw) >= {
        "connection closed in the middle of the answer",
        "the answer is not HTTP/1.1",
        "HTTP 503",
        "connection closed unanswered",
        "the body is no JSON object",
    }


def test_a_slow_handshake_is_waited_for_and_counts_from_the_intended_start(run: Runs) -> None:
    raw = run(handshake_s=0.5)
    assert raw.answered == raw.wanted
    assert raw.timeline[0].latency.percentile_ms(75) > 400  # half of the first second came while none was secured


def test_a_handshake_that_never_ends_is_given_up_with_its_arrival(run: Runs) -> None:
    raw = run(handshake_s=30)
    assert raw.answered == 0
    assert problems(raw) <= {"no answer within 3 s", "no answer when the run ended"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"hosts": ("other.test",)}, "TLS: the certificate is refused (ip address mismatch)"),
        ({"end": -1}, "TLS: the certificate is refused (certificate has expired)"),
    ],
    ids=["another-host", "expired"],
)
def test_a_wrong_certificate_is_an_error_of_each_arrival_and_no_verdict(run: Runs, profile, changes, said) -> None:
    raw = run(**changes)
    assert raw.problems == {said: raw.wanted}
    result = judge(raw, profile())
    assert result.verdict is Verdict.INCONCLUSIVE
    assert said in result.reason


def test_a_connection_lost_in_the_handshake_is_an_error_of_its_arrival(run: Runs) -> None:
    raw = run(cut_every=2, close_every=1)
    lost = [count for problem, count in raw.problems.items() if "handshake" in problem or "reset" in problem]
    assert sum(lost) == sum(raw.problems.values()) == pytest.approx(raw.wanted / 2, abs=3)
    assert raw.answered == raw.wanted - sum(lost)
