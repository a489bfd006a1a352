"""Pages of this room: the playbook of an approved creator, and the form that records what came of it."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import access
from accounts.models import User
from jobs import lease
from playbooks import documents, letters
from playbooks.forms import OutcomeForm
from screening import memory


def _document(request: HttpRequest, task_id: int) -> documents.Document:
    assert isinstance(request.user, User)
    found = documents.document(request.user, task_id)
    if found is None:
        raise Http404
    return found


@login_required
@require_safe
def playbook(request: HttpRequest, task_id: int) -> HttpResponse:
    """Show the integrated playbook of an approved creator, ready to print."""
    found = _document(request, task_id)
    may_record = access.may(request.user, "outcome", brand=found.task.brand, market=found.task.market)
    return render(request, "playbooks/playbook.html", {"doc": found, "may_record": may_record})


@login_required
@require_http_methods(["GET", "POST"])
def outcome(request: HttpRequest, task_id: int) -> HttpResponse:
    """Record what the partnership achieved, or correct what was recorded; a refused form keeps what was typed."""
    found, user = _document(request, task_id), request.user
    access.require(user, "outcome", brand=found.task.brand, market=found.task.market)
    assert isinstance(user, User)
    was = found.outcomes[0] if found.outcomes else None
    form = OutcomeForm(request.POST or None, campaign=found.task.campaign, was=was)
    if request.method == "POST" and form.is_valid():
        try:
            if was is None:
                memory.record_outcome(
                    found.task.campaign, found.answer.profile, form.told(), by=user, now=lease.now(),
                    recommendation=found.answer,
                )  # fmt: skip
            else:
                memory.correct_outcome(was, form.told(), by=user, now=lease.now())
        except memory.OutcomeRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The result is recorded."))
            return redirect("playbook", task_id)
    status = 422 if form.errors else 200
    return render(request, "playbooks/outcome.html", {"doc": found, "form": form, "was": was}, status=status)


@login_required
@require_safe
def letter(request: HttpRequest, task_id: int) -> HttpResponse:
    """Show the letter that explains a final decision to its creator, in the language that is asked for or theirs."""
    assert isinstance(request.user, User)
    found = letters.letter(request.user, task_id, now=lease.now())
    if found is None:
        raise Http404
    languages = dict(settings.LANGUAGES)
    asked = request.GET.get("language", found.answer.creator.language)
    language = asked if asked in languages else "en"
    with translation.override(language):
        text = render_to_string("playbooks/_letter.html", {"doc": found, "language": language})
    shown = {"doc": found, "language": language, "languages": languages.items(), "text": text}
    return render(request, "playbooks/letter.html", shown)
