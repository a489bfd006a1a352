"""`./run manage models MARKET [--approve EMAIL]`: register the expert card of a market and put it to work."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.access import NotAllowed
from accounts.models import User
from jobs import lease
from screening import gates, training
from screening.engine import card
from screening.models import Market, ModelState


class Command(BaseCommand):
    """Lists a market's models after registering the card, and approves the newest candidate by a manager's name."""

    help = "Register the expert points card and the market gates of a market; approve the card with --approve EMAIL."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the market, and the manager who approves."""
        parser.add_argument("market", help="code of the market: US, RU")
        parser.add_argument(
            "--approve", default="", metavar="EMAIL", help="the manager whose name stands for the model"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Register, approve, list."""
        now = lease.now()
        market = Market.objects.filter(pk=options["market"]).first()
        if market is None:
            raise CommandError(f"No market has the code {options['market']!r}.")
        model = training.publish_card(market, by=None, now=now)
        made = gates.install(market, by=None, now=now)
        if options["approve"] and model.state == ModelState.CANDIDATE:
            try:
                training.approve(model, by=_person(options["approve"]), now=now)
            except (NotAllowed, training.NotACandidate) as refusal:
                raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{len(made)} gates written.")
        if card.PRICED not in training.load(model.pk).features:
            self.stdout.write(
                f"No rate of USD to {market.currency} is known: the card says nothing about prices. "
                f"Add one (./run manage rates USD {market.currency} RATE), then call this again."
            )
        for row in market.models.defer("document").order_by("version"):
            self.stdout.write(f"{market.code} {row.version} {row.kind} {row.sha256:.8} {row.state}")


def _person(email: str) -> User:
    found = User.objects.filter(email=email.lower(), is_active=True).first()
    if found is None:
        raise CommandError(f"Nobody has an account with {email!r}.")
    return found
