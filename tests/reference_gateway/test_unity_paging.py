"""Pages of rows: they go on behind a record, not at a position; and what a search for one id may find."""

from urllib.parse import parse_qsl

import pytest

from reference_gateway.defects.unity_contract import PagesByPosition
from reference_gateway.ehr_request import EhrRequest
from reference_gateway.refusal import Refusal
from reference_gateway.unity_ehr import UnityEhr

PARTS = (None, None, None, None)


def asked(*query):
    return EhrRequest("GET", "Condition", "Condition", "c", "t", None, query=query)


def records(*names):
    return [{"resourceType": "Condition", "id": name} for name in names]


def pages(ehr, before, after):
    """The ids of the pages of two, when the records change after the first one."""
    found, held, query = [], before, (("patient", "p1"), ("_count", "2"))
    for _ in range(9):
        bundle = ehr.page("Condition", held, asked(*query))
        found.append([entry["resource"]["id"] for entry in bundle["entry"]])
        if "link" not in bundle:
            return found
        held, query = after, tuple(parse_qsl(bundle["link"][0]["url"].partition("?")[2]))
    raise AssertionError("paging does not end")


def test_pages_hold_everything_once():
    all_of_them = records("a", "b", "c", "d", "e")
    assert pages(UnityEhr(*PARTS), all_of_them, all_of_them) == [["a", "b"], ["c", "d"], ["e"]]


def test_what_is_gone_shifts_nothing():
    before, after = records("a", "b", "c", "d", "e"), records("b", "c", "d", "e")
    assert pages(UnityEhr(*PARTS), before, after) == [["a", "b"], ["c", "d"], ["e"]]
    assert pages(PagesByPosition(*PARTS), before, after) == [["a", "b"], ["d", "e"]]


def test_what_is_new_is_not_delivered_twice():
    before, after = records("a", "b", "c"), records("n", "a", "b", "c")
    assert pages(UnityEhr(*PARTS), before, after) == [["a", "b"], ["c"]]


def test_a_page_behind_a_record_that_is_gone_is_refused():
    with pytest.raises(Refusal, match="start the search again") as refused:
        pages(UnityEhr(*PARTS), records("a", "b", "c"), records("a", "c"))
    assert refused.value.status == 409


@pytest.mark.parametrize(
    ("query", "numbered"),
    [
        ({}, True),
        ({"identifier": "urn:x|12"}, True),
        ({"identifier": "9,12"}, True),
        ({"identifier": "urn:x|1"}, False),
    ],
    ids=["none", "its-own", "one-of-two", "another"],
)
def test_a_record_has_the_number_that_is_asked_for(query, numbered):
    assert UnityEhr(*PARTS).is_numbered({"identifier": [{"value": "12"}]}, query) is numbered
