import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gauntlet.events import Events, _writable


@pytest.fixture
def events(tmp_path):
    return Events(tmp_path / "events")


def read(tmp_path):
    return [json.loads(line) for line in (tmp_path / "events").read_bytes().splitlines()]


def test_one_line_an_event(events, tmp_path):
    events.write("started", check="a")
    events.write("ended", exitstatus=0)
    assert [(item["event"], item.get("check")) for item in read(tmp_path)] == [("started", "a"), ("ended", None)]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("half \ud800 a pair", "half ? a pair"),
        (10**30, str(10**30)),
        (Decimal("1.50"), "1.50"),
        ({"a": [1, True, None, 1.5, "\ud800", (2,)]}, {"a": [1, True, None, 1.5, "?", [2]]}),
        ({5: b"x"}, {"5": "b'x'"}),
    ],
)
def test_what_a_gateway_brings_in_never_stops_the_run(events, tmp_path, value, written):
    events.write("finished", result=value)
    assert read(tmp_path)[0]["result"] == written


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(), max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(anything)
def test_anything_can_be_written(value):
    json.dumps(_writable(value)).encode()
