"""Vaccines as CVX codes with the ages at which they are given.

CVX codes and names: CDC National Center for Immunization and Respiratory Diseases (public domain), status Active in
2025. Ages in months: CDC child and adolescent immunization schedule and adult schedule, 2025.
"""

from __future__ import annotations

from typing import NamedTuple

SYSTEM = "http://hl7.org/fhir/sid/cvx"
INFLUENZA = ("140", "Influenza, split virus, trivalent, PF")


class Vaccine(NamedTuple):
    """One vaccine and its doses."""

    code: str
    display: str
    months: tuple[int, ...]


FOR_CHILDREN = (
    Vaccine("08", "Hep B, adolescent or pediatric", (0, 1, 6)),
    Vaccine("20", "DTaP", (2, 4, 6, 15, 48)),
    Vaccine("10", "IPV", (2, 4, 6, 48)),
    Vaccine("03", "MMR", (12, 48)),
    Vaccine("21", "varicella", (12, 48)),
    Vaccine("115", "Tdap", (132,)),
    Vaccine("165", "HPV9", (132, 138)),
)
FOR_ADULTS = (
    Vaccine("115", "Tdap", (300, 420, 540, 660, 780)),
    Vaccine("187", "zoster recombinant", (600, 604)),
    Vaccine("216", "Pneumococcal conjugate PCV20, polysaccharide CRM197 conjugate, adjuvant, PF", (784,)),
)
