"""Family CON: the contracts of consumers hold, interaction by interaction."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from gauntlet import expect, places
from gauntlet.contracts.filling import pact_of
from gauntlet.contracts.interaction import PROVIDER, read_pacts
from gauntlet.contracts.relay import relay
from gauntlet.contracts.states import STATES, Stage, bring_about
from gauntlet.contracts.verification import require_pact, verify
from gauntlet.errors import Inconclusive
from gauntlet.plugin import SESSION

# What trips an interaction, by its name, beside what trips all.
DEFECTS = {
    "scheduling-app-a-booked-appointment": ["forgets-appointment-times"],
    "scheduling-app-an-appointment-that-was-cancelled": ["serves-first-version"],
    "medication-reconciliation-a-prescription-that-was-stopped": ["serves-first-version"],
    "lab-viewer-a-result-that-was-corrected": ["serves-first-version"],
    "lab-viewer-a-numeric-result-with-its-unit": ["writes-numbers-as-text"],
    "registration-desk-a-patient-with-a-new-phone-number": ["serves-first-version"],
    "registration-desk-a-patient-by-record-number": ["forgets-identifier-systems"],
    "registration-desk-a-patient-nobody-knows": ["server-error-for-unknown-id"],
    "registration-desk-a-patient-without-a-token": ["accepts-anonymous"],
}


def pytest_generate_tests(metafunc):
    """Make one check of each interaction: of our own contracts, then of those that the target file names."""
    target = metafunc.config.stash[SESSION].target
    found = read_pacts(places.bundled("scenarios") / "pacts", PROVIDER, STATES)
    params = [param(item, item.name) for item in found]
    if target.file.contract.pacts is not None:
        folder = target.path.parent / Path(target.file.contract.pacts)
        given = read_pacts(folder, target.file.contract.provider, STATES)
        params += [param(item, f"given-{number}-{item.name}") for number, item in enumerate(given, 1)]
    metafunc.parametrize("interaction", params)


def param(interaction, name):
    """Return an interaction as a parameter with the defects that trip it."""
    tripped_by = ["serves-plain-json", "plain-json-of-rows", *DEFECTS.get(name, [])]
    return pytest.param(interaction, id=name, marks=pytest.mark.requirement("CON-17", tripped_by=tripped_by))


@pytest.mark.upstream("epic", "allscripts")
def test_contract_of_a_consumer(interaction, apps, claims, ehr, new_chart, chart_where, record_pairs):
    """A consumer gets the answer that its contract asks for

    The contract's provider state is brought about: a chart is chosen, a record changed at the EHR. Then its request is
    sent with a token and the answer compared with the contract by pact-python: status, headers, and each part of the
    body the consumer reads.

    A contract is what an app on the ward relies on. A gateway that keeps FHIR's rules and breaks it breaks the app.

    Pact specification 4; contracts of a scheduling app, medication reconciliation, a lab viewer and a registration
    desk, and those that the target file names.
    """
    if interaction.obstacle:
        raise Inconclusive(interaction.obstacle)
    require_pact()
    if interaction.resource_type and interaction.resource_type not in claims.core.types:
        pytest.skip(f"the target does not claim {interaction.resource_type}")
    with ExitStack() as undo:
        stage = Stage(apps, ehr, new_chart, undo, record_pairs, chart_where)
        values = bring_about(interaction.states, stage)
        require_served(interaction, stage)
        with relay(stage.app) as relayed:
            found = verify(pact_of(interaction, values), relayed.url)
    if relayed.failures:
        raise relayed.failures[0]
    if len(relayed.answers) != 1:
        raise Inconclusive(f"the verifier sent {len(relayed.answers)} requests, not one")
    expect.that(
        not found,
        f"{interaction.consumer} does not get {interaction.description}: {found[0] if found else ''}",
        expected=f"the answer that {interaction.file} describes",
        actual="\n".join([str(item) for item in found[:8]] + [relayed.answers[0].brief()]),
    )


def require_served(interaction, stage):
    """Raise Inconclusive when a refusal is asked for and the gateway serves nothing anyway."""
    if interaction.wanted_status < 400:
        return
    chart = stage.chart or stage.patient()
    control = stage.apps.app().read("Patient", chart.id)
    if control.status != 200:
        raise Inconclusive(f"the control failed: {control.sent} was answered with {control.brief()}")
