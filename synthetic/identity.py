"""Identifiers without storage: FHIR ids, MRNs and SSNs as keyed permutations of a chart's index.

A permutation can't collide, so ids are unique by construction at any size, and it can be undone, so the
index is read back from an id without a table. An id carries (type, index, ordinal) and 74 bits that must be
zero: they are the tag that tells our ids from strangers'. This hides the order of charts and nothing else;
it is not cryptography.
"""

from __future__ import annotations

import binascii
from collections.abc import Sequence
from functools import cached_property
from hashlib import blake2b
from typing import NamedTuple

# The position is part of every id: append, never reorder.
TYPES = (
    "Patient", "Encounter", "Condition", "Observation", "MedicationRequest", "AllergyIntolerance",
        "Appointment",
    "RelatedPerson", "Practitioner", "PractitionerRole", "Organization", "Location", "Medication",
        "DiagnosticReport",
    "Procedure", "Immunization", "CarePlan", "ServiceRequest", "DocumentReference", "Coverage", "Consent",
    "Provenance", "Schedule", "Slot", "Binary",
)  # fmt: skip
_TYPE_NUMBERS = {name: number for number, name in enumerate(TYPES)}

# How many resources of a type most charts have at most; ids of further ones are made one by one.
_USUAL_COUNTS = {
    "Patient": 1, "Encounter": 4, "Condition": 4, "Observation": 24, "MedicationRequest": 4, "AllergyIntolerance": 1,
    "Appointment": 4, "DiagnosticReport": 2, "ServiceRequest": 2, "Immunization": 3, "DocumentReference": 1,
    "Binary": 1, "Coverage": 1, "Provenance": 1, "RelatedPerson": 1, "Procedure": 1, "Consent": 1,
}  # fmt: skip

_INDEX_BITS = 32
_ORDINAL_BITS = 24
_ID_BITS = 138  # 23 characters of 6 bits
_LANE = 288  # bits: room for the product of two numbers of 138, and twice the letters of an id
_FIRST_LETTER = 30 << _ID_BITS  # "e" in the base64 alphabet
_TO_FHIR = bytes.maketrans(b"+/", b".-")
_FROM_FHIR = bytes.maketrans(b".-", b"+/")

# SSA never issued area numbers 900-999 (SSA POMS RM 10201.035); the IRS issues ITINs there with group 50
# and above (IRS Publication 1915), so groups stay at 01-49. Serial 0000 is never used.
_SSN_AREAS, _SSN_GROUPS, _SSN_SERIALS = 100, 49, 9999
MAX_SIZE = _SSN_AREAS * _SSN_GROUPS * _SSN_SERIALS  # 48,995,100 people with a number of their own

_MRN_FIRST = 5_000_000_000  # ten digits that are neither an epoch second nor a telephone number of ours
_MRN_COUNT = 5_000_000_000


class Permutation:
    """A keyed bijection of 0..domain-1: multiply, fold the upper half down, multiply, until inside."""

    def __init__(self, domain: int, key: bytes) -> None:
        bits = max(8, (domain - 1).bit_length())
        self.domain = domain
        self.mask = (1 << bits) - 1
        self.shift = (bits + 1) // 2
        digest = blake2b(b"permutation", key=key, digest_size=60).digest()
        self.offset, first, second = (int.from_bytes(digest[n : n + 20], "big") & self.mask for n in (0, 20, 40))
        self.first, self.second = first | 1, second | 1
        self.undo_first, self.undo_second = (
            pow(first | 1, -1, self.mask + 1),
            pow(second | 1, -1, self.mask + 1),
        )

    def forward(self, value: int) -> int:
        """The image of value (0..domain-1)."""
        mask = self.mask
        while True:
            value = ((value + self.offset) * self.first) & mask
            value = ((value ^ value >> self.shift) * self.second) & mask
            if value < self.domain:
                return value

    def backward(self, value: int) -> int:
        """The value whose image this is (0..domain-1)."""
        mask = self.mask
        while True:
            value = (value * self.undo_second) & mask
            value ^= value >> self.shift  # a fold of at least half the bits undoes itself
            value = (value * self.undo_first - self.offset) & mask
            if value < self.domain:
                return value


class _SideBySide:
    """The ids of the same places of any chart, scrambled together.

    Each place has a lane in a large number, as wide as a product can be, so that multiply, fold, multiply are done
    once for all of them: a chart's ids take a third of the time they take one by one. There are two such numbers: ids
    are half as wide as a lane, so those of the second fit between those of the first.
    """

    def __init__(self, scrambling: Permutation, places: Sequence[int]) -> None:
        self._how, self._lanes = scrambling, -(-len(places) // 2)
        even = [*places, 0][: 2 * self._lanes]
        self._begun = [self._filled([self._product(place) for place in even[half::2]]) for half in (0, 1)]
        self._lowest, self._all = self._everywhere(1), self._everywhere(scrambling.mask)
        self._folded = self._everywhere(scrambling.mask >> scrambling.shift)
        self._marks = self._everywhere(_FIRST_LETTER << _LANE // 2 | _FIRST_LETTER)

    def _product(self, place: int) -> int:
        return (place + self._how.offset) * self._how.first

    def _everywhere(self, content: int) -> int:
        return self._filled([content] * self._lanes)

    @staticmethod
    def _filled(contents: Sequence[int]) -> int:
        value = 0
        for content in contents:
            value = value << _LANE | content
        return value

    def letters(self, index: int) -> str:
        """What `Identity.resource_id` gives for each place, one after the other."""
        how = self._how
        step = (index << _ORDINAL_BITS) * how.first & how.mask
        everywhere = step * self._lowest
        first, second = [self._scrambled(begun + everywhere) for begun in self._begun]
        block = (first << _LANE // 2 | second | self._marks).to_bytes(self._lanes * _LANE // 8, "big")
        return binascii.b2a_base64(block, newline=False).translate(_TO_FHIR).decode()

    def _scrambled(self, products: int) -> int:
        value = products & self._all
        return (value ^ value >> self._how.shift & self._folded) * self._how.second & self._all


class Place(NamedTuple):
    """What an id says: which type, which chart (or directory entry), the how-manieth of that type there."""

    resource_type: str
    chart: int
    ordinal: int


def _usual_places() -> dict[str, tuple[slice, ...]]:
    places: dict[str, tuple[slice, ...]] = dict.fromkeys(TYPES, ())
    first = 0
    for name, count in _USUAL_COUNTS.items():
        end = first + _ID_LETTERS * count
        places[name] = tuple(slice(at, at + _ID_LETTERS) for at in range(first, end, _ID_LETTERS))
        first = end
    return places


_ID_LETTERS = 24
USUAL = _usual_places()  # where in `Identity.usual_ids` each id of a type stands


class Identity:
    """All identifiers of one seed. Ids depend on (seed, type, index, ordinal) and on nothing else."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._ids = Permutation(1 << _ID_BITS, self.key("id"))
        self._mrns = Permutation(_MRN_COUNT, self.key("mrn"))

    def key(self, purpose: str) -> bytes:
        """16 bytes that belong to this seed and purpose."""
        return blake2b(f"{self.seed}/{purpose}".encode(), digest_size=16, person=b"synthetic").digest()

    @cached_property
    def _ssns(self) -> Permutation:
        return Permutation(MAX_SIZE, self.key("ssn"))

    def resource_id(self, resource_type: str, index: int, ordinal: int = 0) -> str:
        """The FHIR id: "e" and 23 characters of [A-Za-z0-9.-], case-sensitive, as long as Epic's R4 ids."""
        place = (_TYPE_NUMBERS[resource_type] << _INDEX_BITS | index) << _ORDINAL_BITS | ordinal
        block = (self._ids.forward(place) | _FIRST_LETTER).to_bytes(18, "big")
        return binascii.b2a_base64(block, newline=False).translate(_TO_FHIR).decode()

    def usual_ids(self, index: int) -> str:
        """The ids of a chart's usual resources, one after the other: where each is found is in `USUAL`."""
        return self._usual.letters(index)

    @cached_property
    def _usual(self) -> _SideBySide:
        places = [
            _TYPE_NUMBERS[name] << (_INDEX_BITS + _ORDINAL_BITS) | ordinal
            for name, count in _USUAL_COUNTS.items()
            for ordinal in range(count)
        ]
        return _SideBySide(self._ids, places)

    def place(self, resource_id: str) -> Place | None:
        """Read an id back; None when this seed never made it."""
        if len(resource_id) != 24 or not resource_id.startswith("e"):
            return None
        try:
            block = binascii.a2b_base64(resource_id.encode("ascii").translate(_FROM_FHIR), strict_mode=True)
        except (binascii.Error, UnicodeEncodeError):
            return None
        value = self._ids.backward(int.from_bytes(block, "big") & ((1 << _ID_BITS) - 1))
        number, rest = divmod(value, 1 << (_INDEX_BITS + _ORDINAL_BITS))
        if number >= len(TYPES):
            return None
        place = Place(TYPES[number], rest >> _ORDINAL_BITS, rest & ((1 << _ORDINAL_BITS) - 1))
        # "+" and "/" decode like "." and "-" but are no FHIR id: write it again and compare.
        return place if self.resource_id(*place) == resource_id else None

    def mrn(self, index: int) -> str:
        """The medical record number: ten digits, the first 5 to 9."""
        return str(_MRN_FIRST + self._mrns.forward(index))

    def former_mrn(self, index: int) -> str:
        """A number from before a merger: of the same form, and nobody's MRN."""
        return str(_MRN_FIRST + self._mrns.forward(MAX_SIZE + index))

    def mrn_index(self, mrn: str) -> int | None:
        """The index behind an MRN; None when it has not the form of one."""
        if len(mrn) != 10 or not (mrn.isascii() and mrn.isdigit()) or mrn[0] < "5":
            return None
        return self._mrns.backward(int(mrn) - _MRN_FIRST)

    def member_number(self, index: int) -> str:
        """What an insurance calls its member: of the form of an MRN, and nobody's MRN."""
        return str(_MRN_FIRST + self._mrns.forward(2 * MAX_SIZE + index))

    def ssn(self, index: int) -> str:
        """A social security number that nobody was ever issued, AAA-GG-SSSS."""
        rest, serial = divmod(self._ssns.forward(index), _SSN_SERIALS)
        area, group = divmod(rest, _SSN_GROUPS)
        return f"{900 + area}-{group + 1:02}-{serial + 1:04}"
