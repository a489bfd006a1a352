"""Policies: the rules in force in words, and a draft that a second person approves."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import access
from jobs import lease
from review import policies, queries, words
from review.forms import PolicyForm
from review.models import Policy, PolicyState
from review.views import person


@login_required
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Show the rules in force for the person's brands and markets, the drafts that wait, and where there are none."""
    user = person(request)
    found = [(one, words.rule(one), words.rules(one)) for one in queries.policies_of(user)]
    return render(request, "review/policies.html", {
        "without": queries.without_rules(user),
        "active": [one for one in found if one[0].state == PolicyState.ACTIVE],
        "drafts": [one for one in found if one[0].state == PolicyState.DRAFT],
    })  # fmt: skip


def _found(request: HttpRequest, policy_id: int) -> Policy:
    found = queries.policy(policy_id, user=person(request))
    if found is None:
        raise Http404
    return found


@login_required
@require_safe
def page(request: HttpRequest, policy_id: int) -> HttpResponse:
    """Show one version of the rules, and for a draft the button of whoever may approve it."""
    return show(request, _found(request, policy_id))


def show(request: HttpRequest, policy: Policy, *, refused: str = "", status: int = 200) -> HttpResponse:
    """Render a version of the rules."""
    user = person(request)
    may = access.may(user, "policy", brand=policy.brand_id, market=policy.market_id)
    is_draft = policy.state == PolicyState.DRAFT
    context = {
        "policy": policy, "name": words.rule(policy), "lines": words.rules(policy), "refused": refused,
        "is_shadow": policies.is_shadow(policy), "versions": queries.versions_of(policy), "is_draft": is_draft,
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
    policy = _found(request, policy_id)
    try:
        policies.approve(policy, by=person(request), now=lease.now())
    except policies.CannotApprove as refused:
        return show(request, _found(request, policy_id), refused=str(refused), status=409)
    messages.success(request, _("%(name)s is in force.") % {"name": words.rule(policy)})
    return redirect("policy", policy_id)


@login_required
@require_POST
def retire(request: HttpRequest, policy_id: int) -> HttpResponse:
    """Take the rules out of force: from now on people decide everything."""
    policy = _found(request, policy_id)
    try:
        policies.retire(policy, by=person(request), now=lease.now())
    except policies.CannotApprove as refused:
        return show(request, _found(request, policy_id), refused=str(refused), status=409)
    messages.success(request, _("%(name)s is out of force.") % {"name": words.rule(policy)})
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
    if request.method == "POST" and form.is_valid():
        try:
            draft = policies.propose(
                policy.brand, policy.market, by=user, now=lease.now(), **_kept(policy), **form.rules
            )
        except policies.NotAPolicy as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Proposed. A second person approves it."))
            return redirect("policy", draft.pk)
    context = {"policy": policy, "name": words.rule(policy) if policy.pk else "", "form": form}
    return render(request, "review/policy_new.html", context, status=422 if form.errors else 200)


def _kept(policy: Policy) -> dict[str, Any]:
    # The decision line belongs to the model's record, which this page does not show: it stays as it is.
    return {"decision_line_u6": policy.decision_line_u6, "unsure_band_u6": policy.unsure_band_u6}
