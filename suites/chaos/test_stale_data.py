"""Family RES: data served while the EHR is down says that it is old, is not too old, and is nobody else's."""

import time

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive, NoAnswer

REFUSED = (502, 503, 504)
SLACK_S = 1.0  # an answer can be under way so long
PAUSE_S = 0.3


def mark_of(answer, claims):
    """Return what marks an answer as old data, "" when nothing does."""
    if claims.cache.tag:
        system, _, code = claims.cache.tag.partition("|")
        tags = answer.json().get("meta", {}).get("tag", [])
        return claims.cache.tag if {"system": system, "code": code}.items() <= joined(tags) else ""
    value = answer.headers.get(claims.cache.header.lower(), "")
    if claims.cache.header.lower() == "warning" and not {"110", "111"} & set(value.replace(",", " ").split()):
        return ""
    return value


def joined(tags):
    """Return the system and code pairs of all tags."""
    return {pair for tag in tags for pair in tag.items()}


def asked(app, chart, interaction):
    """Read the patient, or search for its allergies."""
    if interaction == "read":
        return app.read("Patient", chart.id)
    return app.search("AllergyIntolerance", {"patient": chart.id})


@pytest.mark.requirement("RES-13", tripped_by=["serves-stale-unmarked"])
@pytest.mark.parametrize("interaction", ["read", "search"])
def test_old_data_is_marked(app, network, chart, claims, interaction):
    """What is served while the EHR is down says that it is not new

    Control: a read, or a search, that is answered by the EHR and carries no mark. Then the network in front of the EHR
    is cut, and the same is asked again: what is served must carry the claimed mark. Once the EHR is back the mark goes.

    A list of allergies from a moment ago is worth having, as long as everybody can see that it is one.

    RFC 5861 section 4; RFC 7234 section 5.5, warn codes 110 and 111.
    """
    control = expect.status(asked(app, chart, interaction), 200)
    expect.equal(mark_of(control, claims), "", "what the EHR has just said is marked as old")
    with network.down():
        answer = expect.status(asked(app, chart, interaction), 200)
    expect.that(
        bool(mark_of(answer, claims)),
        "what was served while the EHR was down is not marked",
        expected=claims.cache.tag or f"the header {claims.cache.header}",
        actual=answer.headers.get(claims.cache.header.lower(), "no such header"),
    )
    back = served_by_the_ehr(app, chart, interaction, claims)
    expect.equal(mark_of(back, claims), "", "what the EHR says after its return is still marked as old")


def served_by_the_ehr(app, chart, interaction, claims):
    """Ask until the answer carries no mark, for as long as recovery may take; return the last answer."""
    until = time.monotonic() + (claims.resilience.recovery_s if claims.resilience else 10.0)
    answer = asked(app, chart, interaction)
    while (answer.status != 200 or mark_of(answer, claims)) and time.monotonic() < until:
        time.sleep(PAUSE_S)
        answer = asked(app, chart, interaction)
    return answer


@pytest.mark.requirement("RES-13", tripped_by=["keeps-stale-answers", "rejuvenates-stale-answers"])
def test_nothing_older_than_claimed(app, ehr, network, chart, claims, measured):
    """Nothing is served that is older than claimed, however often it is asked for

    A patient is read, and the record at the EHR is changed. Then the network in front of the EHR is cut, and the
    patient is read again and again: until the claimed age the old record may be served, later none.

    The blood group of an hour ago is fine; the medication of an hour ago is not.

    RFC 5861 section 4: stale-if-error states the longest time.
    """
    max_age_s = claims.cache.max_age_s
    expect.status(app.read("Patient", chart.id), 200)
    read_at, last = time.monotonic(), None
    with ehr.changed("Patient", chart.id, {"active": False}), network.down():
        while time.monotonic() - read_at < max_age_s + SLACK_S:
            started = time.monotonic()
            if read(app, chart) == 200:
                last = started - read_at
            time.sleep(PAUSE_S)
        late = read(app, chart)
    if last is None:
        raise Inconclusive("nothing was served while the EHR was down: nothing was old")
    measured["oldest data served, s"], measured["claimed s"] = round(last, 2), max_age_s
    expect.that(
        late in REFUSED,
        "data that is older than claimed is served",
        expected=f"502, 503 or 504 after {max_age_s:g} s",
        actual=str(late),
    )
    expect.at_most(last, max_age_s + SLACK_S, "data that is older than claimed was served", "s")


def read(app, chart):
    """Read the patient and return the status, None when there was no answer."""
    try:
        return app.read("Patient", chart.id).status
    except NoAnswer:
        return None


@pytest.mark.requirement("RES-13", tripped_by=["stale-for-everybody"])
def test_old_data_keeps_within_rights(apps, app, network, new_chart, claims):
    """Old data is served to nobody who would not be given new data

    The app reads a patient. Control: an app that is launched for another patient, one whose scope has no patients in
    it, and one without a token are refused. Then the network in front of the EHR is cut, the app is served the old
    record, and the other three must be refused as before.

    An outage is when everybody looks into the system, and when fewest people watch it.

    RFC 9111 section 3.5: answers to requests with Authorization are not for others.
    """
    chart, other = new_chart(), new_chart()
    strangers = {
        "launched for another patient": apps.app(scope="patient/*.rs", patient=other.id),
        "without patients in its scope": apps.app(scope="system/AllergyIntolerance.rs"),
        "without a token": apps.anonymous(),
    }
    expect.status(app.read("Patient", chart.id), 200)
    for who, stranger in strangers.items():
        if read(stranger, chart) not in (401, 403):
            raise Inconclusive(f"the app {who} is not refused while the EHR is up")
    with network.down():
        if not any(read(app, chart) == 200 for _ in range(2)):
            raise Inconclusive("nothing was served while the EHR was down: there was nothing to get at")
        found = {who: read(stranger, chart) for who, stranger in strangers.items()}
    for who, status in found.items():
        expect.that(
            status in (401, 403, *REFUSED), f"old data is served to the app {who}", expected="403", actual=str(status)
        )
