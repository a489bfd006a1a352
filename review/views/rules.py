"""Policies: who decides what, as a matrix; a draft with what it would have done, which a second person approves."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import access
from jobs import lease
from review import bounds, policies, queries, words
from review.forms import PolicyForm
from review.forms import rights as cells
from review.judgement.rights import DecisionType
from review.models import Policy, PolicyState
from review.queries import practice
from review.views import matrix, person
from review.words import rights
from review.words.practice import in_policy


@login_required
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Show the rules in force for the person's brands and markets, the drafts that wait, and where there are none."""
    user, kind = person(request), _kind(request)
    found = queries.policies_of(user)
    active = [one for one in found if one.state == PolicyState.ACTIVE]
    stops = list(queries.stops_of(user))
    context = {
        "without": queries.without_rules(user), "active": active, "kind": kind, "kinds": rights.KINDS,
        "today": rights.TODAY[kind], "rows": matrix.rows(active, kind, stops=stops),
        "drafts": [(one, words.rule(one)) for one in found if one.state == PolicyState.DRAFT],
        "stops": matrix.stopped(stops, user=user), "places": matrix.places(active, user=user, stops=stops),
    }  # fmt: skip
    return render(request, "review/policies.html", context)


def _kind(request: HttpRequest) -> str:
    asked = request.GET.get("kind", "")
    return asked if asked in set(DecisionType) else str(DecisionType.PARTNERSHIP)


def _found(request: HttpRequest, policy_id: int) -> Policy:
    found = queries.policy(policy_id, user=person(request))
    if found is None:
        raise Http404
    return found


@login_required
@require_safe
def page(request: HttpRequest, policy_id: int) -> HttpResponse:
    """Show one version of the rules, and for a draft what it would have done and the button of whoever may approve."""
    return show(request, _found(request, policy_id))


def show(request: HttpRequest, policy: Policy, *, refused: str = "", status: int = 200) -> HttpResponse:
    """Render a version of the rules."""
    user, kind = person(request), _kind(request)
    may = access.may(user, "policy", brand=policy.brand_id, market=policy.market_id)
    is_draft = policy.state == PolicyState.DRAFT
    versions = queries.versions_of(policy)
    stops = [one for one in queries.stops_of(user) if matrix.is_about(one, policy)]
    draft, changed = matrix.draft(policy, user=user) if is_draft else (None, [])
    context = {
        "policy": policy, "name": words.rule(policy), "refused": refused,
        "lines": [*words.rules(policy), in_policy(policy, is_enough=practice.is_enough_for(policy))],
        "is_shadow": policies.is_shadow(policy), "is_draft": is_draft, "kind": kind, "kinds": rights.KINDS,
        "today": rights.TODAY[kind], "rows": matrix.rows([policy], kind, stops=stops),
        "history": matrix.history(versions), "draft": draft, "changed": changed,
        "stops": matrix.stopped(stops, user=user),
        "may_approve": is_draft and may and policy.proposed_by_id != user.pk,
        "is_own": is_draft and policy.proposed_by_id == user.pk,
        "may_propose": may and policy.state == PolicyState.ACTIVE,
        "may_audit": access.may(user, "audit", brand=policy.brand_id, market=policy.market_id),
    }  # fmt: skip
    return render(request, "review/policy.html", context, status=status)


@login_required
@require_POST
def approve(request: HttpRequest, policy_id: int) -> HttpResponse:
    """Put a draft in force, as a second person."""
    return _moved(request, policy_id, policies.approve, _("%(name)s is in force."))


@login_required
@require_POST
def retire(request: HttpRequest, policy_id: int) -> HttpResponse:
    """Take the rules out of force, with the reason: from now on people decide everything."""
    reason = request.POST.get("reason", "")
    return _moved(request, policy_id, policies.retire, _("%(name)s is out of force."), reason=reason)


def _moved(request: HttpRequest, policy_id: int, verb: Callable[..., Policy], done: str, **said: str) -> HttpResponse:
    policy = _found(request, policy_id)
    try:
        verb(policy, by=person(request), now=lease.now(), **said)
    except policies.CannotApprove as refused:
        return show(request, _found(request, policy_id), refused=str(refused), status=409)
    messages.success(request, done % {"name": words.rule(policy)})
    return redirect("policy", policy_id)


@login_required
@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest, policy_id: int) -> HttpResponse:
    """Write the next version of these rules as a draft, from the ones shown; a refused form keeps what was typed."""
    return _propose(request, _found(request, policy_id))


@login_required
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, brand: str, market: str) -> HttpResponse:
    """Write rules where none are in force: from the last ones that were, else from an empty form."""
    last = queries.rules_to_start_from(brand, market, user=person(request))
    if last is None:
        raise Http404
    return _propose(request, last)


def _propose(request: HttpRequest, policy: Policy) -> HttpResponse:
    user = person(request)
    access.require(user, "policy", brand=policy.brand_id, market=policy.market_id)
    form = PolicyForm(request.POST or None, policy=policy)
    parts = cells.cells(request.POST or None, policy=policy)
    if request.method == "POST" and all([form.is_valid(), *(one.is_valid() for one in parts)]):
        try:
            draft = policies.propose(
                policy.brand, policy.market, by=user, now=lease.now(), rights=cells.rights(parts), **form.rules,
            )  # fmt: skip
        except bounds.NotAPolicy as refused:
            form.refuse(refused)
        else:
            messages.success(request, _("Proposed. A second person approves it."))
            return redirect("policy", draft.pk)
    context = {
        "policy": policy, "name": words.rule(policy) if policy.pk else "", "form": form,
        "kinds": [(rights.KINDS[kind], [one for one in parts if one.kind == kind]) for kind in DecisionType],
    }  # fmt: skip
    has_errors = form.errors or any(one.errors for one in parts)
    return render(request, "review/policy_new.html", context, status=422 if has_errors else 200)
