"""JSON Patch and merge patch: examples of RFC 6902 appendix A and RFC 7396 appendix A, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from mock_ehr.control.patching import PatchError, json_patched, merge_patched


@pytest.mark.parametrize(
    ("target", "patch", "made"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], {"a": "c"}, {"a": "c"}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patch(target: Any, patch: Any, made: Any) -> None:
    assert merge_patched(target, patch) == made


@pytest.mark.parametrize(
    ("target", "operation", "made"),
    [
        ({"a": 1}, {"op": "add", "path": "/b", "value": 2}, {"a": 1, "b": 2}),
        ({"a": [1, 3]}, {"op": "add", "path": "/a/1", "value": 2}, {"a": [1, 2, 3]}),
        ({"a": [1]}, {"op": "add", "path": "/a/-", "value": [2]}, {"a": [1, [2]]}),
        ({"a": 1}, {"op": "add", "path": "", "value": {"b": 1}}, {"b": 1}),
        ({"a": 1, "b": 2}, {"op": "remove", "path": "/b"}, {"a": 1}),
        ({"a": [1, 2]}, {"op": "remove", "path": "/a/0"}, {"a": [2]}),
        ({"a": 1}, {"op": "replace", "path": "/a", "value": None}, {"a": None}),
        ({"a": {"b": 1}, "c": {}}, {"op": "move", "from": "/a/b", "path": "/c/d"}, {"a": {}, "c": {"d": 1}}),
        ({"a": [1, 2, 3]}, {"op": "move", "from": "/a/0", "path": "/a/2"}, {"a": [2, 3, 1]}),
        ({"a": {"b": 1}}, {"op": "copy", "from": "/a", "path": "/c"}, {"a": {"b": 1}, "c": {"b": 1}}),
        ({"~/": 1}, {"op": "test", "path": "/~0~1", "value": 1}, {"~/": 1}),
        ({"": 1}, {"op": "replace", "path": "/", "value": 2}, {"": 2}),
    ],
)
def test_json_patch(target: Any, operation: Any, made: Any) -> None:
    assert json_patched(target, [operation]) == made


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ({"op": "ad", "path": "/a", "value": 1}, "did you mean add"),
        ({"path": "/a"}, "op is None"),
        ("add", "an object with op"),
        ({"op": "add", "path": "/a"}, "add has no value"),
        ({"op": "move", "path": "/a"}, "move has no from"),
        ({"op": "remove", "path": "a"}, "no JSON Pointer"),
        ({"op": "remove", "path": 1}, "no JSON Pointer"),
        ({"op": "remove", "path": ""}, "cannot be removed"),
        ({"op": "remove", "path": "/nmae"}, "did you mean name"),
        ({"op": "replace", "path": "/list/2", "value": 1}, "no place in a list of 2"),
        ({"op": "replace", "path": "/list/-", "value": 1}, "no place"),
        ({"op": "add", "path": "/list/01", "value": 1}, "no place"),
        ({"op": "add", "path": "/list/3", "value": 1}, "no place"),
        ({"op": "add", "path": "/name/x/y", "value": 1}, "nothing below"),
        ({"op": "move", "from": "/deep", "path": "/deep/in"}, "into itself"),
        ({"op": "test", "path": "/flag", "value": 1}, "the test failed"),
        ({"op": "test", "path": "/name", "value": "b"}, "the test failed"),
    ],
)
def test_what_cannot_be_applied_changes_nothing(operation: Any, words: str) -> None:
    target = {"name": "a", "list": [1, 2], "deep": {"in": 1}, "flag": True}
    with pytest.raises(PatchError, match=r"operation 1: .*") as refused:
        json_patched(target, [{"op": "replace", "path": "/name", "value": "a"}, operation])
    assert words in str(refused.value)
    assert target == {"name": "a", "list": [1, 2], "deep": {"in": 1}, "flag": True}


@pytest.mark.parametrize("operations", [{}, "x", None, [{}] * 1001])
def test_a_patch_is_a_short_list(operations: Any) -> None:
    with pytest.raises(PatchError, match="at most 1000 operations"):
        json_patched({}, operations)


def test_what_was_copied_stays_apart() -> None:
    made = json_patched(
        {"a": {"n": 1}},
        [{"op": "copy", "from": "/a", "path": "/b"}, {"op": "replace", "path": "/b/n", "value": 2}],
    )
    assert made == {"a": {"n": 1}, "b": {"n": 2}}
