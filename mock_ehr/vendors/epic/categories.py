"""The categories that Epic's searches know, by type; another one is refused or remarked on (59111, 59101)."""

from __future__ import annotations

from collections.abc import Mapping

CATEGORIES: Mapping[str, frozenset[str]] = {
    "AllergyIntolerance": frozenset(("food", "medication", "environment", "biologic")),
    "Condition": frozenset((
        "problem-list-item", "encounter-diagnosis", "health-concern", "medical-history", "care-plan-problem",
        "genomics", "dental-finding", "infection", "reason-for-visit",
    )),
    "MedicationRequest": frozenset(("inpatient", "outpatient", "community", "discharge", "patientspecified")),
    "Observation": frozenset((
        "vital-signs", "laboratory", "social-history", "imaging", "procedure", "survey", "exam", "therapy",
        "activity", "core-characteristics", "functional-mental-status", "sdoh", "smartdata", "labor-delivery",
        "obstetrics-gynecology", "lda", "newborn", "genomics", "periodontal", "reproductive-health",
    )),
}  # fmt: skip
