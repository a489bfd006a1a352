"""Drift: whether the markets of a person have moved away from what their models were put to work on."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from screening import drift, drift_words
from screening.drift_words import Line
from screening.views import person


@dataclass(frozen=True)
class Face:
    """A market's drift in words. moved: what is over a band; lines: all features that are known of anybody."""

    drift: drift.Drift
    moved: list[Line]
    lines: list[Line]
    gap: str
    loss: str


@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show each market's model at work, what moved under it and how its chances held."""
    return render(request, "screening/drift.html", {"faces": [_face(one) for one in drift.of(person(request))]})


def _face(one: drift.Drift) -> Face:
    found = one.candidates.features if one.candidates else ()
    lines = [drift_words.line(each) for each in found if each.before is not None or each.now is not None]
    return Face(
        drift=one,
        moved=[line for line in lines if line.is_moved],
        lines=lines,
        gap=drift_words.gap(one.gap),
        loss=drift_words.loss(one.gap, one.at_approval),
    )
