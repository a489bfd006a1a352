"""From the ranking: side by side, and all that is said of one."""

import re

import pytest

from screening import results


def points(text: str) -> float:
    return float(text.replace("\u2212", "-").replace("+", ""))


class TestCompare:
    def test_shows_the_picked_in_columns_in_the_order_given(self, strategist, run):
        page = strategist.get(f"/runs/{run.pk}/compare/?p=3,1").content.decode()
        third, first = (run.recommendations.get(rank=rank).creator.name for rank in (3, 1))
        assert page.index(third) < page.index(first)
        assert page.count('<th scope="col">') == 2

    def test_takes_ticked_boxes_as_well_as_one_list(self, strategist, run):
        assert strategist.get(f"/runs/{run.pk}/compare/?p=1&p=2").content.decode().count('<th scope="col">') == 2

    def test_shows_four_at_most_and_says_so(self, strategist, run):
        page = strategist.get(f"/runs/{run.pk}/compare/?p=1,2,3,4,5").content.decode()
        assert page.count('<th scope="col">') == 4
        assert "the first four" in page

    @pytest.mark.parametrize("query", ["", "?p=1", "?p=0", "?p=x,y", "?p=1,1", "?p=99999"])
    def test_asks_for_two_when_there_are_fewer(self, strategist, run, query):
        answer = strategist.get(f"/runs/{run.pk}/compare/{query}")
        assert answer.status_code == 200
        assert "Pick two to four creators" in answer.content.decode()

    def test_says_which_data_is_missing_and_promises_no_forecast(self, strategist, run):
        page = strategist.get(f"/runs/{run.pk}/compare/?p=1,2").content.decode()
        assert "What I have no data for" in page
        assert "no forecast. 0 creators of this market have a result in it; 30 are needed." in page
        assert "No sum: nothing is forecast for these creators." in page


class TestCandidate:
    def test_names_every_factor_and_they_add_up_to_the_score(self, strategist, run):
        answer = run.recommendations.first()
        page = strategist.get(f"/runs/{run.pk}/creators/{answer.profile_id}/").content.decode()
        shown = [points(text) for text in re.findall(r'<div class="v[^"]*">([^<]*)</div>', page)]
        *parts, total = shown
        known = [name for name, _points, _value in answer.factors if name not in answer.knowledge["missing"]]
        assert len(parts) == len(known) + bool(answer.knowledge["missing"])
        assert sum(parts) == pytest.approx(total, abs=0.05 * (len(parts) + 1))
        assert 50 + total == pytest.approx(answer.score, abs=0.06)

    def test_tells_what_it_knows_doubts_and_lacks(self, strategist, run):
        answer = run.recommendations.first()
        page = strategist.get(f"/runs/{run.pk}/creators/{answer.profile_id}/").content.decode()
        for part in ("What I know", "Where I am uncertain", "What I have no data for", "The AI asks"):
            assert part in page

    def test_shows_somebody_who_was_removed_too(self, strategist, run):
        removed = next(row for row in results.page(run, view="removed").rows)
        page = strategist.get(f"/runs/{run.pk}/creators/{removed.profile_id}/").content.decode()
        assert "Removed:" in page

    def test_gives_a_frozen_answer_and_a_derived_one_the_same_words(self, strategist, run):
        answer = run.recommendations.first()
        url = f"/runs/{run.pk}/creators/{answer.profile_id}/"
        frozen = strategist.get(url).content.decode()
        from screening import ranking

        listed = ranking.by_profile(run, answer.profile_id)
        bare = ranking.Candidate(listed.row, listed.profile, listed.followers, listed.fee, None)
        derived, kept = ranking.said(run, bare), ranking.said(run, listed)
        assert derived.missing == kept.missing
        assert [one[0] for one in derived.factors] == [one[0] for one in kept.factors]
        assert derived.score == pytest.approx(kept.score, abs=1e-5)
        assert "What moved it from 50" in frozen

    def test_is_not_found_outside_the_pool(self, strategist, run):
        assert strategist.get(f"/runs/{run.pk}/creators/999999/").status_code == 404
