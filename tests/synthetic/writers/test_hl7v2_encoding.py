"""Delimiters and escapes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthetic.writers.hl7v2_encoding import Field, Null, encoded_field, encoded_segment, escaped
from tests.synthetic.writers.strict_hl7 import parsed_segment, unescaped


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("|", "\\F\\"),
        ("^", "\\S\\"),
        ("&", "\\T\\"),
        ("~", "\\R\\"),
        ("\\", "\\E\\"),
        ("\\F\\", "\\E\\F\\E\\"),
        ("a\r\nb", "a\\X0D\\\\X0A\\b"),
        ("\x0b\x1c", "\\X0B\\\\X1C\\"),
        ('""', "\\X2222\\"),
        ('"', '"'),
        ("Zoë 王", "Zoë 王"),
        ("", ""),
    ],
)
def test_escapes(text: str, written: str) -> None:
    assert escaped(text) == written


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("", ""),
        ("a|b", "a\\F\\b"),
        (("a", "", "b", ""), "a^^b"),
        (("a", ("b", "c&d", "")), "a^b&c\\T\\d"),
        ([("a", "b"), "c"], "a^b~c"),
        ([], ""),
        (Null.DELETE, '""'),
        (("", ""), ""),
    ],
)
def test_fields(field: Field, written: str) -> None:
    assert encoded_field(field) == written


@pytest.mark.parametrize(
    ("segment", "written"),
    [
        (("MSH", {3: "A", 5: "B"}), "MSH|^~\\&|A||B"),
        (("PID", {1: "1", 3: "x", 7: ""}), "PID|1||x"),
        (("PID", {2: "", 5: Null.DELETE}), 'PID|||||""'),
        (("FTS", {}), "FTS"),
    ],
)
def test_segments(segment: tuple[str, dict[int, Field]], written: str) -> None:
    assert encoded_segment(segment) == written


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",))), min_size=1))
def test_whatever_the_text_it_comes_back(texts: list[str]) -> None:
    texts.append("end")
    line = encoded_segment(("ZZZ", {1: tuple(texts), 2: [tuple(texts), "x"], 3: (("s", *texts),)}))
    segment = parsed_segment(line)
    assert [component for (component,) in segment.value(1)[0]] == texts
    assert segment.value(2)[1] == [["x"]]
    assert segment.value(3) == [[["s", *texts]]]


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_an_escaped_text_has_no_delimiter_and_never_means_delete(text: str) -> None:
    written = escaped(text)
    assert not set(written) & set("|^&~\r\n\x0b\x1c")
    assert written != '""'
    assert unescaped(written) == text
