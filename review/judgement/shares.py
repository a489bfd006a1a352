"""A share with its interval, pure: what is said of few cases is said with how few they are."""

from math import sqrt

Z90 = 1.6449  # of a normal law, for intervals that hold in nine cases of ten


def interval(hits: int, n: int, *, z: float = Z90) -> tuple[float, float]:
    """Return Wilson's interval of a share, both ends 0 to 1; everything is possible where nothing was seen."""
    if n == 0:
        return 0.0, 1.0
    share, spread = hits / n, z * z / n
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * sqrt(share * (1 - share) / n + spread / (4 * n))
    # Rounding may not push the share itself out of its interval.
    return max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share))
