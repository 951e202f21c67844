"""Runs one load profile inside Locust: one user owns the schedule and starts each arrival at its time.

The harness starts it (`gauntlet load`); by hand, with a plan file as `gauntlet.load.plan.write_order` writes
it:

    GAUNTLET_LOAD_PLAN=order.json locust -f scenarios/locustfile.py --headless --only-summary --csv out

On several machines, by Locust's own master and workers: all workers have the same plan, and GAUNTLET_LOAD_GENERATORS
says everywhere how many they are (docs/load.md).

Locust's console, CSV and HTML reports work as usual; their response times count from the intended start. The
exact histograms are in the result file that the plan names. The plan holds bearer tokens: keep it to yourself
and delete it.
"""

import logging
import os
import time
from pathlib import Path

import gevent
from gevent import GreenletExit
from locust import User, events, runners, stats, task
from locust.env import Environment
from locust.exception import StopUser
from locust.rpc import Message

from gauntlet.errors import GauntletError
from gauntlet.load.code_engine import CodeEngine
from gauntlet.load.engine import Engine
from gauntlet.load.measured import RawLoad, to_json
from gauntlet.load.plan import ORDER_VARIABLE, Order, PlanError, Share, read_order
from gauntlet.load.recorder import News

GENERATORS = "GAUNTLET_LOAD_GENERATORS"
DONE, WAIT_FOR_OTHERS_S = "generator-done", 120.0
FEED_EVERY_S = 1.0  # as finely as Locust counts; each time takes some milliseconds
METHOD = "GET"  # a column of Locust's; the profile's names tell reads from creates

logger = logging.getLogger("gauntlet.load")


def generators() -> int:
    """Return how many generators share the arrivals. Raises PlanError when the environment says something else."""
    text = os.environ.get(GENERATORS, "1")
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise PlanError(f"{GENERATORS} is {text!r}", hint="give the number of workers, 1 to 64")
    return int(text)


class Consumers(User):
    """All consumers of the profile. Each generator has one such user, however many Locust is told to start."""

    fixed_count = 1 if generators() == 1 else 0  # Locust deals the others out, one to each worker

    @task
    def replay(self) -> None:
        """Carry the schedule out once, write the result and end Locust."""
        try:
            carry_out(order_for(self.environment.runner), self.environment.stats)
        except GauntletError as error:
            self.environment.process_exit_code = 4
            logger.error(error)  # noqa: TRY400 - a wrong plan needs its message, not a traceback
        except Exception:
            self.environment.process_exit_code = 4
            logger.exception("the load engine crashed")
        if self.environment.parsed_options.csv_prefix:
            gevent.sleep(stats.CSV_STATS_INTERVAL_SEC + 0.5)  # Locust writes its CSV files no more when it ends
        if isinstance(self.environment.runner, runners.WorkerRunner):
            report(self.environment.runner)
        gevent.spawn(self.environment.runner.quit)
        raise StopUser


def report(runner: runners.WorkerRunner) -> None:
    """Tell the master that this share is done, and wait for it to end the run: Locust deals a leaver's users out."""
    gevent.sleep(runners.WORKER_REPORT_INTERVAL + 0.5)  # so that the master hears of the last answers before
    runner.send_message(DONE, None)
    gevent.sleep(WAIT_FOR_OTHERS_S)


def listen(environment: Environment, **_: object) -> None:
    """Let a master end the run when every worker has done its share."""
    runner = environment.runner
    if not isinstance(runner, runners.MasterRunner):
        return
    done: set[str] = set()

    def heard(msg: Message, **_: object) -> None:
        done.add(msg.node_id)
        if len(done) == generators():
            gevent.spawn(runner.quit)

    runner.register_message(DONE, heard)


events.init.add_listener(listen)  # type: ignore[no-untyped-call]


def order_from_environment() -> Order:
    """Return the order that the environment names; the harness's own is deleted at once, as it holds tokens.

    Raises PlanError when the environment names none or a wrong one.
    """
    name = os.environ.get(ORDER_VARIABLE)
    if not name:
        raise PlanError(
            f"{ORDER_VARIABLE} is not set", hint="it names the plan file; `gauntlet load` sets it by itself"
        )
    order = read_order(Path(name), time.time())
    if order.parent_pid is not None:
        Path(name).unlink(missing_ok=True)
    return order


def carry_out(order: Order, figures: stats.RequestStats) -> None:
    """Run the engine; a run that is stopped early leaves its partial result, a crash leaves none."""
    engine = CodeEngine(order) if order.plan.code else Engine(order)
    feeder = gevent.spawn(feed, engine, figures)
    try:
        engine.run(begin_together(order.share))
    except GreenletExit:
        write(order.result, engine.result())
        raise
    finally:
        feeder.kill()
        pass_on(engine, figures)
    write(order.result, engine.result())


def order_for(runner: runners.Runner) -> Order:
    """Return the order of this process; a worker of Locust's takes the share of its number. Raises PlanError."""
    order = order_from_environment()
    if not isinstance(runner, runners.WorkerRunner):
        return order
    number, workers = runner.worker_index, generators()
    if not 0 <= number < workers:
        raise PlanError(
            f"this is worker {number + 1} of {workers}, so it has no share of the arrivals",
            hint=f"{GENERATORS} must be the same on master and workers; start the master anew for each run",
        )
    return order.model_copy(update={"share": order.share.model_copy(update={"worker": number, "workers": workers})})


def begin_together(share: Share) -> float:
    """Wait until all generators of the run are ready; return the moment at which they begin, 0 for at once."""
    if share.ready is None or share.go is None:
        return 0.0
    share.ready.touch()
    while not share.go.exists():
        gevent.sleep(0.05)
    return float(share.go.read_text(encoding="ascii"))


def write(path: Path, result: RawLoad) -> None:
    """Write the result in one step, so that a reader never sees half of it."""
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(to_json(result))
    partial.replace(path)


def feed(engine: Engine, figures: stats.RequestStats) -> None:
    """Keep passing outcomes on to Locust's own statistics until killed."""
    while True:
        gevent.sleep(FEED_EVERY_S)
        pass_on(engine, figures)


def pass_on(engine: Engine, figures: stats.RequestStats) -> None:
    """Add the outcomes since the last time to Locust's own statistics, as its master adds those of its workers."""
    for name, news in engine.news():
        entry = entry_of(figures, name, news)
        figures.get(name, METHOD).extend(entry)
        figures.total.extend(entry)
        for problem, count in news.problems.items():
            key = stats.StatsError.create_key(METHOD, name, problem)
            error = figures.errors.setdefault(key, stats.StatsError(METHOD, name, problem))
            error.occurred()
            error.occurrences += count - 1


def entry_of(figures: stats.RequestStats, name: str, news: News) -> stats.StatsEntry:
    """Return `news` in Locust's form."""
    entry = stats.StatsEntry(figures, name, METHOD)
    latency, failed, second = news.latency, sum(news.problems.values()), int(time.time())
    entry.last_request_timestamp = time.time()
    entry.num_requests, entry.num_failures = latency.count, failed
    entry.num_reqs_per_sec[second], entry.num_fail_per_sec[second] = latency.count, failed
    entry.total_response_time, entry.total_content_length = round(latency.total_us / 1000), news.size
    entry.min_response_time, entry.max_response_time = round(latency.min_us / 1000), round(latency.max_us / 1000)
    for milliseconds, count in latency.values_ms():
        rounded = stats.bucket_response_time(milliseconds)
        entry.response_times[rounded] = entry.response_times.get(rounded, 0) + count
    return entry
