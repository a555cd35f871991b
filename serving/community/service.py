"""Puts a mentor's view of their community together."""

from __future__ import annotations

from sqlalchemy.orm import Session

from data.consents import Consents
from data.texts import Texts
from serving.access import Person
from serving.community import policy, repository
from serving.community.schemas import Community, Waiting
from serving.site import Site


def look(session: Session, site: Site, person: Person) -> Community:
    """Return the community of the mentor's own learners, by what was known before today.

    Those whose posts may not be read (no basis, objection) are counted apart: their silence is not known.
    """
    today, now = site.clock.today(), site.clock.now()
    everybody = repository.members(session, person, today=today)
    access = Consents(site.settings.folder).access()["community"]
    members = [one for one in everybody if access.reads(one.learner_id)]
    unread = len(everybody) - len(members)
    if not members:
        return Community([], [], policy.figures([], [], now), 0, unread)
    with site.records.connect() as con:
        posts = repository.posts(con, members, today=today, now=now)
    by_id = {one.enrolment_id: one for one in members}
    questions = policy.waiting(posts, now)
    texts = Texts(site.settings.folder).text_of([one.post.post_id for one in questions], today=today)
    waiting = [
        Waiting(one, by_id[one.post.enrolment_id], texts.get(one.post.post_id, ""))
        for one in questions
        if one.post.enrolment_id is not None
    ]
    apart = [by_id[one] for one in policy.apart(by_id, posts, now)]
    return Community(waiting, apart, policy.figures(by_id, posts, now), len(members), unread)
