import io

from rich.console import Console

from gauntlet.progress import CheckProgress


def shown(events, terminal=False):
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=200, color_system=None)
    with CheckProgress(console) as progress:
        for event in events:
            progress(event)
    return out.getvalue()


def finished(verdict, check="a/test_[x].py::test_a[b]"):
    return {"event": "finished", "result": {"verdict": verdict, "requirement": "AUT-01", "check": check}}


EVENTS = [
    {"event": "progress", "text": "starting [bold]"},
    {"event": "collected", "checks": [1, 2], "deselected": []},
    {"event": "lab", "notes": [], "base_url": "http://g"},
    {"event": "started", "check": "x"},
    finished("pass"),
    finished("fail"),
    {"event": "spoiled"},
    {"event": "ended", "exitstatus": 0},
]


def test_one_plain_line_a_check_where_nobody_looks():
    lines = shown(EVENTS).splitlines()
    assert lines[1:] == [
        "lab is up; gateway at http://g",
        "  1/2 pass         AUT-01 a/test_[x].py::test_a[b]",
        "  2/2 fail         AUT-01 a/test_[x].py::test_a[b]",
    ]


def test_a_terminal_shows_what_is_not_fine():
    text = shown(EVENTS, terminal=True)
    assert "2/2 fail" in text
    assert "1/2 pass" not in text


def going(**changes):
    progress = {
        "elapsed_s": 3.2,
        "duration_s": 20.0,
        "wanted_per_s": 100.4,
        "answered_per_s": 97.0,
        "outstanding": 12,
        "errors": 3,
        "wrong_patient": 0,
        "lag_p99_ms": 0.24,
        "p50_ms": 11.0,
        "p95_ms": 40.0,
        "p99_ms": 80.0,
        "p50_lately_ms": 21.0,
        "p95_lately_ms": 140.0,
        "p99_lately_ms": 480.0,
    }
    ehr = {"per_s": 88.0, "at_once": 7, "throttled": 1234}
    event = {"event": "load-progress", "profile": "spike-outage", "text": "3 of 20 s", "fault": "", "ehr": ehr}
    return {**event, "progress": progress, **changes}


def test_load_is_seen_on_a_terminal_as_it_goes_and_fills_no_log():
    text = shown([*EVENTS[:4], going(fault="outage")], terminal=True)
    for said in (
        "load spike-outage, second 3 of 20",
        "100/s wanted, 97/s answered, 12 waiting, 3 errors, 0 wrong patients",
        "p50 21, p95 140, p99 480 ms now; p50 11, p95 40, p99 80 ms since the start",
        "88/s, 7 under way, 1,234 refused with 429",
        "outage in force",
    ):
        assert said in text
    assert "wanted" not in shown([*EVENTS[:4], going()])


def test_what_the_ehr_does_not_tell_is_left_out():
    assert "at the EHR" not in shown([*EVENTS[:4], going(ehr=None)], terminal=True)
