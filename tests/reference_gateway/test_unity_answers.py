"""Unity's answers: nearly everything has status 200, the body decides."""

import pytest

from reference_gateway.ehr_request import EhrFailure, EhrReply
from reference_gateway.refusal import Refusal
from reference_gateway.unity_answers import UnityAnswers
from reference_gateway.unity_columns import COLUMNS

LOST = b'[{"Error":"Magic Error - Action: GetPatient - you were logged out because of inactivity."}]'
JUDGED = {
    "rows": (200, b'[{"getpatientinfo":[{"mrn":"1"}]}]', 200),
    "no rows": (200, b'[{"getpatientinfo":[]}]', 200),
    "a lost session": (200, LOST, 401),
    "a lost session as text": (200, b"error: you were logged out because of inactivity", 401),
    "no licence": (200, b'[{"Error":"Magic Error - Action is not valid for this license"}]', 403),
    "a database error": (200, b'[{"Error":"Error converting data type varchar to numeric."}]', 400),
    "a null reference": (200, b'[{"Error":"Object reference not set to an instance of an object."}]', 502),
    "a refused save": (200, b'[{"getpatientinfo":[{"STATUS":"Critical - no","ID":"0"}]}]', 422),
    "a page of the web tier": (404, b"<html>", 502),
    "overload": (503, b"<html>", 503),
}


@pytest.mark.parametrize(("status", "body", "judged"), JUDGED.values(), ids=JUDGED)
def test_judged(status, body, judged):
    assert UnityAnswers().judged(EhrReply(status, {}, body), "GetPatient").status == judged


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  ",
        b"<html>log in</html>",
        b"{}",
        b"[]",
        b"[1]",
        b'[{"getorders":[]}]',
        b'[{"getpatientinfo":[{"a":1}]}]',
    ],
)
def test_what_is_no_answer(body):
    with pytest.raises(EhrFailure, match="broken"):
        UnityAnswers().judged(EhrReply(200, {}, body), "GetPatient")


def test_rows_have_every_column_that_is_read():
    row = dict.fromkeys(COLUMNS["GetEncounterList"], "") | {"more": "1"}
    assert UnityAnswers().complete(row, "GetEncounterList") is row
    del row["DTTM"]
    with pytest.raises(Refusal, match="a row of GetEncounterList has no DTTM") as refused:
        UnityAnswers().complete(row, "GetEncounterList")
    assert refused.value.status == 502


def test_columns_of_other_actions_are_nobodys_concern():
    assert UnityAnswers().complete({"a": "1"}, "GetServerInfo") == {"a": "1"}
