"""The claim of mutual TLS in a target file: a second address of the gateway that wants clients' certificates."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gauntlet.target_values import Table, shaped

HttpsUrl = Annotated[str, shaped(r"https://", "a URL that wants client certificates begins with https://")]


class MtlsClaim(Table):
    """Only who shows a certificate of a trusted authority gets in, and tokens bound to a certificate need it."""

    base_url: HttpsUrl = Field(description="FHIR base that wants client certificates, such as on {gateway.mtls_port}")
    authority: str | None = Field(
        None,
        description="PEM with certificate and private key of the test authority whose clients the gateway lets in, "
        "beside this file; default one made for the run, {mtls.ca_file}",
    )
    trusted: str | None = Field(
        None, description="PEM of the authority of the gateway's own certificate, beside this file; default the same"
    )
