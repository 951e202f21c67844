"""Family LOD: the nightly batch beside people at work, and a burst of writes. Counted at the EHR and by truth."""

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive
from gauntlet.load.judge import verdict_of
from gauntlet.verdict import Verdict

LEAST_WRITES = 20


@pytest.mark.requirement("LOD-02", tripped_by=["loses-matches-when-busy", "batch-blocks-the-rest"])
def test_nightly_sync(load, measured):
    """The nightly job brings every record once and in time, and nobody at work feels it

    The batch app searches every type of many patients, several requests at once, obeying Retry-After; the interactive
    app's requests arrive meanwhile and are held to the objectives. What the job was given is compared with the truth of
    the charts, record by record.

    A warehouse that misses records decides on a hospital that does not exist; a job that blocks the night shift is
    switched off.

    Integrating FHIR with Allscripts, section 6.
    """
    run = load.run("nightly-sync")
    job = run.sync
    if job is None:
        raise Inconclusive(f"the profile {run.profile.name} has no batch job: [sync] is missing")
    measured["records"], measured["told to wait"] = sum(job.delivered.values()), job.waited
    wanted = [f"{kind}/{name}" for kind, name in job.wanted]
    got = [f"{kind}/{name}" for (kind, name), times in job.delivered.items() for _ in range(times)]
    expect.that(
        not job.failures,
        "searches of the job failed",
        expected=f"every search of {len(job.charts)} charts served",
        actual="; ".join(job.failures[:3]),
    )
    expect.same_set(got, wanted, "what the nightly job was given")
    if run.result.verdict is Verdict.INCONCLUSIVE:
        raise Inconclusive(run.result.reason)
    if job.took_s is None:
        raise Inconclusive("the job did not end with the load")
    measured["job took s"] = round(job.took_s, 1)
    if job.took_s > job.sync.window_s:
        run.require_calm()
    expect.at_most(job.took_s, job.sync.window_s, "the job was not done in its window", "s")
    missed = [item for item in run.result.objectives if item.missed]
    expect.that(
        not missed,
        "who works at night feels the job: an objective is not held",
        expected="; ".join(f"{item.label} at most {item.limit:g}" for item in missed),
        actual="; ".join(f"{item.label} = {item.measured:g}" for item in missed),
    )


@pytest.mark.requirement("LOD-03", tripped_by=["acknowledges-lost-writes-when-busy", "writes-twice-when-busy"])
def test_no_referral_is_lost_or_doubled(load, ehr, measured):
    """In a burst of writes nothing that was acknowledged is lost, and nothing is written twice

    Records of a type that the gateway claims to write arrive in a burst, each patient's in turn. Afterwards the EHR is
    asked what it holds: for each patient at least as many new records as were acknowledged, and at most as many as
    were sent.

    A lost referral is a patient who is never called; a doubled one takes somebody else's appointment.

    Integrating FHIR with Allscripts, section 6.
    """
    run = load.run("referral-burst")
    writes = run.raw.writes
    sent, acknowledged = (sum(counts[place] for counts in writes.values()) for place in (0, 1))
    measured["writes sent"], measured["acknowledged"] = sent, acknowledged
    if acknowledged < LEAST_WRITES:
        raise Inconclusive(f"{acknowledged} of {sent} writes were acknowledged: too few to say anything")
    lost = doubled = 0
    for patient, (asked, confirmed) in writes.items():
        new = len(ehr.written(run.create_type, run.patients[patient])) - run.held_before[patient]
        lost += max(0, confirmed - new)
        doubled += max(0, new - asked)
    measured["lost"], measured["doubled"] = lost, doubled
    expect.that(
        lost == 0 and doubled == 0,
        "acknowledged writes are lost or doubled",
        expected=f"each of {acknowledged} acknowledged writes at the EHR, none of {sent} more than once",
        actual=f"{lost} lost, {doubled} doubled",
    )
    verdict, reason = verdict_of(run.raw, [], "MUST")
    if verdict is Verdict.INCONCLUSIVE:
        raise Inconclusive(reason)
