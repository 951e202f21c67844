from gauntlet.check_source import judging_calls

MODULE = '''
from gauntlet import expect
from gauntlet.consents import require_served

WRONG = ("a", "b")


def served(app):
    expect.status(app.read("Patient", "1"), 200)


@fixture
def storm(ehr):
    with ehr.fault({"name": "storm-429"}) as fault:
        yield fault
        ehr.require_applied(fault)


class Look:
    def at(self, answer):
        expect.equal(answer, 1, "why")


def test_pair(app, refused):
    """Title."""
    for wrong in WRONG:
        refused(lambda: served(app), lambda: app.read(wrong), status=(401,))


def test_fault(app, storm):
    """Title."""
    served(app)
    Look().at(app)
    require_served(app)


def test_nothing(app):
    """Title."""
    app.read("Patient", "1")
'''


def test_what_a_check_reaches_counts():
    found = judging_calls(MODULE)
    assert found["test_pair"] == {"refused": 1, "expect.status": 1}
    assert found["test_fault"] == {
        "require_served": 1,
        "expect.status": 1,
        "expect.equal": 1,
        "fault": 1,
        "require_applied": 1,
    }
    assert found["test_nothing"] == {}
    assert found.keys() == {"test_pair", "test_fault", "test_nothing"}


def test_a_helper_may_be_moved_out_of_the_module():
    helper = """def served(app):
    expect.status(app.read("Patient", "1"), 200)
"""
    moved = "from gauntlet.serving import served\n" + MODULE.replace(helper, "")
    assert helper in MODULE
    modules = {"gauntlet.serving": helper}
    assert judging_calls(moved, modules.get) == judging_calls(MODULE)
    assert judging_calls(moved) != judging_calls(MODULE)
