"""The lab: issuer, mock EHR, network proxy and gateway as processes on loopback, started together and ended together.

The EHR's public address is the network proxy's, so that everything it links to passes through the network; its
control port is known to the harness alone. Whatever happens (success, failure, Ctrl-C), `close` ends every process.
"""

from __future__ import annotations

import contextlib
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from gauntlet import attach, launch, ports, second_ehr, shared_places
from gauntlet.addressing import patient_path
from gauntlet.control import Control
from gauntlet.ehr import Ehr
from gauntlet.errors import Inconclusive, ProcessLost, SetupError
from gauntlet.issuer.keys import KeyRing
from gauntlet.lab_servers import START_TIMEOUT_S, Servers
from gauntlet.mutual_tls import KEY_FILE, MutualTls, mutual_tls_of
from gauntlet.network.errors import NetworkError
from gauntlet.network.launch import URL_VARIABLE, ServerChoice, choose
from gauntlet.network.toxiproxy import Network, Proxy
from gauntlet.process import Ending, Process
from gauntlet.receivers import Receivers
from gauntlet.target import Target
from gauntlet.tokens import EhrTokens, IssuerControl, IssuerTokens, Tokens
from gauntlet.upstreams import SECRET_FILES, Upstream, upstream_of
from synthetic.population import Population

ISSUER_KEYS = "issuer-keys.json"  # private keys live as long as the lab
ISSUER_CLIENT = "gauntlet-gateway"  # the gateway, where it asks about tokens
EHR_PROXY = "ehr"  # name of the proxy between gateway and EHR
CONSUMER_PROXY = "consumer"  # name of the proxy between consumers and gateway, for checks that need one
PROXIES = (EHR_PROXY, CONSUMER_PROXY, second_ehr.PROXY)
NETWORK_SERVER = "network server"
Progress = Callable[[str], None]


@dataclass
class Lab:
    """A lab that is up. Build it with `open_lab`."""

    target: Target
    run_dir: Path
    seed: int
    processes: list[Process] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)  # placeholders of the target file
    notes: list[str] = field(default_factory=list)
    outside: dict[str, str] = field(default_factory=dict)  # role -> URL of what runs without us
    ehr_url: str = ""  # the EHR's address as the gateway must see it, through the network
    secured_ehr: str = ""  # the EHR's address under TLS, for the harness: gateways reach it through the network
    mutual_tls: MutualTls | None = None  # where it is claimed
    second: second_ehr.SecondEhr | None = None  # where it is claimed
    receivers: Receivers = field(default_factory=Receivers)
    _controls: list[Control] = field(default_factory=list)
    _consumer_proxy: Proxy | None = None
    servers: Servers = field(init=False)
    upstream: Upstream = field(init=False)
    ehr: Ehr = field(init=False)
    network: Network = field(init=False)
    tokens: Tokens = field(init=False)

    @property
    def base_url(self) -> str:
        """FHIR base that consumers use."""
        return self.values["gateway.base_url"]

    def consumer_proxy(self) -> Proxy:
        """Return the network proxy in front of the gateway, which is there from its first use on."""
        if self._consumer_proxy is None:
            host, port = ports.host_and_port(self.base_url)
            probe = f"{urlsplit(self.base_url).path}/metadata"
            self._consumer_proxy = self.network.create_proxy(CONSUMER_PROXY, f"{host}:{port}", probe_path=probe)
        return self._consumer_proxy

    def ended(self) -> list[Ending]:
        """Return the processes that ended without being told to."""
        return [ending for item in self.processes if (ending := item.ending())]

    def missing(self) -> str:
        """Return which part that runs without us is gone, as a sentence; empty when everything is there."""
        for role, url in self.outside.items():
            if not ports.listening(*ports.host_and_port(url)):
                return f"nothing listens at {url} any more: the {role} is gone"
        return ""

    def process(self, role: str) -> Process | None:
        """Return the process with this role, if the lab started one."""
        return next((item for item in self.processes if item.role == role), None)

    def restart_gateway(self, environment: Mapping[str, str]) -> None:
        """Stop the gateway and start it again with the same settings.

        Raises SetupError when it does not come back, ProcessLost when it had ended before it was told to.
        """
        gateway = self.process(launch.ROLE)
        if gateway is None:
            raise Inconclusive("the gateway runs already and is not ours to restart: there is no [gateway.launch]")
        ending = gateway.ending()
        if ending is not None:  # a restart would hide it from the verdict
            raise ProcessLost(ending.sentence())
        gateway.stop()
        self.processes.remove(gateway)
        self.processes.append(launch.start_gateway(self.target, self.values, environment))
        launch.wait_until_ready(self.processes[-1], self.target, self.values, environment)

    def close(self) -> None:
        """End every process, the gateway first so that it may drain into a living EHR."""
        for control in self._controls:
            control.close()
        if NETWORK_SERVER in self.outside:  # it lives on: leave nothing of ours there
            for name in PROXIES:
                with contextlib.suppress(NetworkError):
                    self.network.remove_proxy(name)
        while self.processes:
            self.processes.pop().stop()
        self.receivers.close()
        for name in (ISSUER_KEYS, KEY_FILE, *SECRET_FILES):
            (self.run_dir / name).unlink(missing_ok=True)


def open_lab(
    target: Target,
    run_dir: Path,
    seed: int,
    environment: Mapping[str, str],
    *,
    defect: str = "",
    progress: Progress = lambda _: None,
) -> Lab:
    """Start a lab for `target` below `run_dir` and return it ready for checks.

    Raises SetupError or TargetError with the reason and the fix; nothing is left running then.
    """
    lab = Lab(target, run_dir, seed)
    try:
        _start(lab, environment, defect, progress)
    except BaseException as error:
        lab.close()
        if isinstance(error, NetworkError):
            url = environment.get(URL_VARIABLE)
            fix = f"{URL_VARIABLE} asks for the server at {url}: start it there, or unset the variable" if url else ""
            raise SetupError(str(error), hint=fix) from None
        raise
    return lab


def _start(lab: Lab, environment: Mapping[str, str], defect: str, progress: Progress) -> None:
    run_dir, settings = lab.run_dir, lab.target.file
    run_dir.mkdir(parents=True, exist_ok=True)
    progress("starting issuer, mock EHR and network")
    secret = secrets.token_hex(16)
    keyring = KeyRing.generate()
    issuer_keys = run_dir / ISSUER_KEYS
    keyring.save(issuer_keys)
    lab.receivers = Receivers.open(settings.observe, run_dir, lab.target.ca_file)
    lab.upstream, lab.mutual_tls = upstream_of(lab.target, run_dir), mutual_tls_of(lab.target, run_dir)
    servers = lab.servers = Servers(run_dir, lab.processes, secret)
    issuer = servers.issuer(issuer_keys, settings.consumer.listen)
    mock = servers.mock_ehr(settings.ehr[0], lab.seed)
    choice = choose(environment, seed=lab.seed)
    network_api = servers.network(choice)
    issuer_at = issuer.announcement(START_TIMEOUT_S)
    mock_at = mock.announcement(START_TIMEOUT_S)
    _join_network(lab, network_api, choice)
    ehr_control = _control(lab, "mock EHR", mock_at["control"], secret)
    lab.ehr = Ehr(ehr_control)
    lab.ehr_url = _connect_ehr(lab, ehr_control, mock_at["data"])
    lab.values = _values(lab, issuer_at["data"], lab.ehr_url, defect) | {"ehr.ca_file": mock_at["tls"]["ca"]}
    lab.secured_ehr = mock_at["secured"]
    _bring_second_ehr(lab, secret)
    control = _control(lab, "issuer", issuer_at["control"], secret)
    issuer_control = IssuerControl(issuer_at["data"], control, issuer_at["control"])
    issuer_control.let_gateway_ask(lab.values["issuer.client_id"], lab.values["issuer.client_secret"])
    issued = IssuerTokens(issuer_control, lab.values["consumer.audience"], issuer_keys, settings.claims.standing())
    direct = settings.consumer.tokens == "ehr"
    lab.tokens = _tokens_of_ehr(lab, ehr_control, mock_at["data"], issued) if direct else issued
    _bring_gateway(lab, environment, progress)


def _connect_ehr(lab: Lab, control: Control, mock_url: str) -> str:
    """Put the network proxy in front of the mock EHR, register the gateway there, and return its public URL."""
    ehr = lab.target.file.ehr[0]
    proxy = lab.network.create_proxy(
        EHR_PROXY,
        mock_url.removeprefix("http://"),
        probe_path=lab.upstream.probe_path,
        listen=ehr.listen or "127.0.0.1:0",
    )
    control.call("PUT", "/public-url", {"url": proxy.url})
    lab.upstream.register(control)
    return proxy.url


def _bring_second_ehr(lab: Lab, secret: str) -> None:
    """Start the second EHR, where one is claimed, with a population of its own."""
    claim = second_ehr.claim_of(lab.target)
    if claim is None:
        return
    like_first = lab.target.file.ehr[0].model_copy(update={"listen": claim.listen})
    mock = lab.servers.mock_ehr(like_first, second_ehr.seed_of(lab.seed), second_ehr.ROLE)
    mock_at = mock.announcement(START_TIMEOUT_S)
    control = _control(lab, second_ehr.ROLE, mock_at["control"], secret)
    url = second_ehr.connect(lab.network, lab.upstream, claim, control, mock_at["data"])
    lab.values |= second_ehr.values_of(lab.upstream, claim, url)
    lab.second = second_ehr.second_ehr(lab.target, control, lab.values, lab.seed)


def _tokens_of_ehr(lab: Lab, control: Control, mock_url: str, forged: IssuerTokens) -> EhrTokens:
    token_url = lab.values["ehr.token_url"]
    return EhrTokens(control, token_url, forged, way=mock_url + urlsplit(token_url).path)


def _bring_gateway(lab: Lab, environment: Mapping[str, str], progress: Progress) -> None:
    """Start the gateway, or find the one that runs already; without any there is nothing to do."""
    settings = lab.target.file
    if settings.gateway.launch is not None:
        progress(f"starting the gateway {settings.gateway.name}")
        lab.processes.append(launch.start_gateway(lab.target, lab.values, environment))
        launch.wait_until_ready(lab.processes[-1], lab.target, lab.values, environment)
    elif not lab.target.direct:
        progress(f"waiting for the gateway {settings.gateway.name} to serve")
        attach.require_listening(lab.base_url)
        chart = Population(lab.seed, settings.ehr[0].patients).chart(0)
        token = lab.tokens.token(settings.consumer.clients.interactive)
        obstacle = attach.wait_until_serving(
            lab.base_url, token, patient_path(settings.ehr[0].vendor, chart), lab.target.ca_file
        )
        lab.notes += [obstacle] if obstacle else []
        lab.outside[launch.ROLE] = lab.base_url


def _join_network(lab: Lab, url: str, choice: ServerChoice) -> None:
    lab.network = Network(url)
    lab.notes.append(f"{choice.sentence} (version {lab.network.version()})")
    if choice.url:
        lab.outside[NETWORK_SERVER] = url
        for name in PROXIES:  # left by a run that was killed
            lab.network.remove_proxy(name)


def _control(lab: Lab, role: str, url: str, secret: str) -> Control:
    control = Control(role, url, secret)
    lab._controls.append(control)
    return control


def _values(lab: Lab, issuer: str, ehr: str, defect: str) -> dict[str, str]:
    settings = lab.target.file
    values = {
        "python": sys.executable,
        "run_dir": str(lab.run_dir.resolve()),
        "target_dir": str(lab.target.path.parent),
        "defect": defect,
        "issuer.url": issuer,
        "issuer.client_id": ISSUER_CLIENT,
        "issuer.client_secret": secrets.token_hex(16),
        "ehr.facility": settings.ehr[0].facility,
        **lab.upstream.values(ehr),
        "gateway.port": str(ports.free_port()),
        **(lab.mutual_tls.values() if lab.mutual_tls else {}),
        **shared_places.make(lab.run_dir),
        **lab.receivers.values(),
        **{f"consumer.{role}": client for role, client in settings.consumer.clients},
    }
    return launch.with_addresses(values, settings)
