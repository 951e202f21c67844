"""Who works where: practitioners, clinics and wards by number, as a pure function of the seed.

A practitioner looks after `PANEL` charts in a row, and `TEAM` practitioners share a clinic, so the staff
grows with the population and every chart knows its own without asking how large the population is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from synthetic import names
from synthetic.identity import Identity, Permutation

PANEL = 20
TEAM = 10
HOSPITAL, LABORATORY = 0, 1  # numbers of Organizations; 2 to 7 are payers
FIRST_CLINIC = 16  # of Organizations and Locations
EMERGENCY_DEPARTMENT, WARD = 0, 1  # numbers of Locations
PAYERS = (
    ("Medicare", "A public payer for people of 65 and over"),
    ("Medicaid of the Commonwealth", "A public payer by income"),
    ("Keystone Example Health Plan", "A commercial payer"),
    ("Atlantic Sample Insurance", "A commercial payer"),
    ("Tidewater Test Mutual", "A commercial payer"),
    ("Self-pay", "No insurance"),
)
FIRST_PAYER = 2
HOSPITAL_NAME, LABORATORY_NAME = "Gauntlet General Hospital", "Gauntlet General Hospital Laboratory"
SPECIALTIES = ("Family Medicine", "Internal Medicine", "Family Medicine", "Pediatrics", "Nurse Practitioner")


class Practitioner(NamedTuple):
    """Someone who treats people."""

    number: int
    id: str
    female: bool
    given: str
    family: str
    suffix: str  # MD, DO or NP
    specialty: str
    digits: int  # of the NPI, those in the middle
    display: str  # given and family name and degree
    reference: str  # as JSON

    @property
    def npi(self) -> str:
        """The National Provider Identifier."""
        return npi(self.digits)


class Hospital:
    """The people and places of one seed."""

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self._mixed = Permutation(1 << 60, identity.key("staff"))
        self.organization_name: Callable[[int], str] = lru_cache(maxsize=512)(self._organization_name)
        self.practitioner: Callable[[int], Practitioner] = lru_cache(maxsize=512)(self._practitioner)
        self.organization: Callable[[int], str] = lru_cache(maxsize=512)(self._organization)
        self.location: Callable[[int], str] = lru_cache(maxsize=512)(self._location)
        self.medication_id: Callable[[int], str] = lru_cache(maxsize=512)(self._medication_id)

    def mixed(self, number: int) -> int:
        """60 bits that look random and belong to a number."""
        return self._mixed.forward(number)

    def _organization_name(self, number: int) -> str:
        """The name of an Organization by number."""
        if number in (HOSPITAL, LABORATORY):
            return LABORATORY_NAME if number else HOSPITAL_NAME
        if number < FIRST_CLINIC:
            return PAYERS[number - FIRST_PAYER][0]
        cities = names.places().cities
        return f"{cities[self.mixed(number << 20) % len(cities)]} Primary Care"

    def location_name(self, number: int) -> str:
        """The name of a Location by number."""
        if number in (EMERGENCY_DEPARTMENT, WARD):
            return "Medical Ward 4 West" if number else "Emergency Department"
        return f"{self.organization_name(number)} Clinic"

    def _practitioner(self, number: int) -> Practitioner:
        """A practitioner by number; the name is drawn without regard to who else has it, as in life."""
        mixed = self.mixed(number)
        mixed, family = divmod(mixed, 4000)
        mixed, given = divmod(mixed, 1500)
        pool, female = names.american(), bool(mixed & 1)
        specialty = SPECIALTIES[number % len(SPECIALTIES)]
        suffix = "NP" if specialty.startswith("Nurse") else ("MD", "MD", "DO")[mixed % 3]
        resource_id = self.identity.resource_id("Practitioner", number)
        first, last = pool[0 if female else 1][given], pool.family[family]
        display = f"{first} {last}, {suffix}"
        shown = reference("Practitioner", resource_id, display)
        digits = mixed // 6 % 100_000_000
        return Practitioner(number, resource_id, female, first, last, suffix, specialty, digits, display, shown)

    def _organization(self, number: int) -> str:
        """The reference to an Organization as JSON."""
        return reference(
            "Organization", self.identity.resource_id("Organization", number), self.organization_name(number)
        )

    def _medication_id(self, number: int) -> str:
        """The id of a Medication of the formulary."""
        return self.identity.resource_id("Medication", number)

    def _location(self, number: int) -> str:
        """The reference to a Location as JSON."""
        return reference("Location", self.identity.resource_id("Location", number), self.location_name(number))


def reference(resource_type: str, resource_id: str, display: str) -> str:
    """A relative reference with its display, which must need no escaping, as JSON."""
    return f'{{"reference":"{resource_type}/{resource_id}","display":"{display}"}}'


def clinic_of(practitioner: int) -> int:
    """The number of the clinic (as Organization and as Location) a practitioner works in."""
    return FIRST_CLINIC + practitioner // TEAM


def npi(digits: int) -> str:
    """A National Provider Identifier with its check digit (CMS: Luhn over 80840 and the number).

    It begins with 2. CMS allows 1 and 2, and has issued only numbers that begin with 1, so it is nobody's.
    """
    number = f"2{digits:08}"
    doubled = [int(digit) * (2 if at % 2 == 0 else 1) for at, digit in enumerate(reversed(number))]
    total = 24 + sum(value - 9 if value > 9 else value for value in doubled)
    return f"{number}{-total % 10}"
