"""Family ENV: clocks, ways and claims are as they should be before anything else is judged."""

import time
from email.utils import parsedate_to_datetime

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive

CLOCKS_AGREE_WITHIN_S = 30.0
NEVER_CLAIMED = ("patch", "delete")


@pytest.mark.requirement("ENV-02", tripped_by=["tells-wrong-time"])
def test_clocks_agree(app, ehr, chart, measured):
    """The clocks of consumer, gateway and EHR agree within 30 seconds

    One read: the Date of the gateway's answer and the moment at which the EHR noted the call are compared with the
    consumer's clock before and after.

    Tokens, assertions and audit records all carry times; with clocks apart, access breaks and records contradict.

    RFC 9110 section 6.6.1, Date; IHE Consistent Time.
    """
    mark, before = ehr.mark(), time.time()
    answer = expect.status(app.read("Patient", chart.id), 200)
    after = time.time()
    told = expect.header(answer, "Date", "the answer carries no Date: the gateway's clock cannot be known")
    try:
        gateway = parsedate_to_datetime(told).timestamp()
    except ValueError:
        gateway = 0.0
    calls = ehr.calls(since=mark, patient=chart.id)
    if not calls:
        raise Inconclusive("the read did not reach the EHR: its clock is not known")
    for whose, moment in (("gateway", gateway), ("EHR", float(calls[0]["started"]))):
        apart = max(before - 1 - moment, moment - after, 0.0)
        measured[f"{whose}, seconds apart"] = round(apart, 1)
        expect.at_most(apart, CLOCKS_AGREE_WITHIN_S, f"the clock of the {whose} differs from the consumer's", "s")


@pytest.mark.requirement("ENV-03", tripped_by=["answers-without-ehr"])
def test_gateway_reaches_ehr_and_issuer(app, ehr, tokens, chart):
    """The gateway reaches the EHR and the issuer

    One read of a patient whom nobody asked for before must be seen in the EHR's journal; the issuer's journal must show
    that its keys, or a token, were asked for in this run.

    A gateway that answers without asking is a gateway whose answers are somebody's guess.

    RFC 8414, authorization server metadata; RFC 7517, key sets.
    """
    mark = ehr.mark()
    expect.status(app.read("Patient", chart.id), 200)
    expect.that(
        bool(ehr.calls(since=mark, patient=chart.id)),
        "the read was answered but never reached the EHR",
        expected="a call in the EHR's journal",
        actual="none",
    )
    asked = tokens.require_issuer().requests()
    expect.that(
        any(entry["endpoint"] in ("jwks", "introspect") for entry in asked),
        "the issuer was never asked for its keys nor about a token",
        expected="a call for the key set, or an introspection",
        actual=", ".join(sorted({entry["endpoint"] for entry in asked})) or "no call at all",
    )


@pytest.mark.requirement("ENV-04", tripped_by=["publishes-fewer-types", "publishes-unclaimed-deletes"])
def test_claims_agree_with_what_is_published(apps, claims):
    """What the target file claims is published, and no more writing than that

    The CapabilityStatement is compared with the claims: every claimed type with read and search, every type that may be
    written with create; creates of other types, patches and deletes that are published but cannot be claimed are
    listed, too.

    A certificate speaks of what was claimed. What is published beyond that is used by apps and was tested by nobody.

    FHIR R4, CapabilityStatement: rest.resource.interaction.
    """
    statement = expect.status(apps.anonymous().send("GET", "metadata"), 200).resource("CapabilityStatement")
    published = interactions(statement)
    writable = claims.write.types if claims.write else []
    missing = [name for name in claims.core.types if not {"read", "search-type"} <= published.get(name, set())]
    missing += [f"{name} (create)" for name in writable if "create" not in published.get(name, set())]
    extra = [f"{name} (create)" for name, codes in published.items() if "create" in codes and name not in writable]
    extra += [f"{name} ({code})" for name, codes in published.items() for code in NEVER_CLAIMED if code in codes]
    expect.equal(missing, [], "the target file claims what is not published")
    expect.equal(extra, [], "what is published is not claimed")


def interactions(statement):
    """Return the published interactions by type."""
    return {
        resource.get("type"): {item.get("code") for item in resource.get("interaction", [])}
        for rest in statement.get("rest", [])
        for resource in rest.get("resource", [])
    }
