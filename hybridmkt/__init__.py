"""hybridmkt: choose influencers for a campaign, the AI and people each doing what they are best at."""

from hybridmkt.celery import app as celery_app

__all__ = ["celery_app"]
