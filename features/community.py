"""What learners write in the community and who answers them; null while nobody in the session has posted.

Only learners' posts that carry an enrolment are theirs; anybody else's reply, staff's too, is an answer.
Reactions are not used: their number is not dated, so it may come from after the date.
"""

from __future__ import annotations

import numpy as np

from features.asof import AsOf, Values, ratio
from features.columns import TEN_THOUSANDTHS

MONTH = 30


def _known(a: AsOf, values: Values) -> Values:
    return np.where(a.supplied("post"), values, np.nan)


def posts_30d(a: AsOf) -> Values:
    """Posts of the last 30 days."""
    return _known(a, a.count("post", days=MONTH))


def posts_total(a: AsOf) -> Values:
    """Posts so far."""
    return _known(a, a.count("post"))


def posts_change_30d(a: AsOf) -> Values:
    """Posts of the last 30 days, less those of the 30 before."""
    return _known(a, a.count("post", days=MONTH) - a.count("post", days=MONTH, before=MONTH))


def days_since_last_post(a: AsOf) -> Values:
    """Open days since the last post; since the start when there is none."""
    return _known(a, a.days_since("post"))


def threads_opened(a: AsOf) -> Values:
    """Threads opened so far."""
    return _known(a, a.count("thread"))


def replies_given_30d(a: AsOf) -> Values:
    """Posts of the last 30 days that answer somebody."""
    return _known(a, a.count("reply", days=MONTH))


def replies_received_30d(a: AsOf) -> Values:
    """Answers by others to the learner's posts in the last 30 days."""
    return _known(a, a.count("reply_received", days=MONTH))


def exchange_partners(a: AsOf) -> Values:
    """Other learners the learner answered, or was answered by, so far: the place in the reply network."""
    return _known(a, a.count("partner"))


def questions_30d(a: AsOf) -> Values:
    """Questions asked in the last 30 days."""
    return _known(a, a.count("question", days=MONTH))


def unanswered_questions(a: AsOf) -> Values:
    """Threads opened with a question that nobody has answered yet; asking back within one is no question."""
    return _known(a, a.count("asked") - a.count("question_answered"))


def days_to_first_answer(a: AsOf) -> Values:
    """Mean days from a thread opened with a question to its first answer; null before one is answered."""
    return ratio(a.count("answer_delay"), a.count("question_answered"))


def words_per_post(a: AsOf) -> Values:
    """Mean length of the posts so far; null before the first."""
    return ratio(a.count("words"), a.count("post"))


def tone_30d(a: AsOf) -> Values:
    """Mean tone of the posts of the last 30 days, -1 to 1; null without a post long enough to tell."""
    return ratio(a.count("tone", days=MONTH) / TEN_THOUSANDTHS, a.count("toned", days=MONTH))


def tone_change_30d(a: AsOf) -> Values:
    """Tone of the last 30 days, less that of the posts before; null when either is missing."""
    tone, toned = a.count("tone") / TEN_THOUSANDTHS, a.count("toned")
    recent, recent_toned = a.count("tone", days=MONTH) / TEN_THOUSANDTHS, a.count("toned", days=MONTH)
    return ratio(recent, recent_toned) - ratio(tone - recent, toned - recent_toned)


def posts_about_leaving_30d(a: AsOf) -> Values:
    """Posts of the last 30 days that say the learner may stop."""
    return _known(a, a.count("leaving", days=MONTH))


def posts_in_difficulty_30d(a: AsOf) -> Values:
    """Posts of the last 30 days that say the learner is in difficulty."""
    return _known(a, a.count("distress", days=MONTH))


def posts_on_technical_trouble_30d(a: AsOf) -> Values:
    """Posts of the last 30 days that say a tool does not work."""
    return _known(a, a.count("technical_trouble", days=MONTH))
