"""What the clients of a history do, and when which fault is in force: drawn from a profile and a seed. Pure.

A profile is a file `scenarios/histories/*.toml`. A history is a row of rounds: in each, one fault is in force and every
client works through its steps while the others work through theirs; the next round begins when all have ended. So the
schedule of faults is the same for the same seed, whatever the machine does meanwhile.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gauntlet.errors import UsageError
from gauntlet.history.operation import Kind
from gauntlet.scenario import find_scenario


@dataclass(frozen=True, slots=True)
class Step:
    """One operation to come: `bad` creates carry content that the EHR refuses."""

    client: int
    kind: Kind
    record: str
    value: str
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault in force during a round.

    `name` is one of `scenarios/faults`, narrowed to one `interaction`, or a toxic of Toxiproxy when `where` is "ehr
    network" (between gateway and EHR) or "consumer network" (between consumers and gateway).
    """

    name: str
    where: str = "ehr"
    interaction: str = ""
    attributes: Mapping[str, int] | None = None

    def told(self) -> str:
        """Return the fault in a word or two."""
        return f"{self.name} on {self.interaction or self.where}"


@dataclass(frozen=True, slots=True)
class Round:
    """What happens at the same time: a fault (None: a sound EHR and network) and each client's steps."""

    fault: Fault | None
    steps: tuple[Step, ...]

    def of_client(self, client: int) -> tuple[Step, ...]:
        """Return the steps of one client, in order."""
        return tuple(step for step in self.steps if step.client == client)


@dataclass(frozen=True, slots=True)
class Profile:
    """How large a history is, and which faults it may meet."""

    name: str
    clients: int
    rounds: int
    creates: int  # of each client in a round
    updates: int  # of each client in a round
    refused: float  # share of creates with content that the EHR refuses
    faults: tuple[Fault, ...]


def read_profile(name: str, folder: Path) -> Profile:
    """Return the profile `name` in `folder`. Raises UsageError for an unknown name or a file that is none."""
    content = find_scenario(name, folder).content
    try:
        return Profile(
            name,
            int(content["clients"]),
            int(content["rounds"]),
            int(content["creates"]),
            int(content["updates"]),
            float(content["refused"]),
            tuple(_fault(item) for item in content["fault"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{folder / name}.toml is no profile of a history: {error!r}") from None


def _fault(item: Mapping[str, Any]) -> Fault:
    rest = {name: value for name, value in item.items() if name != "why"}
    return Fault(**rest)


def schedule(profile: Profile, seed: int, *, updates: bool) -> list[Round]:
    """Return the rounds of the history with this seed; without `updates` clients only create.

    Every second round is without a fault, so that there is something to update and to lose. The faults come in a drawn
    order, each once before any comes twice. Updates of a round go to records of the rounds before, most of them to one
    record, which the clients fight for.
    """
    dice = random.Random(f"{profile.name}/{seed}")
    faults = _faults_in_order(profile, dice, updates=updates)
    known: list[str] = []
    rounds = []
    for number in range(profile.rounds):
        creates = [step for client in range(profile.clients) for step in _creates(profile, dice, number, client)]
        changes = [step for client in range(profile.clients) for step in _updates(profile, dice, number, client, known)]
        steps = [*creates, *(changes if updates else [])]
        dice.shuffle(steps)
        rounds.append(Round(next(faults) if number % 2 else None, tuple(steps)))
        known += [step.record for step in creates if not step.bad]
    return rounds


def _faults_in_order(profile: Profile, dice: random.Random, *, updates: bool) -> Any:
    usable = [fault for fault in profile.faults if updates or fault.interaction != "update"]
    while True:
        yield from dice.sample(usable, len(usable))


def _creates(profile: Profile, dice: random.Random, number: int, client: int) -> list[Step]:
    names = [f"r{number}c{client}n{index}" for index in range(profile.creates)]
    return [Step(client, Kind.CREATE, name, f"{name}.0", dice.random() < profile.refused) for name in names]


def _updates(profile: Profile, dice: random.Random, number: int, client: int, known: Sequence[str]) -> list[Step]:
    if not known:
        return []
    contested = known[-1]
    names = [contested if dice.random() < 0.7 else dice.choice(known) for _ in range(profile.updates)]
    return [Step(client, Kind.UPDATE, name, f"{name}.r{number}c{client}u{i}") for i, name in enumerate(names)]
