"""Faces of the list of people: who may do what, by brand and market. For admins."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import access, in_hand, places, queries, roles, words
from accounts.forms import GrantForm, InviteForm, ReasonForm, RolesForm
from accounts.models import Membership, Role, User

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def for_admins(view: View) -> View:
    """Let only admins of all brands through."""

    @wraps(view)
    @login_required
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        access.require(request.user, "people")
        return view(request, *args, **kwargs)

    return cast(View, guarded)


@for_admins
def people(request: HttpRequest, pk: int | None = None, **shown: Any) -> HttpResponse:
    """List people; with `pk` the panel of one of them stands beside the list."""
    known = places.known()
    found = list(queries.people(**asked(request)))
    everybody = {one.pk for one in found} | ({pk} if pk is not None else set())
    waits = in_hand.of(everybody, now=timezone.now())
    rows = [(one, queries.held(one, known), sum(waits.get(one.pk, {}).values())) for one in found]
    context = {"rows": rows, "asked": asked(request), "known": known, "roles": [(r, words.titled(r)) for r in Role]}
    if pk is not None:
        context |= _panel(pk, known) | {"in_hand": sum(waits.get(pk, {}).values())}
    context.setdefault("grant_form", GrantForm(known=known, auto_id="grant_%s"))
    context.setdefault("invite_form", InviteForm(known=known, initial={"language": "en"}, auto_id="invite_%s"))
    context.setdefault("reason_form", ReasonForm(auto_id="change_%s"))
    return render(request, "accounts/people.html", context | shown, status=400 if shown.get("refused") else 200)


def asked(request: HttpRequest) -> dict[str, str]:
    """Return what the list is narrowed to, as `queries.people` takes it."""
    return {name: request.GET.get(name, "") for name in ("search", "role", "market")}


def _panel(pk: int, known: places.Places) -> dict[str, Any]:
    person = get_object_or_404(queries.people(), pk=pk)
    may, may_not = words.allowed(person)
    held = queries.held(person, known)
    form = RolesForm(held=[row.membership for row in held], known=known, auto_id="roles_%s")
    return {"chosen": person, "held": held, "may": may, "may_not": may_not, "roles_form": form}


@for_admins
@require_POST
def grant(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a role."""
    person = get_object_or_404(User, pk=pk)
    form = GrantForm(request.POST, known=places.known(), auto_id="grant_%s")
    if _done(request, form, lambda now: roles.grant(person, **form.cleaned_data, by=_me(request), now=now)):
        return redirect("person", pk)
    return people(request, pk, grant_form=form, refused="grant")


@for_admins
@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Give other roles in the place of those that a person holds."""
    person, known = get_object_or_404(queries.people(), pk=pk), places.known()
    held = [row.membership for row in queries.held(person, known)]
    form = RolesForm(request.POST, held=held, known=known, auto_id="roles_%s")
    reason = ReasonForm(request.POST, auto_id="change_%s")
    if _done(
        request, form,
        lambda now: roles.change(person, form.wanted, reason=form.cleaned_data["reason"], by=_me(request), now=now),
    ):  # fmt: skip
        return redirect("person", pk)
    return people(request, pk, roles_form=form, reason_form=reason, refused="roles")


@for_admins
@require_POST
def end(request: HttpRequest, pk: int, membership: int) -> HttpResponse:
    """End a role."""
    row = get_object_or_404(Membership, pk=membership, user=pk)
    form = ReasonForm(request.POST, auto_id="change_%s")
    if _done(request, form, lambda now: roles.end(row, **form.cleaned_data, by=_me(request), now=now)):
        return redirect("person", pk)
    return people(request, pk, reason_form=form, refused="change")


@for_admins
@require_POST
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch a person off, or on again."""
    person = get_object_or_404(User, pk=pk)
    form, on = ReasonForm(request.POST, auto_id="change_%s"), not person.is_active
    if _done(request, form, lambda now: roles.switch(person, on=on, **form.cleaned_data, by=_me(request), now=now)):
        return redirect("person", pk)
    return people(request, pk, reason_form=form, refused="change")


@for_admins
@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    """Make an account with its first role and show the link to hand over."""
    form = InviteForm(request.POST, known=places.known(), auto_id="invite_%s")
    made: list[User] = []
    if _done(request, form, lambda now: made.append(_invited(form.cleaned_data, _me(request), now))):
        return people(request, made[0].pk, link=_link(request, made[0]))
    return people(request, None, invite_form=form, refused="invite")


def _invited(data: dict[str, Any], by: User, now: Any) -> User:
    who = {name: data[name] for name in ("email", "name", "language", "reason")}
    what = {name: data[name] for name in ("role", "brand", "market", "reason")}
    with transaction.atomic():
        person = roles.invite(**who, by=by, now=now)
        roles.grant(person, **what, by=by, now=now)
    return person


@for_admins
@require_POST
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a link by which the person chooses a new password; it works once, for three days."""
    person = get_object_or_404(User, pk=pk, is_active=True)
    roles.hand_link(person, by=_me(request))
    return people(request, pk, link=_link(request, person))


def _link(request: HttpRequest, person: User) -> str:
    uid = urlsafe_base64_encode(force_bytes(person.pk))
    path = reverse("choose-password", args=[uid, default_token_generator.make_token(person)])
    return request.build_absolute_uri(path)


def _me(request: HttpRequest) -> User:
    return cast(User, request.user)  # login_required stands before every view here


def _done(request: HttpRequest, form: Form, change: Callable[[Any], object]) -> bool:
    if not form.is_valid():
        return False
    try:
        change(timezone.now())
    except roles.RoleRefused as refused:
        form.add_error(None, str(refused))
        return False
    messages.success(request, _("Saved, and written to the audit log."))
    return True
