from gauntlet.open_population import OpenPopulation, denials, permitting
from synthetic.population import Population

SEED = 20261121


class Ehr:
    def __init__(self):
        self.patched = {}
        self.recorded = Population(SEED, 300)
        self.removed = False

    def held(self, resource_type, patient):
        if self.removed:
            return []
        chart = self.recorded.chart(self.recorded.locate("Patient", patient))
        return [{"resource": item.body} for item in chart.of_type(resource_type)]

    def patch(self, resource_type, resource_id, change):
        self.patched[resource_type, resource_id] = change


def merged(body, change):
    """RFC 7396."""
    if not isinstance(change, dict):
        return change
    found = dict(body) if isinstance(body, dict) else {}
    for name, value in change.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), value)
    return found


def test_nobody_withholds_anything():
    recorded, ehr = Population(SEED, 300), Ehr()
    population = OpenPopulation(SEED, 300, ehr)
    denying = 0
    for index in range(300):
        chart = population.chart(index)
        assert [item.body for item in chart.resources] == [item.body for item in recorded.chart(index).resources]
        for item in chart.of_type("Consent"):
            left = merged(item.body, ehr.patched.get(("Consent", item.id), {}))
            denying += item in denials(chart)
            assert left["status"] == item.body["status"]
            if left["status"] == "active":
                assert "deny" not in str(left["provision"])
                assert left["provision"]["type"] == "permit"
    assert denying >= 10
    assert denying == len(ehr.patched)


def test_what_a_check_removed_is_left_alone():
    recorded, ehr = Population(SEED, 300), Ehr()
    ehr.removed = True
    index = next(index for index in range(300) if denials(recorded.chart(index)))
    OpenPopulation(SEED, 300, ehr).chart(index)
    assert ehr.patched == {}


def test_what_is_permitted_stays():
    purpose = [{"code": "TREAT"}]
    inner = {"type": "permit", "purpose": purpose}
    assert permitting({"type": "permit", "purpose": purpose, "provision": [{"type": "deny"}]}) == inner
    assert permitting({"type": "permit", "provision": [{"type": "deny"}, inner]}) == {
        "type": "permit",
        "provision": [inner],
    }
    assert permitting({"type": "deny", "purpose": purpose}) == {"type": "permit"}
