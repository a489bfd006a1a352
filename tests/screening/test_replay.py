"""Replay: what a run said comes out again from the files that the log names, and whoever touched them is told on."""

import json
from dataclasses import replace

import pytest
from django.core.management import call_command
from django.urls import reverse

from jobs import dispatch
from jobs.models import Job
from screening import judging, pools, replay, sealed, training
from screening.engine import codes, tables
from screening.engine.types import DecisionLine
from screening.models import Brief, Recommendation, ScoringModel, ScreeningRun
from screening.replay import Finding, Why
from tests import factories as f
from tests.review.worlds import unguarded

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(campaign, finish):
    """A finished run with its answers."""
    return finish(campaign)


def _replayed(run):
    return list(replay.of(run.recommendations.all()))


def _only(run):
    """Return the one way in which all answers of a run end."""
    found = _replayed(run)
    assert len({(one.finding, one.why) for one in found}) == 1
    return found[0]


def _file(settings, run, name):
    return settings.DATA_DIR / "store" / "pools" / run.pool_id / name


def _another(market, now):
    card = training.expert_card(market, now)
    return replace(card, b0=card.b0 + 0.25)


class TestOf:
    def test_reproduces_every_answer_of_a_run(self, run):
        found = _replayed(run)
        assert [(one.finding, one.differences) for one in found] == [(Finding.REPRODUCED, ())] * run.funnel["ranked"]
        assert {one.then for one in found} == {judging.release()}

    def test_does_so_after_another_model_was_put_to_work(self, run, campaign, finish, market, now):
        other = training.publish(market, _another(market, now), by=None, now=now)
        training.approve(other, by=f.user("manager"), now=now)
        newer = finish(campaign)
        assert newer.model_id == other.pk != run.model_id
        assert {one.finding for one in [*_replayed(run), *_replayed(newer)]} == {Finding.REPRODUCED}

    def test_does_so_with_the_decision_line_of_its_own_start(self, run, campaign, finish):
        newer = finish(campaign, line=DecisionLine(0.62, 0.01))
        verdicts = [
            list(one.recommendations.order_by("rank").values_list("verdict", flat=True)) for one in (run, newer)
        ]
        assert verdicts[0] != verdicts[1]
        assert {one.finding for one in [*_replayed(run), *_replayed(newer)]} == {Finding.REPRODUCED}

    def test_reproduces_what_was_judged_in_ranges(self, campaign, finish, settings):
        settings.RANGE_ROWS = 5
        run = finish(campaign)
        assert len(judging.opened(run).spans) == 3
        assert _only(run).finding == Finding.REPRODUCED

    @pytest.mark.parametrize("name", ["codes.npy", "figures.followers.npy", "pool.json", "texts.bio.data.npy"])
    def test_tells_of_a_changed_byte_of_the_pool(self, run, settings, name):
        path = _file(settings, run, name)
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)
        assert _only(run).why == Why.POOL_CHANGED

    def test_tells_that_the_pool_was_removed(self, run, settings):
        _file(settings, run, "codes.npy").unlink()
        assert _only(run).why == Why.POOL_GONE

    def test_tells_of_a_changed_byte_of_the_model(self, run):
        text = ScoringModel.objects.get(pk=run.model_id).document["file"]
        at = text.index('"b0":') + 6
        changed = text[:at] + ("1" if text[at] != "1" else "2") + text[at + 1 :]
        ScoringModel.objects.filter(pk=run.model_id).update(document={"file": changed})
        assert _only(run).why == Why.MODEL_CHANGED

    def test_tells_of_a_model_put_in_the_place_of_another(self, run, market, now):
        other = _another(market, now)
        ScoringModel.objects.filter(pk=run.model_id).update(document={"file": tables.to_json(other)}, sha256=other.key)
        found = _only(run)
        assert (found.why, found.detail) == (Why.INPUTS_CHANGED, "model_sha")

    def test_tells_of_another_engine(self, run, monkeypatch):
        monkeypatch.setattr(codes, "grid_key", lambda: "another")
        assert _only(run).why == Why.OTHER_ENGINE

    def test_tells_of_another_format_of_pools(self, run, monkeypatch):
        monkeypatch.setattr(pools, "FORMAT", 2)
        assert _only(run).why == Why.OTHER_ENGINE

    def test_tells_what_differs_where_an_answer_was_rewritten(self, run):
        row = run.recommendations.order_by("rank").first()
        feature, points, value = row.factors[0]
        with unguarded():
            Recommendation.objects.filter(pk=row.pk).update(
                score_u6=row.score_u6 + 1, factors=[[feature, points + 7, value], *row.factors[1:]]
            )
        found = next(one for one in _replayed(run) if one.answer == row.pk)
        assert found.finding == Finding.DIFFERS
        assert [(one.what, one.was) for one in found.differences] == [
            ("score_u6", row.score_u6 + 1), (f"factors.{feature}", [points + 7, value]),
        ]  # fmt: skip

    def test_tells_what_differs_where_the_brief_was_rewritten(self, run):
        with unguarded():
            Brief.objects.filter(pk=run.brief_id).update(criteria={"followers_min": 30_000})
        found = _replayed(run)
        assert {one.finding for one in found} == {Finding.DIFFERS}
        assert all("list" in [one.what for one in each.differences] for each in found)

    def test_tells_of_another_line_than_the_log_names(self, run):
        ScreeningRun.objects.filter(pk=run.pk).update(norms=run.norms | {"line": [600_000, 10_000]})
        found = _only(run)
        assert (found.why, found.detail) == (Why.INPUTS_CHANGED, "norms, line_u6")

    def test_tells_of_a_changed_list(self, run, settings):
        path = settings.DATA_DIR / "store" / "results" / f"{run.result_sha256}.npy"
        data = bytearray(path.read_bytes())
        data[-30] ^= 1
        path.write_bytes(data)
        assert [one.what for one in _only(run).differences] == ["file"]


class TestCommand:
    def _run(self, capsys, *args, code=0):
        if code:
            with pytest.raises(SystemExit) as ended:
                call_command("replay", *args)
            assert ended.value.code == code
        else:
            call_command("replay", *args)
        return capsys.readouterr().out.splitlines()

    def test_counts_all(self, run, capsys):
        n = run.funnel["ranked"]
        assert self._run(capsys, "--all") == [f"{n} reproduced, 0 differs, 0 not replayable"]

    def test_takes_a_run_as_json(self, run, capsys):
        lines = [json.loads(line) for line in self._run(capsys, "--run", str(run.pk), "--json")]
        assert [one["finding"] for one in lines[:-1]] == ["reproduced"] * run.funnel["ranked"]
        assert lines[-1] == {"reproduced": run.funnel["ranked"], "differs": 0, "not_replayable": 0}

    def test_takes_an_answer_by_number_or_by_its_entry(self, run, capsys):
        row = run.recommendations.first()
        first, second = (self._run(capsys, str(key)) for key in (row.pk, row.audit_id))
        assert first == second
        assert first[0].startswith(f"{row.pk}: Reproduced")

    def test_ends_with_one_where_an_answer_differs(self, run, capsys):
        row = run.recommendations.first()
        with unguarded():
            Recommendation.objects.filter(pk=row.pk).update(rank=row.rank + 40)
        lines = self._run(capsys, str(row.pk), code=1)
        assert lines[1].strip() == f"Rank: {row.rank + 40}, now {row.rank}"

    def test_ends_with_two_where_the_pool_is_gone(self, run, settings, capsys):
        _file(settings, run, "pool.json").unlink()
        assert (
            self._run(capsys, "--all", code=2)[-1] == f"0 reproduced, 0 differs, {run.funnel['ranked']} not replayable"
        )


class TestPage:
    def _press(self, client, row):
        answer = client.post(reverse("run-creator-replay", args=[row.run_id, row.profile_id]))
        assert answer.status_code == 302
        dispatch.run(int(answer.url.rstrip("/").rsplit("/", 1)[-1]), worker="test")
        return client.get(reverse("run-creator", args=[row.run_id, row.profile_id])).content.decode()

    def test_shows_what_the_replay_found(self, run, client):
        client.force_login(f.user("analyst"))
        row = run.recommendations.first()
        page = client.get(reverse("run-creator", args=[run.pk, row.profile_id])).content.decode()
        assert "Play the answer again" in page
        assert "Reproduced: the same inputs" in self._press(client, row)

    def test_says_why_there_is_none(self, run, client, settings):
        client.force_login(f.user("analyst"))
        row = run.recommendations.first()
        with unguarded():
            Recommendation.objects.filter(pk=row.pk).update(p_u6=row.p_u6 + 1)
        assert "Differs:" in (page := self._press(client, row))
        assert "Chance: 0." in page

    def test_is_not_there_for_another_brand(self, run, client):
        client.force_login(f.user("analyst", brand="other"))
        row = run.recommendations.first()
        assert client.post(reverse("run-creator-replay", args=[run.pk, row.profile_id])).status_code == 404


class TestRunPage:
    def _press(self, client, run):
        answer = client.post(reverse("run-replay", args=[run.pk]))
        assert answer.status_code == 302
        dispatch.run(int(answer.url.rstrip("/").rsplit("/", 1)[-1]), worker="test")
        return client.get(reverse("run", args=[run.pk])).content.decode()

    def test_says_that_the_whole_list_comes_out_again(self, run, client):
        client.force_login(f.user("analyst"))
        assert "to the last digit" not in client.get(reverse("run", args=[run.pk])).content.decode()
        assert f"every one of {run.funnel['ranked']} answers, to the last digit" in self._press(client, run)

    def test_names_who_differs_but_for_those_who_are_sealed(self, run, client, monkeypatch):
        client.force_login(f.user("analyst"))
        one, other = run.recommendations.order_by("rank")[:2]
        with unguarded():
            for row in (one, other):
                Recommendation.objects.filter(pk=row.pk).update(p_u6=row.p_u6 + 1)
        page = self._press(client, run)
        assert f"Differs: 2 of {run.funnel['ranked']}" in page
        links = [f"{reverse('run-creator', args=[run.pk, row.profile_id])}#replay" for row in (one, other)]
        assert all(link in page for link in links)
        monkeypatch.setattr(sealed, "_readers", [lambda *_: frozenset({one.profile_id})])
        page = client.get(reverse("run", args=[run.pk])).content.decode()
        assert [link in page for link in links] == [False, True]
        assert str(one.p_u6) not in str(Job.objects.get(kind="replay_run").result)

    def test_says_why_there_is_none(self, run, client, settings):
        client.force_login(f.user("analyst"))
        _file(settings, run, "pool.json").unlink()
        assert "Not replayable: the frozen candidates of this run are no longer kept." in self._press(client, run)

    def test_is_for_finished_runs_of_ones_own_brands(self, run, client):
        client.force_login(f.user("analyst", brand="other"))
        assert client.post(reverse("run-replay", args=[run.pk])).status_code == 404
        client.force_login(f.user("analyst"))
        ScreeningRun.objects.filter(pk=run.pk).update(status="failed")
        assert client.post(reverse("run-replay", args=[run.pk])).status_code == 404
