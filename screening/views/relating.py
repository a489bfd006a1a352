"""A person says how they, or a colleague, stand to a creator, and takes it back."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import access
from accounts.models import User
from jobs import lease
from screening import registry, relations
from screening.memory import RelationRefused
from screening.models import Brand, Creator
from screening.views import creators, person
from screening.views.relations import form_of, pair_form_of


@login_required
@require_POST
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down a relation to a creator; what was typed stays where it is refused."""
    user = person(request)
    found = registry.creator(user, pk)
    form = form_of(found, user, request.POST)
    if form is None:
        access.require(user, "decide", brand=next(iter(found.brands), ""), market=next(iter(found.markets), ""))
        raise Http404(_("There is nothing here, or it is not yours to see."))
    if not form.is_valid():
        return creators.show(request, found, form=form, status=422)
    said = form.cleaned_data
    try:
        relations.say(
            found.creator, Brand(slug=said["brand"], name=found.brands[said["brand"]]), kind=said["kind"],
            markets=found.markets, referred_by=said["referred_by"], since_date=said["since"], words=said["words"],
            trust=said["trust"], by=user, now=lease.now(),
        )  # fmt: skip
    except RelationRefused as refused:
        form.add_error(refused.field or None, str(refused))
        return creators.show(request, found, form=form, status=422)
    messages.success(request, _("The relation is kept. Everybody of the brand sees it."))
    return _back(pk)


@login_required
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a relation back that is one's own; pressed twice, it is gone once."""
    user, asked = person(request), request.POST
    found = registry.creator(user, pk)
    brand, who = asked.get("brand", ""), asked.get("person", "")
    if brand not in found.brands or not who.isascii() or not who.isdecimal() or len(who) > 18:
        raise Http404(_("There is nothing here, or it is not yours to see."))
    try:
        is_gone = relations.take_back(
            found.creator, kind=asked.get("kind", ""), person=int(who), brand=brand, markets=found.markets, by=user
        )
    except RelationRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Taken back.") if is_gone else _("It was taken back before."))
    return _back(pk)


@login_required
@require_POST
def add_pair(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down how a creator stands to another one; what was typed stays where it is refused."""
    user = person(request)
    found = registry.creator(user, pk)
    form = pair_form_of(found, user, request.POST)
    if form is None:
        access.require(user, "decide", brand=next(iter(found.brands), ""), market=next(iter(found.markets), ""))
        raise Http404(_("There is nothing here, or it is not yours to see."))
    if not form.is_valid():
        return creators.show(request, found, pair=form, status=422)
    said = form.cleaned_data
    try:
        relations.say_of_two(
            found.creator, _named(user, said["handle"]),
            Brand(slug=said["brand"], name=found.brands[said["brand"]]), kind=said["kind"], markets=found.markets,
            since_date=said["since"], times=said["times"], words=said["words"], by=user, now=lease.now(),
        )  # fmt: skip
    except RelationRefused as refused:
        form.add_error(refused.field or None, str(refused))
        return creators.show(request, found, pair=form, status=422)
    messages.success(request, _("The relation is kept. Everybody of the brand sees it."))
    return _back(pk)


def _named(user: User, text: str) -> Creator:
    """Return the one creator whom a nick names. Raises RelationRefused."""
    found = registry.named(user, text)
    if not found:
        raise RelationRefused(_("Nobody with this nick is known here."), "handle")
    if len(found) > 1:
        raise RelationRefused(
            _("Several creators have this nick: write the platform before it, youtube/@nick."), "handle"
        )
    return found[0]


@login_required
@require_POST
def take_back_pair(request: HttpRequest, pk: int, relation: int) -> HttpResponse:
    """Take back what stands between two creators and is one's own; pressed twice, it is gone once."""
    user = person(request)
    found = registry.creator(user, pk)
    kept = next((one for one in found.relations if one.pk == relation and one.other_id), None)
    try:
        is_gone = kept is not None and relations.take_back_of_two(kept, markets=found.markets, by=user)
    except RelationRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Taken back.") if is_gone else _("It was taken back before."))
    return _back(pk)


def _back(pk: int) -> HttpResponse:
    return redirect(f"{reverse('creator', args=[pk])}#rel")
