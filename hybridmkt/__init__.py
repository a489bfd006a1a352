"""hybridmkt: choose influencers for a campaign, the AI and people each doing what they are best at."""

import os

# Before numpy is loaded: its threads wait for one another on matrices as small as ours, and a busy machine then takes a
# hundred times as long. More cores are used by more workers.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from hybridmkt.celery import app as celery_app

__all__ = ["celery_app"]
