"""Two EHRs behind one address: each has a gateway of its own, told apart by the path, in one process.

They have nothing in common but the process: token source, connections, slots, breakers, state and audit trail are
the one's or the other's, so that an EHR that fails takes nothing from the other.
"""

from __future__ import annotations

from dataclasses import replace

from reference_gateway.exchange import Answer, ConsumerRequest
from reference_gateway.gateway import Gateway
from reference_gateway.settings import Settings

_FOLDER = "second"


class TwoGateways(Gateway):
    """The first gateway, and the second one for what is asked below its path."""

    def __init__(self, first: Gateway, second: Gateway) -> None:
        super().__init__(first.steps)
        self.first = first
        self.second = second
        self.path = second.steps.routes.base_path + "/"

    async def answer(self, request: ConsumerRequest) -> Answer:
        """Return the answer of the gateway that the path is of."""
        chosen = self.second if f"{request.raw_path}/".startswith(self.path) else self.first
        return await chosen.answer(request)


def settings_of_second(settings: Settings) -> Settings | None:
    """Return the settings of the second gateway, None where there is none; its state is in a folder of its own.

    Raises OSError when that folder cannot be made.
    """
    second = settings.second
    if second is None:
        return None
    folder = settings.state_dir / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    return replace(
        settings,
        base_url=second.base_url,
        ehr_base_url=second.ehr_base_url,
        ehr_next_base_url="",
        ehr_token_url=second.ehr_token_url,
        facility=second.facility,
        source=f"urn:ehr:{second.facility}",
        state_dir=folder,
        audit_file=folder / settings.audit_file.name,
        rollout_file=None,
        mutual_tls=None,
        second=None,
    )
