"""A gateway of its own that a check may stop, kill and change while the one under test goes on."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest

from gauntlet.apps import Apps
from gauntlet.consumer import Consumer
from gauntlet.errors import CheckFailed, Inconclusive
from gauntlet.lab import Lab
from gauntlet.placeholder import fill
from gauntlet.second_gateway import SecondGateway, second_gateway
from gauntlet.target_model import RolloutClaim

READY_WITHIN_S = 30.0
COMMAND_LIMIT_S = 30.0


@dataclass
class ChangingGateway:
    """The second gateway, its consumers and the commands that change it."""

    second: SecondGateway
    apps: Apps
    claim: RolloutClaim

    def app(self, role: str = "interactive") -> Consumer:
        """Return the app of `role`, whose requests go to this gateway."""
        usual, tokens, audience = self.apps.app(role), self.apps.lab.tokens, self.second.audience
        return replace(
            usual,
            base_url=self.second.base_url,
            token=lambda: tokens.token(usual.client_id, audience=audience),
        )

    def terminate(self) -> None:
        """Ask the process to end, as a supervisor does."""
        os.kill(self.second.process.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End the process at once, as a power cut does."""
        os.kill(self.second.process.pid, signal.SIGKILL)

    def start_again(self) -> None:
        """Start it after its end with the state it has left. Raises CheckFailed when it does not become ready."""
        self.second.again()
        state = self.second.wait(READY_WITHIN_S)
        if state != "ready":
            raise CheckFailed(
                "the gateway did not come back", expected="ready again", actual=self.second.process.last_lines()
            )

    def change(self, command: str, **values: str) -> None:
        """Run a command of [claims.rollout]; `values` fill {rollout.type} and {rollout.client}.

        Skips the check when the target does not claim the command, raises Inconclusive when it fails.
        """
        parts: list[str] = getattr(self.claim, command)
        if not parts:
            pytest.skip(f"the target does not claim {command.replace('_', ' ')}")
        named = {**self.second.values, **{f"rollout.{name}": value for name, value in values.items()}}
        filled = [fill(part, named, os.environ) for part in parts]
        try:
            done = subprocess.run(filled, capture_output=True, timeout=COMMAND_LIMIT_S, check=False, text=True)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Inconclusive(f"the command {command} did not run: {error}") from None
        if done.returncode:
            raise Inconclusive(f"the command {command} ended with {done.returncode}: {done.stderr[:300]}")


@contextmanager
def changing_gateway(lab: Lab, apps: Apps, claim: RolloutClaim) -> Iterator[ChangingGateway]:
    """Start the second gateway and end it afterwards. Raises Inconclusive when it does not become ready."""
    with second_gateway(lab, os.environ) as second:
        state = second.wait(READY_WITHIN_S)
        if state != "ready":
            raise Inconclusive(f"a second gateway is {state}: {second.process.last_lines()}")
        yield ChangingGateway(second, apps, claim)
