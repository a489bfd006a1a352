"""Posts of Greek Instagram creators, in time: what was known of the creator when each was written, and its likes."""

import numpy as np

from benchmarks.parts import sets
from screening.engine import forecast

PATH = "posts/instagram_posts_gr.csv"
LATE = 0.75  # of the posts are earlier than those that are asked
FEWEST = 3  # earlier posts, under which nothing is known of a creator


def read() -> tuple[sets.Table, np.ndarray, np.ndarray]:
    """Return posts with at least three earlier ones: a table whose label is log10(1 + likes) above what the creator's
    earlier posts got in the middle, that middle (n,), and which posts are late (n,).

    Earlier: by the minute, of the same creator. A post counts with its last line, should it stand there twice.
    """
    unique = {(row["USERNAME"], row["DATE"]): row for row in sets.records(PATH)}
    rows = [unique[key] for key in sorted(unique, key=lambda key: (key[0], key[1]))]
    likes = np.array([sets.number(row["LIKES"]) for row in rows])
    owners = np.unique([row["USERNAME"] for row in rows], return_inverse=True)[1]
    when = np.array([np.datetime64(row["DATE"].strip().replace(" ", "T"), "s") for row in rows])
    y = forecast.logged(likes)
    past = _past(y, owners, when)
    middle = past["likes of earlier posts"]
    columns = {
        **past,
        "followers": np.array([sets.number(row["FOLLOWERS"]) for row in rows]),
        "following": np.array([sets.number(row["FOLLOWING"]) for row in rows]),
        "letters": np.array([float(len(row["TEXT"] or "")) for row in rows]),
        "video": np.array([sets.number(row["TYPE(1 PHOTO,2 VIDEO)"]) for row in rows]),
        "users in the photo": np.array([sets.number(row["USERS IN PHOTO"]) for row in rows]),
        "tags": np.array([sets.number(row["number_of_tags"]) for row in rows]),
        "mentions": np.array([sets.number(row["number_of_mentions"]) for row in rows]),
        "hour": (when.astype("datetime64[h]").astype(int) % 24).astype(float),
        "weekday": ((when.astype("datetime64[D]").astype(int) + 3) % 7).astype(float),
    }  # fmt: skip
    kept = np.flatnonzero(np.isfinite(likes) & np.isfinite(middle) & (past["earlier posts"] >= FEWEST))
    shown = {key: values[kept] for key, values in columns.items()}
    whole = sets.table("posts", shown, (y - middle)[kept], owners[kept])
    cut = np.sort(when[kept])[int(LATE * len(kept))]
    return whole, middle[kept], when[kept] >= cut


def _past(y: np.ndarray, owners: np.ndarray, when: np.ndarray) -> dict[str, np.ndarray]:
    """Return what a creator's earlier posts say (n,) of each; rows are ordered by creator and time. y: log10 (n,)."""
    names = ("likes of earlier posts", "likes of the last", "spread of likes", "earlier posts", "days since the last")
    found = {name: np.full(len(y), np.nan) for name in names}
    for place in range(len(y)):
        first = int(np.searchsorted(owners, owners[place]))
        known = y[max(first, place - 20) : place]
        known = known[np.isfinite(known)]
        found["earlier posts"][place] = place - first
        if len(known):
            found["likes of earlier posts"][place] = np.median(known)
            found["likes of the last"][place] = known[-1]
            found["spread of likes"][place] = known.std()
            found["days since the last"][place] = (when[place] - when[place - 1]).astype(float) / 86_400
    return found
