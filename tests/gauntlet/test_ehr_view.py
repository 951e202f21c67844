from gauntlet.ehr_view import EhrView, EhrWatch
from gauntlet.errors import ProcessLost


class Counters:
    def __init__(self, *readings):
        self.readings = list(readings)

    def __call__(self):
        reading = self.readings.pop(0)
        if reading is None:
            raise ProcessLost("the EHR is gone")
        total, throttled, at_once = reading
        return {"total": total, "open": at_once, "exchanges": {"429": throttled} if throttled else {}}


def test_rates_are_since_the_last_look_and_refusals_since_the_first():
    clock = iter([10.0, 10.5, 12.5])
    watch = EhrWatch(Counters((100, 5, 0), (150, 5, 3), None, (250, 9, 1)), lambda: next(clock))
    assert watch.look() == EhrView(100.0, 3, 0)
    assert watch.look() is None
    assert watch.look() == EhrView(50.0, 1, 4)


def test_the_view_in_words():
    assert EhrView(99.6, 3, 12).line() == "EHR 100/s, 3 under way, 12 times 429"
