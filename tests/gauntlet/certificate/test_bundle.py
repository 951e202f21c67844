import pytest

from gauntlet.certificate.bundle import read_bundle, write_bundle
from gauntlet.certificate.statement import obstacles
from gauntlet.certificate.suite import digest, installed_suite
from gauntlet.errors import UsageError
from gauntlet.verdict import Verdict
from tests.gauntlet.certificate.certified import certificate, kinds, run_of, seen
from tests.gauntlet.samples import result


def test_what_was_written_is_read(tmp_path):
    files = certificate(run_of())
    write_bundle(tmp_path / "certificate", files)
    assert read_bundle(tmp_path / "certificate") == files
    with pytest.raises(UsageError, match="cannot write"):
        write_bundle(tmp_path / "certificate", files)


def test_a_link_or_a_folder_in_place_of_a_file_is_seen(tmp_path):
    folder, files = tmp_path / "certificate", certificate(run_of())
    write_bundle(folder, files)
    (folder / "report.html").rename(tmp_path / "report.html")
    (folder / "report.html").symlink_to(tmp_path / "report.html")
    assert kinds(seen(read_bundle(folder))) == {"edited"}
    (folder / "report.html").unlink()
    (tmp_path / "report.html").rename(folder / "report.html")
    (folder / "more").mkdir()
    assert kinds(seen(read_bundle(folder))) == {"extra"}


def test_what_is_no_certificate_is_refused(tmp_path):
    with pytest.raises(UsageError, match="is no folder"):
        read_bundle(tmp_path / "none")
    for number in range(201):
        (tmp_path / str(number)).touch()
    with pytest.raises(UsageError, match="holds 201 files"):
        read_bundle(tmp_path)


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (run_of(result("CON-01", Verdict.FAIL)), "the run is non-conformant: 1 of 6 checks failed: CON-01"),
        (run_of(result("IDE-01", Verdict.INCONCLUSIVE)), "the run is inconclusive: 1 of 6 checks could not be judged"),
        (run_of(result("IDE-01", Verdict.ERROR)), "the run is error: 1 checks ended in an error of the harness"),
        (run_of(deselected=1), "the run is partial: 1 checks were left out, a certificate needs all of them"),
    ],
    ids=["fails", "inconclusive", "error", "partial"],
)
def test_what_keeps_a_run_from_being_certified(run, sentence):
    assert obstacles(run)[0].startswith(sentence)


def test_a_conformant_run_can_be_certified():
    assert obstacles(run_of()) == []
    assert obstacles(run_of(result("CON-02", Verdict.WARN))) == []


def test_the_suite_s_digest_sees_names_and_contents(tmp_path):
    (tmp_path / "a.py").write_text("1")
    before = digest([("suites", tmp_path)])
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_text("1")
    assert digest([("suites", tmp_path)]) == before
    (tmp_path / "a.py").write_text("2")
    changed = digest([("suites", tmp_path)])
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    assert len({before, changed, digest([("suites", tmp_path)])}) == 3


def test_the_installed_suite_is_always_the_same():
    assert installed_suite() == installed_suite()
    assert len(installed_suite().digest) == 64
