"""Consent as the target file claims it: where the purpose of use is stated, and how fast a change takes effect."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gauntlet.target_values import Table


class BreakTheGlass(Table):
    """Access in an emergency, against the patient's consent."""

    purpose: str = Field("BTG", description="purpose of use that states an emergency")
    reason_header: str = "X-Access-Reason"
    lasts_s: Annotated[float, Field(gt=0, le=60)] = Field(
        description="longest time that one token gives such access; set the gateway to a short one for the run"
    )


class ConsentClaim(Table):
    """The patient's Consents at the EHR are enforced. Purposes are codes of HL7 v3 PurposeOfUse."""

    purpose_claim: str = Field("purpose_of_use", description="claim of the consumer's token; empty: none")
    purpose_header: str = Field("", description="header of the consumer's request; empty: none")
    treatment: str = Field("TREAT", description="purpose of apps in all other checks")
    other_purpose: str = Field("HRESCH", description="a purpose that needs a consent of its own")
    within_s: Annotated[float, Field(gt=0, le=5)] = Field(5.0, description="longest time until a change takes effect")
    upstream_header: str = Field("X-Purpose-Of-Use", description="header at the EHR that states the purpose of use")
    export: str = Field(
        "",
        description="path of bulk exports, started by POST with Parameters (patient, _type); empty: there are none",
        examples=["Patient/$export"],
    )
    break_the_glass: BreakTheGlass | None = None
