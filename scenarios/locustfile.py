"""Runs one load profile inside Locust: one user owns the schedule and starts each arrival at its time.

The harness starts it (`gauntlet load`); by hand, with a plan file as `gauntlet.load.plan.write_order` writes
it:

    GAUNTLET_LOAD_PLAN=order.json locust -f scenarios/locustfile.py --headless --only-summary --csv out

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
from locust import User, stats, task
from locust.exception import StopUser

from gauntlet.errors import GauntletError
from gauntlet.load.code_engine import CodeEngine
from gauntlet.load.engine import Engine
from gauntlet.load.measured import RawLoad, to_json
from gauntlet.load.plan import ORDER_VARIABLE, Order, PlanError, Share, read_order
from gauntlet.load.recorder import News

FEED_EVERY_S = 0.5
METHOD = "GET"  # a column of Locust's; the profile's names tell reads from creates

logger = logging.getLogger("gauntlet.load")


class Consumers(User):
    """All consumers of the profile. There is one such user however many Locust is told to start."""

    fixed_count = 1

    @task
    def replay(self) -> None:
        """Carry the schedule out once, write the result and end Locust."""
        try:
            carry_out(order_from_environment(), self.environment.stats)
        except GauntletError as error:
            self.environment.process_exit_code = 4
            logger.error(error)  # noqa: TRY400 - a wrong plan needs its message, not a traceback
        except Exception:
            self.environment.process_exit_code = 4
            logger.exception("the load engine crashed")
        if self.environment.parsed_options.csv_prefix:
            gevent.sleep(stats.CSV_STATS_INTERVAL_SEC + 0.5)  # Locust writes its CSV files no more when it ends
        gevent.spawn(self.environment.runner.quit)
        raise StopUser


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
    entry.total_response_time, entry.total_content_length = latency.total_us / 1000, news.size
    entry.min_response_time, entry.max_response_time = latency.min_us / 1000, latency.max_us / 1000
    for milliseconds, count in latency.values_ms():
        rounded = stats.bucket_response_time(milliseconds)
        entry.response_times[rounded] = entry.response_times.get(rounded, 0) + count
    return entry
