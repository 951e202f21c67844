"""Fixtures for authors of checks. A check asks for what it needs by name, as in any pytest test."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gauntlet import allure_labels
from gauntlet.apps import Apps
from gauntlet.audit_sink import AuditSink, sink_of
from gauntlet.consents import Consents
from gauntlet.consumer import Consumer, http_client
from gauntlet.deliveries import Deliveries
from gauntlet.ehr import Ehr
from gauntlet.errors import HarnessError, Inconclusive
from gauntlet.fuzzing.runner import Fuzzer
from gauntlet.moving_ehr import Moving, moving_ehr
from gauntlet.mutual_apps import MutualApps
from gauntlet.negative import NegativePair
from gauntlet.observe.audit import AuditTrailReader
from gauntlet.observe.logs import LogReader
from gauntlet.observe.metrics import MetricsReader
from gauntlet.observe.movement import Movement
from gauntlet.own_key import OwnKeyRotation, replaceable
from gauntlet.pace import Pace
from gauntlet.planting import Planting
from gauntlet.plugin import SESSION
from gauntlet.raw_http import RawHttp
from gauntlet.rollout import ChangingGateway, changing_gateway
from gauntlet.run_logs import RunLogs
from gauntlet.running import RunningCheck
from gauntlet.running_gateway import RunningGateway
from gauntlet.second_ehr import SecondEhr
from gauntlet.session import Session
from gauntlet.shaky import ShakyConsumerNetwork, ShakyNetwork
from gauntlet.spike import LoadRunner
from gauntlet.target import Target
from gauntlet.target_model import Claims
from gauntlet.tls import tls_context
from gauntlet.tokens import Tokens
from gauntlet.upstream_tls import UpstreamTls


@pytest.fixture(autouse=True)
def _labels(request: pytest.FixtureRequest, gauntlet_session: Session) -> None:
    """Label the check in Allure's results."""
    check = gauntlet_session.checks[request.node.nodeid]
    allure_labels.label(check, gauntlet_session.catalogue.families[check.requirement.family])


@pytest.fixture
def gauntlet_session(request: pytest.FixtureRequest) -> Session:
    """The run."""
    return request.config.stash[SESSION]


@pytest.fixture
def running(gauntlet_session: Session) -> RunningCheck:
    """Book-keeping of the check that runs now."""
    if gauntlet_session.running is None:
        raise HarnessError("no check is running")
    return gauntlet_session.running


@pytest.fixture
def target(gauntlet_session: Session) -> Target:
    """The target file."""
    return gauntlet_session.target


@pytest.fixture
def claims(target: Target) -> Claims:
    """What the target claims, with parameters."""
    return target.file.claims


@pytest.fixture
def apps(gauntlet_session: Session, running: RunningCheck) -> Iterator[Apps]:
    """Consumers by role, scope and patient: `apps.app("partner")`, `apps.wrong("expired")`, `apps.anonymous()`."""

    with http_client(tls=tls_context(gauntlet_session.target.ca_file)) as http:
        yield Apps(gauntlet_session.lab, lambda: running.ledger, http)


@pytest.fixture
def mutual_apps(apps: Apps) -> Iterator[MutualApps]:
    """Apps that come with a client certificate: `mutual_apps.app("good")`, `mutual_apps.app("expired")`."""
    with MutualApps(apps) as made:
        yield made


@pytest.fixture
def app(apps: Apps) -> Consumer:
    """The interactive app with a token for everything."""
    return apps.app()


@pytest.fixture
def raw_http(gauntlet_session: Session, running: RunningCheck) -> RawHttp:
    """Raw connections to the gateway, for bytes that no HTTP client sends."""

    return RawHttp(gauntlet_session.lab.base_url, lambda: running.ledger, gauntlet_session.target.ca_file)


@pytest.fixture
def ehr(gauntlet_session: Session) -> Ehr:
    """The EHR out of band: journal, faults, clock, what it holds."""
    return gauntlet_session.lab.ehr


@pytest.fixture
def planting(app: Consumer, ehr: Ehr, target: Target) -> Planting:
    """Puts records into the EHR and finds them in what the gateway delivers: `planting.planted(chart, body)`."""
    return Planting(app, ehr, target.file.ehr[0].vendor)


@pytest.fixture
def upstream_access(ehr: Ehr, target: Target) -> Ehr:
    """The EHR, for checks of how the gateway authenticates there; inconclusive when consumers do so themselves."""
    if target.file.consumer.tokens == "ehr":
        raise Inconclusive("consumers bring tokens of the EHR: there is no access of a gateway that could be judged")
    return ehr


@pytest.fixture
def network(gauntlet_session: Session, running: RunningCheck) -> ShakyNetwork:
    """Network faults between gateway and EHR: `with network.fault("latency", latency=500):`."""
    return ShakyNetwork(gauntlet_session.lab, running)


@pytest.fixture
def consumer_network(gauntlet_session: Session, running: RunningCheck) -> ShakyConsumerNetwork:
    """Network faults between consumers and gateway, for the apps sent over it: `consumer_network.over(app)`."""
    return ShakyConsumerNetwork(gauntlet_session.lab, running)


@pytest.fixture
def chaos_seed(gauntlet_session: Session, measured: dict[str, float]) -> int:
    """The seed of fault schedules and random moments, shown in the report: `--chaos-seed` repeats it."""
    plan = gauntlet_session.plan
    seed = plan.seed if plan.chaos_seed is None else plan.chaos_seed
    measured["chaos seed"] = seed
    return seed


@pytest.fixture
def run_dir(gauntlet_session: Session) -> Path:
    """The run's own folder, for evidence that is too large for a report."""
    return gauntlet_session.lab.run_dir


@pytest.fixture
def tokens(gauntlet_session: Session) -> Tokens:
    """Where consumers' tokens come from."""
    return gauntlet_session.lab.tokens


@pytest.fixture
def refused(ehr: Ehr, running: RunningCheck) -> NegativePair:
    """Judge of negative pairs: `refused(control, mutation, status=(401,))`."""
    return NegativePair(ehr, running.concerns)


@pytest.fixture
def measured(running: RunningCheck) -> dict[str, float]:
    """Figures that the report shows beside the check's verdict, name to value."""
    return running.measured


@pytest.fixture
def fuzzer(gauntlet_session: Session, running: RunningCheck) -> Fuzzer:
    """Tries the published API with generated requests, once for the whole run."""
    return Fuzzer(gauntlet_session, running)


@pytest.fixture
def deliveries(gauntlet_session: Session) -> Deliveries:
    """What consumers were given by all checks so far; a check that asks for it runs after all others."""
    return gauntlet_session.deliveries


@pytest.fixture
def note(gauntlet_session: Session) -> Callable[[str], None]:
    """A function that puts a sentence into the report, without bearing on any verdict."""
    return gauntlet_session.note


@pytest.fixture
def logs(gauntlet_session: Session) -> LogReader:
    """The gateway's general log."""
    return LogReader.of(gauntlet_session.lab)


@pytest.fixture
def run_logs(gauntlet_session: Session) -> RunLogs:
    """The general logs of the whole run, of all labs; a check that asks for them runs after all others."""
    return gauntlet_session.run_logs()


@pytest.fixture
def audit(gauntlet_session: Session) -> AuditTrailReader:
    """The gateway's audit trail."""
    return AuditTrailReader.of(gauntlet_session.lab)


@pytest.fixture
def audit_sink(audit: AuditTrailReader, running: RunningCheck, run_dir: Path) -> Iterator[AuditSink]:
    """Where a second gateway's records go: `second(changes=audit_sink.changes)`, `audit_sink.failing(second)`."""
    with sink_of(audit, run_dir / f"collector-{running.check.ordinal}") as sink:
        yield sink


@pytest.fixture
def metrics(gauntlet_session: Session) -> MetricsReader:
    """The gateway's metrics."""
    return MetricsReader.of(gauntlet_session.lab)


@pytest.fixture
def consents(ehr: Ehr) -> Consents:
    """What patients say about their data: `consents.only(chart, permit("TREAT"))`."""
    return Consents(ehr)


@pytest.fixture
def moved(metrics: MetricsReader, claims: Claims) -> Callable[[], Movement]:
    """A function that starts to watch the metrics: `watch = moved()`, provoke, `watch.expect("requests", 3, "...")`."""

    def watch() -> Movement:
        series = claims.observability.metrics if claims.observability else {}
        return Movement(metrics.readings, {str(name): text for name, text in series.items()}, metrics.readings())

    return watch


@pytest.fixture
def second_ehr(gauntlet_session: Session) -> SecondEhr:
    """The second EHR behind the gateway: `second_ehr.over(app)`; not claimed by most."""
    if gauntlet_session.lab.second is None:
        pytest.skip("the target does not claim a second EHR ([claims.resilience.second_ehr])")
    return gauntlet_session.lab.second


@pytest.fixture
def gateway(gauntlet_session: Session, running: RunningCheck) -> RunningGateway:
    """The gateway as a process: `gateway.restart()`."""
    return RunningGateway(gauntlet_session.lab, running)


@pytest.fixture
def pace() -> Iterator[Pace]:
    """Whether this machine keeps pace: `with pace.forgiving(slack_s):` around a judgement of time."""
    pace = Pace()
    pace.start()
    try:
        yield pace
    finally:
        pace.stop()


@pytest.fixture
def own_key(gauntlet_session: Session) -> OwnKeyRotation:
    """A rotation of the gateway's own key at the EHR; not claimed by a gateway whose key the lab does not hold."""
    lab = gauntlet_session.lab
    if not replaceable(lab):
        pytest.skip("the target does not claim that its key at the EHR is the lab's file {ehr.key_file}")
    values = lab.values
    return OwnKeyRotation(lab.ehr, values["ehr.client_id"], Path(values["ehr.key_file"]), time.time_ns)


@pytest.fixture
def upstream_tls(gauntlet_session: Session) -> UpstreamTls:
    """The EHR behind TLS: `with upstream_tls.values() as values, gateway.second(changes=values) as second:`."""
    return UpstreamTls(gauntlet_session.lab)


@pytest.fixture
def moving(gauntlet_session: Session, running: RunningCheck) -> Iterator[Moving]:
    """The EHR under a name whose address changes: `gateway.second(changes=moving.values)`, `moving.move()`."""
    with moving_ehr(gauntlet_session.lab, running) as moving:
        yield moving


@pytest.fixture
def changing(gauntlet_session: Session, apps: Apps, claims: Claims) -> Iterator[ChangingGateway]:
    """A second gateway to stop, kill and change: `changing.kill()`, `changing.change("forward")`."""
    assert claims.rollout is not None  # noqa: S101 - checks of other features do not ask for it
    with changing_gateway(gauntlet_session.lab, apps, claims.rollout) as gateway:
        yield gateway


@pytest.fixture
def load(gauntlet_session: Session, running: RunningCheck) -> LoadRunner:
    """Runs load profiles: `load.run("morning-spike")`."""
    return LoadRunner(gauntlet_session, running)
