"""Procedures as ICD-10-PCS codes (CMS, fiscal year 2025, public domain), with who has had them."""

from __future__ import annotations

from typing import NamedTuple

SYSTEM = "http://www.cms.gov/Medicare/Coding/ICD10"


class Operation(NamedTuple):
    """A procedure of the past: percent of those beyond `youngest` who had it, and the condition that led to it."""

    code: str
    display: str
    text: str
    youngest: int
    percent: float
    because: str = ""  # ICD-10-CM code the patient must have


PAST = (
    Operation("0DTJ4ZZ", "Resection of Appendix, Percutaneous Endoscopic Approach", "Appendectomy", 12, 6),
    Operation("0FT44ZZ", "Resection of Gallbladder, Percutaneous Endoscopic Approach", "Cholecystectomy", 30, 7),
    Operation("0DJD8ZZ", "Inspection of Lower Intestinal Tract, Via Natural or Artificial Opening Endoscopic",
              "Colonoscopy", 45, 55),
    Operation("08RJ3JZ", "Replacement of Right Lens with Synthetic Substitute, Percutaneous Approach",
              "Cataract surgery, right eye", 65, 25),
    Operation("0SRC0J9", "Replacement of Right Knee Joint with Synthetic Substitute, Cemented, Open Approach",
              "Total knee replacement, right", 55, 20, "M17.9"),
    Operation("02703DZ", "Dilation of Coronary Artery, One Artery with Intraluminal Device, Percutaneous Approach",
              "Coronary stent", 50, 40, "I25.10"),
)  # fmt: skip
ELECTROCARDIOGRAM = ("4A02X4Z", "Measurement of Cardiac Electrical Activity, External Approach", "Electrocardiogram")
CHEST_RADIOGRAPH = ("BW03ZZZ", "Plain Radiography of Chest", "Chest X-ray")
