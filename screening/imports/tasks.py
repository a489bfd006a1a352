"""The belt to the worker: looking at an uploaded file, loading it, and removing what a given-up import wrote."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from jobs import dispatch, lease
from jobs.lease import Lease
from jobs.models import Job
from screening.imports import changes, load, uploads, words
from screening.imports.columns import UnknownTarget
from screening.imports.refusals import FileRefused
from screening.imports.rows import NoAccount

_STEPS: dict[str, dispatch.Words] = {
    "count": _("Counting rows"),
    "posts": _("Reading posts"),
    "rows": _("Reading rows"),
    "finish": _("Making it visible"),
}
_LOOKS: dict[str, dispatch.Words] = {"rows": _("Checking rows")}


def _page(job: Job) -> str:
    return reverse("import-batch", args=[job.params["batch"]])


@dispatch.runs("import-look", title=_("Look at a file of creators"), steps=_LOOKS, link=_page)
def look_at_file(held: Lease) -> dict[str, Any] | None:
    """Find out how an uploaded file is read and what an import would do (params: ``batch``, ``given``)."""
    with _said():
        return uploads.look(held, now=lease.now())


@dispatch.runs("import", title=_("Import of creators"), steps=_STEPS, link=_page, ended=load.give_up)
def load_file(held: Lease) -> dict[str, Any] | None:
    """Load a batch (params: ``batch``)."""
    with _said():
        return load.carry_out(held, now=lease.now())


@contextmanager
def _said() -> Iterator[None]:
    """Turn refusals that are expected into sentences for the person who asked."""
    try:
        yield
    except FileRefused as refusal:
        raise dispatch.Refused(words.refusal(refusal)) from refusal
    except NoAccount as lack:
        raise dispatch.Refused(words.no_account()) from lack
    except UnknownTarget as wrong:
        raise dispatch.Refused(words.unknown_target(wrong.twice)) from wrong
    except load.AlreadyHere as here:
        raise dispatch.Refused(words.already(here.batch.pk)) from here


@dispatch.runs("import-removal", title=_("Removal of an import that was given up"))
def remove_rows(held: Lease) -> dict[str, Any] | None:
    """Remove the rows of a batch that was given up (params: ``batch``)."""
    return changes.remove(held)
