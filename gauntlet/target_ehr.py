"""The table [[ehr]] of the target file: which vendor's double stands behind the gateway, and who it is there."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from gauntlet.target_values import Address, Table

# Actions that a gateway that reads needs; a service account is licensed one by one.
UNITY_ACTIONS = (
    "GetServerInfo",
    "GetUserAuthentication",
    "GetPatient",
    "GetPatientByMRN",
    "SearchPatients",
    "GetClinicalSummary",
    "GetMedicationByTransID",
    "GetEncounterList",
    "GetSchedule",
    "GetProvider",
    "GetDictionary",
)
VENDORS = ("epic", "allscripts")
OTHER_EHR = "the target's EHR is"  # beginning of the reason of a check that cannot judge behind this one
OF_OTHERS = {
    "epic": ("username", "user", "app_name", "password_file", "user_password_file", "actions"),
    "allscripts": ("client_id", "jwks"),
}


class Ehr(Table):
    """One upstream: which vendor's double stands behind the gateway."""

    vendor: Literal["epic", "allscripts"]
    facility: str = "main"
    patients: int = Field(6000, ge=6000, le=10_000_000, description="size of the synthetic population")
    listen: Address | None = Field(
        None, description="fixed address of the EHR for a gateway that already runs; default a free port"
    )
    client_id: str = Field("gauntlet-gateway", description="epic: the gateway's client id")
    jwks: str | None = Field(
        None,
        description="epic: file with the public key set of a gateway that already runs, beside this file",
    )
    username: str = Field("gauntlet-gateway", description="allscripts: the gateway's service account")
    user: str = Field("gateway", description="allscripts: the EHR user that the gateway acts for")
    app_name: str = Field("Gauntlet.Gateway", description="allscripts: the application's name")
    password_file: str | None = Field(
        None, description="allscripts: password of the service account of a gateway that already runs"
    )
    user_password_file: str | None = Field(
        None, description="allscripts: password of the EHR user of a gateway that already runs"
    )
    actions: list[str] = Field(
        default_factory=lambda: list(UNITY_ACTIONS), min_length=1, description="allscripts: licensed actions"
    )

    @model_validator(mode="after")
    def _keys_of_this_vendor(self) -> Ehr:
        strange = sorted(self.model_fields_set & set(OF_OTHERS[self.vendor]))
        if strange:
            valid = [name for name in type(self).model_fields if name not in OF_OTHERS[self.vendor]]
            raise ValueError(f"{strange[0]} is no key of vendor {self.vendor}; valid here: {', '.join(valid)}")
        return self
