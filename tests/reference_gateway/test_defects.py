"""The table of defects, and defects that show outside the wire."""

import re

import pytest

from reference_gateway.composition import Parts
from reference_gateway.defects import DEFECTS, parts_with

KEY = {"Idempotency_Key": '"one"'}


@pytest.mark.anyio
async def test_logs_of_defects(world, capsys):
    async with world(defect="logs-patient-names") as w:
        await w.get("Patient?family=Quintessence&birthdate=1970-02-03")
    assert "Quintessence" in capsys.readouterr().err
    async with world(defect="logs-upstream-token") as w:
        await w.get("Patient/pat1")
    assert "ehr-token-1" in capsys.readouterr().err


@pytest.mark.anyio
async def test_keys_in_memory(world, kit, folder):
    for expected in (1, 1):
        async with world(folder=folder / "state", defect="keys-in-memory") as w:
            await w.post("AllergyIntolerance", kit.allergy(), **KEY)
            assert len(w.ehr.written) == expected


# One behaviour that two components share.
TWO_PARTS = {
    "unchained-audit",
    "accepts-foreign-pages",
    "hides-terminology-version",
    "tells-an-old-terminology-version",
}


def test_every_defect_replaces_one_part_and_names_a_requirement():
    honest = vars(Parts())
    for defect in DEFECTS.values():
        changed = [name for name, part in vars(parts_with(defect.name)).items() if part is not honest[name]]
        believed = {"verifier", "revocation"} <= {*changed}  # the issuer, if asked, would know better
        by_vendor = {*changed} == {"ehr_tokens", "unity_sessions"}  # one gateway has either
        assert len(changed) == (2 if believed or by_vendor or defect.name in TWO_PARTS else 1), defect.name
        assert re.fullmatch(r"[A-Z]{3}-\d\d", defect.breaks)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", defect.name)
        assert defect.summary


def test_unknown_defect_names_the_closest():
    with pytest.raises(KeyError, match="did you mean skips-expiry"):
        parts_with("skips-expiri")
