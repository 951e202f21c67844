"""What an edge case is, and the few ways to make one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple

from synthetic.chart import Chart
from synthetic.dice import Draw
from synthetic.edge_cases import exact_json
from synthetic.edge_cases.paths import Json, put
from synthetic.identity import MAX_SIZE, Identity
from synthetic.resource import Resource

FIRST_NEW = 1 << 20  # ordinals of resources that the population itself never makes
_OWN_MRNS = 3  # multiples of MAX_SIZE below are MRNs, former MRNs and member numbers of the population


class Family(StrEnum):
    """The two families are kept apart: refusing the first is as wrong as delivering the second."""

    VALID = "valid-but-nasty"
    INVALID = "invalid"


class Expected(StrEnum):
    """What a gateway has to do."""

    PRESERVE = "accept-and-preserve"
    REFUSE = "refuse"  # never delivered, never stored, and an error says so
    QUARANTINE = (
        "quarantine"  # legal on its own, in conflict with the rest: set aside and flagged, not delivered as fact
    )
    WITHHOLD = "withhold"  # legal, and not for everybody


@dataclass(frozen=True)
class Scene:
    """The chart a case is applied to, what it needs to know beyond it, and its dice."""

    chart: Chart
    identity: Identity
    stranger: int  # index of another patient
    draw: Draw

    def new_id(self, resource_type: str, number: int = 0) -> str:
        """An id that leads to this chart and that no resource of the population has."""
        return self.identity.resource_id(resource_type, self.chart.index, FIRST_NEW + number)

    def new_mrn(self, number: int = 0) -> str:
        """A medical record number that is nobody's."""
        return self.identity.mrn((_OWN_MRNS + number) * MAX_SIZE + self.chart.index)


def owner_of_new_mrn(identity: Identity, mrn: str) -> int | None:
    """The index of the chart that a number of `Scene.new_mrn` was made for; None for other numbers."""
    index = identity.mrn_index(mrn)
    return index % MAX_SIZE if index is not None and index >= _OWN_MRNS * MAX_SIZE else None


# Path within the resource -> value; None where nothing may stand.
Changes = dict[str, Any]


class Touched(NamedTuple):
    """A resource as the case leaves it, and the truth about it: path from the type on -> value."""

    resource: Resource
    truth: dict[str, Any]


class Outcome(NamedTuple):
    """The chart's resources after a case, and those it touched."""

    resources: tuple[Resource, ...]
    touched: tuple[Touched, ...]


Apply = Callable[[Scene], Outcome]
Target = Callable[[Scene], Resource]
Edit = Changes | Callable[[Json, Scene], Changes]


@dataclass(frozen=True, slots=True)
class Case:
    """An edge case: where it sits, what is true, what a gateway must do, and the function that makes it."""

    name: str
    family: Family
    expected: Expected
    where: str
    sentence: str
    requirements: tuple[str, ...]
    apply: Apply
    rule: str = ""  # invalid cases: the rule that is broken, as `inspection` names it
    by_name_only: bool = False  # large, or breaks what else holds for every chart: only when asked for

    @property
    def type(self) -> str:
        """The resource type it is about."""
        return self.where.partition(".")[0]


def valid(
    name: str,
    where: str,
    requirements: str,
    sentence: str,
    apply: Apply,
    *,
    expected: Expected = Expected.PRESERVE,
    by_name_only: bool = False,
) -> Case:
    """A legal case; `requirements` are ids with blanks between."""
    ids = tuple(requirements.split())
    return Case(name, Family.VALID, expected, where, sentence, ids, apply, by_name_only=by_name_only)


def invalid(
    name: str, where: str, rule: str, requirements: str, sentence: str, apply: Apply, *, quarantine: bool = False
) -> Case:
    """A case that breaks `rule`; it must be refused, or set aside when only other resources show that it is wrong."""
    expected = Expected.QUARANTINE if quarantine else Expected.REFUSE
    return Case(name, Family.INVALID, expected, where, sentence, tuple(requirements.split()), apply, rule)


def edited(target: Target, edit: Edit, *, without: Iterable[str] = ()) -> Apply:
    """The case that edits one resource. `without` names paths that go quietly, because they would contradict."""

    def apply(scene: Scene) -> Outcome:
        before = target(scene)
        body = before.body
        changes = edit(body, scene) if callable(edit) else edit
        return replaced(scene, before, changed(before, body, changes, without))

    return apply


def changed(before: Resource, body: Json, changes: Changes, without: Iterable[str] = ()) -> Touched:
    """A resource with changes made to its `body` (which is used up), and these changes as its truth."""
    for path in without:
        put(body, path, None)
    for path, value in changes.items():
        put(body, path, value)
    resource_id = body.get("id", before.id)
    named = resource_id if isinstance(resource_id, str) else before.id
    return Touched(Resource(before.type, named, exact_json.dumps(body)), truth_of(before.type, changes))


def truth_of(resource_type: str, changes: Changes) -> dict[str, Any]:
    """Changes as truth: paths from the type on."""
    return {f"{resource_type}.{path}": value for path, value in changes.items()}


def replaced(scene: Scene, before: Resource, after: Touched) -> Outcome:
    """The outcome of one resource in the place of another."""
    resources = tuple(after.resource if resource is before else resource for resource in scene.chart.resources)
    return Outcome(resources, (after,))


def rewritten(target: Target, rewrite: Callable[[bytes, Scene], bytes], fault: str) -> Apply:
    """The case that changes the bytes of one resource; its truth is a sentence about the bytes."""

    def apply(scene: Scene) -> Outcome:
        before = target(scene)
        after = before._replace(json=rewrite(before.json, scene))
        return replaced(scene, before, Touched(after, {f"{before.type}.$bytes": fault}))

    return apply


def added(make: Callable[[Scene], Iterable[tuple[Json, Changes]]]) -> Apply:
    """The case that adds resources: `make` yields each body and what of it is the truth in question."""

    def apply(scene: Scene) -> Outcome:
        touched = tuple(
            Touched(
                Resource(body["resourceType"], body["id"], exact_json.dumps(body)),
                truth_of(body["resourceType"], truth),
            )
            for body, truth in make(scene)
        )
        return Outcome((*scene.chart.resources, *(entry.resource for entry in touched)), touched)

    return apply


def one_more(target: Target, edit: Edit, *, without: Iterable[str] = ()) -> Apply:
    """The case that adds an edited copy of a resource under an id of its own."""

    def apply(scene: Scene) -> Outcome:
        model = target(scene)
        body = model.body | {"id": scene.new_id(model.type)}
        changes = edit(body, scene) if callable(edit) else edit
        copy = changed(model, body, changes, without)
        return Outcome((*scene.chart.resources, copy.resource), (copy,))

    return apply


def both(first: Apply, second: Apply) -> Apply:
    """The case that does one thing and then another."""

    def apply(scene: Scene) -> Outcome:
        begun = first(scene)
        chart = Chart(scene.chart.index, scene.chart.mrn, begun.resources)
        done = second(replace(scene, chart=chart))
        return Outcome(done.resources, (*begun.touched, *done.touched))

    return apply
