"""`manage.py seed_demo`: fill an empty database with the generated demo, by the product's own verbs."""

from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.models import User
from hybridmkt.demo import creators, history, people, places, supply, words
from jobs import lease
from review.models import Notice

BACK = 30  # days between the demo's past campaigns


class Command(BaseCommand):
    """Make the demo."""

    help = "Fill an empty database with generated people, creators, six months of campaigns and an open queue."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the seed: another one makes another team's past."""
        parser.add_argument("--seed", type=int, default=20261120)

    def handle(self, *args: Any, seed: int, **options: Any) -> None:
        """Tell the story month by month, in one transaction: of a start that was killed nothing stays behind.

        Refuses where somebody lives already.
        """
        if User.objects.exists():
            raise CommandError("There are people in this database: the demo is made in an empty one only.")
        with transaction.atomic():
            self._tell(seed)

    def _tell(self, seed: int) -> None:
        now = lease.now()
        start = now - timedelta(days=BACK * (len(words.PAST) + 1))
        team = people.seed(start)
        markets, brands = places.seed(team, start)
        story = history.Story(team, markets, brands, seed)
        self.stdout.write(f"  {len(team)} people, {len(brands)} brands, {len(markets)} markets")
        self._live(story, now)

    def _live(self, story: history.Story, now: datetime) -> None:
        """Bring in each month's figures, then the campaign of that month; at the end open today's campaigns."""
        files = {}
        for code in story.markets:
            generated = creators.people(code, story.seed)
            story.know(generated)
            files[code] = supply.files(code, generated, now.date())
        for number, day in enumerate(creators.snapshot_dates(now.date())):
            moment = now - timedelta(days=(now.date() - day).days - 1)
            places.rate(moment.date(), moment)
            for code, months in files.items():
                supply.bring_in(months[day], story.markets[code], as_of=day, by=story.people["elena"], now=moment)
            if number < len(words.PAST):  # the newest month is today's: nothing has come of it yet
                idea = words.PAST[number]
                history.past_campaign(story, idea, began=moment + timedelta(hours=2))
                self.stdout.write(f"  {day:%Y-%m}: figures of {len(story.truth):,} creators, campaign “{idea.name}”")
            if number == 3:
                earlier = history.earlier_partnerships(story, began=moment, now=moment + timedelta(days=29))
                self.stdout.write(f"  brought along: {earlier.outcomes.count()} results of earlier partnerships")
        history.learn(story, now=now - timedelta(hours=7))
        for place, idea in enumerate(words.OPEN):
            history.open_campaign(story, idea, began=now - timedelta(hours=5, minutes=20 * place))
            self.stdout.write(f"  open now: “{idea.name}”")
        Notice.objects.update(mail_after=None)  # what the demo's past told its people is in the product, not in letters
