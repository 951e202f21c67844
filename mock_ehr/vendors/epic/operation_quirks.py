"""Epic's habits of operations (bulk export, match, scheduling) as named switches (see `quirks`).

"Bulk tutorial" is fhir.epic.com, documentation "fhir_bulk_data", read through a public copy (vendors.md: E4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mock_ehr.vendors.epic.authorization_quirks import AuthorizationQuirks

OPERATION_CHOICES: Mapping[str, tuple[str, ...]] = {
    "static_keys": ("like-url", "uploaded", "refused"),
    "basic_credentials": ("either", "encoded", "raw"),
    "bulk_unknown_parameter": ("noted", "refused"),
}


@dataclass(frozen=True, slots=True)
class OperationQuirks(AuthorizationQuirks):
    """Switches of operations, each with its source and confidence."""

    bulk_headers_required: bool = True
    """A kick-off without `Prefer: respond-async`, or that takes no FHIR JSON, is refused (400/59108).

    Seen that both are to be sent (bulk tutorial); Gap: what happens without.
    """

    bulk_unknown_parameter: str = "noted"
    """A kick-off parameter that is not known, like `_since`: "noted" exports everything and puts a 59100 into the error
    file, "refused" is 400. Seen: the code (bulk tutorial); Gap: which of both."""

    bulk_lone_patient_fails: bool = False
    """`_type=Patient` alone exports nothing but a 59159. Reported: one client's workaround."""

    bulk_window_s: float = 86_400.0
    """How long the same client waits before it may export the same group again. Seen: bulk tutorial, 24 h."""

    bulk_repeat_status: int = 400
    """Status of a kick-off inside the window, with a 59159. Seen that it is refused; Gap: status and code."""

    bulk_duration_s: float = 2.0
    """How long an export takes. Gap: minutes to hours at real sites."""

    bulk_retry_after_s: int = 120
    """Retry-After of a poll, 0 for none. Reported: the sandbox sends it; 120 in a client's test."""

    bulk_file_resources: int = 3000
    """How many resources a file holds at most. Seen: bulk tutorial, "about 3000"."""

    bulk_keep_s: float = 1_209_600.0
    """How long files are kept. Seen: bulk tutorial, 14 days."""

    bulk_expires: bool = True
    """The manifest carries Expires (Bulk Data guide). Gap."""

    match_multiple_status: int = 400
    """Status of 59011, several certain matches. Seen: the code (E2); Gap: the status."""

    book_status: int = 200
    """Status of a booking that worked. Gap."""

    double_booking_status: int = 400
    """Status of 59141 for a time that is taken. Seen: the code means duplicate (E2); Gap: that $book uses it."""
