"""SMART scopes and the patient's compartment, and the defects that look past them."""

import pytest

from reference_gateway.scopes import grants


@pytest.mark.parametrize(
    ("scope", "granted"),
    [
        ("system/Patient.read", [("system", "Patient", "rs")]),
        ("user/*.write", [("user", "*", "cud")]),
        ("patient/*.*", [("patient", "*", "cruds")]),
        ("patient/Observation.rs openid", [("patient", "Observation", "rs")]),
        ("patient/Observation.sr", []),
        ("patient/Observation.", []),
        ("patient/Observation.rs?category=laboratory", []),
        ("Patient/Observation.rs", []),
        ("", []),
    ],
)
def test_what_a_scope_grants(scope, granted):
    assert [(grant.context, grant.resource_type, grant.actions) for grant in grants(scope)] == granted


CASES = {
    "other-type": ("GET", "Patient/pat1", {"scope": "system/Condition.rs"}, 403, "ignores-scope-type"),
    "read-is-no-search": ("GET", "Condition?patient=pat1", {"scope": "system/*.r"}, 403, "ignores-scope-action"),
    "search-is-no-read": ("GET", "Patient/pat1", {"scope": "system/*.s"}, 403, "ignores-scope-action"),
    "user-scope-without-user": ("GET", "Patient/pat1", {"scope": "user/*.rs"}, 403, None),
    "user-scope": ("GET", "Patient/pat1", {"scope": "user/*.rs", "fhirUser": "Practitioner/1"}, 200, None),
    "no-launch-patient": ("GET", "Patient/pat1", {"scope": "patient/*.rs"}, 403, None),
    "own-patient": ("GET", "Patient/pat1", {"scope": "patient/*.rs", "patient": "pat1"}, 200, None),
    "other-patient": (
        "GET",
        "Patient/pat2",
        {"scope": "patient/*.rs", "patient": "pat1"},
        403,
        "ignores-patient-scope-on-read",
    ),
    "other-record": (
        "GET",
        "Observation/obs2",
        {"scope": "patient/*.rs", "patient": "pat1"},
        404,
        "ignores-patient-scope-on-read",
    ),
    "other-search": (
        "GET",
        "Encounter?patient=pat2",
        {"scope": "patient/*.rs", "patient": "pat1"},
        403,
        "ignores-patient-scope-on-search",
    ),
    "two-patients": (
        "GET",
        "Encounter?patient=pat1&patient=pat2",
        {"scope": "patient/*.rs", "patient": "pat1"},
        400,
        "widens-repeated-patient",
    ),
    "by-id": ("GET", "Observation?_id=obs2", {"scope": "patient/*.rs", "patient": "pat1"}, 200, None),
    "create": ("POST", "AllergyIntolerance", {"scope": "system/*.rs"}, 403, "ignores-scope-action"),
    "create-other": (
        "POST",
        "AllergyIntolerance",
        {"scope": "patient/*.c", "patient": "pat2"},
        403,
        "ignores-patient-scope-on-create",
    ),
}


@pytest.mark.anyio
@pytest.mark.parametrize(("method", "path", "claims", "status", "defect"), CASES.values(), ids=CASES)
async def test_scopes_are_enforced(world, kit, method, path, claims, status, defect):
    body = kit.allergy() if method == "POST" else None
    async with world() as w:
        answer = await w.send(method, f"/fhir/R4/{path}", token=w.token(**claims), body=body)
        assert answer.status == status, answer.body
        assert "pat2" not in answer.body.decode()
        assert ("insufficient_scope" in answer.headers.get("www-authenticate", "")) == (status == 403)
    if defect:
        async with world(defect=defect) as w:
            answer = await w.send(method, f"/fhir/R4/{path}", token=w.token(**claims), body=body)
            assert answer.status in (200, 201), answer.body


@pytest.mark.anyio
async def test_patient_is_added_to_searches(world):
    async with world() as w:
        token = w.token(scope="patient/*.rs", patient="pat1")
        assert (await w.get("Encounter", token=token)).ids() == ["enc1"]
        assert "patient=pat1" in w.ehr.calls()[0].query
        assert (await w.get("Patient?identifier=M-pat1", token=token)).ids() == ["pat1"]
