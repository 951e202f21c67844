"""Family CON behind Unity: what rows say is delivered, and nothing else; judged by what the chart's records say.

Unity has no ids that consumers could know: records are matched by everything that a row can tell of them.
"""

import itertools
import re
from collections import Counter

import pytest

from gauntlet import expect
from gauntlet.check import CHARTS_PER_CHECK
from gauntlet.errors import Inconclusive
from gauntlet.properties.search_model import fits
from gauntlet.sweep import all_matches
from gauntlet.target_values import CLAIMABLE_TYPES

pytestmark = pytest.mark.upstream("allscripts")

READS = 12  # of each chart
CHARTS = 3  # one patient may have nothing with a date
TRAILING_ZERO = re.compile(rb'"valueQuantity":\{"value":-?\d+\.\d+0,')


def delivered_of(planting, resource_type, chart):
    """Return everything of a type that is delivered for a chart, by id."""
    if resource_type == "Patient":
        patient = planting.delivered_patient(chart)
        return {patient["id"]: patient}
    return planting.delivered(resource_type, chart)


def require_claimed(resource_type, claims):
    """Skip a type the target does not claim."""
    if resource_type not in claims.core.types:
        pytest.skip(f"the target does not claim {resource_type}")


@pytest.mark.requirement("CON-06", tripped_by=["shifts-dates-of-rows"])
@pytest.mark.parametrize("resource_type", CLAIMABLE_TYPES)
def test_a_read_says_what_the_row_says(app, planting, new_chart, claims, twins_of, resource_type):
    """A read returns the record that was asked for, and it says what the chart's record says

    Every record of a type that a search finds for some patients is read by its id; each must have that id, and say what
    one record of the chart says, in all that rows of Unity can carry: code, status, times, values to the last digit.

    A dose, a date or a unit that changes on the way is an error in treatment.

    FHIR R4, read; fact sheet of Unity's rows.
    """
    require_claimed(resource_type, claims)
    for chart in charts_with(resource_type, new_chart):
        ids = list(delivered_of(planting, resource_type, chart))[:READS]
        read = [expect.status(app.read(resource_type, name), 200).resource(resource_type) for name in ids]
        expect.equal([item["id"] for item in read], ids, "another record was delivered than the one asked for")
        require_said(twins_of(chart, resource_type, read))


def charts_with(resource_type, new_chart):
    """Return some charts that have records of a type. Inconclusive without any."""
    having = (chart for chart in (new_chart() for _ in range(CHARTS_PER_CHECK)) if chart.of_type(resource_type))
    found = list(itertools.islice(having, CHARTS))
    if not found:
        raise Inconclusive(f"no chart of this check has a record of {resource_type}")
    return found


def require_said(found):
    """Fail when something is delivered that no record of the chart says."""
    expect.that(
        not found.extra,
        f"{len(found.extra)} records are delivered that say what no record of the chart says",
        expected=f"what one of these says: {[record.json.decode() for record in found.missing[:2]]}"[:1500],
        actual=str([dict(item) for item in found.extra[:2]])[:1500],
    )


@pytest.mark.requirement("CON-06", tripped_by=["rounds-decimals-of-rows"])
def test_rows_keep_trailing_zeros(planting, chart_where):
    """A measured value keeps the digits that the row shows: 1.50 is not 1.5

    Observations of a chart with values that end in a zero after other decimals: each such value must be delivered as
    often as the chart has it.

    The number of digits says how exactly was measured; a creatinine of 0.90 is not one of 0.9.

    FHIR R4, decimal: implementations shall handle precision.
    """
    chart = chart_where(lambda chart: any(TRAILING_ZERO.search(item.json) for item in chart.of_type("Observation")))
    recorded = [item for item in chart.of_type("Observation") if TRAILING_ZERO.search(item.json)]
    truth = Counter(str(item.body["valueQuantity"]["value"]) for item in recorded)
    found = Counter(
        str(item.get("valueQuantity", {}).get("value")) for item in planting.delivered("Observation", chart).values()
    )
    lost = {value: count for value, count in truth.items() if found[value] < count}
    expect.equal(lost, {}, "values have lost digits")


@pytest.mark.requirement("CON-07", tripped_by=["drops-last-row"])
@pytest.mark.parametrize("resource_type", [name for name in CLAIMABLE_TYPES if name != "Patient"])
def test_search_finds_what_rows_say(planting, chart_where, claims, twins_of, resource_type):
    """A search by patient finds each record of the chart once, and nothing else

    Searches one type by patient. Each record of the chart must be found, matched by what it says, and nothing beyond
    them; an appointment that is still to come is an encounter of Unity, too.

    A missing allergy is a wrong prescription.

    FHIR R4, search; fact sheet of Unity's rows.
    """
    require_claimed(resource_type, claims)
    chart = chart_where(lambda chart: bool(chart.of_type(resource_type)))
    found = twins_of(chart, resource_type, planting.delivered(resource_type, chart).values())
    if not found.pairs and not found.missing:
        raise Inconclusive(f"the chart has no {resource_type}")
    expect.equal([record.json.decode() for record in found.missing], [], f"{resource_type} of the chart are not found")
    require_said(found)


def observations(planting, chart):
    """Return the observations of a chart as they are delivered without filters. Inconclusive without any."""
    found = list(planting.delivered("Observation", chart).values())
    if not found:
        raise Inconclusive("no observation of the chart is delivered")
    return found


@pytest.mark.requirement("CON-07", tripped_by=["ignores-dates-of-rows"])
def test_search_by_date_behind_rows(app, planting, new_chart):
    """A date range returns exactly the records inside it, by the instants that local times were turned into

    Vital signs and results of a patient are searched since one of their days. Of what is found without the date,
    everything must be there that surely is since that day, nothing that surely is not; whose midnight is meant, servers
    may choose.

    A trend drawn over too many or too few values misleads.

    FHIR R4, search, date prefixes.
    """
    for chart in [new_chart() for _ in range(CHARTS)]:
        whole = observations(planting, chart)
        days = sorted({item["effectiveDateTime"][:10] for item in whole if "effectiveDateTime" in item})
        if len(days) > 1:
            break
    else:
        raise Inconclusive("no chart of this check has observations of two days")
    category = "vital-signs,laboratory,social-history"
    require_filtered(app, chart, whole, {"category": category, "date": f"ge{days[-1]}"})


@pytest.mark.requirement("CON-07", tripped_by=["ignores-codes-of-rows"])
def test_search_by_code_behind_rows(app, planting, chart):
    """A code returns exactly the records with that code, though rows have local codes

    Searches observations by patient and the first code of one of them; compares with what is found without the code.

    FHIR R4, search, token parameters.
    """
    whole = observations(planting, chart)
    coded = [item["code"]["coding"][0] for item in whole if item["code"].get("coding")]
    if not coded:
        raise Inconclusive("no observation has a code")
    require_filtered(app, chart, whole, {"code": f"{coded[0]['system']}|{coded[0]['code']}"})


def require_filtered(app, chart, whole, params):
    """Fail unless a search finds, of the whole, what must fit and nothing that must not. Inconclusive if all fit."""
    verdicts = {item["id"]: fits(item, params.items()) for item in whole}
    if True not in verdicts.values() or False not in verdicts.values():
        raise Inconclusive(f"{params} does not part the records of the chart")
    answer = expect.status(app.search("Observation", {"patient": chart.id, **params, "_count": 200}), 200)
    found = [item["id"] for item in all_matches(app, answer)]
    must, may = ([name for name, verdict in verdicts.items() if verdict in allowed] for allowed in ((True,), (None,)))
    expect.same_set([name for name in found if name not in may], must, f"observations by {params}")
