"""The gateway as a process, for checks about restarts. Available only when the lab started it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager

from gauntlet.errors import CheckFailed, SetupError
from gauntlet.lab import Lab
from gauntlet.running import RunningCheck
from gauntlet.second_gateway import SecondGateway, mandatory_settings, second_gateway


class RunningGateway:
    """The launched gateway."""

    def __init__(self, lab: Lab, running: RunningCheck) -> None:
        self._lab = lab
        self._running = running

    def restart(self) -> None:
        """Stop the gateway with SIGTERM and start it again.

        Raises Inconclusive when the lab did not start it, CheckFailed when it does not come back.
        """
        self._running.disturbed = True
        try:
            self._lab.restart_gateway(os.environ)
        except SetupError as error:
            raise CheckFailed(
                "the gateway did not come back after a restart", expected="ready again", actual=error.message
            ) from error

    def second(
        self, without: str = "", changes: Mapping[str, str] | None = None
    ) -> AbstractContextManager[SecondGateway]:
        """Start the gateway a second time beside the first, with the setting `without` withheld or others changed.

        Raises Inconclusive when the target file cannot do that.
        """
        return second_gateway(self._lab, os.environ, without, changes)

    def mandatory_settings(self) -> list[str]:
        """Return the settings that can be withheld, as placeholders of the target file."""
        table = self._lab.target.file.gateway.launch
        return mandatory_settings(table) if table else []
