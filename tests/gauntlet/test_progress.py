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


def test_load_is_seen_on_a_terminal_as_it_goes_and_fills_no_log():
    event = {"event": "load-progress", "text": "3 of 20 s: 50/s wanted", "fault": "outage"}
    assert "outage 3 of 20 s: 50/s wanted" in shown([*EVENTS[:4], event], terminal=True)
    assert "wanted" not in shown([*EVENTS[:4], event])
