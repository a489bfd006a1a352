"""The bars of the engine, each against a named peer, in one run: speed, exactness, missing data, fraud, confidence,
feedback, learning from few results, from many, the order after eight thousand and beside other markets.

Peers are installed into an environment of their own (`run`). Sets are those beside the project, where they are there,
and generated ones; each line names its own. `--part` runs pieces.
"""

import argparse

from benchmarks import bench  # isort: skip  (first: it holds numpy at one thread)

from benchmarks.parts import chances, exact, fraud, lacking, learning, planes, pools, reach, speed, taste

PARTS = {
    "speed": lambda report, options: speed.scoring(report, options.rows, options.rounds),
    "peers": lambda report, options: speed.standing(report, options.rows, options.rounds),
    "run": lambda report, options: pools.whole_run(report, options.rows, options.rounds),
    "exact": lambda report, options: exact.measure(report),
    "lacking": lambda report, options: lacking.measure(report),
    "few": lambda report, options: learning.few(report),
    "many": lambda report, options: learning.many(report),
    "order": lambda report, options: learning.order(report),
    "market": lambda report, options: learning.new_market(report),
    "intervals": lambda report, options: reach.measure(report),
    "fraud": lambda report, options: fraud.measure(report),
    "confidence": lambda report, options: chances.measure(report),
    "feedback": lambda report, options: taste.measure(report),
    "planes": lambda report, options: planes.measure(report, options.rounds),
}


def main() -> None:
    """Measure, print, and fail if a bar does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=bench.ROUNDS)
    parser.add_argument("--part", nargs="+", choices=sorted(PARTS), default=list(PARTS), metavar="PART")
    options = parser.parse_args()
    report = bench.Report("engine")
    for name in options.part:
        PARTS[name](report, options)
    report.end()


if __name__ == "__main__":
    main()
