"""Epic's habits as named switches. The defaults are Epic as observed.

Each field names its source and how sure it is: "seen" (Epic's documentation, recorded live answers),
"reported" (third parties), "gap" (not found anywhere; the default is a choice and claims no fidelity).
`--quirk name=value` changes one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mock_ehr.vendors.switches import parse_switches


@dataclass(frozen=True, slots=True)
class EpicQuirks:
    """Switches, each with its source and confidence."""

    xml_by_default: bool = True
    """XML unless JSON is asked for, never 406. Seen: live sandbox captures, 2026."""

    total_is_page_size: bool = True
    """With `_count`, Bundle.total is the size of the page. Seen: live sandbox captures, 2026."""

    total_cap: int = 1000
    """Without `_count` the total is right up to about this number; also the default page size.

    Seen: live captures.
    """

    empty_severity: str = "warning"
    """Severity of 4101 in an empty search; older versions say "information".

    Seen: documentation and live captures.
    """

    empty_adds_4119: bool = True
    """An empty search often carries 4119 (more data may exist) beside 4101. Seen: live captures."""

    trailing_outcome_types: tuple[str, ...] = ("Condition",)
    """Types whose non-empty bundles end with an outcome entry.

    Seen that it happens; for which types is a gap.
    """

    late_filters: tuple[str, ...] = ()
    """Parameters applied after paging: a page holds fewer than `_count` and still has `next`.
    Seen that it happens since May 2024; for which parameters is a gap, hence none."""

    reject_unknown_parameters: bool = False
    """Unknown parameters refuse the search (400, 4122) instead of being dropped.

    Dropped: seen, live captures.
    """

    invalid_category_is_fatal: bool = True
    """An unknown category is 400/59111; False: a warning 59101 and no match. Both seen."""

    allergy_without_patient_status: int = 403
    """AllergyIntolerance search without patient: 403, where sibling types say 400. Seen: live probe."""

    expired_page_status: int = 400
    """Status of 4113 (paging session expired). Gap."""

    unknown_patient_status: int = 400
    """Status of 4100 for a search by a patient that does not exist. Code seen, status a gap."""

    page_lifetime_s: float = 600.0
    """How long a paging session lives. Gap."""

    patient_search_cap: int = 100
    """A Patient search with more hits is refused with 4127. Seen: documentation."""

    long_url_status: int = 404
    """Answer to an over-long URL, by the web tier: 404 or 500. Seen: documentation (for authorize)."""

    wrong_method_status: int = 405
    """PATCH, DELETE and writes of types that cannot be written.

    Seen that they do not exist; the status is a gap.
    """

    oauth_stray_redirects: bool = True
    """Near misses of the token path get a 302 to a log-off page. Reported: issue threads."""

    held_types: tuple[str, ...] = ("AllergyIntolerance", "Condition")
    """Created ones wait in a holding area and are not found by search. Seen: sandbox tests, 2026."""

    held_are_readable: bool = False
    """Whether a held resource can be read by its id. Gap: "read-after-write must not be assumed"."""

    rewrite_written: bool = True
    """What is written comes back changed: code text upper-cased, category text added.

    Seen: sandbox tests, 2026.
    """

    repeated_vitals_refused: bool = True
    """The same patient, code and instant again is 400/59189. Seen: sandbox tests, 2026."""

    padded_internal_identifier: bool = True
    """Patients carry an INTERNAL identifier whose value is left-padded with spaces. Seen: live captures."""

    patient_extensions: bool = True
    """Patients carry legal-sex, sex-for-clinical-use and pronoun extensions of open.epic.com.

    Seen: live captures.
    """

    encounter_class_oid: bool = True
    """Encounter.class uses an Epic OID, not v3-ActCode. Seen: live captures."""

    reference_displays: bool = True
    """References to patients carry a display "Last, First". Seen: live captures."""

    local_codings: bool = False
    """Observations carry an Epic coding beside LOINC.

    Seen: live captures; off because the values here are invented.
    """


def parse_quirks(settings: Iterable[str]) -> EpicQuirks:
    """Return the defaults changed by texts like `total_is_page_size=false`.

    Raises ValueError that names what is valid.
    """
    return parse_switches(EpicQuirks(), settings)
