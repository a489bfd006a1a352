"""How good the engine's answers are on the real data beside the project, against what people would use instead.

One primary figure a task (verdict.py), every figure with n and a 95 % interval, the same rows and the same splits for
everybody: by creator, and in time where the rows have one. Coverage of the stated intervals stands beside. The table
of a whole run: docs/accuracy.md.
"""

import argparse
import sys

from benchmarks import bench  # isort: skip  (first: it holds numpy at one thread)

from benchmarks.parts import retrieval, sets, tasks

TASKS = {
    **{f"engagement-{name}": tasks.engagement(name) for name in ("instagram", "tiktok", "youtube")},
    "posts": tasks.post_outcomes,
    "retrieval": retrieval.measure,
    "fakes": tasks.labels(sets.fakes, "#followers", -1),
    "growth": tasks.labels(sets.growth, "share of all followers", 1),
    "reviews": tasks.labels(sets.reviews, "mean of the models", 1),
    "crowd": tasks.labels(sets.crowd, "score", 1),
}


def main() -> None:
    """Measure, print, and fail if a bar does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--task", nargs="+", choices=sorted(TASKS), default=list(TASKS), metavar="TASK")
    options = parser.parse_args()
    if not sets.DATA.is_dir():
        sys.exit(f"hybridmkt: the data is not here: {sets.DATA} is no folder.")
    report = bench.Report("accuracy")
    for name in options.task:
        TASKS[name](report)
    report.end()


if __name__ == "__main__":
    main()
