import pytest

from gauntlet.answer import Answer
from gauntlet.errors import CheckFailed, Inconclusive, NoAnswer
from gauntlet.negative import NegativePair

OUTCOME = b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"login"}]}'


def answer(status, body=OUTCOME, content_type="application/fhir+json"):
    return Answer("GET http://g/Patient/p1", status, {"content-type": content_type}, body, 0.1)


class Journal:
    """The EHR's journal: every send adds the entries it causes."""

    def __init__(self):
        self.entries = []

    def mark(self):
        return len(self.entries)

    def calls(self, *, since):
        return self.entries[since:]

    def causing(self, result, *patients):
        def send():
            self.entries += [{"patients": list(item), "method": "GET", "path": "/Patient/p1"} for item in patients]
            if isinstance(result, Exception):
                raise result
            return result

        return send


@pytest.fixture
def journal():
    return Journal()


@pytest.fixture
def pair(journal):
    """Entries about p1 or about nobody are this check's; p9 is background."""
    return NegativePair(journal, lambda entry: not entry["patients"] or "p1" in entry["patients"])


GOOD = answer(200, b"{}")


def test_a_control_that_works_and_a_mutation_that_is_refused(pair, journal):
    refusal = answer(401)
    control = journal.causing(GOOD, ["p1"])
    assert pair(control, journal.causing(refusal), status=(401, 403), codes=("login",)) is refusal


@pytest.mark.parametrize(
    ("control", "patients", "reason"),
    [
        (answer(401), [["p1"]], "was not served: 401"),
        (answer(302), [["p1"]], "was not served: 302"),
        (answer(503), [["p1"]], "was not served: 503"),
        (NoAnswer("no answer: reset"), [["p1"]], "was not served: no answer: reset"),
        (CheckFailed("not a Patient"), [["p1"]], "was not served: not a Patient"),
        (GOOD, [], "succeeded but never reached the EHR"),
        (GOOD, [["p9"]], "succeeded but never reached the EHR"),
    ],
)
def test_without_a_good_control_nothing_is_judged(pair, journal, control, patients, reason):
    sent = []

    def mutation():
        sent.append(1)
        return answer(200)

    with pytest.raises(Inconclusive, match=reason):
        pair(journal.causing(control, *patients), mutation, status=(401,))
    assert not sent


def test_a_control_that_need_not_reach_the_ehr(pair, journal):
    assert pair(journal.causing(GOOD), journal.causing(answer(401)), status=(401,), control_reaches_ehr=False)


@pytest.mark.parametrize(
    ("mutation", "patients", "reason"),
    [
        (answer(200, b"{}"), [], "was answered with 200, not 401"),
        (answer(404), [], "was answered with 404, not 401"),
        (answer(500), [], "was answered with 500, not 401"),
        (answer(401), [["p1"]], "was refused with 401, but the EHR was asked all the same"),
        (answer(401), [[]], "but the EHR was asked all the same"),
        (answer(401), [["p9"], ["p9", "p1"]], "but the EHR was asked all the same"),
        (answer(401, b"no", "text/plain"), [], "is not FHIR JSON"),
        (answer(401, OUTCOME.replace(b"login", b"unknown")), [], "does not say what kind of error"),
        (NoAnswer("no answer: reset"), [], "no answer: reset"),
    ],
)
def test_what_is_no_refusal(pair, journal, mutation, patients, reason):
    with pytest.raises(CheckFailed, match=reason):
        pair(journal.causing(GOOD, ["p1"]), journal.causing(mutation, *patients), status=(401,), codes=("login",))


def test_a_refusal_may_be_allowed_some_calls(pair, journal):
    control = journal.causing(GOOD, ["p1"])
    assert pair(control, journal.causing(answer(404), ["p1"], ["p1"]), status=(404,), upstream_calls=2)
    with pytest.raises(CheckFailed, match="but the EHR was asked") as caught:
        pair(control, journal.causing(answer(404), ["p1"], ["p1"], ["p1"]), status=(404,), upstream_calls=2)
    assert caught.value.expected == "at most 2 data requests at the EHR"
    assert caught.value.actual.startswith("3: GET /Patient/p1, ")


def test_background_traffic_is_nobodys_doing(pair, journal):
    assert pair(journal.causing(GOOD, ["p1"]), journal.causing(answer(401), ["p9"]), status=(401,))


def test_without_codes_any_body_will_do(pair, journal):
    assert pair(journal.causing(GOOD, ["p1"]), journal.causing(answer(401, b"", "")), status=(401,))
