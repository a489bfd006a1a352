"""The brief editor's rows: a form and its live counts, laid out criterion by criterion and wish by wish, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.forms import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import wording
from screening import words
from screening.briefs import Difference, LiveCounts
from screening.engine.types import Criterion, CriterionCount, WishKind
from screening.engine.wishes import UNMEASURED
from screening.forms import ALWAYS_KNOWN, CRITERIA, WISHES, BriefForm, language_name
from screening.models import Platform

MOST_DIGITS = 15  # of what is typed as a whole number
Words = str | Promise
# What a soft preference is, in a few words under its name.
HINTS: Mapping[str, Words] = {
    "topics": gettext_lazy("what their texts are about"),
    "categories": gettext_lazy("the coarse form of the topic"),
    "audience": gettext_lazy("countries where the readers are"),
    "country": gettext_lazy("where the creator lives"),
    "language": gettext_lazy("of the content"),
    "size": gettext_lazy("how many followers are wished"),
    "posting": gettext_lazy("how often they post"),
    "price": gettext_lazy("cheaper counts more"),
    "engagement": gettext_lazy("how many of the followers react"),
    "steadiness": gettext_lazy("results that vary little"),
    "tone": gettext_lazy("sincere, ironic, expert"),
    "values": gettext_lazy("what they stand for"),
    "newness": gettext_lazy("never worked with the brand"),
}


@dataclass(frozen=True)
class CriterionRow:
    """One hard criterion of the editor. count: None where it is not asked. share: it removes of the pool, 0-1."""

    criterion: Criterion
    label: str
    use: BoundField
    fields: tuple[BoundField, ...]
    keep: BoundField | None
    summary: str
    is_used: bool
    has_errors: bool
    count: CriterionCount | None
    share: float


@dataclass(frozen=True)
class WishRow:
    """One soft preference of the editor. fields: (field, what to type)."""

    label: str
    hint: str
    weight: BoundField
    fields: tuple[tuple[BoundField, str], ...]
    is_measured: bool


@dataclass(frozen=True)
class Step:
    """One bar of the candidates left: after this criterion so many remain, share of the pool 0-1."""

    label: str
    left: int
    share: float


@dataclass(frozen=True)
class Loosen:
    """A criterion to loosen when nobody is left, and how many come back without it."""

    criterion: Criterion
    label: str
    without: int


@dataclass(frozen=True)
class Change:
    """What differs from another version. sign: + added, − taken away, ± changed."""

    sign: str
    text: str


def criterion_rows(form: BriefForm, counts: LiveCounts) -> list[CriterionRow]:
    """Return the hard criteria in the order in which they are applied."""
    steps = {step.criterion: step for step in counts.funnel.steps} if counts.funnel else {}
    total = max(counts.funnel.total, 1) if counts.funnel else 1
    return [_row(form, criterion, steps.get(criterion), total) for criterion in CRITERIA]


def _row(form: BriefForm, criterion: Criterion, count: CriterionCount | None, total: int) -> CriterionRow:
    names = CRITERIA[criterion]
    use = form[f"use_{criterion}"]
    typed = {name: form[name].value() for name in names}
    return CriterionRow(
        criterion=criterion,
        label=str(words.criterion(criterion)),
        use=use,
        fields=tuple(form[name] for name in names),
        keep=None if criterion in ALWAYS_KNOWN else form[f"keep_{criterion}"],
        summary=summary(typed, names) or _("not asked"),
        is_used=bool(use.value()),
        has_errors=any(form[name].errors for name in names),
        count=count,
        share=count.alone / total if count else 0.0,
    )


def wish_rows(form: BriefForm) -> list[WishRow]:
    """Return the soft preferences in their order."""
    return [
        WishRow(
            label=str(words.wish(kind)),
            hint=str(HINTS[kind]),
            weight=form[f"weight_{kind}"],
            fields=tuple((form[f"{part}_{kind}"], _part(kind, part)) for part in parts),
            is_measured=kind not in UNMEASURED,
        )
        for kind, parts in WISHES.items()
    ]


def weight_sum(form: BriefForm) -> int:
    """Return the weights of all wishes together, in per cent; what cannot be read counts as nothing."""
    return sum(_whole(form[f"weight_{kind}"].value()) or 0 for kind in WISHES)


def _whole(found: Any) -> int | None:
    """Return what was typed as a whole number; None where it is none, or longer than any number here."""
    text = str(found)
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else None


def _part(kind: WishKind, part: str) -> str:
    if part == "words":
        return _("between commas")
    if kind is WishKind.POSTING:
        return _("posts a week, at least")
    if kind is WishKind.PRICE:
        return _("fee that feels full price")
    return _("followers, from") if part == "low" else _("followers, up to")


def steps(counts: LiveCounts) -> list[Step]:
    """Return what each asked criterion leaves, in sequence."""
    if counts.funnel is None:
        return []
    total = max(counts.funnel.total, 1)
    return [Step(str(words.criterion(one.criterion)), one.left, one.left / total) for one in counts.funnel.steps]


def loosen(counts: LiveCounts) -> list[Loosen]:
    """Return which criteria bring somebody back when they are dropped alone, best first."""
    found = {step.criterion: step.without for step in counts.funnel.steps} if counts.funnel else {}
    return [Loosen(one, str(words.criterion(one)), found[one]) for one in counts.loosen if found.get(one)]


def summary(values: Mapping[str, Any], names: Iterable[str]) -> str:
    """Return what a criterion asks for in a line; empty where it asks for nothing."""
    shown = {name: value(name, values.get(name)) for name in names}
    ends = _range(shown.get("followers_min", ""), shown.get("followers_max", "") or shown.get("fee_max", ""))
    if ends:
        return ends
    if shown.get("figures_max_days"):
        return _days(values["figures_max_days"])
    return "; ".join(filter(None, shown.values()))


def _days(found: Any) -> str:
    days = _whole(found)
    if days is None:
        return str(found)  # what was typed and cannot be read stays as it is
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": wording.number(days)}


def value(name: str, found: Any) -> str:
    """Return a stored or typed value in words; empty for nothing."""
    if not found:
        return ""
    if isinstance(found, list | tuple):
        return ", ".join(_word(name, str(item)) for item in found)
    if isinstance(found, int | float) and not isinstance(found, bool):
        return wording.number(found, 0 if found == int(found) else 2)
    return str(found)


def _word(name: str, item: str) -> str:
    if name == "platforms" and item in Platform.values:
        return str(Platform(item).label)
    if name == "languages":
        return language_name(item)
    return str(words.criterion(item)) if name == "keep_unknown" else item


def changes(found: Iterable[Difference]) -> list[Change]:
    """Return what differs, in words."""
    return [_change(one) for one in found]


def _change(one: Difference) -> Change:
    sign = "+" if one.before in (None, []) else wording.MINUS if one.after in (None, []) else "±"
    if one.field.startswith("wish:"):
        before, after = (_wish_words(side) for side in (one.before, one.after))
        label = str(words.wish(one.field.removeprefix("wish:")))
    else:
        before, after = (value(one.field, side) for side in (one.before, one.after))
        label = _field_label(one.field)
    return Change(sign, f"{label}: {' → '.join(part for part in (before, after) if part)}")


def _field_label(name: str) -> str:
    if name == "keep_unknown":
        return _("Kept where not known")
    if name == "excluded_ids":
        return _("Excluded creators")
    field = BriefForm.base_fields.get(name)
    return str(field.label) if field and field.label else name


def wish_told(wish: Mapping[str, Any]) -> str:
    """Return what a stored wish asks for, in words; empty where the weight says all."""
    low, high = value("low", wish.get("low")), value("high", wish.get("high"))
    return value("words", wish.get("words")) or _range(low, high)


def _range(low: str, high: str) -> str:
    if low and high:
        return _("%(low)s to %(high)s") % {"low": low, "high": high}
    if low:
        return _("%(n)s and more") % {"n": low}
    return _("up to %(n)s") % {"n": high} if high else ""


def _wish_words(side: Mapping[str, Any] | None) -> str:
    if not side:
        return ""
    told = wish_told(side)
    weight = wording.share(side["weight"])
    return f"{weight} ({told})" if told else weight
