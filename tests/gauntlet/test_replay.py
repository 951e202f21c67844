from dataclasses import replace

import pytest

from gauntlet.replay import Ending, compare, neutral
from gauntlet.result import Exchange, FaultWindow
from gauntlet.verdict import Verdict
from tests.gauntlet.samples import result


def sent(path="Patient/1", port=1234, body="", side="consumer", **headers):
    at = f"http://127.0.0.1:{port}/fhir/{path}"
    return Exchange(side, 0, 1, "GET", at, 200, request_headers=headers, request_body=body)


def ended(verdict=Verdict.FAIL, exchanges=(), **changes):
    return result("CON-01", verdict, exchanges=list(exchanges), **changes)


def fault(definition="{}", name="storm", port=1):
    return FaultWindow(name, "ehr", 0, 1, 3, definition.replace("PORT", f"http://127.0.0.1:{port}"))


def test_the_same_again_at_another_place():
    before = ended(exchanges=[sent(port=1, authorization="Bearer a", accept="x"), sent("x", 1, side="ehr")])
    after = ended(exchanges=[sent(port=2, authorization="Bearer b", accept="x")])
    found = compare(before, after)
    assert (found.ending, found.exit_code) == (Ending.SAME, 0)
    assert found.told[0] == "fail again; 1 requests and 0 faults compared"


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (sent("Patient/2"), "request 1 was 'GET {lab}/fhir/Patient/1"),
        (sent(body="{}"), "request 1 was"),
        (sent(accept="y"), "request 1 was"),
        (sent(side="ehr"), "1 requests were sent, now 0"),
    ],
    ids=["path", "body", "header", "none"],
)
def test_other_requests_differ(other, told):
    found = compare(ended(exchanges=[sent()]), ended(exchanges=[other]))
    assert (found.ending, found.exit_code) == (Ending.DIFFERS, 1)
    assert found.told[0].startswith(told)


@pytest.mark.parametrize(
    ("was", "is_now", "ending"),
    [
        (Verdict.FAIL, Verdict.FAIL, Ending.SAME),
        (Verdict.FAIL, Verdict.PASS, Ending.DIFFERS),
        (Verdict.PASS, Verdict.WARN, Ending.DIFFERS),
        (Verdict.WAIVED, Verdict.FAIL, Ending.SAME),
        (Verdict.WAIVED, Verdict.PASS, Ending.DIFFERS),
        (Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE, Ending.SAME),
        (Verdict.INCONCLUSIVE, Verdict.PASS, Ending.DIFFERS),
        (Verdict.FAIL, Verdict.INCONCLUSIVE, Ending.IMPOSSIBLE),
        (Verdict.FAIL, Verdict.ERROR, Ending.IMPOSSIBLE),
        (Verdict.FAIL, Verdict.NOT_CLAIMED, Ending.IMPOSSIBLE),
        (Verdict.NOT_CLAIMED, Verdict.NOT_CLAIMED, Ending.IMPOSSIBLE),
    ],
)
def test_verdicts(was, is_now, ending):
    assert compare(ended(was, [sent()]), ended(is_now, [sent()])).ending is ending


def test_what_left_nothing_cannot_be_repeated():
    found = compare(ended(Verdict.INCONCLUSIVE), ended(exchanges=[sent()]))
    assert (found.ending, found.exit_code) == (Ending.IMPOSSIBLE, 3)


def test_a_pass_is_compared_by_first_lines_and_only_as_far_as_it_was_kept():
    before = ended(Verdict.PASS, [sent(str(number)) for number in range(12)])
    more = [sent(str(number), body="x") for number in range(14)]
    assert compare(before, replace(ended(Verdict.PASS, more[:12]))).ending is Ending.SAME
    assert compare(before, ended(Verdict.FAIL, more)).told == [
        "the verdict was pass (-), now it is fail (reason of CON-01)"
    ]


def test_requests_sent_at_once_may_come_in_another_order():
    one, two = sent("1"), sent("2")
    assert compare(ended(exchanges=[one, two]), ended(exchanges=[two, one])).ending is Ending.SAME


def test_links_of_the_gateway_s_own_making_are_not_ours():
    long = "Observation?_page=" + "aB3_-" * 12
    assert compare(ended(exchanges=[sent(long)]), ended(exchanges=[sent(long.replace("3", "7"))])).ending is Ending.SAME
    assert neutral("Patient/eSvFQBSiHxzIFRd95PkOhd54") == "Patient/eSvFQBSiHxzIFRd95PkOhd54"


@pytest.mark.parametrize(
    ("armed", "ending"),
    [
        ([fault('{"to": "PORT"}', port=2)], Ending.SAME),
        ([fault('{"status": 500}')], Ending.DIFFERS),
        ([], Ending.DIFFERS),
    ],
)
def test_the_upstream_script_is_compared(armed, ending):
    before = ended(exchanges=[sent()], faults=[fault('{"to": "PORT"}')])
    assert compare(before, ended(exchanges=[sent()], faults=armed)).ending is ending
