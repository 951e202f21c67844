from __future__ import annotations

from typing import Any

import pytest

from synthetic.edge_cases.paths import end, put, value_at

BODY: dict[str, Any] = {"name": [{"given": ["A", "B"]}], "_birthDate": {"extension": [{"url": "u"}]}, "active": False}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("name[0].given[1]", "B"),
        ("_birthDate.extension[0].url", "u"),
        ("active", False),
        ("name[1].given", None),
        ("active.deeper", None),
        ("name[0].given[2]", None),
        ("active[0]", None),
    ],
)
def test_value_at(path: str, value: Any) -> None:
    assert value_at(BODY, path) == value


@pytest.mark.parametrize(
    ("path", "value", "after"),
    [
        ("a", 1, {"a": 1}),
        ("a.b[0].c", 1, {"a": {"b": [{"c": 1}]}}),
        ("list[2]", 3, {"list": [1, 2, 3]}),
        ("list[0]", None, {"list": [2]}),
        ("list[7]", None, {"list": [1, 2]}),
        ("nothing.here", None, {"list": [1, 2]}),
        ("list", None, {}),
    ],
)
def test_put(path: str, value: Any, after: dict[str, Any]) -> None:
    body: dict[str, Any] = {"list": [1, 2]}

    put(body, path, value)

    assert body == after if "list" in after or not after else body == {"list": [1, 2]} | after


def test_put_does_not_leave_gaps() -> None:
    with pytest.raises(IndexError):
        put({"list": [1]}, "list[3].a", 1)


@pytest.mark.parametrize("path", ["", "a..b", "a[b]", "a[-1]", "$bytes", "a.", ".a"])
def test_what_is_no_path(path: str) -> None:
    with pytest.raises(ValueError, match="not a path"):
        value_at({}, path)


def test_end() -> None:
    assert (end({"a": [1]}, "a"), end({}, "a")) == ("a[1]", "a[0]")
