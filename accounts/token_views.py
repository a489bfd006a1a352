"""Faces of API keys: one's own, and for admins those of another person."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import access, places, tokens
from accounts.forms import TokenForm
from accounts.models import ApiToken, User
from accounts.people_views import for_admins


@login_required
def own(request: HttpRequest) -> HttpResponse:
    """List one's own keys and make a new one, which is shown this once."""
    user = cast(User, request.user)
    form = TokenForm(request.POST or None, brands=_brands(user))
    if request.method == "POST" and form.is_valid():
        try:
            made, key = tokens.make(**form.cleaned_data, by=user, now=timezone.now())
        except tokens.TokenRefused as refused:
            form.add_error(refused.field or None, str(refused))
        else:
            return _page(request, user, form=TokenForm(brands=_brands(user)), made=made, key=key)
    return _page(request, user, form=form, status=422 if form.errors else 200)


@for_admins
def of_person(request: HttpRequest, pk: int) -> HttpResponse:
    """List the keys of a person, to withdraw them."""
    return _page(request, get_object_or_404(User, pk=pk))


@login_required
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """End a key: one's own, or as an admin anybody's."""
    user = cast(User, request.user)
    mine = ApiToken.objects.all() if access.may(user, "people") else user.tokens.all()
    token = tokens.withdraw(get_object_or_404(mine, pk=pk), by=user, now=timezone.now())
    messages.success(request, _("The key is withdrawn: programs with it are let in no more."))
    return redirect("api-keys") if token.user_id == user.pk else redirect("person-api-keys", token.user_id)


def _brands(user: User) -> dict[str, str]:
    here = access.scope(user)
    return {slug: name for slug, name in places.known().brands.items() if here.reaches(slug)}


def _page(request: HttpRequest, person: User, *, status: int = 200, **more: Any) -> HttpResponse:
    """Show living keys in full and the newest of those that ended."""
    now = timezone.now()
    ended = person.tokens.exclude(pk__in=tokens.live(person, now=now)).order_by("-pk")[:20]
    context = {"person": person, "live": _rows(tokens.live(person, now=now)), "ended": ended, **more}
    page = render(request, "accounts/api_keys.html", context, status=status)
    page["Cache-Control"] = "no-store"  # a key is on it once
    return page


def _rows(found: Any) -> list[tuple[ApiToken, list[str]]]:
    return [(one, [str(tokens.SCOPES[scope]) for scope in one.scopes if scope in tokens.SCOPES]) for one in found]
