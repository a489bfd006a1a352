"""A file is understood: what is given goes before what is remembered, and that before what is guessed."""

from datetime import date

import pytest

from screening.imports.plan import make_plan
from tests.screening.imports.files import write, write_xlsx

TODAY = date(2026, 11, 20)


def planned(path, **options):
    return make_plan(path, name=path.name, today=TODAY, platform="instagram", as_of=TODAY, **options)


def first(path, **options):
    plan = planned(path, **options)
    return plan.reader(today=TODAY, currency="USD").read(*next(plan.table.rows())).parts[0].figures


class TestMarks:
    def test_of_a_text_may_group_and_of_a_workbook_do_not(self, tmp_path):
        rows = [["username", "price"], ["anna", 125.256], ["ivan", 763.453]]
        lines = "\n".join(",".join(map(str, row)) for row in rows)
        assert first(write(tmp_path / "a.csv", lines))["fee_minor"] == 12_525_600
        assert first(write_xlsx(tmp_path / "a.xlsx", rows))["fee_minor"] == 12_526

    def test_of_json_do_not_group(self, tmp_path):
        text = '{"username": "anna", "price": 125.256}\n{"username": "ivan", "price": 763.453}\n'
        assert first(write(tmp_path / "a.jsonl", text))["fee_minor"] == 12_526


class TestRemembered:
    LIST = "username,followers,reach\nanna,5,70\nivan,6,80\n"

    def plan(self, tmp_path, before, given=None):
        path = write(tmp_path / "a.csv", self.LIST)
        return planned(path, remembered=lambda _source, _header: before, given=given)

    def test_mapping_is_used(self, tmp_path):
        plan = self.plan(tmp_path, {"reach": "posts"})
        assert (plan.mapping.targets()["reach"], plan.mapping_by) == ("posts", "remembered")

    @pytest.mark.parametrize(
        "before", [{"followers": "posts", "reach": "posts"}, {"reach": "planet"}, {"town": "name"}]
    )
    def test_mapping_that_is_not_allowed_any_more_is_not(self, tmp_path, before):
        plan = self.plan(tmp_path, before)
        assert (plan.mapping.targets()["followers"], plan.mapping_by) == ("followers", "guessed")
        assert self.plan(tmp_path, before, {"reach": "posts"}).mapping.targets()["reach"] == "posts"
