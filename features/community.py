"""What learners write in the community and who answers them; null while nobody in the session has posted.

Only learners' posts that carry an enrolment are theirs; anybody else's reply, staff's too, is an answer.
Reactions are not used: their number is not dated, so it may come from after the date.
"""

from __future__ import annotations

import numpy as np

from features import peers
from features.asof import AsOf, Values, ratio
from features.columns import TEN_THOUSANDTHS

FORTNIGHT, MONTH = 14, 30


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


def posts_decayed_14d(a: AsOf) -> Values:
    """Posts, each weighing half as much after each 14 days."""
    return _known(a, a.decayed("post", FORTNIGHT))


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


def learners_answered(a: AsOf) -> Values:
    """Other learners the learner has answered so far."""
    return _known(a, a.count("partner_answered"))


def learners_answering(a: AsOf) -> Values:
    """Other learners who have answered the learner so far."""
    return _known(a, a.count("partner_answering"))


def two_way_share(a: AsOf) -> Values:
    """Share of the learners met who answered the learner and were answered back; null before the first is met."""
    return ratio(a.count("partner_both_ways"), a.count("partner"))


def connected_share(a: AsOf) -> Values:
    """Share of the session's other learners met in the community; null while nobody has answered anybody."""
    return np.where(a.supplied("partner"), ratio(a.count("partner"), peers.expected(a) - 1), np.nan)


def isolated(a: AsOf) -> Values:
    """1 when no other learner was answered or has answered while some of the session have, 0 otherwise."""
    return np.where(a.supplied("partner"), np.where(a.count("partner") == 0, 1.0, 0.0), np.nan)


def question_share(a: AsOf) -> Values:
    """Share of the posts so far that ask something; null before the first."""
    return ratio(a.count("question"), a.count("post"))


def longest_wait_for_answer_days(a: AsOf) -> Values:
    """Open days that the oldest of the learner's questions still unanswered has waited; 0 when none waits."""
    return _known(a, a.once(peers.longest_wait))


def days_to_first_peer_answer(a: AsOf) -> Values:
    """Mean days from a thread opened with a question to the first answer by another learner; null before one."""
    return ratio(a.count("peer_delay"), a.count("peer_answered"))


def days_to_first_staff_answer(a: AsOf) -> Values:
    """Mean days from a thread opened with a question to the first answer by the team; null before one."""
    return ratio(a.count("staff_delay"), a.count("staff_answered"))


def polite_share(a: AsOf) -> Values:
    """Share of the posts so far that greet, ask kindly, apologise or take leave; null before the first."""
    return ratio(a.count("polite"), a.count("post"))


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


def days_since_last_post_about_leaving(a: AsOf) -> Values:
    """Open days since the last post that says the learner may stop; since the start when there is none."""
    return _known(a, a.days_since("leaving"))


def posts_in_difficulty_30d(a: AsOf) -> Values:
    """Posts of the last 30 days that say the learner is in difficulty."""
    return _known(a, a.count("distress", days=MONTH))


def posts_on_technical_trouble_30d(a: AsOf) -> Values:
    """Posts of the last 30 days that say a tool does not work."""
    return _known(a, a.count("technical_trouble", days=MONTH))


def leaving_posts_change_30d(a: AsOf) -> Values:
    """Posts of the last 30 days that say the learner may stop, less those of the 30 before."""
    return _known(a, a.count("leaving", days=MONTH) - a.count("leaving", days=MONTH, before=MONTH))
