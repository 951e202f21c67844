"""Drugs as RxNorm clinical drugs with a usual dose.

RxCUI and names: RxNorm (SAB=RXNORM, public domain), courtesy of the US National Library of Medicine; NLM
does not endorse this product. Levothyroxine is named by its ingredient: its strength is the patient's own. Doses are
the usual starting doses of the product labels (DailyMed).
"""

from __future__ import annotations

from typing import NamedTuple


class Drug(NamedTuple):
    """One clinical drug: `times` doses of `dose` units every `period` days.

    `days` is 0 for drugs taken on.
    """

    rxcui: str
    display: str
    dose: str
    unit: str
    route: str  # code of HL7 v3-RouteOfAdministration
    times: int
    period: int = 1
    days: int = 0
    as_needed: bool = False


DRUGS: dict[str, Drug] = {
    "lisinopril": Drug("314076", "lisinopril 10 MG Oral Tablet", "1", "tablet", "PO", 1),
    "amlodipine": Drug("197361", "amlodipine 5 MG Oral Tablet", "1", "tablet", "PO", 1),
    "losartan": Drug("979492", "losartan potassium 50 MG Oral Tablet", "1", "tablet", "PO", 1),
    "hydrochlorothiazide": Drug("310798", "hydrochlorothiazide 25 MG Oral Tablet", "1", "tablet", "PO", 1),
    "metformin": Drug("861007", "metformin hydrochloride 500 MG Oral Tablet", "1", "tablet", "PO", 2),
    "glipizide": Drug("310490", "glipizide 5 MG Oral Tablet", "1", "tablet", "PO", 1),
    "atorvastatin": Drug("617310", "atorvastatin 20 MG Oral Tablet", "1", "tablet", "PO", 1),
    "simvastatin": Drug("312961", "simvastatin 20 MG Oral Tablet", "1", "tablet", "PO", 1),
    "levothyroxine": Drug("10582", "levothyroxine", "1", "tablet", "PO", 1),
    "aspirin": Drug("243670", "aspirin 81 MG Oral Tablet", "1", "tablet", "PO", 1),
    "clopidogrel": Drug("309362", "clopidogrel 75 MG Oral Tablet", "1", "tablet", "PO", 1),
    "warfarin": Drug("855332", "warfarin sodium 5 MG Oral Tablet", "1", "tablet", "PO", 1),
    "furosemide": Drug("313988", "furosemide 40 MG Oral Tablet", "1", "tablet", "PO", 1),
    "carvedilol": Drug("200031", "carvedilol 6.25 MG Oral Tablet", "1", "tablet", "PO", 2),
    "albuterol": Drug("745679", "200 ACTUAT albuterol 0.09 MG/ACTUAT Metered Dose Inhaler", "2", "puff", "IPINHL",
            4, as_needed=True),
    "fluticasone": Drug("895994", "120 ACTUAT fluticasone propionate 0.044 MG/ACTUAT Metered Dose Inhaler", "2",
            "puff", "IPINHL", 2),
    "montelukast": Drug("200224", "montelukast 10 MG Oral Tablet", "1", "tablet", "PO", 1),
    "sertraline": Drug("312941", "sertraline 50 MG Oral Tablet", "1", "tablet", "PO", 1),
    "fluoxetine": Drug("310385", "fluoxetine 20 MG Oral Capsule", "1", "capsule", "PO", 1),
    "omeprazole": Drug("198051", "omeprazole 20 MG Delayed Release Oral Capsule", "1", "capsule", "PO", 1),
    "allopurinol": Drug("197319", "allopurinol 100 MG Oral Tablet", "1", "tablet", "PO", 1),
    "alendronate": Drug("904419", "alendronic acid 10 MG Oral Tablet", "1", "tablet", "PO", 1),
    "tamsulosin": Drug("863669", "tamsulosin hydrochloride 0.4 MG Oral Capsule", "1", "capsule", "PO", 1),
    "gabapentin": Drug("310431", "gabapentin 300 MG Oral Capsule", "1", "capsule", "PO", 3),
    "ferrous-sulfate": Drug("310325", "ferrous sulfate 325 MG Oral Tablet", "1", "tablet", "PO", 1),
    "cetirizine": Drug("1014678", "cetirizine hydrochloride 10 MG Oral Tablet", "1", "tablet", "PO", 1, days=30),
    "amoxicillin": Drug("308191", "amoxicillin 500 MG Oral Capsule", "1", "capsule", "PO", 3, days=10),
    "amoxicillin-liquid": Drug("308189", "amoxicillin 80 MG/ML Oral Suspension", "5", "mL", "PO", 2, days=10),
    "azithromycin": Drug("308460", "azithromycin 250 MG Oral Tablet", "1", "tablet", "PO", 1, days=5),
    "co-trimoxazole": Drug("198335", "sulfamethoxazole 800 MG / trimethoprim 160 MG Oral Tablet", "1", "tablet",
            "PO", 2, days=3),
    "ibuprofen": Drug("197805", "ibuprofen 400 MG Oral Tablet", "1", "tablet", "PO", 3, days=7, as_needed=True),
    "ibuprofen-liquid": Drug("197803", "ibuprofen 20 MG/ML Oral Suspension", "5", "mL", "PO", 3, days=5,
            as_needed=True),
    "naproxen": Drug("198014", "naproxen 500 MG Oral Tablet", "1", "tablet", "PO", 2, days=10),
    "acetaminophen": Drug("313782", "acetaminophen 325 MG Oral Tablet", "2", "tablet", "PO", 4, days=5,
            as_needed=True),
    "acetaminophen-liquid": Drug("307668", "acetaminophen 32 MG/ML Oral Suspension", "3", "mL", "PO", 4, days=3,
            as_needed=True),
    "prednisone": Drug("312615", "prednisone 20 MG Oral Tablet", "2", "tablet", "PO", 1, days=5),
    "naltrexone": Drug("1483744", "naltrexone hydrochloride 50 MG Oral Tablet", "1", "tablet", "PO", 1),
    "buprenorphine": Drug("1010600", "buprenorphine 2 MG / naloxone 0.5 MG Sublingual Film", "2", "film", "SL", 1),
    "dolutegravir": Drug("1433873", "dolutegravir 50 MG Oral Tablet", "1", "tablet", "PO", 1),
}  # fmt: skip
