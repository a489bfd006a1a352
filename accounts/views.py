"""Faces of one's own account: sign-in and out, password, settings, the first page by role."""

import datetime as dt
from typing import Any, cast

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off, get_failure_limit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView, PasswordResetConfirmView
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse, reverse_lazy
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import access, keymap, proof
from accounts.forms import PreferencesForm, SignInForm
from accounts.models import Role, Theme, User
from audit.log import record
from audit.models import Kind

STAY = dt.timedelta(hours=12)
# First page by role (ux.md section 2); the first role that a person holds counts.
LANDING = {
    Role.STRATEGIST: "queue",
    Role.EXPERT: "questions",
    Role.MANAGER: "approvals",
    Role.ANALYST: "audit",
    Role.ADMIN: "people",
}


def home(request: HttpRequest) -> HttpResponse:
    """Lead to the first page of the person's role, or to sign-in."""
    if not isinstance(request.user, User):
        return redirect("sign-in")
    roles = access.scope(request.user).roles
    pages = [LANDING[role] for role in Role if role in roles]
    if not access.may(request.user, "people"):
        pages = ["import" if page == "people" else page for page in pages]
    return redirect(next((url for page in pages if (url := _address(page))), "settings"))


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


class SignIn(LoginView):
    """Sign in by work email and password; afterwards the page that was asked for."""

    authentication_form = SignInForm
    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        """Let the person in and write it to the log, both or neither."""
        user: User = form.get_user()
        with transaction.atomic():
            response = super().form_valid(form)
            record(Kind.SIGN_IN, stream=f"user:{user.pk}", by=user, body={"user": user.pk})
        proof.note(self.request, now=timezone.now())
        self.request.session.set_expiry(STAY if form.cleaned_data["stay"] else 0)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the tries that are left, the same for accounts that exist and for those that do not."""
        context = super().get_context_data(**kwargs)
        form = context["form"]
        if self.request.method == "POST" and form.errors:
            name = {"username": form.data.get("username", "").lower()}
            done = AxesProxyHandler.get_failures(self.request, name)
            context["tries"] = max(0, get_failure_limit(self.request, name) - done)
            context["pause"] = _pause_minutes(self.request)
        return context

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Remember the language chosen on this page for the pages before and after an account."""
        response = super().dispatch(request, *args, **kwargs)
        if (asked := request.GET.get("lang", "")) in dict(settings.LANGUAGES):
            _remember(response, settings.LANGUAGE_COOKIE_NAME, asked)
        return response


def _pause_minutes(request: HttpRequest) -> int:
    pause = get_cool_off(request) or dt.timedelta(0)
    return int(pause.total_seconds()) // 60


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None) -> HttpResponse:
    """Answer 429 after too many wrong pairs, with the time to wait."""
    minutes = _pause_minutes(request)
    page = render(request, "accounts/locked_out.html", {"minutes": minutes}, status=429)
    page["Retry-After"] = str(minutes * 60)
    return page


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session."""
    logout(request)
    return redirect("sign-in")


class ChoosePassword(PasswordResetConfirmView):
    """The first password, or a new one, by the link that an admin handed over."""

    template_name = "accounts/choose_password.html"
    success_url = reverse_lazy("home")
    post_reset_login = False

    def form_valid(self, form: Any) -> HttpResponse:
        """Set the password, write it to the log, both or neither, and ask to sign in with it."""
        with transaction.atomic():
            response = super().form_valid(form)
            _note_password(form.user, "link")
        messages.success(self.request, _("Your password is set. Sign in with it."))
        return response


def _note_password(user: User, change: str) -> None:
    record(Kind.PASSWORD, stream=f"user:{user.pk}", by=user, body={"change": change, "user": user.pk})


@login_required
def change_password(request: HttpRequest) -> HttpResponse:
    """Change one's password; every other session of the account ends with the old one."""
    form = PasswordChangeForm(cast(User, request.user), request.POST or None)
    form.fields["new_password2"].help_text = ""
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            _note_password(form.user, "changed")
        update_session_auth_hash(request, form.user)
        messages.success(request, _("The password is changed. Other devices are signed out."))
        return redirect("settings")
    return render(request, "accounts/password.html", {"form": form})


@login_required
def settings_page(request: HttpRequest) -> HttpResponse:
    """Show and keep language, theme, time zone and keys."""
    form = PreferencesForm(request.POST or None, instance=cast(User, request.user))
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        with translation.override(saved.language):
            messages.success(request, _("Saved."))
        return redirect("settings")
    return render(request, "accounts/settings.html", {"form": form, "keys": _keys(cast(User, request.user))})


@login_required
@require_POST
def keys(request: HttpRequest) -> HttpResponse:
    """Keep one's own keys, or go back to the usual ones."""
    user = cast(User, request.user)
    asked = {} if "usual" in request.POST else {usual: request.POST.get(f"key-{usual}", "") for usual in keymap.VERBS}
    try:
        keymap.keep(user, asked)
    except keymap.Refused as refused:
        form = PreferencesForm(instance=user)
        rows = [(usual, words, asked[usual], usual == refused.verb) for usual, words, _key, _bad in _keys(user)]
        context = {"form": form, "keys": rows, "wrong": str(refused)}
        return render(request, "accounts/settings.html", context, status=422)
    messages.success(request, _("Saved."))
    return redirect("settings")


def _keys(user: User) -> list[tuple[str, Any, str, bool]]:
    """Return usual key, words, the person's key, and whether that one is wrong."""
    own = keymap.of(user)
    return [(usual, words, own[usual], False) for usual, words in keymap.VERBS.items()]


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Switch language or theme from the top bar and return to the page."""
    language, theme = request.POST.get("language", ""), request.POST.get("theme", "")
    chosen = {"language": language} if language in dict(settings.LANGUAGES) else {}
    chosen |= {"theme": theme} if theme in Theme.values else {}
    if isinstance(request.user, User):
        User.objects.filter(pk=request.user.pk).update(**chosen) if chosen else None
    response = HttpResponseRedirect(_back(request))
    for name, value in chosen.items():
        _remember(response, settings.LANGUAGE_COOKIE_NAME if name == "language" else name, value)
    return response


def _back(request: HttpRequest) -> str:
    address = request.POST.get("next", "")
    is_safe = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if is_safe else reverse("home")


def _remember(response: HttpResponseBase, name: str, value: str) -> None:
    year = 365 * 24 * 3600
    response.set_cookie(name, value, max_age=year, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
