"""Epic's habits as named switches. The defaults are Epic as observed.

Each field names its source (a key of facts.toml) and how sure it is: "seen" (Epic's documentation, recorded live
answers), "reported" (third parties), "gap" (not found anywhere; the default is a choice and claims no fidelity).
`--quirk name=value` changes one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mock_ehr.vendors.epic.operation_quirks import OPERATION_CHOICES, OperationQuirks
from mock_ehr.vendors.switches import parse_switches

SOFTWARE_VERSIONS = (
    "May 2022", "August 2022", "November 2022", "February 2023", "May 2023", "August 2023", "November 2023",
    "February 2024", "May 2024", "August 2024", "November 2024", "February 2025", "May 2025", "August 2025",
    "November 2025", "February 2026",
)  # fmt: skip
CAPABILITY_SHAPES = (
    "full", "without-basic", "without-bulk", "without-operations", "without-writes", "without-oauth-uris",
    "without-cors", "without-search-include", "without-conditional",
)  # fmt: skip
IDENTIFIERS = ("CEID", "EPI", "EXTERNAL", "FHIR", "FHIR STU3", "MYCHARTLOGIN", "WPRINTERNAL")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "empty_severity": ("warning", "information"),
    "software_version": SOFTWARE_VERSIONS,
    "fhir_version": ("4.0.1", "4.0.0"),
    "capability_shape": CAPABILITY_SHAPES,
    **OPERATION_CHOICES,
}


@dataclass(frozen=True, slots=True)
class EpicQuirks(OperationQuirks):
    """Switches, each with its source (a key of facts.toml) and confidence."""

    # -- the site --

    software_version: str = "November 2025"
    """`software.version`. Seen (E1): 739 production endpoints at once run May 2022 to February 2026."""

    fhir_version: str = "4.0.1"
    """`fhirVersion`; two sites of the fleet say 4.0.0. Seen (E1)."""

    capability_shape: str = "full"
    """Which of nine shapes the CapabilityStatement has.

    Seen (E1) that there are nine; what tells them apart is a gap: each of ours leaves one thing out.
    """

    smart_lists_grants: bool = True
    """smart-configuration lists grant types and challenge methods; seven of 558 sites list neither. Seen (E1)."""

    cors: bool = True
    """Pages in a browser may call. Seen (E1)."""

    basic_users: tuple[str, ...] = ()
    """`emp$user:password` of those who may use HTTP Basic, with the header Epic-Client-ID. Seen (E2)."""

    # -- the web tier --

    xml_by_default: bool = True
    """XML unless JSON is asked for, never 406. Seen (E1): live sandbox captures, 2026."""

    long_url_status: int = 404
    """Answer to an over-long URL, by the web tier: 404 or 500. Seen (E2), for authorize."""

    wrong_method_status: int = 405
    """PATCH, DELETE and writes of types that cannot be written.

    Seen (E1) that they do not exist; the status is a gap.
    """

    oauth_stray_redirects: bool = True
    """Near misses of the token path get a 302 to a log-off page. Reported (E7): issue threads."""

    # -- reads --

    invalid_id_status: int = 404
    """Status of 4102: a read with what cannot be an id. Seen (E2) for the code; the status is a gap."""

    deleted_status: int = 410
    """Status of 4103: a read of what was deleted. Seen (E2) for the code; the status is a gap (410 is FHIR's)."""

    merged_status: int = 301
    """Status of 4107 and its Location: a patient that was merged into another.

    Seen (E2) for code and redirect; the status is a gap.
    """

    break_the_glass_status: int = 403
    """Status of 4130 and 4131: a patient whom one must break the glass for, or may not see.

    Seen (E2) for the codes; the status is a gap. The control API marks patients.
    """

    denied_types: tuple[str, ...] = ()
    """Types that the background user has no Epic security for: 403 with 4118. Seen (E2)."""

    unproducible_types: tuple[str, ...] = ()
    """Types that lack a required element when read: 4104. Seen (E2) for the code; the status 500 is a gap."""

    daily_document_cap: int = 0
    """Requests for documents that a client may make in a day, 0: any number; then 4135.

    Seen (E2) that there is a cap; the number is a gap.
    """

    document_cap_status: int = 400
    """Status of 4135. Gap."""

    binary_native: bool = True
    """A Binary is its plain content unless a FHIR format is asked for. Gap at Epic; it is R4's rule (binary.html)."""

    # -- search --

    post_search: bool = True
    """`POST {Type}/_search` is the same as GET. Gap: not observed at Epic, but certified servers have it (T14)."""

    total_is_page_size: bool = True
    """With `_count`, Bundle.total is the size of the page. Seen (E1): live sandbox captures, 2026."""

    total_cap: int = 1000
    """Without `_count` the total is right up to about this number; also the default page size. Seen (E1)."""

    empty_severity: str = "warning"
    """Severity of 4101 in an empty search; older versions say "information". Seen (E1, E2)."""

    empty_adds_4119: bool = True
    """An empty search often carries 4119 (more data may exist) beside 4101. Seen (E1): live captures."""

    trailing_outcome_types: tuple[str, ...] = ("Condition",)
    """Types whose non-empty bundles end with an outcome entry.

    Seen (E1) that it happens; for which types is a gap.
    """

    late_filters: tuple[str, ...] = ()
    """Parameters applied after paging: a page holds fewer than `_count` and still has `next`.

    Seen (E2) that it happens since May 2024; for which parameters is a gap, hence none.
    """

    reject_unknown_parameters: bool = False
    """Unknown parameters refuse the search (400, 4122) instead of being dropped.

    Dropped: seen (E1); refused: reported (E9).
    """

    invalid_category_is_fatal: bool = True
    """An unknown category is 400/59111; False: a warning 59101 and no match. Both seen (E1, E2)."""

    allergy_without_patient_status: int = 403
    """AllergyIntolerance search without patient: 403, where sibling types say 400. Seen (E1): live probe."""

    modifier_status: int = 422
    """Status of 59012 for a search modifier such as `:not`. Seen (E2, E3)."""

    last_updated_filters: bool = True
    """`_lastUpdated` filters by when a record was recorded; False: it is dropped as unknown. Gap."""

    open_directory_searches: bool = False
    """A search of staff, places, medications, schedules or slots without a parameter finds all.

    False: 4110 without parameters, 4111 when none selects, 4115 when the one that selects is invalid. Codes seen
    (E2); for which types is a gap.
    """

    withheld_subtypes: tuple[str, ...] = ()
    """Categories, as `Condition.health-concern`, that clients are not authorised for: left out with 59204.

    Seen (E1, E4).
    """

    expired_page_status: int = 400
    """Status of 4113 (paging session expired). Gap."""

    page_parameters_checked: bool = False
    """A page asked for with more than its sessionID is refused with 4116. Seen (E2), for DSTU2 only."""

    unknown_patient_status: int = 400
    """Status of 4100 for a search by a patient that does not exist. Seen (E2) for the code; the status is a gap."""

    page_lifetime_s: float = 600.0
    """How long a paging session lives. Gap."""

    patient_search_cap: int = 100
    """A Patient search with more hits is refused with 4127. Seen (E1, E2)."""

    # -- writes --

    held_types: tuple[str, ...] = ("AllergyIntolerance", "Condition")
    """Created ones wait in a holding area and are not found by search. Seen (E3): sandbox tests, 2026."""

    held_are_readable: bool = False
    """Whether a held resource can be read by its id. Gap: "read-after-write must not be assumed" (E3)."""

    rewrite_written: bool = True
    """What is written comes back changed: code text upper-cased, codes added. Seen (E3): sandbox tests, 2026."""

    repeated_vitals_refused: bool = True
    """The same patient, code and instant again is 400/59189. Seen (E3): sandbox tests, 2026."""

    duplicates_refused: tuple[str, ...] = ()
    """Types of which the same content again is refused with 59141. Seen (E2) for the code; when is a gap."""

    patient_needs_ssn: bool = True
    """A Patient create without social security number is 400/59108. Seen (E3): the sandbox."""

    matched_patient_status: int = 200
    """Status of a Patient create that found the patient instead. Seen (E3) that it matches; the status is a gap."""

    # -- how resources look --

    padded_internal_identifier: bool = True
    """Patients carry an INTERNAL identifier whose value is left-padded with spaces. Seen (E1)."""

    more_identifiers: tuple[str, ...] = ()
    """Further identifiers of patients by type.text, of CEID, EPI, EXTERNAL, FHIR, FHIR STU3, MYCHARTLOGIN, WPRINTERNAL.

    Seen (E1); none, because the values here are invented.
    """

    patient_extensions: bool = True
    """Patients carry legal-sex, sex-for-clinical-use and pronoun extensions of open.epic.com. Seen (E1)."""

    encounter_class_oid: bool = True
    """Encounter.class uses an Epic OID, not v3-ActCode. Seen (E1)."""

    reference_displays: bool = True
    """References to patients carry a display "Last, First". Seen (E1)."""

    local_codings: bool = False
    """Observations carry an Epic coding beside LOINC. Seen (E1); off because the values here are invented."""


def parse_quirks(settings: Iterable[str]) -> EpicQuirks:
    """Return the defaults changed by texts like `total_is_page_size=false`.

    Raises ValueError that names what is valid.
    """
    quirks = parse_switches(EpicQuirks(), settings)
    for name, valid in CHOICES.items():
        if getattr(quirks, name) not in valid:
            raise ValueError(f"quirk {name} is {getattr(quirks, name)!r}; valid: {', '.join(valid)}")
    unknown = set(quirks.more_identifiers) - set(IDENTIFIERS)
    if unknown:
        raise ValueError(f"quirk more_identifiers has {min(unknown)!r}; valid: {', '.join(IDENTIFIERS)}")
    return quirks
