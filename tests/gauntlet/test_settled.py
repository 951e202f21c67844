from gauntlet.settled import settled


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def test_it_is_asked_until_it_holds():
    clock = Clock()
    assert settled(lambda: clock.now > 1, 5, clock, clock.sleep)
    assert 1 < clock.now < 2


def test_it_is_asked_once_more_at_the_end():
    clock = Clock()
    assert settled(lambda: clock.now >= 1, 1, clock, clock.sleep)
    assert not settled(lambda: False, 1, clock, clock.sleep)
