"""Statements as real systems write them, reduced to what is read: who wrote the shape is in each name."""

from __future__ import annotations

import json
from typing import Any

MOODLE = "https://moodle.example"
ADL, TINCAN, STREAMS = "http://adlnet.gov/expapi", "http://id.tincanapi.com", "http://activitystrea.ms/schema/1.0"
VIDEO = "https://w3id.org/xapi/video"
ID = "7c1f6a5e-0000-4000-8000-{:012d}"
AT, STORED = "2026-01-07T10:00:00+00:00", "2026-01-07T10:05:00.000Z"


def agent(number: int | str = 10) -> dict[str, Any]:
    """Return an account of the Moodle site, as logstore_xapi writes it."""
    return {"name": "Ada T", "account": {"homePage": MOODLE, "name": str(number)}}


def mail(address: str) -> dict[str, Any]:
    """Return an agent by e-mail."""
    return {"objectType": "Agent", "mbox": f"mailto:{address}"}


def activity(iri: str, kind: str = "", **definition: Any) -> dict[str, Any]:
    """Return an activity."""
    told = {**({"type": kind} if kind else {}), **definition}
    return {"objectType": "Activity", "id": iri, **({"definition": told} if told else {})}


def around(**kinds: Any) -> dict[str, Any]:
    """Return a context with activities around."""
    return {"platform": "Moodle", "contextActivities": kinds}


def statement(verb: str, what: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a statement of Ada; `n` numbers it."""
    n = more.pop("n", 1)
    return {"id": ID.format(n), "actor": agent(), "verb": {"id": verb, "display": {"en": "did"}}, "object": what,
            "timestamp": AT, "stored": STORED, "version": "1.0.0", **more}  # fmt: skip


COURSE = activity(f"{MOODLE}/course/view.php?id=2", f"{TINCAN}/activitytype/lms/course", name={"en": "Formation A"})
SITE = activity(MOODLE, f"{TINCAN}/activitytype/lms")
QUIZ = activity(f"{MOODLE}/mod/quiz/view.php?id=1", f"{ADL}/activities/assessment")
ASSIGN = activity(f"{MOODLE}/mod/assign/view.php?id=3", f"{TINCAN}/activitytype/lms/module")
TALK = activity(f"{MOODLE}/mod/forum/discuss.php?d=1", f"{TINCAN}/activitytype/discussion")
SCORED = {"score": {"raw": 4, "min": 0, "max": 5, "scaled": 0.8}, "completion": True, "success": True}
IN_COURSE = around(grouping=[SITE, COURSE], category=[activity("http://moodle.org", f"{TINCAN}/activitytype/source")])
FORUM_POST = activity(f"{MOODLE}/xapi/activities/forum/b3/discussion/123/post/456",
                      f"{TINCAN}/activitytype/forum-reply", name={"en": "Re: Forum"},
                      description={"en": "<p>Je pense arrêter la formation.</p>"})  # fmt: skip
TOPIC = activity(f"{MOODLE}/xapi/activities/forum/b3/discussion/123", f"{TINCAN}/activitytype/forum-topic")

USED: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    "logstore: logged in": (
        statement("https://w3id.org/xapi/adl/verbs/logged-in", SITE),
        "activity", {"kind": "login", "resource": None}),
    "logstore, old: loggedin": (
        statement("https://brindlewaye.com/xAPITerms/verbs/loggedin/", SITE),
        "activity", {"kind": "login", "resource": None}),
    "logstore: course viewed": (
        statement(f"{TINCAN}/verb/viewed", COURSE), "activity", {"kind": "view", "resource": COURSE["id"]}),
    "logstore: module, told by its address": (
        statement(f"{TINCAN}/verb/viewed", activity(f"{MOODLE}/mod/page/view.php?id=9", f"{ADL}/activities/module")),
        "activity", {"kind": "resource"}),
    "logstore: quiz viewed as a module": (
        statement(f"{TINCAN}/verb/viewed",
                  activity(f"{MOODLE}/mod/quiz/view.php?id=1", f"{TINCAN}/activitytype/lms/module")),
        "activity", {"kind": "quiz_view"}),
    "logstore: discussion viewed": (
        statement(f"{TINCAN}/verb/viewed", TALK), "activity", {"kind": "forum_view"}),
    "logstore: feedback viewed": (
        statement(f"{TINCAN}/verb/viewed", activity(f"{MOODLE}/mod/feedback/view.php?id=4")),
        "activity", {"kind": "survey_view"}),
    "logstore: feedback submitted": (
        statement(f"{STREAMS}/submit",
                  activity(f"{MOODLE}/mod/feedback/view.php?id=4", f"{TINCAN}/activitytype/survey")),
        "activity", {"kind": "survey_view"}),
    "logstore: quiz attempt started": (
        statement(f"{ADL}/verbs/attempted", QUIZ), "activity", {"kind": "quiz_view"}),
    "logstore: quiz attempt submitted": (
        statement(f"{ADL}/verbs/completed", QUIZ, result=SCORED, context=IN_COURSE),
        "results", {"assessment": QUIZ["id"], "score": 0.8, "attempt": None, "result": ID.format(1)}),
    "logstore: question answered": (
        statement(f"{ADL}/verbs/answered",
                  activity(f"{MOODLE}/question?id=7", f"{ADL}/activities/cmi.interaction", interactionType="choice"),
                  result={"response": "b", "success": True}, context=IN_COURSE),
        "activity", {"kind": "quiz_view"}),
    "logstore: assignment submitted": (
        statement(f"{STREAMS}/submit", ASSIGN), "results", {"assessment": ASSIGN["id"], "score": None}),
    "logstore: assignment graded, completion that is no boolean": (
        statement(f"{ADL}/verbs/scored", ASSIGN, result={
            "score": {"raw": 15, "min": 0, "max": 20}, "completion": "unknown", "response": "Bien."}),
        "results", {"score": 0.75}),
    "logstore: replied to a discussion": (
        statement(f"{TINCAN}/verb/replied", TALK, result={"response": "Merci beaucoup !"}, context=around(
            other=[activity(f"{TALK['id']}#p2", f"{TINCAN}/activitytype/reply")])),
        "posts", {"post": f"{TALK['id']}#p2", "thread": TALK["id"], "parent": TALK["id"], "channel": "forum",
                  "text": "Merci beaucoup !"}),
    "logstore: discussion created": (
        statement(f"{STREAMS}/create", {**TALK, "definition": {**TALK["definition"], "name": {"fr": "À l'aide ?"}}}),
        "posts", {"post": TALK["id"], "thread": TALK["id"], "parent": None, "text": "À l'aide ?"}),
    "vle profile: post created": (
        statement("https://w3id.org/xapi/dod-isd/verbs/created", FORUM_POST, context=around(parent=[TOPIC])),
        "posts", {"post": FORUM_POST["id"], "thread": TOPIC["id"], "parent": TOPIC["id"],
                  "text": "<p>Je pense arrêter la formation.</p>"}),
    "vle profile: navigated in a poll": (
        statement("http://vocab.xapi.fr/verbs/navigated-in",
                  activity(f"{MOODLE}/xapi/activities/hvp/50", "http://vocab.xapi.fr/activities/poll")),
        "activity", {"kind": "survey_view"}),
    "vle profile: an attempt with its number": (
        statement(f"{ADL}/verbs/passed",
                  activity(f"{MOODLE}/sco", "http://vocab.xapi.fr/activities/content-object"), result=SCORED,
                  context={"extensions": {f"{TINCAN}/extension/attempt-id": 2}}),
        "results", {"attempt": 2, "score": 0.8}),
    "cmi5: initialized": (
        statement(f"{ADL}/verbs/initialized", activity("https://cmi5.example/au/1"), context=around(
            category=[activity("https://w3id.org/xapi/cmi5/context/categories/cmi5")])),
        "activity", {"kind": "view"}),
    "cmi5: completed, without a score": (
        statement(f"{ADL}/verbs/completed", activity("https://cmi5.example/au/1"),
                  result={"completion": True, "duration": "PT30M"}),
        "activity", {"kind": "view"}),
    "cmi5: failed, with a score below zero": (
        statement(f"{ADL}/verbs/failed", activity("https://cmi5.example/au/1"),
                  result={"score": {"scaled": -0.5}, "success": False}),
        "results", {"score": 0.0}),
    "video profile: played": (
        statement(f"{VIDEO}/verbs/played", activity("https://video.example/1", f"{VIDEO}/activity-type/video"),
                  result={"extensions": {f"{VIDEO}/extensions/time": 12.5}}),
        "activity", {"kind": "video", "resource": "https://video.example/1"}),
    "video profile: completed": (
        statement(f"{ADL}/verbs/completed", activity("https://video.example/1", f"{VIDEO}/activity-type/video"),
                  result={"completion": True}),
        "activity", {"kind": "video"}),
    "H5P: a question answered alone": (
        statement(f"{ADL}/verbs/answered", activity("https://h5p.example/9", f"{ADL}/activities/cmi.interaction"),
                  result={"score": {"min": 0, "max": 2, "raw": 1, "scaled": 0.5}}),
        "results", {"score": 0.5}),
    "H5P: a question inside a quiz": (
        statement(f"{ADL}/verbs/answered", activity("https://h5p.example/9?sub=1", f"{ADL}/activities/cmi.interaction"),
                  result={"score": {"scaled": 1}}, context=around(parent=[activity("https://h5p.example/9")])),
        "activity", {"kind": "quiz_view"}),
    "Ralph: edX page viewed": (
        statement(f"{TINCAN}/verb/viewed", activity("https://edx.example/page", f"{STREAMS}/page")),
        "activity", {"kind": "resource"}),
    "edX: asked in a discussion": (
        statement(f"{ADL}/verbs/asked", TALK, result={"response": "Quelqu'un peut m'aider ?"}),
        "posts", {"post": ID.format(1), "thread": TALK["id"], "parent": None}),
    "TinCan: commented on a resource": (
        statement(f"{ADL}/verbs/commented", activity("https://blog.example/1", f"{ADL}/activities/media"),
                  result={"response": "Clair."}),
        "posts", {"post": ID.format(1), "thread": "https://blog.example/1", "channel": "comment"}),
    "ADL: attended": (
        statement(f"{ADL}/verbs/attended", activity("https://class.example/34534", f"{ADL}/activities/meeting"),
                  result={"duration": "PT1H30M"}),
        "attendance", {"slot": "https://class.example/34534@2026-01-07", "status": "present", "minutes": 90.0}),
    "ADL: did not attend": (
        statement(f"{ADL}/verbs/attended", activity("https://class.example/2"), result={"completion": False}),
        "attendance", {"status": "absent", "minutes": None}),
}  # fmt: skip

SUB = {"actor": agent(), "verb": {"id": f"{ADL}/verbs/answered"}, "object": QUIZ}
VIEW = statement(f"{TINCAN}/verb/viewed", COURSE)
LEFT: dict[str, tuple[dict[str, Any], str, str, bool]] = {
    "a verb we know and do not use": (
        statement(f"{ADL}/verbs/registered", COURSE), "verb", "verb not used: registered", False),
    "a verb we do not know": (statement("https://x.example/verbs/jean-dupont", COURSE), "verb", "verb not used", False),
    "edX hint asked": (
        statement(f"{ADL}/verbs/asked", activity("https://edx.example/answer", f"{TINCAN}/activitytype/solution")),
        "verb", "verb not used", False),
    "about a person": (statement(f"{ADL}/verbs/shared", mail("x@example.org")), "object", "about a person", False),
    "a sub-statement": (statement(f"{ADL}/verbs/attempted", {"objectType": "SubStatement", **SUB}),
                        "object", "about another statement", False),
    "Ralph: anonymous": ({**VIEW, "actor": agent("anonymous")}, "actor", "anonymous", False),
    "a group without members": ({**VIEW, "actor": {"objectType": "Group", "mbox": "mailto:team@example.org"}},
                                "actor", "done by a group without members", False),
    "a result of a group": (
        statement(f"{ADL}/verbs/passed", QUIZ, result=SCORED,
                  actor={"objectType": "Group", "member": [agent(), agent(11)]}),
        "actor", "done by a group", False),
    "no actor": ({k: v for k, v in VIEW.items() if k != "actor"}, "actor", "missing value", True),
    "an agent without identifier": ({**VIEW, "actor": {"name": "Ada"}}, "actor", "no identifier", True),
    "two identifiers": (
        {**VIEW, "actor": {**agent(), **mail("a@example.org")}}, "actor", "more than one identifier", True),
    "no mailto": ({**VIEW, "actor": {"mbox": "a@example.org"}}, "actor.mbox", "not an identifier of its kind", True),
    "no verb": ({**VIEW, "verb": None}, "verb", "missing value", True),
    "a verb that is no IRI": ({**VIEW, "verb": {"id": "viewed"}}, "verb.id", "not an IRI", True),
    "no object": ({**VIEW, "object": []}, "object", "not an object", True),
    "an id that is no UUID": ({**VIEW, "id": "42"}, "id", "not a UUID", True),
    "no time zone": ({**VIEW, "timestamp": "2026-01-07T10:00:00"}, "timestamp", "no time zone", True),
    "the offset the standard refuses": (
        {**VIEW, "timestamp": "2026-01-07T10:00:00-00:00"}, "timestamp", "no time zone", True),
    "no day": ({**VIEW, "timestamp": "2026-02-30T10:00:00Z"}, "timestamp", "unreadable date", True),
    "no instant at all": ({k: v for k, v in VIEW.items() if k not in ("timestamp", "stored")},
                          "timestamp", "missing value", True),
    "a scaled score over one": (statement(f"{ADL}/verbs/passed", QUIZ, result={"score": {"scaled": 80}}),
                                "result.score.scaled", "out of range", True),
    "a raw score over its maximum": (
        statement(f"{ADL}/verbs/passed", QUIZ, result={"score": {"raw": 12, "max": 10}}),
        "result.score.raw", "out of range", True),
    "a score in words": (statement(f"{ADL}/verbs/passed", QUIZ, result={"score": {"scaled": "0.8"}}),
                         "result.score.scaled", "unreadable number", True),
    "a context that is no object": ({**VIEW, "context": "x"}, "context", "not an object", True),
    "not a statement": ([], "statement", "not an object", True),  # type: ignore[dict-item]
}  # fmt: skip


def lines(*given: object) -> str:
    """Return JSON lines."""
    return "".join(json.dumps(one) + "\n" for one in given)
