"""The page on which an admin erases a creator or a person: what will go, why, and the password once more."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts import access, proof, roles
from accounts import erasure as of_accounts
from accounts.models import User
from accounts.people_views import for_admins
from audit import rates
from hybridmkt import erasure, erasure_words, subject_export
from hybridmkt.erasure import NotErasable, Subject
from jobs import lease
from screening import erasure as of_screening
from screening.models import Creator


class ErasureForm(forms.Form):
    """Why somebody is erased, and the password of who does it."""

    basis = forms.ChoiceField(label=gettext_lazy("On what grounds"), choices=list(erasure.BASES.items()))
    reason = forms.CharField(
        label=gettext_lazy("Why, in your words"), max_length=400, min_length=roles.MIN_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Goes into the audit log. Name nobody: the entry stays."),
    )  # fmt: skip
    password = forms.CharField(
        label=gettext_lazy("Your password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


@for_admins
@require_http_methods(["GET", "POST"])
def creator(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what is kept of a creator, and erase it."""
    found = get_object_or_404(Creator, pk=pk)
    back = reverse("creators") if found.erased_at else reverse("creator", args=[pk])
    return _page(request, found, back, is_erased=found.erased_at is not None)


@for_admins
@require_http_methods(["GET", "POST"])
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what is kept of a person with an account, and erase it."""
    found = get_object_or_404(User, pk=pk)
    return _page(request, found, reverse("person", args=[pk]), is_erased=of_accounts.is_erased(found))


@for_admins
@require_POST
def copy_creator(request: HttpRequest, pk: int) -> HttpResponse:
    """Send everything that is kept of a creator as one file."""
    return _file(request, get_object_or_404(Creator, pk=pk, erased_at__isnull=True), f"creator-{pk}.json")


@for_admins
@require_POST
def copy_person(request: HttpRequest, pk: int) -> HttpResponse:
    """Send everything that is kept of a person with an account as one file."""
    return _file(request, get_object_or_404(User, pk=pk), f"person-{pk}.json")


def _file(request: HttpRequest, subject: Subject, name: str) -> HttpResponse:
    rates.exports(_me(request))
    content = subject_export.write(subject, by=access.renewed(_me(request)), now=lease.now())
    answer = HttpResponse(content, content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _page(request: HttpRequest, subject: Subject, back: str, *, is_erased: bool) -> HttpResponse:
    form = ErasureForm(request.POST or None)
    if request.method == "POST" and not is_erased and form.is_valid() and _is_proved(request, form):
        sent = form.cleaned_data
        try:
            job = erasure.ask(
                subject, basis=sent["basis"], reason=sent["reason"], by=access.renewed(_me(request)), now=lease.now()
            )
            return redirect("job", pk=job.pk)
        except (NotErasable, roles.RoleRefused) as refused:
            form.add_error(None, str(refused))
    sort = erasure.sort_of(subject)
    counts = of_screening.counted(subject.pk) if isinstance(subject, Creator) and not is_erased else {}
    last = erasure.last(sort, subject.pk)
    shown: dict[str, Any] = {
        "subject": subject,
        "name": subject.name,
        "form": form,
        "back": back,
        "is_erased": is_erased,
        "is_under_way": last is not None and not last.is_finished,
        "goes": erasure_words.counts(counts),
        "names": [] if is_erased else list(erasure.names_of(subject)),
        "sort": sort,
        "went": erasure_words.counts(last.result.get("went", {})) if last else [],
        "left": last.result.get("left", []) if last else [],
        "job": last,
    }
    return render(request, "erasure.html", shown, status=422 if form.errors else 200)


def _is_proved(request: HttpRequest, form: ErasureForm) -> bool:
    if proof.prove(request, form.cleaned_data["password"], now=lease.now()):
        return True
    form.add_error("password", _("This is not your password."))
    return False


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
