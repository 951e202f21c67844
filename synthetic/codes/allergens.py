"""What people are allergic to, how it shows, how often.

Drugs: RxNorm ingredients (public domain, US National Library of Medicine). Foods and insects: ICD-10-CM
allergy status codes (public domain). Share of people with an allergy and the proportions of drug classes: Zhou et al.,
"Drug allergies documented in electronic health records", Allergy 2016 (doi:10.1111/all.12881): 35.5 % of patients;
penicillins 12.8, sulfonamides 7.4, opiates 6.8, NSAIDs 3.5 %, here times two; each class stands for one or two drugs.
Foods, insects and latex are fewer than drugs, as in CDC/NCHS data brief 460 (2023); their figures are ours. Reactions
are given as text, with frequencies of ours.
"""

from __future__ import annotations

from typing import NamedTuple

from synthetic.dice import weighted

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"


class Allergen(NamedTuple):
    """A substance; `category` is medication, food or environment."""

    system: str
    code: str
    display: str
    text: str
    category: str
    drugs: tuple[str, ...] = ()  # keys of DRUGS that someone with this allergy is not given


PENICILLIN = Allergen(RXNORM, "70618", "penicillin", "Penicillin", "medication", ("amoxicillin", "amoxicillin-liquid"))

ALLERGENS = weighted(
    {
        PENICILLIN: 26,
        Allergen(
            RXNORM,
            "10831",
            "sulfamethoxazole / trimethoprim",
            "Sulfa drugs",
            "medication",
            ("co-trimoxazole",),
        ): 15,
        Allergen(
            RXNORM,
            "5640",
            "ibuprofen",
            "Ibuprofen",
            "medication",
            ("ibuprofen", "ibuprofen-liquid", "naproxen"),
        ): 4,
        Allergen(RXNORM, "1191", "aspirin", "Aspirin", "medication", ("aspirin",)): 3,
        Allergen(RXNORM, "2670", "codeine", "Codeine", "medication"): 9,
        Allergen(RXNORM, "29046", "lisinopril", "Lisinopril", "medication", ("lisinopril",)): 4,
        Allergen(RXNORM, "7052", "morphine", "Morphine", "medication"): 5,
        Allergen(ICD10, "Z91.010", "Allergy to peanuts", "Peanut", "food"): 6,
        Allergen(ICD10, "Z91.013", "Allergy to seafood", "Shellfish", "food"): 7,
        Allergen(ICD10, "Z91.012", "Allergy to eggs", "Egg", "food"): 3,
        Allergen(ICD10, "Z91.030", "Bee allergy status", "Bee venom", "environment"): 4,
        Allergen(ICD10, "Z91.040", "Latex allergy status", "Latex", "environment"): 5,
    },
    200,
)

REACTIONS = weighted({"Hives": 34, "Rash": 30, "Itching": 10, "Swelling": 10, "Nausea": 9, "Anaphylaxis": 7}, 100)
SHARE_WITH_ALLERGY = 0.36
