"""One Epic site: its instance name, switches, state and addresses, passed to everything that answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from mock_ehr.demographics import Demographics
from mock_ehr.state import State
from mock_ehr.vendors.epic.authorization_identity import Signer
from mock_ehr.vendors.epic.bulk_jobs import Exports
from mock_ehr.vendors.epic.documents import DocumentCap
from mock_ehr.vendors.epic.ids import Ids
from mock_ehr.vendors.epic.quirks import EpicQuirks
from mock_ehr.vendors.epic.templates import Templates


@dataclass(frozen=True)
class Site:
    """What an answer depends on besides the request. Parts with state of their own are made when first used."""

    instance: str
    quirks: EpicQuirks
    state: State
    demographics: Demographics
    seed: int

    @property
    def fhir_base(self) -> str:
        """Return the public FHIR base address."""
        return f"{self.state.public_url}/{self.instance}/api/FHIR/R4"

    @property
    def token_url(self) -> str:
        """Return the public address of the token endpoint: what an assertion's `aud` has to be."""
        return f"{self.state.public_url}/{self.instance}/oauth2/token"

    @property
    def oauth_base(self) -> str:
        """Return the public address of the authorization server: the `iss` of id_tokens."""
        return f"{self.state.public_url}/{self.instance}/oauth2"

    @property
    def keys_url(self) -> str:
        """Return where the public keys of id_tokens are, as the sandbox has it."""
        return f"{self.state.public_url}/{self.instance}/api/epic/2019/Security/Open/PublicKeys/530027/OIDC"

    @cached_property
    def signer(self) -> Signer:
        """Return the key that id_tokens are signed with."""
        return Signer()

    @cached_property
    def exports(self) -> Exports:
        """Return the bulk requests, forgotten with the vendor's part of a reset."""
        exports = Exports(self.seed)
        self.state.also_reset.append(exports.clear)
        return exports

    @cached_property
    def templates(self) -> Templates:
        """Return the searches that were read already."""
        return Templates(self.quirks)

    @cached_property
    def ids(self) -> Ids:
        """Return the maker of ids for what is created."""
        return Ids(self.seed)

    @cached_property
    def document_cap(self) -> DocumentCap:
        """Return the count of requests for documents, emptied with the vendor's part of a reset."""
        cap = DocumentCap(self.quirks.daily_document_cap, self.state.clock.now)
        self.state.also_reset.append(cap.reset)
        return cap
