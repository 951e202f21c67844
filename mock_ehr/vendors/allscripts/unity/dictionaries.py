"""Local dictionaries and formularies: codes of this site in place of standard ones.

That there are dictionaries, and that they are padded, is seen (U1 U2 U3); the entries are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mock_ehr.search_values import fold
from mock_ehr.vendors.allscripts.unity.action import Action, Ask, Result
from mock_ehr.vendors.allscripts.unity.errors import UnityError
from synthetic.writers.unity_clinical import glued, local_code
from synthetic.writers.unity_quirks import Row
from synthetic.writers.unity_values import words_of
from synthetic.writers.unity_visits import ENCOUNTER_TYPES

DICTIONARIES: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "document_type_de": (
            ("ProgNote", "Progress note"),
            ("sEKG", "EKG"),
            ("Letter", "Letter"),
            ("Chart", "Chart"),
        ),
        "encounter_type_de": tuple((kind, kind) for kind in ENCOUNTER_TYPES),
        "task_type_de": (("CallBack", "Call Back"), ("RxRenew", "Rx Renewal"), ("VerifyRes", "Verify Results")),
        "sex_de": (("F", "Female"), ("M", "Male"), ("O", "Other"), ("U", "Unknown")),
        "order_category_de": (("LAB", "Laboratory"), ("RAD", "Imaging"), ("REF", "Referral")),
        "lab_de": (("1001", "Laboratory report"), ("1002", "Basic metabolic panel"), ("1003", "Complete blood count")),
    }
)
PHARMACIES = (
    ("7001", "Example Pharmacy Main Street", "1 Main Street", "(215) 555-0160"),
    ("7002", "Sample Drugs North", "20 North Road", "(215) 555-0161"),
    ("7003", "Test Apothecary", "300 Market Square", "(215) 555-0162"),
)


def entry_name(dictionary: str, code: str) -> str:
    """Return the name of an entry by its code or its name, "" when there is none."""
    wanted = code.strip().lower()
    entries = DICTIONARIES[dictionary]
    return next((name for known, name in entries if wanted in (known.lower(), name.lower())), "")


def dictionary(ask: Ask) -> Result:
    """GetDictionary: Parameter1 is its name."""
    entries = DICTIONARIES.get(ask.parameter(1).lower())
    if entries is None:
        raise UnityError(f"Dictionary {ask.parameter(1)} was not found")
    rows = [
        {"EntryCode": ask.rows.code(code), "EntryName": name, "EntryMnemonic": code, "Active": "Y"}
        for code, name in entries
    ]
    return Result(rows)


def document_types(ask: Ask) -> Result:
    """GetDocumentType: the dictionary of document types, or the entry that Parameter1 names."""
    wanted = ask.parameter(1).lower()
    entries = DICTIONARIES["document_type_de"]
    chosen = [entry for entry in entries if wanted in ("", entry[0].lower(), entry[1].lower())]
    return Result([{"DocumentType": ask.rows.code(code), "DocumentTypeName": name} for code, name in chosen])


def medications(ask: Ask) -> Result:
    """SearchMeds: Parameter1 is a part of the name."""
    wanted = fold(ask.parameter(1))
    names = (resource.body["code"] for resource in ask.site.directory.of_type("Medication"))
    found = [code for code in names if wanted and wanted in fold(words_of(code))]
    return Result(
        [
            {"DDID": ask.rows.code(local_code(words_of(code))), "DrugName": words_of(code), "code": glued(code)}
            for code in found
        ]
    )


def pharmacy_row(pharmacy: tuple[str, str, str, str]) -> Row:
    """Return one pharmacy as a row."""
    return dict(zip(("PharmID", "PharmName", "Address1", "Phone"), pharmacy, strict=True))


def pharmacies(ask: Ask) -> Result:
    """SearchPharmacies: Parameter1 is a part of the name."""
    wanted = fold(ask.parameter(1))
    return Result([pharmacy_row(one) for one in PHARMACIES if wanted in fold(one[1])])


def patient_pharmacies(ask: Ask) -> Result:
    """GetPatientPharmacies: the one that the patient goes to."""
    record = ask.chart()
    if record is None:
        return Result([])
    return Result([pharmacy_row(PHARMACIES[record.chart.index % len(PHARMACIES)])], (record.patient["id"],))


ACTIONS = (
    Action("GetDictionary", dictionary),
    Action("GetDocumentType", document_types),
    Action("SearchMeds", medications, "search", ("Medication",)),
    Action("SearchPharmacies", pharmacies),
    Action("GetPatientPharmacies", patient_pharmacies),
)
