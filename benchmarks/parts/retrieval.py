"""Russian channels found by topic: what a channel says of itself against the topic it was collected under.

The topic's own column is hidden, so only name and description are read. A topic with five channels at least is
a query; NDCG@50, mean over topics, intervals by drawing topics. Learned peers rank pairs of topic and channel by the
same likenesses (words, letters, size) and have learned from other topics only.
"""

import warnings

import numpy as np

from benchmarks import bench
from benchmarks.parts import contest, figures, sets, verdict
from screening.engine import wishes
from tests.engine.profiles import raw_table

LEAST, FOLDS = 5, 5
PATH = "creators_ru/youtube_channels_ru.csv"


def measure(report: bench.Report) -> None:
    """Rank all channels for every topic by each contestant."""
    rows = sets.records(PATH)
    topics = [{word.strip() for word in row["query"].split(",")} for row in rows]
    count = {word: sum(word in one for one in topics) for word in sorted(set().union(*topics))}
    queries = [word for word, n in count.items() if n >= LEAST]
    wanted = np.array([[float(word in one) for one in topics] for word in queries])
    said = ranked(rows, queries, wanted)
    per = {
        name: np.array([figures.ndcg(score, gain, top=verdict.TOP) for score, gain in zip(by, wanted, strict=True)])
        for name, by in said.items()
    }

    def mean(values: np.ndarray) -> verdict.Figure:
        return lambda rows: float(values[rows].mean())

    more = {name: {"channels": len(rows)} for name in per}
    by_name = {name: mean(values) for name, values in per.items()}
    verdict.judged(report, "Russian channels by topic", "NDCG@50", by_name, np.arange(len(queries)), more)


def ranked(rows: list[dict[str, str]], queries: list[str], wanted: np.ndarray) -> dict[str, np.ndarray]:
    """Return scores (queries, channels) of every contestant; naive: the larger first."""
    raw = raw_table([{"platform": "youtube", "name": row["name"], "bio": row["description"]} for row in rows])
    ours = np.stack([np.nan_to_num(wishes.topic_match(raw, (query,))) for query in queries])
    size = np.log10(1 + np.nan_to_num(np.array([sets.number(row["subscribers"]) for row in rows])))
    said = [f"{row['name']} {row['description']}" for row in rows]
    words, letters = likeness(said, queries, "word"), likeness(said, queries, "char_wb")
    pairs = np.stack([words, letters, np.broadcast_to(size, words.shape)], axis=-1)
    found = {
        verdict.NAIVE: np.broadcast_to(size, words.shape), contest.OURS: ours, "TF-IDF of words": words,
        "TF-IDF of letters": letters,
    }  # fmt: skip
    return found | learned(pairs, wanted)


def likeness(said: list[str], queries: list[str], analyzer: str) -> np.ndarray:
    """Return the cosine of TF-IDF vectors (queries, channels)."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    grams = (1, 2) if analyzer == "word" else (3, 5)
    vectors = TfidfVectorizer(analyzer=analyzer, ngram_range=grams, sublinear_tf=True)
    channels = vectors.fit_transform(said)
    return (vectors.transform(queries) @ channels.T).toarray()


def learned(pairs: np.ndarray, wanted: np.ndarray) -> dict[str, np.ndarray]:
    """Return scores of learned rankers, each topic by one that learned from other topics."""
    from interpret.glassbox import ExplainableBoostingClassifier
    from lightgbm import LGBMClassifier
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    kinds = {
        "linear": LogisticRegression(C=10, max_iter=1000),
        "HGB": HistGradientBoostingClassifier(max_leaf_nodes=6, learning_rate=0.05),
        "LightGBM": LGBMClassifier(n_estimators=120, num_leaves=6, learning_rate=0.05, n_jobs=1, verbose=-1),
        "EBM": ExplainableBoostingClassifier(interactions=2, outer_bags=4, n_jobs=1),
    }
    found = {name: np.zeros(wanted.shape) for name in kinds}
    fold = np.random.default_rng(0).permutation(len(wanted)) % FOLDS
    for number in range(FOLDS):
        rest, out = fold != number, fold == number
        for name, model in kinds.items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of the peers' own
                model.fit(pairs[rest].reshape(-1, pairs.shape[-1]), wanted[rest].ravel() > 0)
                chances = model.predict_proba(pairs[out].reshape(-1, pairs.shape[-1]))[:, 1]
            found[name][out] = chances.reshape(out.sum(), -1)
    return found
