"""Family PHI: patients in the general log have names of the log's own, always the same for the same patient."""

import re
import time

import pytest

from gauntlet import expect
from gauntlet.addressing import names_patient
from gauntlet.errors import Inconclusive

pytestmark = pytest.mark.upstream("epic", "allscripts")

ROUNDS = 3
LOGGED_WITHIN_S = 5.0
_WORD = re.compile(r"[A-Za-z0-9._~-]{6,}")


@pytest.mark.requirement(
    "PHI-04", tripped_by=["logs-patient-ids", "logs-random-pseudonyms", "logs-one-pseudonym-for-all"]
)
def test_log_names_patients_consistently(app, logs, claims, new_chart):
    """The log names a patient by a pseudonym, the same in every line, another for another patient

    Two patients are read in turn, three times each, every read with its own correlation id. The lines of one patient's
    reads must share a word that no line of the other's has, and no line may hold a patient's id.

    Who looks into a fault must be able to follow one patient's requests through the log without learning whose they
    are.

    OWASP Logging Cheat Sheet, data to exclude: tokenise identifiers; GDPR article 4(5), pseudonymisation.
    """
    header = claims.audit.correlation_header if claims.audit else "X-Correlation-Id"
    charts = new_chart(), new_chart()
    since = logs.size()
    sent = {chart.id: [f"gauntlet-{chart.index}-log-{n}" for n in range(ROUNDS)] for chart in charts}
    for n in range(ROUNDS):
        for chart in charts:
            expect.status(app.read("Patient", chart.id, headers={header: sent[chart.id][n]}), 200)
    text = text_with(logs, since, [value for values in sent.values() for value in values])
    for chart in charts:
        named = names_patient(text, chart.id)
        expect.that(not named, "the log holds a patient's id", expected="a pseudonym", actual="the id")
    shared = {patient: words_shared(text, values) for patient, values in sent.items()}
    one, other = (shared[chart.id] for chart in charts)
    for own, foreign in ((one, other), (other, one)):
        expect.that(
            bool(own - foreign),
            "the lines about one patient have no name in common that those about another do not have",
            expected="a pseudonym for each patient",
            actual=f"shared by all lines: {', '.join(sorted(own)[:8]) or 'nothing'}",
        )


def text_with(logs, since, values, within_s=LOGGED_WITHIN_S):
    """Return the log since `since` once it names every value; one that it never names is inconclusive."""
    deadline = time.monotonic() + within_s
    while any(value not in (text := logs.text(since)) for value in values):
        if time.monotonic() > deadline:
            raise Inconclusive("the log does not name the correlation ids that were sent: no request can be found")
        time.sleep(0.05)
    return text


def words_shared(text, values):
    """Return the words that the lines of all these requests have in common."""
    lines = text.splitlines()
    of_each = [{word for line in lines if value in line for word in _WORD.findall(line)} for value in values]
    return set.intersection(*of_each)
