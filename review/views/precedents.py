"""What a card says of earlier cases: the record at this level, how flagged ones ended, who is similar."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import wording
from accounts.models import User
from audit.models import Kind
from review import asked, queries, seals
from review.judgement.enough import COUNT_FIRST, FOR_A_RECORD, wilson
from review.queries import precedents
from review.queries.precedents import Count, Precedent
from review.views import rows
from review.views.cards import result
from review.words import asked as asked_words
from screening import forecast_words
from screening import words as screening


def shown(card: queries.Card, *, user: User) -> dict[str, Any]:
    """Return what the card’s template needs of earlier cases and of the AI’s question; nothing while it is sealed."""
    if seals.hides(card.task, user):
        return {}
    found, task = card.precedents, card.task
    alike = precedents.alike(found, task, user=user)
    return {
        "record": _record(found, card),
        "endings": {
            n: ending(precedents.ended(found, flag, market=task.market)) for n, flag in enumerate(card.answer.flags)
        },
        "similar": [_similar(one) for one in alike.cases],
        "similar_none": "" if alike.cases else _nothing(alike),
        "forecast": forecast(card),
        "asks": _asks(card),
    }


def _record(found: Sequence[Precedent], card: queries.Card) -> str:
    """Return the record of the model where it has one, else that of all earlier answers of the market."""
    told = card.answer.knowledge.get("record")
    if not told:
        return record(precedents.record(found, card.answer, market=card.task.market))
    return screening.chances(card.answer.knowledge.get("chances")) + " " + record(Count(told["right"], told["count"]))


def record(count: Count | None) -> str:
    """Return how often the same verdict at this level proved right; the count first where there are few."""
    if count is None:
        return _("Unsure is no verdict: there is nothing to count.")
    given: dict[str, Any] = {"n": wording.number(count.n), "hits": wording.number(count.hits)}
    if count.n < FOR_A_RECORD:
        return ngettext(
            "%(n)s earlier verdict at this level has a result: too few to say how often it proved right.",
            "%(n)s earlier verdicts at this level have a result: too few to say how often they proved right.", count.n,
        ) % given  # fmt: skip
    low, high = wilson(count.hits, count.n)
    given |= {
        "share": wording.percent(count.hits / count.n),
        "range": wording.span(round(100 * low), round(100 * high)),
    }
    if count.n < COUNT_FIRST:
        return _("%(n)s earlier verdicts at this level, %(hits)s proved right (%(range)s).") % given
    return _("Of %(n)s earlier verdicts at this level, %(share)s proved right (%(range)s).") % given


def ending(count: Count) -> str:
    """Return how earlier cases with the same flag ended."""
    if not count.n:
        return _("No earlier case with this flag has a result yet.")
    given = {"n": count.n, "hits": count.hits}
    return ngettext(
        "Of %(n)d earlier case with this flag, %(hits)d met the goal.",
        "Of %(n)d earlier cases with this flag, %(hits)d met the goal.", count.n,
    ) % given  # fmt: skip


def _nothing(alike: precedents.Alike) -> str:
    if not alike.is_comparable:
        return _("The candidates of this run are not stored here any more: nobody can be compared.")
    return _("Nobody with a result in this market is similar enough.")


def forecast(card: queries.Card) -> forecast_words.Shown:
    """Return what the run forecast of this creator, with what people say of it; what is lacking where it did not."""
    task, told = card.task, card.answer.knowledge.get("forecast")
    kpi = task.campaign.objective
    known = {one.creator_id for one in card.precedents if one.market == task.market and one.kpi == kpi}
    views = [view for view in (card.own, *card.views) if view and view.overlay.forecast_percent is not None]
    said = [
        forecast_words.moved(
            told, str(view.overlay.by), view.overlay.forecast_percent or 0, view.words.get("forecast", "")
        )
        for view in views
    ]
    return forecast_words.shown(told, kpi, known=len(known), adjusted=said)


def _similar(one: Precedent) -> dict[str, Any]:
    name = one.name or f"@{one.handle}"
    return {
        "name": name, "language": rows.script(name), "creator": one.creator_id, "campaign": one.campaign, "on": one.on,
        "chip": result(one), "tone": "ok" if one.is_success else "warn", "sign": "check" if one.is_success else "x",
    }  # fmt: skip


def _asks(card: queries.Card) -> dict[str, Any] | None:
    question = card.answer.knowledge.get("question")
    if not question:
        return None
    given = [step for step in card.history if step.kind == Kind.ANSWER and step.numbers.get("what") == asked.WHAT]
    last = given[-1] if given else None
    quick = asked.quick(question)
    return {
        "question": screening.question(question),
        "quick": [(str(one), asked_words.QUICK[one]) for one in quick if one != asked.Said.FIGURE],
        "takes_figure": asked.Said.FIGURE in quick,
        "is_percent": asked_words.is_percent(question["feature"]),
        "figure": screening.feature(question["feature"]),
        "answer": last and {
            "said": asked_words.said(last.numbers), "code": last.numbers["said"], "by": last.by, "at": last.at,
            "text": last.words.get("ai_answer", ""), "changed": asked_words.changed(last.numbers),
        },
    }  # fmt: skip
