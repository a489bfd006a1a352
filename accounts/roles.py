"""Who may do what: give a role, take it away, bring people in, switch them off. Each change needs a reason."""

import datetime as dt
from collections.abc import Mapping

from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts import access, tokens
from accounts.models import Membership, Role, User
from audit.log import record
from audit.models import Kind

MIN_REASON = 10  # characters
Place = tuple[str, str, str]  # role, brand, market; '' = all of them


class RoleRefused(ValueError):
    """Raised when a change of roles is not allowed; the sentence says what was found and what is allowed."""


def grant(
    person: User, *, role: str, brand: str = "", market: str = "", reason: str, by: User | None, now: dt.datetime
) -> Membership:
    """Give a person a role for a brand and a market ('' = all of them). Raises NotAllowed and RoleRefused."""
    _need_reason(reason)
    try:
        with transaction.atomic():
            _need_right(by)
            membership = Membership.objects.create(
                user=person, role=role, brand=brand, market=market, granted_by=by, granted_at=now
            )
            _note("granted", person, by, reason, role=role, brand=brand, market=market)
    except IntegrityError as held:
        raise RoleRefused(_("This person holds this role there already.")) from held
    return membership


def end(membership: Membership, *, reason: str, by: User, now: dt.datetime) -> Membership:
    """End a membership. Raises NotAllowed, and RoleRefused for the last admin, who cannot be removed."""
    _need_reason(reason)
    with transaction.atomic():
        _need_right(by)
        if membership.role == Role.ADMIN:
            _keep_an_admin(without=membership.user, membership=membership)
        changed = Membership.objects.filter(pk=membership.pk, ended_at__isnull=True).update(ended_at=now)
        if not changed:
            raise RoleRefused(_("Somebody else has ended this role meanwhile."))
        where = {"role": membership.role, "brand": membership.brand, "market": membership.market}
        _note("ended", membership.user, by, reason, **where)
    membership.refresh_from_db()
    return membership


def change(
    person: User, wanted: Mapping[Membership, Place], *, reason: str, by: User, now: dt.datetime
) -> list[Membership]:
    """Give other roles in the place of some that a person holds: those end, all at once or none.

    wanted: (role, brand, market) for each; one that stays as it is is left alone. Raises NotAllowed and RoleRefused.
    """
    _need_reason(reason)
    changed = {row: place for row, place in wanted.items() if place != (row.role, row.brand, row.market)}
    if not changed:
        raise RoleRefused(_("Nothing differs from the roles as they are."))
    with transaction.atomic():
        for row in changed:
            end(row, reason=reason, by=by, now=now)
        return [
            grant(person, role=role, brand=brand, market=market, reason=reason, by=by, now=now)
            for role, brand, market in changed.values()
        ]


def invite(*, email: str, name: str, language: str, reason: str, by: User | None, now: dt.datetime) -> User:
    """Make an account without a password; its owner chooses one by a link.

    Raises NotAllowed, and RoleRefused for a taken address.
    """
    _need_reason(reason)
    try:
        with transaction.atomic():
            _need_right(by)
            person = User.objects.create_user(email, None, name=name, language=language, created_at=now)
            _note("invited", person, by, reason)
    except IntegrityError as taken:
        raise RoleRefused(_("There is an account with this email already.")) from taken
    return person


def switch(person: User, *, on: bool, reason: str, by: User, now: dt.datetime) -> User:
    """Let a person in again, or out at once and everywhere. Raises NotAllowed, and RoleRefused for the last admin."""
    _need_reason(reason)
    with transaction.atomic():
        _need_right(by)
        if not on:
            _keep_an_admin(without=person)
        changed = User.objects.filter(pk=person.pk, is_active=not on).update(is_active=on)
        if changed:
            _note("switched_on" if on else "switched_off", person, by, reason)
            sign_out_everywhere(person, now=now)
            if not on:
                tokens.withdraw_all(person, by=by, now=now)
    person.refresh_from_db()
    return person


def hand_link(person: User, *, by: User) -> None:
    """Write down that an admin was shown a link by which this person chooses a new password. Raises NotAllowed."""
    with transaction.atomic():
        _need_right(by)
        record(Kind.ROLE_CHANGE, stream=f"user:{person.pk}", by=by, body={"change": "link", "user": person.pk})


def sign_out_everywhere(person: User, *, now: dt.datetime) -> int:
    """End all sessions of a person and return how many there were."""
    live = Session.objects.filter(expire_date__gt=now)
    mine = [row.pk for row in live.iterator() if row.get_decoded().get("_auth_user_id") == str(person.pk)]
    return Session.objects.filter(pk__in=mine).delete()[0]


def _keep_an_admin(*, without: User, membership: Membership | None = None) -> None:
    # Locked, so that two admins who remove each other at the same moment cannot both succeed.
    admins = Membership.objects.select_for_update().filter(role=Role.ADMIN, ended_at__isnull=True)
    held = list(admins.filter(user__is_active=True, brand="", market="").select_related("user"))
    left = [row for row in held if (row != membership if membership else row.user_id != without.pk)]
    if held and not left:
        raise RoleRefused(_("The last admin cannot be removed. Make somebody else an admin for all brands first."))


def _need_right(by: User | None) -> None:
    # Read anew: the role may have ended since the page was asked for. Nobody: the command line, before any admin.
    if by is not None:
        access.require(User.objects.get(pk=by.pk), "people")


def _need_reason(reason: str) -> None:
    if len(reason.strip()) < MIN_REASON:
        raise RoleRefused(
            _("Write why, at least %(least)s characters: it goes into the audit log.") % {"least": MIN_REASON}
        )


def _note(change: str, person: User, by: User | None, reason: str, **where: str) -> None:
    body = {"change": change, "user": person.pk} | ({"role": where["role"]} if where else {})
    record(
        Kind.ROLE_CHANGE,
        stream=f"user:{person.pk}",
        by=by,
        body=body,
        personal={"reason": reason.strip()},
        brand=where.get("brand", ""),
        market=where.get("market", ""),
    )
