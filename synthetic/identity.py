"""Identifiers without storage: FHIR ids, MRNs and SSNs as keyed permutations of a chart's index.

A permutation can't collide, so ids are unique by construction at any size, and it can be undone, so the
index is read back from an id without a table. An id carries (type, index, ordinal) and 74 bits that must be
zero: they are the tag that tells our ids from strangers'. This hides the order of charts and nothing else;
it is not cryptography.
"""

from __future__ import annotations

import binascii
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

_INDEX_BITS = 32
_ORDINAL_BITS = 24
_ID_BITS = 138  # 23 characters of 6 bits
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

    def consecutive(self, first: int, count: int) -> list[int]:
        """The images of `count` values in a row, at one multiplication less for each."""
        step, mask, shift, second, domain = self.first, self.mask, self.shift, self.second, self.domain
        product = (first + self.offset) * step
        images = []
        for _ in range(count):
            value = product & mask
            image = ((value ^ value >> shift) * second) & mask
            images.append(image if image < domain else self.forward(image))
            product += step
        return images

    def backward(self, value: int) -> int:
        """The value whose image this is (0..domain-1)."""
        mask = self.mask
        while True:
            value = (value * self.undo_second) & mask
            value ^= value >> self.shift  # a fold of at least half the bits undoes itself
            value = (value * self.undo_first - self.offset) & mask
            if value < self.domain:
                return value


class Place(NamedTuple):
    """What an id says: which type, which chart (or directory entry), the how-manieth of that type there."""

    resource_type: str
    chart: int
    ordinal: int


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

    def resource_ids(self, resource_type: str, index: int, count: int) -> list[str]:
        """The ids of ordinals 0 to count-1, in one go: 18 bytes are 24 letters, so they are written as one text."""
        first = (_TYPE_NUMBERS[resource_type] << _INDEX_BITS | index) << _ORDINAL_BITS
        images = self._ids.consecutive(first, count)
        blocks = b"".join([(image | _FIRST_LETTER).to_bytes(18, "big") for image in images])
        letters = binascii.b2a_base64(blocks, newline=False).translate(_TO_FHIR).decode()
        return [letters[at : at + 24] for at in range(0, 24 * count, 24)]

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
