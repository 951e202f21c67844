"""Drafts: the same bytes one by one as all together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from synthetic.draft import Draft, filed, lines, octets

WORDS = "Zoë 李 O\N{RIGHT SINGLE QUOTATION MARK}Brien"


def _draft(resource_id: str, words: str) -> Draft:
    return "Basic", resource_id, ('{"id":"', resource_id, '","text":"', octets(words), '"}\n')


def test_a_filed_draft_is_utf8_without_the_end_of_its_line() -> None:
    assert filed(_draft("a", WORDS)) == ("Basic", "a", f'{{"id":"a","text":"{WORDS}"}}'.encode())


def test_lines_are_the_filed_drafts_one_after_the_other() -> None:
    drafts = [_draft("a", "plain"), _draft("b", WORDS)]
    assert lines(drafts) == b"".join(filed(draft).json + b"\n" for draft in drafts)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_octets_are_one_character_a_byte(words: str) -> None:
    assert octets(words).encode("latin-1") == words.encode()
