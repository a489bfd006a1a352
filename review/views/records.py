"""The decision record: the AI's advice, the person's words, the choice and its owner in one place."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts import access
from audit import log
from jobs import lease
from review import overlays, queries, seals, words
from review.forms import TOP
from review.models import Decision
from review.queries import Record, View
from review.views import cards, person, rows
from screening import words as screening


@login_required
@require_safe
def record(request: HttpRequest, decision_id: int) -> HttpResponse:
    """Show one decision with everything it ties together."""
    try:
        found = queries.record(decision_id, user=person(request))
    except Decision.DoesNotExist as missing:
        raise Http404 from missing
    seals.require_open(found.task, person(request))
    return render(request, "review/decision.html", _context(request, found))


@login_required
@require_safe
def of_entry(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Lead from an audit entry to the decision that it recorded."""
    found = queries.record_of_entry(uid, user=person(request))
    if found is None:
        raise Http404
    return redirect("decision", found.decision.pk)


def _may_write(request: HttpRequest, found: Record) -> bool:
    """Tell whether a letter that explains this decision can be written to the creator now."""
    task, ended = found.task, queries.final(found.task, now=lease.now())
    is_this = ended is not None and ended.decision.pk == found.decision.pk and found.answer.creator.erased_at is None
    return is_this and access.may(person(request), "playbook", brand=task.brand, market=task.market)


def _context(request: HttpRequest, found: Record) -> dict[str, object]:
    made, answer = found.decision, found.answer
    name = answer.creator.name or f"@{answer.profile.handle}"
    view = View(made.overlay, overlays.words_of(made.overlay)) if made.overlay else None
    factors = [cards.Factor(code, screening.factor(code, value), "", points / cards.MILLION)
               for code, points, value in made.ai_factors if value is not None]  # fmt: skip
    may_audit = access.may(person(request), "audit", brand=found.task.brand, market=found.task.market)
    return {
        "found": found, "made": made, "answer": answer, "task": found.task, "name": name, "language": rows.script(name),
        "said": rows.said(answer), "p": made.ai_p_u6 / cards.MILLION, "rule": words.rule(made.policy),
        "expected": None if made.expected_p_u6 is None else made.expected_p_u6 / cards.MILLION,
        "lines": cards.lines_of(view) if view else [], "factors": factors[:TOP],
        "chain": [one for one in found.chain if one.pk != made.pk],
        "may_write": _may_write(request, found),
        "may_audit": may_audit,
        "receipt": log.receipt(made.audit) if may_audit or made.decided_by_id == person(request).pk else "",
    }  # fmt: skip
