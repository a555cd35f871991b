"""The waves of surveys, walked day by day over a year: each is proposed, chased and counted at its own delay."""

from datetime import date, timedelta

import numpy as np
import pytest

from serving.quality.surveys import policy
from serving.quality.surveys.policy import Asked, Ended, Pace

END = date(2026, 1, 31)
DAYS = [END + timedelta(days=n) for n in range(-3, 300)]
DUE = dict(zip(policy.WAVES, (END, date(2026, 2, 28), date(2026, 4, 30), date(2026, 7, 31)), strict=True))
PACE = Pace()


def states(wave, asked, chased=()):
    ended = Ended(1, 10, "S", END)
    return {day: policy.standing(ended, wave, asked, chased, today=day, pace=PACE) for day in DAYS}


@pytest.mark.parametrize("wave", policy.WAVES)
def test_a_wave_is_proposed_from_the_day_after_its_own_until_it_is_sent(wave):
    found = states(wave, [])
    assert {day for day, one in found.items() if one.state == policy.NOT_DUE} == {d for d in DAYS if d <= DUE[wave]}
    assert {one.until_on for one in found.values()} == {DUE[wave] + timedelta(days=PACE.send_days)}


@pytest.mark.parametrize("wave", policy.WAVES)
def test_a_wave_that_was_sent_is_chased_at_its_delay_as_often_as_said_then_left(wave):
    sent = DUE[wave] + timedelta(days=2)
    kind = "immediate" if wave == policy.IMMEDIATE else "delayed"
    assert policy.wave_of(Asked(1, "s", kind, sent, None), END, None) == wave
    asked, chased = [Asked(1, "s", kind, sent, None)], []
    for day in DAYS:
        one = policy.standing(Ended(1, 10, "S", END), wave, asked, chased, today=day, pace=PACE)
        if one.state == policy.TO_CHASE:
            chased.append(day)
    assert chased == [sent + timedelta(days=7), sent + timedelta(days=14)]
    assert one.state == policy.ENOUGH


def test_each_wave_has_its_own_rate_on_a_made_organisation():
    draw, standings, truth = np.random.default_rng(7), [], {}
    for n in range(400):
        ended = Ended(n, n, f"S{n % 8}", END - timedelta(days=n % 300))
        for wave in policy.WAVES:
            due = policy.months_after(ended.ended_on, policy.MONTHS[wave])
            sent = due + timedelta(days=int(draw.integers(6)))
            answered = sent + timedelta(days=int(draw.integers(20))) if draw.random() < 0.5 else None
            kind = "immediate" if wave == policy.IMMEDIATE else "delayed"
            asked = Asked(n, wave, kind, sent, answered)
            assert policy.wave_of(asked, ended.ended_on, None) == wave
            seen, back = truth.get(wave, (0, 0))
            today = END
            truth[wave] = seen + (sent <= today), back + (answered is not None and answered <= today)
            standings.append(policy.standing(ended, wave, [asked], [], today=today, pace=PACE))
    assert {one.wave: (one.sent, one.answered) for one in policy.rates(standings)} == truth
    assert len({sent for sent, _ in truth.values()}) == len(policy.WAVES), "the later the wave, the fewer are due"
