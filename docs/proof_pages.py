"""The page of what a quality team works on between two audits, made from the rules themselves."""

from __future__ import annotations

HEAD = """# Proof between two audits

What the quality team works on: `/quality` and the pages beside it. This page is made from
`serving/quality/proofs/policy.py`, `serving/quality/delays.py` and `serving/quality/surveys/policy.py`
(`make pages`); a test says when it is out of date.

## The inbox of missing proofs

`/quality` lists every proof that is missing, the one due first at the head: what is missing, whose turn it is, since
when, by when it was due, and where it is seen or mended. It looks back {look_back} days. A gap is listed from the day
after its delay is over, so that whatever is in the list is late. Filters (what is missing, session, whose turn) and the
page are in the address. `GET /api/v1/quality/gaps` gives the same to programs (scope `quality:read`), without a name.

Whoever follows learners sees on `/missing` those asked of them: about their learners, and whose turn is a mentor's or a
course lead's. What a delay in hours bounds (an abandonment to tell, a personal-data breach) is shown on both pages from
the first hour, and told at once ([messages](notifications.md)).

The last rows of the table but one are what only the organisation's own [procedure](procedure.md) promises: until it has
set one, and for what was due before, nobody is asked. An abandonment is taken for told when an e-mail or a letter is
recorded for the learner on that day or after: that the client and the funder were told with it, their own copies say.

Abandonments from before the register's first alert are not asked for one by one: the page says how many, and since when
the register runs.

When no proof will come, the quality team says why. The reason stays with the gap, is taken back by one button, and both
are in the journal (`gap_explained`, `gap_asked_again`): the gap and a keyed digest of the reason, never its words. One
reason may be given to all that a filter on what is missing shows, as many as were shown.

| what is missing | found when | turn | delay | days | counted from |
|---|---|---|---|---|---|
"""
SURVEYS = """
Days are those of the calendar. The delays are `Delays` in `serving/quality/delays.py`: `in_force` returns those of a
day, `promises` those of every version of the procedure, for what began under one is read against it.

## Surveys after the training

A training that ended, or went on past its planned end, is asked about at four waves; whoever moved to another session
is not. A survey of the records is the wave that the page was told (`/quality/surveys`); else, by its kind and the days
between the end and its sending:

| wave | day | a survey is taken for it when |
|---|---|---|
"""
TAIL = """
A wave is sent within {send} days of its day, asked again after {chase} days of silence, {most} times at most. Where it
stands: {standings}.

Reminders are written down for those ticked, by e-mail or telephone (`survey_chased` in the journal), and taken back
together for `FILROUGE_UNDO_MINUTES` (`survey_chase_undone`). The message to adapt names
nobody. Filrouge sends nothing to learners. Return rates are answers over sendings, by wave.

Anonymous surveys are never joined to a person: nobody is chased for them, and they are in no rate. When no survey of
the end of a training was imported and none was told to be one, nothing is said to be missing until a procedure of the
organisation's own promises the waves; from then on, those due since are.

## Appointments

Mentors plan them from a learner's page and say what became of them: {appointments}. Kept, an appointment leads to the
form of the action, which is tied to it. Any of these is taken back until an action tells of it. The calendar file holds
an hour and a link, nobody's name. `/quality/appointments` lists them all.

## Improvements, complaints

`/quality/improvements` is the improvement plan (indicator 32): finding, decision, owner, deadline, then the day it was
done, the effect seen, on which day, and whether it was the effect wanted. `/quality/complaints` registers complaints,
difficulties and incidents (indicator 31), with their acknowledgement, answer and end; an improvement made from one is
tied to it both ways. An incident on personal data is a breach: its page says until which hour the authority is to be
told (72 hours from its registration, or from the first hour of an earlier day of receipt), and on which day it was.
Mentors and course leads declare a difficulty or an incident from a learner's page, and see only what they declared.

The days say the state: taking a day away goes back. Two people who change the same line are told so, and neither loses
what they wrote. The journal keeps codes, days and a keyed digest of each text at each change: the page of a line shows
that history, and warns when what it holds is not what its last entry sealed, or when the journal never heard of it.
Words that an erasure or the end of their time took away since are told as such, as long as the journal tells of one.

## The journal, and what checks it

Every entry holds the hash of the one before; the head holds the last. `filrouge quality verify` reads the whole and
says whether it is intact, how many entries it checked, and the first broken one:

| what somebody did to the database | what finds it |
|---|---|
| an entry changed, taken out, put in, or bytes that are no text, triggers dropped or not | the chain, with its line |
| the last entries taken out | the head |
| the same and the head moved, the table emptied, every hash made again | seals told outside, see below |
| an alert, an action, a complaint or an improvement changed, put in or taken out | the journal replayed |

Seals told outside are those of the packs kept under `FILROUGE_HOME/packs`, and `--seal 812:9f2c…`, the foot of a
register kept apart.

Whoever rewrites the table whole before any pack was made, or with every pack and register at hand, is not found: hand a
pack over, or put a register away, now and then. The page `/register` and the governance file check the whole at most
every ten minutes, and at each view what was added since, the head and the last entry seen; the page says when.

## What leaves

Each page gives its list as CSV for the days chosen. Names of learners, owners, reasons and what complaints say are in
it only when they are asked for; each download is in the journal (`sheet_exported`). By the API: codes and days, and the
plan's own words; never a learner's name, nor what a complaint says.
"""


def proof_page() -> str:
    """Return the page."""
    from serving.quality import words
    from serving.quality.delays import Delays
    from serving.quality.proofs import service
    from serving.quality.surveys import policy as surveys

    pace = Delays().surveys
    lines = [HEAD.format(look_back=service.LOOK_BACK.days), *(_rule(kind) for kind in words.GAPS), SURVEYS]
    spans = {wave: f"{first} to {last} days after the end, kind `delayed`" for wave, first, last in surveys.SPANS}
    first = f"kind `immediate`, from {surveys.EARLY.days} days before the end"
    for wave, months in surveys.MONTHS.items():
        day = "the end" if not months else f"{months} month{'s' if months > 1 else ''} after the end"
        lines.append(f"| `{wave}` | {day} | {spans.get(wave, first)} |\n")
    standings = "; ".join(word[:1].lower() + word[1:] for word in words.WAVE_STANDINGS.values())
    appointments = ", ".join(word.lower() for word in words.APPOINTMENT_STATES.values())
    tail = TAIL.format(send=pace.send_days, chase=pace.chase_days, most=pace.most_chases, standings=standings,
                       appointments=appointments)  # fmt: skip
    return "".join([*lines, tail])


def _rule(kind: str) -> str:
    from serving.quality import words
    from serving.quality.delays import Delays
    from serving.quality.proofs.policy import DELAY_OF, RULES

    name, start = DELAY_OF[kind]
    held: object = Delays()
    for part in name.split("."):
        held = getattr(held, part)
    text = (RULES[kind].__doc__ or "").strip().rstrip(".")
    return f"| {words.GAPS[kind]} | {text} | {_turn(kind)} | `{name}` | {held} | {start} |\n"


def _turn(kind: str) -> str:
    if kind in ("closed_without_contact", "open_without_action"):
        return "mentor; course lead once handed on"
    if kind in ("abandonment_undecided", "abandonment_untold"):
        return "course lead"
    return "quality" if kind.startswith(("survey", "complaint", "improvement", "breach")) else "mentor"
