"""Stages of .ci/run: a test may be left out of one, never of all."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import stages


@pytest.fixture
def records(tmp_path):
    """Write a record for each stage and give their paths."""

    def written(*stages_said: str) -> list[str]:
        paths = [tmp_path / f"{n}.txt" for n in range(len(stages_said))]
        for path, said in zip(paths, stages_said, strict=True):
            path.write_text(said)
        return [str(path) for path in paths]

    return written


class TestRecords:
    def test_say_how_many_passed_and_what_passed_nowhere(self, records, capsys):
        stages.main(*records("passed a.py::one\npassed a.py::two[x y]\nskipped b.py::three\n",
                             "passed a.py::two[x y]\nskipped b.py::three\n"))  # fmt: skip
        said = "passed nowhere: b.py::three\n2 tests passed, 1 of them in more than one stage\n"
        assert capsys.readouterr().out == said

    def test_are_written_while_tests_run(self, tmp_path):
        recorder = stages.Recorder(tmp_path / "record.txt")
        for when, outcome in (("setup", "passed"), ("call", "passed"), ("teardown", "passed"), ("setup", "skipped")):
            report = SimpleNamespace(when=when, outcome=outcome, skipped=outcome == "skipped", nodeid=f"a::{when} [x]")
            recorder.pytest_runtest_logreport(report)
        assert stages.read(recorder.path) == [("passed", "a::call [x]"), ("skipped", "a::setup [x]")]


class TestAfter:
    """Which tests are kept after a record: one off the database, one on it, one of a page."""

    @pytest.fixture
    def kept(self, records):
        def names(record: str) -> list[str]:
            left_out = []
            hook = SimpleNamespace(pytest_deselected=lambda items: left_out.extend(items))
            (path,) = records(record)
            config = SimpleNamespace(getoption=lambda name: Path(path), hook=hook)
            items = [
                SimpleNamespace(nodeid=name, fixturenames=fixtures, get_closest_marker=lambda mark: None,
                                path=Path("tests", "review", folder, "test_it.py"))
                for name, fixtures, folder in (("computes", ["tmp_path"], "api"), ("asks", ["elena", "db"], "api"),
                                               ("shows", ["elena", "db"], "pages"))
            ]  # fmt: skip
            all_ = [item.nodeid for item in items]
            stages.pytest_collection_modifyitems(config, items)
            assert sorted(item.nodeid for item in [*items, *left_out]) == sorted(all_)
            return [item.nodeid for item in items]

        return names

    def test_what_passed_runs_again_where_it_uses_the_database(self, kept):
        assert kept("passed computes\npassed asks\npassed shows\n") == ["asks"]

    def test_what_was_skipped_runs(self, kept):
        assert kept("skipped computes\npassed asks\nskipped shows\n") == ["computes", "asks", "shows"]

    def test_what_the_record_does_not_know_runs(self, kept):
        assert kept("passed asks\n") == ["computes", "asks", "shows"]


class TestGround:
    """What counts as standing on services, asked about the tests below themselves."""

    @pytest.fixture
    def kept(self, request):
        return stages.stands_on_services(request.node)

    @pytest.fixture
    def person(self, db):
        return "somebody"

    def test_leaves_out_what_only_computes(self, kept):
        assert not kept

    def test_keeps_what_uses_the_database(self, kept, db):
        assert kept

    def test_keeps_what_uses_it_through_another_fixture(self, kept, person):
        assert kept

    @pytest.mark.once("only these words are looked at")
    def test_leaves_out_what_is_marked_with_a_reason(self, kept, db):
        assert not kept

    @pytest.mark.parametrize("said", [(), (" ",)])
    def test_refuses_a_mark_without_one(self, request, said, db):
        request.node.add_marker(pytest.mark.once(*said))
        with pytest.raises(pytest.UsageError, match="says not why"):
            stages.stands_on_services(request.node)

    @pytest.mark.django_db
    def test_keeps_what_a_mark_gives_the_database(self, kept):
        assert kept

    def test_keeps_what_asks_the_whole_product(self, kept, client):
        assert kept
