"""Results: pages of the whole list without loading it, and answers that any process derives again."""

import re
import subprocess
import sys

import numpy as np
import pytest
from django.db import DatabaseError, transaction

from audit.models import AuditEntry
from screening import answers, judging, results
from screening.models import Recommendation
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(campaign, finish):
    """A completed run: 10 of 13 pass."""
    return finish(campaign)


class TestPage:
    def test_lists_by_rank(self, run):
        page = results.page(run)
        assert [row.rank for row in page.rows] == list(range(1, run.funnel["ranked"] + 1))
        assert [row.score for row in page.rows] == sorted((row.score for row in page.rows), reverse=True)

    def test_cuts_into_pages(self, run):
        one, two = results.page(run, per_page=4), results.page(run, per_page=4, number=2)
        assert [row.rank for row in (*one.rows, *two.rows)] == list(range(1, 9))
        assert (one.pages, two.number, one.found) == (-(-one.found // 4), 2, run.funnel["ranked"])

    def test_gives_the_last_page_for_any_later_one(self, run):
        page = results.page(run, per_page=4, number=99)
        assert page.number == page.pages

    def test_tells_shown_from_not_shown(self, run):
        best = results.best(run, 3)
        assert [row.rank for row in results.page(run, view="shown", shown=best).rows] == [1, 2, 3]
        assert results.page(run, view="not_shown", shown=best).rows[0].rank == 4

    def test_says_which_criterion_removed(self, run):
        page = results.page(run, view="removed", criterion="followers")
        assert {row.removed_by for row in page.rows} == {"followers"}
        assert page.found == 2
        assert results.page(run, view="removed").found == run.funnel["total"] - run.funnel["passed"]

    def test_leaves_hidden_rows_out_of_list_count_and_rank(self, run):
        hidden = results.best(run, 2)
        page = results.page(run, hidden=hidden)
        assert page.found == run.funnel["ranked"] - 2
        assert [row.rank for row in page.rows][:2] == [1, 2]
        assert not {row.profile_id for row in page.rows} & set(hidden)

    def test_searches_among_given_profiles(self, run):
        wanted = results.best(run, 5)[3]
        assert [row.profile_id for row in results.page(run, only=[wanted]).rows] == [wanted]

    def test_sorts_and_filters_by_verdict(self, run):
        missing = [row.missing for row in results.page(run, sort="missing").rows]
        assert missing == sorted(missing, reverse=True)
        for verdict, count in run.funnel["verdicts"].items():
            assert results.page(run, verdict=verdict).found == count

    def test_says_when_there_is_no_result(self, campaign):
        with pytest.raises(results.NoResult, match="queued"):
            results.page(f.run(campaign, status="queued", result_sha256=""))


class TestRows:
    def test_hold_scores_that_are_the_sum_of_their_factors(self, run):
        for answer in run.recommendations.all():
            assert 50_000_000 + sum(points for _f, points, _v in answer.factors) == pytest.approx(
                answer.score_u6, abs=60
            )

    def test_agree_with_the_frozen_answers(self, run):
        listed = {row.profile_id: row for row in results.page(run).rows}
        for answer in run.recommendations.all():
            row = listed[answer.profile_id]
            assert (row.rank, round(row.score * 1e6), round(row.p * 1e6)) == (answer.rank, answer.score_u6, answer.p_u6)
            assert row.verdict == answer.verdict
            assert row.missing == answer.missing
            known = [one[0] for one in answer.factors if one[0] not in answer.knowledge["missing"]][:3]
            assert [feature for feature, _points in row.top] == known

    def test_are_mapped_and_read_only(self, run):
        assert not results.rows(run).flags.writeable


class TestFreeze:
    def test_gives_the_same_rows_when_asked_again(self, run, now):
        count = AuditEntry.objects.count()
        first = answers.freeze(run, results.best(run, 3), now=now)
        assert [answer.pk for answer in answers.freeze(run, results.best(run, 3), now=now)] == [one.pk for one in first]
        assert AuditEntry.objects.count() == count

    def test_freezes_a_removed_candidate_too(self, run, now):
        removed = results.page(run, view="removed").rows[0].profile_id
        answer = answers.freeze(run, [removed], now=now)[0]
        assert (answer.rank, answer.profile_id) == (0, removed)

    def test_refuses_a_stranger(self, run, now):
        with pytest.raises(answers.NotACandidate):
            answers.freeze(run, [f.profile(markets=["RU"]).pk], now=now)

    def test_keeps_all_that_a_replay_needs_in_the_log(self, run):
        answer = run.recommendations.order_by("rank").first()
        for part in (run.pool_id, run.model.sha256, run.funnel["output"], run.result_sha256, str(answer.score_u6)):
            assert part in answer.audit.body

    def test_names_nobody_in_the_log(self, run):
        answer = run.recommendations.select_related("profile").order_by("rank").first()
        said = re.sub(r"[0-9a-f]{32,}", "", answer.audit.body)  # a short handle stands in some hash by chance
        assert answer.profile.handle not in said
        assert answer.creator.subject.hex in answer.audit.body

    def test_makes_rows_that_the_database_refuses_to_change(self, run):
        with pytest.raises(DatabaseError), transaction.atomic():
            Recommendation.objects.filter(run=run).update(score_u6=0)
        with pytest.raises(DatabaseError), transaction.atomic():
            Recommendation.objects.filter(run=run).delete()


class TestAssess:
    def test_derives_the_same_answer_in_a_process_that_has_forgotten_everything(self, run):
        before = run.recommendations.order_by("rank").first()
        judging._judged.cache_clear()
        again = answers.assess(run, before.profile_id)
        assert round(again.score * 1e6) == before.score_u6
        assert [[one.feature, round(one.points * 1e6)] for one in again.factors] == [one[:2] for one in before.factors]
        assert answers.knowledge_of(again) == before.knowledge

    def test_replays_to_the_same_list(self, run):
        judging._judged.cache_clear()
        assert np.array_equal(results.rows_of(judging.judge(run).screening), results.rows(run))


def test_no_page_module_loads_pandas_or_pyarrow():
    modules = (
        "screening.results, screening.queries, screening.registry, screening.briefs, screening.words, screening.tasks"
    )
    script = (
        f"import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'hybridmkt.settings'; django.setup(); "
        f"import {modules}; print(sorted({{'pandas', 'pyarrow', 'sklearn'}} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
