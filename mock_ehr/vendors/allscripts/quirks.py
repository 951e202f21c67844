"""Allscripts' habits as named switches. The defaults are Unity and Veradigm FHIR as observed.

Each field names its source (keys of the fact sheet: U1-U8 Unity, V1-V3 Veradigm) and how sure it is: "seen" (the
vendor's documentation, recorded answers, source of public clients), "reported" (third parties), "gap" (not found; the
default is a choice and claims no fidelity). `--quirk name=value` changes one.
"""

from __future__ import annotations

from dataclasses import dataclass

from synthetic.writers.unity_quirks import Quirks as RowQuirks

PRODUCTS = {"touchworks": "/Unity", "pm": "/UnityPM", "ubiquity": ""}


@dataclass(frozen=True, slots=True)
class AllscriptsQuirks:
    """Switches, each with its source and confidence."""

    product: str = "touchworks"
    """touchworks: /Unity/UnityService.svc; pm: /UnityPM/UnityService.svc and the actions of practice management, which
    answer 501 here; ubiquity: /UnityService.svc (cloud). Seen: U4 U5 U7."""

    quoted_token: bool = False
    """GetToken answers the GUID in quotes, as some servers do. Seen: U1 U2 U3."""

    retire_token_alias: bool = False
    """RetireToken retires a token, too. Seen: one client, U7."""

    idle_limit_s: float = 1200.0
    """A session dies after so long without a call; a control-set token lifetime below it holds instead.

    Seen that it idles out and that age does not matter: U3 U5; the 20 minutes are reported."""

    expiry_names_action: bool = True
    """The inactivity error names the action. Seen: U1; one source shows it without."""

    user_authentication_required: bool = True
    """GetUserAuthentication must bind the session to an EHR user before anything else works.

    Seen: vendor notices of 2020, U8; what a call without it gets is a gap."""

    missing_keys_fail: bool = True
    """A MagicJson body that lacks a key gets the .NET null-reference message; null is blank.

    Seen: the mock of one client, U2; null in another one, U3."""

    unknown_patient: str = "blank"
    """GetPatient and GetPatientFull of an unknown patient: blank (one row of blanks) or empty (no row).

    Seen for GetPatientFull: U4; for GetPatient a gap."""

    zero_row_actions: tuple[str, ...] = ("getencounterlist",)
    """Actions that answer one row of zeros where there is nothing; others answer no row. Seen: U1."""

    blank_task_parameter_fails: bool = True
    """GetTaskList with a blank Parameter5 leaks the SQL conversion message. Seen: U3."""

    local_times: bool = True
    """Hospital time without a zone. Seen: U1 U2."""

    mixed_layouts: bool = True
    """Five date layouts, one for each column. Seen: U1 U2."""

    padded_codes: bool = True
    """Codes padded with spaces on the right. Seen: U1 U2."""

    packed_results: bool = True
    """Name, value, unit, flag and range of a result in one text. Seen: U1 U2."""

    split_blood_pressure: bool = True
    """Blood pressure as two rows without unit, codes 2 and 3. Seen: U1 U2."""

    placeholders: bool = True
    """Texts in place of null. Seen: U1 U2; the texts are ours."""

    single_space_blanks: bool = True
    """One space where there is nothing. Seen: U1 U2."""

    altera_paths: bool = False
    """FHIR below /R4/fhir-Prod as Altera has it, instead of Veradigm's /fhirroute/fhir/{site}. Seen: V1 V3."""

    redacts: bool = True
    """Data that the client may not see comes back redacted with 200; false: 403. Seen: V1; its form is a gap."""

    write_status: int = 403
    """What a write gets that the CapabilityStatement promises.

    Seen that FHIR is read-only by documentation and not by its CapabilityStatement: V1 V2; the status is a gap."""

    metadata_dstu2_type: bool = False
    """/metadata says application/json+fhir, the name of DSTU2. Seen once: V2."""

    key_pull_hour: int = 2
    """Hour of hospital time at which changed key sets are pulled. Seen: nightly, V1 V3; the hour is a gap."""

    bulk_ready_s: float = 10.0
    """Seconds of the mock's clock until an export is ready. Gap."""

    bulk_retry_after_s: int = 5
    """Retry-After of a poll; asking sooner is 429. Seen: V1 V3; the number is a gap."""

    bulk_kept_s: float = 86_400.0
    """How long the files of an export are kept: its Expires. Gap."""

    def __post_init__(self) -> None:
        if self.product not in PRODUCTS:
            raise ValueError(f"quirk product is {self.product!r}; valid: {', '.join(PRODUCTS)}")
        if self.unknown_patient not in ("blank", "empty"):
            raise ValueError(f"quirk unknown_patient is {self.unknown_patient!r}; valid: blank, empty")

    def rows(self) -> RowQuirks:
        """Return the switches that concern rows."""
        return RowQuirks(
            local_times=self.local_times,
            mixed_layouts=self.mixed_layouts,
            padded_codes=self.padded_codes,
            packed_results=self.packed_results,
            split_blood_pressure=self.split_blood_pressure,
            placeholders=self.placeholders,
            single_space_blanks=self.single_space_blanks,
        )
