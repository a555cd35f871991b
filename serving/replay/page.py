"""A replay in words: the table of the terminal, and the page made from the lines kept in `docs/replay.jsonl`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

Told = Mapping[str, Any]
NAMES = {
    "product": "Filrouge",
    "no_login": "14 days without login",
    "model": "the model's risk alone",
}
ROWS = {
    "abandoned_ahead": "abandoning learners first alerted 14 days ahead or more",
    "recorded_ahead": "the same, exits that the organisation dated",
    "completers_alerted": "completers ever alerted",
    "precision_28d": "alerts right within 28 days",
    "precision_56d": "alerts right within 56 days",
    "already_gone": "alerts about who had gone already",
}


def terminal(told: Told) -> str:
    """Return a replay as the terminal shows it."""
    table = [["", *(NAMES[name] for name in _orders(told))], *_rows(told)]
    widths = [max(len(line[i]) for line in table) for i in range(len(table[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table]
    kinds = [f"{one['kind']:<20}  {_kind_cells(one)[0]:>4}  {', '.join(_kind_cells(one)[1:])}" for one in _spoke(told)]
    head = ["kind                  alerts, of which it names, speaks alone, right in 28 days, right when alone"]
    return "\n".join([_about(told), "", *lines, "", *head, *kinds, "", *_against(told)])


def _orders(told: Told) -> dict[str, Told]:
    return {"product": told["product"], **told["others"]}


def _about(told: Told) -> str:
    chance = _percent(told["by_chance_28d"]["value"])
    return (
        f"{told['from']} to {told['to']}: {told['days']} working days, {told['sessions']} sessions"
        f" ({told['sessions_left_out']} left out: every model saw them), {told['enrolments']} enrolments of"
        f" {told['mentors']} mentors or sessions without one; {told['abandoned']} abandoned ({told['recorded']} dated"
        f" by the organisation), {told['completed']} completed. Model: {told['model']}. Capacity: {told['capacity']}"
        f" in seven days. An alert nobody acts on closes after {told['open_days']} days. By chance, {chance} abandon"
        " within 28 days of a day on the roster."
    )


def _rows(told: Told) -> list[list[str]]:
    orders = _orders(told).values()
    return [
        ["alerts", *(str(one["n_alerts"]) for one in orders)],
        ["learners alerted", *(str(one["n_enrolments_alerted"]) for one in orders)],
        ["a mentor and week: mean, most", *(_week(one["per_mentor_and_week"]) for one in orders)],
        *([words, *(_share(one["shares"][name]) for one in orders)] for name, words in ROWS.items()),
        ["days from first alert to leaving: quartiles", *(_lead(one["lead_days"]) for one in orders)],
    ]


def _week(one: Told) -> str:
    return "none" if one["mean"] is None else f"{one['mean']:.2f}, {one['max']}"


def _lead(one: Told) -> str:
    return "none" if not one["n"] else f"{one['q1']:.0f}, {one['median']:.0f}, {one['q3']:.0f} (n = {one['n']})"


def _share(one: Told) -> str:
    if not one["n"]:
        return "none (n = 0)"
    ends = "" if one["low"] is None else f" [{_percent(one['low'])}, {_percent(one['high'])}]"
    return f"{_percent(one['value'])}{ends} ({one['found']} of {one['n']})"


def _percent(value: float | None) -> str:
    return "none" if value is None else f"{100 * value:.0f} %"


def _spoke(told: Told) -> list[Told]:
    return [one for one in told["by_kind"] if one["n"]]


def _kind_cells(one: Told) -> list[str]:
    return [str(one["n"]), str(one["names"]), str(one["alone"]), _share(_with_value(one["within_28d"])),
            _share(_with_value(one["alone_28d"]))]  # fmt: skip


def _with_value(one: Told) -> Told:
    return {**one, "value": one["found"] / one["n"] if one["n"] else None}


def _against(told: Told) -> list[str]:
    """Return in a sentence each what the product does better or worse than each order, and what cannot be told."""
    out = []
    for name, found in told["product_less"].items():
        by = {verdict: [ROWS[share] for share, one in found.items() if one["verdict"] == verdict]
              for verdict in ("better", "worse", "not told apart")}  # fmt: skip
        parts = [f"{verdict}: {'; '.join(names)}" for verdict, names in by.items() if names]
        out.append(f"Beside « {NAMES[name]} » at the same budget, Filrouge is {'. '.join(parts)}.")
    return out


INTRO = """# The past, replayed

What mentors would have received, had Filrouge run on a site's past, and what it was worth; beside the rule « 14 days
without login » and the model's risk alone, each at the same budget of alerts. The lines behind this page are in
[replay.jsonl](replay.jsonl); the page is written from them (`make pages`). To replay a site:

```sh
filrouge alerts replay                                  # the table; --json for the lines
filrouge alerts replay --json | python -m serving.replay.page example >> docs/replay.jsonl
```

**How.** Day after working day, with the alerts' own policy: what rules see that day, the model's risk, the capacity of
each mentor in any seven days, the cool-down, closures, sources gone quiet, sessions that sink together, and the alert
that closes by itself when its learner is back. A day's features see only what was known before it. A session is scored
by a model of the champion's run whose training held nothing of it and ended before it began; sessions that every model
saw are left out, and their learners take none of the mentors' capacity.

**Assumed.** Nobody acts: an alert stays open until its learner is back, off the roster, or for the days said below, as
if a mentor had then dealt with it and it had changed nothing. Mentors, absences and objections are those of now.

**Judged.** Abandonment as the model was taught it, recorded exits and silences that never ended, each dated ten working
days after its last activity: a rule that waits for 14 days of silence can hardly come before such a date, which is why
exits dated by the organisation are told apart. An alert is right within k days when its learner leaves on its day or in
the k days from it; one about who had gone already is not. Completers: recorded, or at the planned end without leaving.
Intervals (95 %): of shares, a bootstrap of 1,000 draws of enrolments; of kinds, exact binomial (Clopper and Pearson).
Better and worse are said where the interval of the difference, on the same draws, excludes zero.

**Same budget.** By the end of any week no mentor received more alerts from an order than Filrouge had given them; what
a week leaves unspent a later one may spend. A learner is not alerted twice within the days an alert stays open and the
cool-down. Those who have just crossed 14 days without a login come first; where the rule finds fewer learners than the
budget, it gives fewer alerts. The model alone has no threshold: it spends the whole budget.
"""
TRIED = """
## Thresholds

Thresholds of rules were tried on the three simulated sites whose figures are above; the example's table was read before
and after, and no threshold was chosen on it. Tried: silence from 10 days or of 4 or 5 usual pauses, never started from
7 or 10 days, a question from 3 or 4 days, three assessments missed, three absences, risk from 2 or 2.5 times the
average. Precision within 28 days stayed between 3.7 and 4.2 %, and learners reached 14 days ahead between 57 and 62 of
83 (61 with the defaults): nothing tells one from another there, so the round defaults stay. What fills a mentor's week
is the capacity, not the thresholds.

One thing was wrong and was changed: a declared intention spoke for 30 days after its post, so that the same words
opened a second alert once the first was closed. It now speaks for 14 days (`intention_days`), and what was said before
the closing of an alert that told it is not told again; said again after, it may reopen that alert. On the simulated
sites it names 28 alerts instead of 41, on the example 23 instead of 27, and no share of the tables moves by a point.

By kind, what is measured is who leaves: an unanswered question is a service owed to the learner, whoever stays, and it
is not told apart from chance on any site; nor is « never started » on the example, though it is on simulated ones.
"""


def markdown(lines: Iterable[Told]) -> str:
    """Return the page of some replays, each a line with the `site` it is of."""
    parts = [INTRO]
    for told in lines:
        parts += [f"\n## {told['site']}\n", _about(told) + "\n", *_tables(told)]
    return "\n".join([*parts, TRIED])


def _tables(told: Told) -> list[str]:
    weeks = told["product"]["per_mentor_and_week"]
    spread = ", ".join(f"{n} alerts: {times}" for n, times in weeks["weeks_with"].items())
    kinds = [[f"`{one['kind']}`", *_kind_cells(one)] for one in _spoke(told)]
    asked = told.get("note")
    return [
        *([f"{asked}\n"] if asked else []),
        *_table(["", *(NAMES[name] for name in _orders(told))], _rows(told)),
        f"\nWeeks of a mentor with so many alerts, of {weeks['n']}: {spread}. Closed: {_counts(told['closed'])}."
        f" Held, a day each: {_counts(told['held'])}. Reopened: {told['reopened']}.\n",
        *_table(["kind", "alerts", "named by it", "it alone", "right within 28 days", "right, it alone"], kinds),
        "",
        *(f"- {line}" for line in _against(told)),
    ]


def _counts(told: Mapping[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in told.items()) or "none"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return ["| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *rows)]


def read(path: Path) -> list[Told]:
    """Return the last line kept of each site, in the order they were first kept."""
    found: dict[str, Told] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        found[told["site"]] = told
    return list(found.values())


def main(arguments: Sequence[str], text: str) -> str:
    """Return the line to keep of a replay printed by `--json`: its site's name first, then a note if there is one."""
    site, *note = arguments
    return json.dumps({"site": site, **({"note": note[0]} if note else {}), **json.loads(text)}, ensure_ascii=False)


if __name__ == "__main__":
    import sys

    sys.stdout.write(main(sys.argv[1:], sys.stdin.read()) + "\n")
