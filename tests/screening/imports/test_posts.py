"""A table of posts becomes a history by month."""

import json
from datetime import date

import pytest

from screening.imports import load
from screening.models import Metrics, RowError
from tests.screening.imports.files import write
from tests.screening.imports.loads import counted, imported

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    monkeypatch.setattr(load, "PAUSE", 0)


class TestPosts:
    POSTS = "username,followers,likes,comments,text,date\n" + "".join(
        f"{who},{size},{likes},{comments},text {likes},{day} 10:00:00\n"
        for who, size, likes, comments, day in [
            ("anna", 900, 10, 1, "2017-02-01"), ("anna", 900, 30, 3, "2017-02-28"), ("anna", 900, 50, 5, "2017-04-10"),
            ("ivan", 700, 8, 0, "2017-04-20"), ("ivan", 700, 8, 0, "2017-04-20"), ("ivan", 700, 4, 2, "2017-04-21"),
        ]
    )  # fmt: skip

    def test_become_a_history_by_month(self, tmp_path):
        report = imported(write(tmp_path / "p.csv", self.POSTS + "ivan,700,many,1,x,2017-04-22\n"))
        assert (counted(report), report["duplicates"]) == ((7, 2, 4, 1), 1)
        anna = Metrics.objects.filter(profile__handle_key="anna").order_by("taken_at")
        kept = anna.values_list("taken_at", "likes_avg", "comments_avg", "posts_in_period", "followers")
        assert list(kept) == [(date(2017, 2, 28), 20.0, 2.0, 2, None), (date(2017, 4, 21), 50.0, 5.0, 1, 900)]
        assert Metrics.objects.get(profile__handle_key="ivan").likes_avg == 6.0

    def test_are_keyed_by_the_ids_of_a_file_loaded_before(self, tmp_path):
        head = "creator_id,likes,comments,text,date\n"
        creators = "creator_id,username\nk1,anna\nk2,ivan\nk3,olga\n"
        imported(write(tmp_path / "c.csv", creators))
        rows = "".join(f"k{n % 4 + 1},{2 * n},1,text {n},2017-0{1 + n % 2}-10 10:00:00\n" for n in range(16))
        path = write(tmp_path / "p.csv", head + rows)
        given = write(tmp_path / "m.json", json.dumps({"creator_id": "creator_key"}))
        preview = imported(path, mapping=given, dry_run=True)
        report = imported(path, mapping=given)
        assert counted(report) == counted(preview) == (16, 0, 12, 4)
        kept = Metrics.objects.order_by("profile__handle_key", "taken_at").values_list("profile__handle", "likes_avg")
        assert list(kept) == [("anna", 12.0), ("ivan", 14.0), ("olga", 16.0)]
        refused = RowError.objects.order_by("line").values_list("line", "column", "value", "reason", "row__0")
        assert list(refused) == [(line, "", "k4", "creator_unknown", "k4") for line in (5, 9, 13, 17)]
