"""Laboratory panels and report types: LOINC (c) 1995-2025 Regenstrief Institute, loinc.org/license, unaltered."""

from __future__ import annotations

LABORATORY_REPORT = ("11502-2", "Laboratory report")
BASIC_METABOLIC = ("24321-2", "Basic metabolic 2000 panel - Serum or Plasma")
PROGRESS_NOTE = ("11506-3", "Progress note")
DISCHARGE_SUMMARY = ("18842-5", "Discharge summary")
CONSENT_DOCUMENT = ("59284-0", "Consent Document")
SMOKING_STATUS = ("72166-2", "Tobacco smoking status")
SMOKING_ANSWERS = {
    "never": ("LA18978-9", "Never smoker"),
    "former": ("LA15920-4", "Former smoker"),
    "daily": ("LA18976-3", "Current every day smoker"),
}
