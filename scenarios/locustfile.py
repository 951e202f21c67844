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
from locust import User, events, stats, task
from locust.exception import StopUser

from gauntlet.errors import GauntletError
from gauntlet.load.engine import Engine
from gauntlet.load.measured import RawLoad, to_json
from gauntlet.load.plan import ORDER_VARIABLE, Order, PlanError, Share, read_order

FEED_EVERY_S = 0.2

logger = logging.getLogger("gauntlet.load")


class Consumers(User):
    """All consumers of the profile. There is one such user however many Locust is told to start."""

    fixed_count = 1

    @task
    def replay(self) -> None:
        """Carry the schedule out once, write the result and end Locust."""
        try:
            carry_out(order_from_environment())
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


def carry_out(order: Order) -> None:
    """Run the engine; a run that is stopped early leaves its partial result, a crash leaves none."""
    engine = Engine(order)
    feeder = gevent.spawn(feed, engine)
    try:
        engine.run(begin_together(order.share))
    except GreenletExit:
        write(order.result, engine.result())
        raise
    finally:
        feeder.kill()
        pass_on(engine)
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


def feed(engine: Engine) -> None:
    """Keep passing outcomes on to Locust's own statistics until killed."""
    while True:
        gevent.sleep(FEED_EVERY_S)
        pass_on(engine)


def pass_on(engine: Engine) -> None:
    """Pass the outcomes since the last time on to Locust's own statistics."""
    samples, engine.samples = engine.samples, []
    for sample in samples:
        events.request.fire(
            request_type="GET",
            name=sample.name,
            response_time=sample.latency_ms,
            response_length=sample.size,
            exception=RuntimeError(sample.problem) if sample.problem else None,
            context={},
        )
