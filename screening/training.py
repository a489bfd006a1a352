"""Models: made as JSON tables, named by their hash, and put to work by a named person."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import access
from accounts.models import User
from audit import log
from audit.models import Kind
from screening import money
from screening.engine import card, codes, tables
from screening.models import Campaign, Market, ModelState, ScoringModel

OF_ALL = gettext_lazy(
    "A market’s model decides for every brand with a campaign there: a manager of all these brands approves it."
)


class NotACandidate(Exception):
    """Raised when a model that is active or retired is approved."""


class NoActiveModel(LookupError):
    """Raised when a market has no approved model."""


class NothingBefore(Exception):
    """Raised when a market has no earlier model to go back to."""


def expert_card(market: Market, now: datetime) -> tables.Model:
    """Return the expert points card with prices at today's rate.

    Without a rate of the dollar to the market's currency the card says nothing about prices.
    """
    return card.compile_card(dollar=_dollar(market, now))


def with_features(model: tables.Model, names: Sequence[str]) -> tables.Model:
    """Return a model that looks at more features, which add nothing to its score."""
    new = [name for name in names if name not in model.features]
    return replace(
        model, features=(*model.features, *new),
        tables=np.concatenate([model.tables, np.zeros((len(new), 256), np.float32)]),
        missing_step=np.concatenate([model.missing_step, np.zeros(len(new), np.float32)]),
    )  # fmt: skip


def publish_card(market: Market, *, by: User | None, now: datetime) -> ScoringModel:
    """Register the expert points card as the market's next model, a candidate; the same card again is the same row."""
    return publish(market, expert_card(market, now), by=by, now=now)


def publish(
    market: Market, compiled: tables.Model, *, by: User | None, now: datetime, facts: Mapping[str, Any] | None = None,
    held_out: Mapping[str, int] | None = None,
) -> ScoringModel:  # fmt: skip
    """Register a model as a market's next one, a candidate; the same again is the same row.

    facts: what it learned from and how it was compared. held_out: outcome -> chance in millionths that it gave before
    it had seen the creator; the model after it is compared on them.
    """
    known = market.models.filter(sha256=compiled.key).exclude(state=ModelState.RETIRED).order_by("-version").first()
    if known is not None:
        return known
    with transaction.atomic():
        last: int | None = market.models.aggregate(last=Max("version"))["last"]
        # The file is kept as one text: its hash covers every byte, and a database would rewrite a JSON number.
        document: dict[str, Any] = {"file": tables.to_json(compiled)}
        model = ScoringModel.objects.create(
            market=market, version=(last or 0) + 1, kind=compiled.kind, sha256=compiled.key, facts=dict(facts or {}),
            document=document if held_out is None else document | {"held_out": dict(held_out)}, created_at=now,
        )  # fmt: skip
        _record(model, "published", by, learned=dict(facts or {}) or None)
    return model


def held_out(model: ScoringModel) -> Mapping[str, int]:
    """Return what a learned model had said of its own lessons before it had seen their creators: outcome -> p_u6."""
    document: dict[str, Any] = ScoringModel.objects.values_list("document", flat=True).get(pk=model.pk)
    found: Mapping[str, int] = document.get("held_out", {})
    return found


def _dollar(market: Market, now: datetime) -> float | None:
    # One figure that counts: the card's prices are no finer, and a rate that moves a little makes no new model.
    try:
        return float(f"{money.rate('USD', market.currency, on=now.date()):.0e}")
    except money.RateMissing:
        return None


def approve(model: ScoringModel, *, by: User, now: datetime) -> ScoringModel:
    """Put a candidate to work; the market's model until now retires. A manager's name stands for it.

    It decides for every brand with a campaign in the market, so it takes a manager of all of them. Raises NotAllowed
    and NotACandidate.
    """
    with transaction.atomic():
        _require_approver(by, model.market_id)
        active = ScoringModel.objects.filter(market=model.market_id, state=ModelState.ACTIVE)
        retired = list(active.select_for_update().defer("document"))
        active.update(state=ModelState.RETIRED)
        if retired and retired[0].version > model.version:
            raise NotACandidate(_("Version %(n)s, a newer one, is at work.") % {"n": retired[0].version})
        candidate = ScoringModel.objects.filter(pk=model.pk, state=ModelState.CANDIDATE)
        if not candidate.update(state=ModelState.ACTIVE, approved_by=by, approved_at=now):
            raise NotACandidate(_("Only a candidate can be approved; version %(n)s is not one.") % {"n": model.version})
        model.refresh_from_db()
        _record(model, "approved", by, retired=retired[0].version if retired else None)
    return model


def roll_back(market: Market, *, by: User, now: datetime) -> ScoringModel:
    """Put the model that was at work before back to work, in a manager's name; the present one retires.

    Runs keep the model they were made with. Raises NotAllowed and NothingBefore.
    """
    with transaction.atomic():
        _require_approver(by, market.pk)
        rows = ScoringModel.objects.filter(market=market).defer("document")
        present = rows.filter(state=ModelState.ACTIVE).select_for_update().first()
        before = earlier(list(rows.filter(state=ModelState.RETIRED).select_for_update()))
        if present is None or before is None:
            raise NothingBefore(_("No earlier model of this market was at work."))
        rows.filter(pk=present.pk).update(state=ModelState.RETIRED)
        rows.filter(pk=before.pk).update(state=ModelState.ACTIVE, approved_by=by, approved_at=now)
        before.refresh_from_db(fields=["state", "approved_by", "approved_at"])
        _record(before, "rolled_back", by, retired=present.version)
    return before


def earlier(models: Iterable[ScoringModel]) -> ScoringModel | None:
    """Return the model that was at work last, of those that retired."""
    retired = (one for one in models if one.state == ModelState.RETIRED and one.approved_at is not None)
    return max(retired, key=lambda one: (one.approved_at, one.version), default=None)


def _require_approver(by: User, market: str) -> None:
    person = User.objects.get(pk=by.pk)
    access.require(person, "approve", market=market)
    if not may_approve(person, market, served([market])):
        raise access.NotAllowed(OF_ALL)


def served(markets: Collection[str]) -> set[tuple[str, str]]:
    """Return the brands whose campaigns the models of these markets score: (brand, market). One query."""
    running = Campaign.objects.filter(market__in=markets, closed_at__isnull=True)
    return set(running.order_by().values_list("brand", "market").distinct())


def may_approve(user: User, market: str, places: Iterable[tuple[str, str]]) -> bool:
    """Tell whether a person may put a model of a market to work. places: what `served` found."""
    brands = [brand for brand, where in places if where == market]
    return all(access.may(user, "approve", brand=brand, market=market) for brand in brands or [""])


def target(model: ScoringModel) -> str | None:
    """Return what a model learned: results (met or not), graded, next_month; None of the expert card."""
    facts: Mapping[str, Any] = model.facts
    return str(facts.get("target", "results")) if facts else None


def _record(
    model: ScoringModel, what: str, by: User | None, retired: int | None = None, learned: dict[str, Any] | None = None
) -> None:
    body: dict[str, Any] = {
        "what": what,
        "model": model.version,
        "model_kind": model.kind,
        "model_sha": model.sha256,
        "retired": retired,
        "target": target(model),
    }
    if learned is not None:
        body["learned"] = learned
    log.record(Kind.MODEL_RELEASE, stream=f"model:{model.market_id}", by=by, body=body, market=model.market_id)


def active(market: Market) -> ScoringModel:
    """Return the market's approved model, without its tables. Raises NoActiveModel."""
    found = market.models.filter(state=ModelState.ACTIVE).defer("document").select_related("approved_by").first()
    if found is None:
        raise NoActiveModel(
            _("%(market)s has no approved model. A manager has to approve one first.") % {"market": market.code}
        )
    return found


def load(model_id: int) -> tables.Model:
    """Return the tables of a model, read once a process. Raises tables.BrokenModel when a byte was changed."""
    sha256: str = ScoringModel.objects.values_list("sha256", flat=True).get(pk=model_id)
    return _loaded(model_id, sha256)


@lru_cache(maxsize=8)
def _loaded(model_id: int, sha256: str) -> tables.Model:
    return _read(model_id, sha256)


def checked(model_id: int) -> tables.Model:
    """Return the tables of a model as they lie there now, whatever this process read before. Raises BrokenModel."""
    return _read(model_id, ScoringModel.objects.values_list("sha256", flat=True).get(pk=model_id))


def _read(model_id: int, sha256: str) -> tables.Model:
    document = ScoringModel.objects.values_list("document", flat=True).get(pk=model_id)
    found = tables.from_json(document.get("file", ""), grid=codes.grid_key())
    if found.key != sha256:
        raise tables.BrokenModel(f"The tables of model {model_id} give {found.key}, its row says {sha256}.")
    return found
