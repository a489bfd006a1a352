"""Investigations: the list, one of them, and what is done to it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import access, wording
from accounts.models import User
from jobs import lease
from review import investigations, policies, queries, questions, seals, workflow
from review.forms.cases import CaseForm
from review.forms.investigations import AssignForm, EvidenceForm, FindingForm, RequestForm
from review.investigations import NotInvestigated
from review.judgement import shares
from review.models import Choice, EvidenceKind, Finding, Investigation, Opening, ReviewTask
from review.queries import Looked
from review.views import asking, cards, found, is_fragment, person, rows, steps, workbench
from review.views.workbench import Shown, onward
from screening import exposures, norms, prevalence, results, store
from screening import words as screening
from screening.faces import advice

TITLE = 120  # characters of a question that stand as the title
YEAR = 365  # days that a norm holds unless somebody says otherwise


@login_required
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Show open investigations, overdue ones first, and those that were closed."""
    user, now = person(request), lease.now()
    live, closed = queries.investigations_of(user)
    hidden = seals.hidden_among([one.task for one in (*live, *closed)], user)
    shown = [one.task for one in (*live, *closed) if one.task_id not in hidden]
    exposures.note_all(user, [(one.campaign, one.recommendation.creator_id) for one in shown], now=now)
    context = {
        name: [_line(one, now=now) for one in found if one.task_id not in hidden]
        for name, found in (("live", live), ("closed", closed))
    }
    return render(request, "review/investigations.html", context)


def _line(row: Investigation, *, now: Any) -> dict[str, Any]:
    answer = row.task.recommendation
    name = answer.creator.name or f"@{answer.profile.handle}"
    return {
        "row": row, "name": name, "language": rows.script(name), "title": title(row),
        "is_late": queries.is_late(row, now=now),
        "where": f"{row.task.market} · {row.task.campaign.name}", "person": said_by(row),
        "ai": advice(row.ai_verdict, row.ai_p_u6),
    }  # fmt: skip


def title(row: Investigation) -> str:
    """Return the contradiction in a few words."""
    if row.flag:
        return _("Is this normal? %(flag)s") % {"flag": screening.flag_name(*row.flag.split(":"))}
    return str(Opening(row.why).label)


def said_by(row: Investigation) -> str:
    """Return what the person said who contradicts, where somebody does."""
    if row.decision:
        return str(Choice(row.decision.choice).label)
    return "" if row.says_yes is None else _("Rather yes") if row.says_yes else _("Rather no")


def _found(request: HttpRequest, investigation_id: int) -> Looked:
    try:
        looked = queries.investigation(investigation_id, user=person(request))
    except Investigation.DoesNotExist as missing:
        raise Http404 from missing
    seals.require_open(looked.row.task, person(request))  # both sides stand here: nothing is left of a sealed card
    return looked


@login_required
@require_safe
def page(request: HttpRequest, investigation_id: int) -> HttpResponse:
    """Show an investigation: both sides, how common it is, evidence, finding."""
    return _show(request, _found(request, investigation_id))


def _show(
    request: HttpRequest, looked: Looked, *, evidence: EvidenceForm | None = None, finding: FindingForm | None = None,
    assign: AssignForm | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    user, row, now = person(request), looked.row, lease.now()
    task, answer = row.task, row.task.recommendation
    is_open = row.closed_at is None
    exposures.note(user, task.campaign, [answer.creator_id], now=now)
    may = access.may(user, "decide", brand=task.brand, market=task.market)
    context = {
        **_line(row, now=now), "looked": looked, "task": task, "is_open": is_open,
        "written": rows.script(looked.said), "hypotheses": looked.lines[EvidenceKind.HYPOTHESIS],
        "for_ai": looked.lines[EvidenceKind.AI], "for_person": looked.lines[EvidenceKind.PERSON],
        "axis": (0.0, 1.0), "may_add": is_open and may,
        "may_close": is_open and may and investigations.may_close(row, user),
        "flags": [cards._flag(told) for told in answer.flags], "peers": cards.PEERS,
        "common": _common(row),
        "lasted": wording.left((row.closed_at - row.opened_at).total_seconds()) if row.closed_at else "",
    }  # fmt: skip
    if looked.question and not row.flag:  # what was asked says more than that somebody asked
        context["title"] = Truncator(looked.question).chars(TITLE)
    if context["may_add"]:
        context["evidence"] = evidence or EvidenceForm()
    if context["may_close"]:
        context["finding"] = finding or _finding_form(row, user)
        context["assign"] = assign or _assign_form(row, user)
    if flag := row.norm.flag if row.norm else row.flag:
        scope = row.norm.scope if row.norm else _scope_of(row)
        context |= {"touched": queries.touched(task.market, flag, scope, user=user), "flag_name": _name(flag)}
    if row.norm:
        context["scope"] = scope_words(row.norm.scope)
    return render(request, "review/investigation.html", context, status=status)


def _name(flag: str) -> str:
    return screening.flag_name(*flag.split(":"))


def _scope_of(row: Investigation) -> dict[str, str]:
    return {"platform": row.task.recommendation.profile.platform}


def scope_words(scope: dict[str, str]) -> str:
    """Return for whom a norm holds, in words."""
    platform, category, tier = (scope.get(name, "") for name in norms.SCOPE)
    size = str(screening.TIERS[tier]) if tier in screening.TIERS else _("all sizes")
    return ", ".join(
        [str(screening.PLATFORMS.get(platform, "")) or _("all platforms"), category or _("all categories"), size]
    )


def _flags_of(task: ReviewTask, user: User) -> list[str]:
    return [] if seals.hides(task, user) else investigations.flags_of(task)


def _finding_form(row: Investigation, user: User) -> FindingForm:
    until = policies.today(row.task.campaign.market, now=lease.now())
    initial = {"flag": row.flag, "until": until.replace(day=1).replace(year=until.year + 1), **_scope_of(row)}
    return FindingForm(flags=_flags_of(row.task, user), initial=initial)


def _assign_form(row: Investigation, user: User, data: Any = None) -> AssignForm:
    people = [one for one, _roles in questions.can_be_asked(row.task, by=row.owner)] + [row.owner]
    initial = {"owner": row.owner_id, "due": row.due_at.date()}
    return AssignForm(data, people=people, initial=initial)


def _common(row: Investigation) -> list[dict[str, Any]]:
    run = row.task.recommendation.run
    if not row.flag or run.pool_id is None:
        return []
    try:
        groups = prevalence.common(run, row.flag, row.task.recommendation.profile)
    except (results.NoResult, store.NotInStore):
        return []
    return [_group(one, is_own=n == 0) for n, one in enumerate(groups)]


def _group(one: prevalence.Group, *, is_own: bool) -> dict[str, Any]:
    low, high = shares.interval(one.flagged, one.size)
    platform = (
        _("other platforms") if one.platform == "other" else str(screening.PLATFORMS.get(one.platform, one.platform))
    )
    size = _("other sizes") if one.tier == "other" else str(screening.TIERS.get(one.tier, ""))
    name = ", ".join(filter(None, (platform, size, one.category)))
    return {"name": name, "size": one.size, "share": one.flagged / one.size, "ends": (low, high), "is_own": is_own}


@login_required
@require_POST
def add(request: HttpRequest, investigation_id: int) -> HttpResponse:
    """Add a hypothesis or a line of evidence."""
    looked, form = _found(request, investigation_id), EvidenceForm(request.POST)
    if not form.is_valid():
        return _show(request, looked, evidence=form, status=422)
    try:
        investigations.add(looked.row, by=person(request), now=lease.now(), **form.cleaned_data)
    except workflow.Refused as lacking:
        _lacks(form, lacking)
        return _show(request, _found(request, investigation_id), evidence=form, status=422)
    messages.success(request, _("Added."))
    return redirect("investigation", investigation_id)


def _lacks(form: CaseForm, found: Exception) -> None:
    name = form.fields_of.get(getattr(found, "field", ""))
    form.add_error(name, str(found))


@login_required
@require_POST
def close(request: HttpRequest, investigation_id: int) -> HttpResponse:
    """Close it with a finding; "normal for this market" makes a norm."""
    looked = _found(request, investigation_id)
    form = FindingForm(request.POST, flags=_flags_of(looked.row.task, person(request)))
    if not form.is_valid():
        return _show(request, looked, finding=form, status=422)
    given = form.cleaned_data
    is_normal = given["finding"] == Finding.NORMAL
    try:
        done = investigations.close(
            looked.row, finding=given["finding"], text=given["text"], by=person(request), now=lease.now(),
            norm=form.norm if is_normal else None,
        )  # fmt: skip
    except (workflow.Refused, norms.NormRefused) as lacking:
        _lacks(form, lacking)
        return _show(request, _found(request, investigation_id), finding=form, status=422)
    words = (
        _("Closed. The norm %(code)s holds from the next run on.") % {"code": done.norm} if done.norm else _("Closed.")
    )
    messages.success(request, words)
    return redirect("investigation", investigation_id)


@login_required
@require_POST
def assign(request: HttpRequest, investigation_id: int) -> HttpResponse:
    """Give it another owner or due date."""
    looked = _found(request, investigation_id)
    form = _assign_form(looked.row, person(request), request.POST)
    if not form.is_valid():
        return _show(request, looked, assign=form, status=422)
    try:
        investigations.assign(
            looked.row, to=form.people[form.cleaned_data["owner"]], due=form.until, by=person(request), now=lease.now()
        )
    except workflow.Refused as lacking:
        _lacks(form, lacking)
        return _show(request, _found(request, investigation_id), assign=form, status=422)
    messages.success(request, _("Kept."))
    return redirect("investigation", investigation_id)


@login_required
@require_http_methods(["GET", "POST"])
def request_one(request: HttpRequest, task_id: int) -> HttpResponse:
    """Open an investigation from a card: a dialog of the workbench, or a page of its own without script."""
    task = found(request, task_id)
    access.require(person(request), "decide", brand=task.brand, market=task.market)
    form = request_form(request, task)
    if request.method != "POST":
        return asking.page_of(request, task, form)
    if not form.is_valid():
        return _again(request, task, form)
    given = form.cleaned_data
    try:
        made = investigations.request(
            task, by=person(request), now=lease.now(), text=given["i_text"], flag=given["i_flag"]
        )
    except NotInvestigated as lacking:
        _lacks(form, lacking)
        return _again(request, task, form)
    except workflow.Refused as refused:
        return steps.conflict(request, task_id, str(refused))
    messages.success(request, _("An investigation is open. Owner: %(name)s.") % {"name": made.owner})
    return onward(request, task)


def request_form(request: HttpRequest, task: ReviewTask) -> RequestForm:
    """Return the form of a request; a card that is sealed for the reader offers no flags."""
    return RequestForm(request.POST if request.method == "POST" else None, flags=_flags_of(task, person(request)))


def _again(request: HttpRequest, task: ReviewTask, form: RequestForm) -> HttpResponse:
    if is_fragment(request):
        return workbench.show(request, task, Shown(case=form, status=422))
    return asking.page_of(request, task, form, status=422)
