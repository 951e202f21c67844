"""Epic's habits of authorization as named switches (see `quirks`).

"OAuth page" is fhir.epic.com, documentation "OAuth 2.0" with its appendix and error table, read through a public copy
(vendors.md: E2); "live document" is the sandbox's own smart-configuration or openid-configuration.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AuthorizationQuirks:
    """Switches of the authorization server, each with its source and confidence."""

    static_keys: str = "like-url"
    """What `jwks` of a registration means. "like-url": the keys that a key-set address would give, a convenience of the
    mock. "uploaded": kid is discarded and only RSA works, Seen: OAuth page, "JSON Web Key Sets". "refused": only a
    key-set address works, Seen: the sandbox since February 2026, every site from the version of May 2026 (E2)."""

    propagation_s: float = 0.0
    """How long a new or changed client waits until it is in force; until then its tokens are refused as invalid_client.

    Seen: from hours up to about two days (E2); 0 because a test can wait for neither.
    """

    basic_credentials: str = "either"
    """How client_secret_basic is written: "encoded", "raw" or "either". Seen: the OAuth page wants both parts
    URL-encoded; Reported: that only the raw ones work (community.fhir.org 4312)."""

    basic_refusal_status: int = 401
    """Status of invalid_client after a Basic header, with a Basic challenge. Reported: community.fhir.org 4312, and
    RFC 6749 section 5.2; every other client authentication fails with 400."""

    aud_required: bool = True
    """An authorization request needs `aud`, the FHIR base address. Seen: OAuth page, from the version of May 2023."""

    pkce_required: bool = False
    """Whether an authorization request needs a code challenge. Seen: OAuth page, "optional parameter"; S256 only."""

    post_needs_launch: bool = True
    """A POST to the authorization endpoint works for EHR launches only. Seen: OAuth page, step 3."""

    authorize_failure_status: int = 400
    """Status of the HTML page that a bad authorization request gets. Seen that it is a page; Gap: the status."""

    denial_redirects: bool = True
    """A user who says no is sent back with error=access_denied (RFC 6749 4.1.2.1); False: an HTML page. Gap."""

    code_lifetime_s: float = 300.0
    """How long an authorization code lives; 60 to 300 is sensible. Gap."""

    code_reuse_revokes: bool = True
    """A code that is used twice takes the tokens of the first use with it (RFC 6749 section 4.1.2). Gap."""

    standalone_clinician_patient: bool = False
    """A clinician's standalone launch tells the patient he picked. Seen: OAuth page, it is not returned."""

    launch_state_in_token: bool = True
    """The token response of a launch repeats `state`. Seen: OAuth page and a recorded answer."""

    dstu2_patient: bool = True
    """The token response of a launch also names the patient's DSTU2 id. Seen: recorded answers, 2025."""

    launch_token_type: str = "Bearer"  # noqa: S105 - the name of a kind of token
    """token_type after a launch. Seen: recorded answers, 2025; the OAuth page writes "bearer" here too."""

    public_clients_refresh: bool = False
    """Whether a client without credentials gets refresh tokens. Seen: OAuth page, it does not."""

    refresh_lifetime_s: float = 7_776_000.0
    """How long a refresh token lives, 90 days. Gap: the patient or the site chooses."""

    rotated_refresh_dies: bool = True
    """A refresh token that was exchanged for a new one stops working. Gap."""

    id_token_lifetime_s: int = 300
    """How long an id_token is valid. Seen: OAuth page, 5 minutes."""

    introspection_sub_is_url: bool = True
    """Introspection gives `sub` as the address of the user's resource and no `patient`.

    Reported: a client that works around it (argonaut imaging server).
    """

    revocation: bool = True
    """Whether oauth2/revoke answers (RFC 7009). Gap: Epic lists no such endpoint; False: the log-off redirect."""

    other_patient_status: int = 403
    """Status of 4118, when a token for one patient is used for another. Seen: 403 with a body (E2, error table)."""
