"""The page `docs/figures.md`: every key figure as the code has it."""

from __future__ import annotations

from serving.quality.figures.catalog import BY_CODE, FIGURES, PUBLISHED, THEMES, UNITS
from serving.quality.figures.suppression import LEAST

HEAD = """# The key figures

What the quality team reads on `/quality/figures`, what `filrouge quality figures` prints, what the pack of proof holds.
This page is made from `serving/quality/figures/catalog.py`; a test says so.

- **Unit**: an enrolment, one learner in one session. A learner in two sessions counts in both, so that sessions sum up
  to courses and courses to the organisation.
- **As of a day**: only what was known *before* that day. An outcome known on the day itself is told the day after.
- **Period**: both days included; the last 365 days unless said otherwise. What each figure counts in it is its window.
- **Nothing to count**: no figure (`–`), never a zero.
"""
SMALL = f"""
## What may leave the organisation

Inside, every figure is shown; one that must not be published bears the mark *do not publish*. In whatever leaves (CSV,
the pack, `filrouge quality figures` without `--inside`), it is suppressed:

- a figure that concerns fewer than {LEAST} enrolments, or tells apart 1 to {LEAST - 1} people or things (its numerator,
  or what its numerator leaves);
- others, so that it cannot be worked out: from a total and its other parts, from the courses and their sessions, or
  because what is left has only one value. Figures that have a count in common are suppressed together.

What is suppressed is decided on the whole table of a period, whichever rows are asked for. A test
(`tests/property/test_quality_suppression.py`) draws tables and asks a linear program for the least and the greatest
value of each hidden count: they are one apart at least. One case is told by nature: where a shown total has nobody in a
part, nobody is in that part of what it holds.

**Over time.** The CSV files are of whole months, quarters or years that are over, none shorter than
`FILROUGE_FIGURES_BY` (`quarter` unless set). Each of the shortest periods is decided on its own days alone; a scope is
told for a longer one only where it is told for each of the shorter ones inside it. What is shown of a year is then the
sum of what is shown of its quarters and tells nothing more, and two periods of one length have no day in common. The
same test draws three months and their quarter, and finds no hidden month or quarter pinned. Choose the length once:
figures told by year, then by month, are not covered.

Not covered: a period told again on a later day, once more is known; the pack and `filrouge quality figures`, which tell
the days one gives, set beside another table (give a pack to its auditor, and publish the files); counts that do not sum
over time (who is in training), whose months and quarter are each safe and whose order still says something; what the
reader knows from elsewhere (that a figure was suppressed *because* it is small included); and a retention, which bounds
the abandonments of its session without telling them.
"""
NOTES = """
## What a figure rests on

- **Adhesion** has no list of invitations in the records: whoever is in training, in a session where somebody wrote or
  opened the forum, is invited; whoever opened it or wrote in it has joined.
- **Participation** is over members, who have joined; the mentors' page of the community counts all learners in
  training.
- **Reactions** are those received: sources do not say who gives them.
- **First reply**: the first post by anybody else after the question in its thread.
- **Delay before contact**: the first action of an alert in which the learner was reached (`reached`, `agreed`,
  `declined`); a contact written down on another day than its own took place at noon of its day. Working hours are 9:00
  to 17:00 on `FILROUGE_WORKING_DAYS`, outside the closures and public holidays of the whole organisation.
- **Precision of alerts**: an alert that its mentor called useful, or closed as an abandonment, or whose learner
  abandoned within the model's horizon. The horizon of the others must be over.
"""


def page() -> str:
    """Return the page, in Markdown."""
    lines = [HEAD, f"Rates to publish (indicator 2): {', '.join(f'`{code}`' for code in PUBLISHED)}.\n"]
    for theme, words in THEMES.items():
        lines += [f"\n## {words}\n", "| figure | formula | window | left out | unit |", "|---|---|---|---|---|"]
        for one in (figure for figure in FIGURES if figure.theme == theme):
            told = (f"**{one.name}** `{one.code}`", one.formula, one.window, one.left_out, UNITS[one.unit])
            lines.append(f"| {' | '.join(told)} |")
    together = {one.family: [o.code for o in FIGURES if o.family == one.family] for one in BY_CODE.values()}
    groups = "; ".join(", ".join(f"`{c}`" for c in codes) for codes in together.values() if len(codes) > 1)
    return "\n".join([*lines, SMALL, f"Suppressed together: {groups}.", NOTES.rstrip("\n")]) + "\n"
