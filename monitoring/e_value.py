"""How strong something unknown would have to be to explain an effect away. Pure."""

from __future__ import annotations

import math


def e_value(ratio: float) -> float:
    """Return the E-value of a ratio of risks (VanderWeele and Ding 2017); NaN where there is no ratio.

    The least strength of association, as a ratio of risks, that something unknown would need with both the contact and
    the abandonment, beyond what is known, to make up the whole of the ratio; 1 needs nothing.

    >>> round(e_value(3.9), 2), round(e_value(0.5), 2), e_value(1.0)
    (7.26, 3.41, 1.0)
    """
    if math.isnan(ratio):
        return math.nan
    if ratio in (0.0, math.inf):
        return math.inf
    away = ratio if ratio >= 1 else 1 / ratio
    return away + math.sqrt(away * (away - 1))


def e_value_of_limit(low: float, high: float) -> float:
    """Return the E-value of the end of an interval nearer to 1; 1 when the interval holds 1: nothing needs explaining.

    >>> round(e_value_of_limit(1.8, 8.7), 2), e_value_of_limit(0.9, 1.4)
    (3.0, 1.0)
    """
    if math.isnan(low) or math.isnan(high):
        return math.nan
    if low <= 1 <= high:
        return 1.0
    return e_value(low if low > 1 else high)
