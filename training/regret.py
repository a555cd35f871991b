"""How far a model is from the best possible ranking, on learners whose risk is known, source by source.

python -m training.regret FOLDER [docs/evaluation.md]

Several sites are simulated, each of sessions that follow one another; FOLDER keeps their feature tables. The last
session of each is ranked by a logistic regression fitted on those before it, of one penalty, so that nothing is chosen
by the rows that are read: with every source, then without some. The oracle ranks by the simulator's own chance of
abandoning within 28 days, which no record tells in full: nobody reaches it. Beside it, trees taught that chance itself
instead of who left: what the features could tell at best, so that what is missed for want of signal is told apart from
what is missed for want of leavers.

Every figure is an expectation over the learners' own luck: a row counts as left by its true risk. Differences are
paired, site by site, with Student's interval over sites.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from data.simulator import Plan
from training import baselines, model
from training.contacted import lived
from training.development import STRENGTH
from training.encoding import past_rates, past_rates_apart
from training.evaluation import SHARE_PRECISION
from training.ladder import inputs_of
from training.measuring import spoken
from training.metrics import Array, Ranking, found_at, pr_auc, roc_auc
from training.served_model import PAST_RATE, Spec, matrix, raw_scores
from training.splits import Folds, split

BEGIN, END = "<!-- regret: begin -->", "<!-- regret: end -->"
PLAN = Plan(sessions=4, learners=700, every_weeks=34)
"""Sessions that do not overlap: a model of sessions begun every eight weeks has seen little but first weeks."""
SITES = (1, 2, 3)
ROUNDS = 60
READS = {
    "posts": ("posts", "questions", "answers", "answer", "thread", "reactions"),
    "surveys": ("survey", "satisfaction", "intention", "overload", "mood"),
}
"""Words in the names of the features that compare with the session what a source says."""
FAMILIES = {"posts": "community", "surveys": "surveys"}
WITHOUT: dict[str, tuple[str, ...]] = {
    "every source": (),
    "without posts": ("posts",),
    "without surveys": ("surveys",),
    "without either": ("posts", "surveys"),
    "activity only": ("posts", "surveys", "the rest"),
}
FIGURES = ("ROC AUC", "PR-AUC", "precision at 10 %", "recall at 10 %", "regret")
T_95 = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365}
"""Student's quantile of .975 by number of sites."""


@dataclass(frozen=True)
class Site:
    """One simulated site: the rows fitted and read, the true risk of each row, and the features that say anything."""

    rows: pd.DataFrame
    folds: Folds
    risk: Array
    features: tuple[str, ...]

    @property
    def known(self) -> Array:
        """The true risk of the rows read."""
        return np.asarray(self.risk[self.folds.test])


def without(features: Sequence[str], sources: Sequence[str]) -> tuple[str, ...]:
    """Return the features that read none of these sources; without "the rest", only those of the family `activity`."""
    from features.catalog import entry

    def reads(name: str, source: str) -> bool:
        if source == "the rest":
            return entry(name).family != "activity"
        words = READS[source] if entry(name).family == "cohort" else ()
        return entry(name).family == FAMILIES[source] or any(word in name for word in words)

    return tuple(name for name in features if not any(reads(name, source) for source in sources))


def true_risk(rows: pd.DataFrame, truth: pd.DataFrame) -> Array:
    """Return each snapshot's true chance of abandoning within 28 days; NaN where the learner had left by then.

    Parameters
    ----------
    rows : enrolment_id and as_of_on.
    truth : the simulator's: enrolment_id, day (the first of seven), abandon_28d.
    """
    at = pd.DataFrame({"enrolment_id": rows["enrolment_id"].to_numpy(), "row": np.arange(len(rows))})
    at["day"] = pd.to_datetime(rows["as_of_on"]).to_numpy().astype("datetime64[s]")
    known = truth[["enrolment_id", "day", "abandon_28d"]].copy()
    known["day"] = pd.to_datetime(known["day"]).to_numpy().astype("datetime64[s]")
    found = pd.merge_asof(
        at.sort_values("day", kind="stable"),
        known.sort_values("day", kind="stable"),
        on="day",
        by="enrolment_id",
        tolerance=pd.Timedelta(days=6),
    )
    return np.asarray(found.sort_values("row")["abandon_28d"].to_numpy(dtype=np.float64))


def simulated(plan: Plan, cache: Path) -> Site:
    """Return a simulated site whose last session is read by what came before."""
    found, truth, _ = lived(plan, cache)
    risk = true_risk(found.rows, truth.rename(columns={"as_of_on": "day"}))
    kept = ~np.isnan(risk)
    rows, risk = found.rows[kept].reset_index(drop=True), risk[kept]
    folds = split(rows)[-1]
    return Site(rows, folds, risk, spoken(found.features, rows[folds.fit]))


def figures(score: Array, risk: Array) -> dict[str, float]:
    """Return what a ranking is expected to find; regret is the share of the oracle's finds at capacity that is missed.

    Parameters
    ----------
    risk : the true chance of each row: it counts as left by that much, and as staying by the rest.
    """
    n = len(risk)
    both, weight = np.concatenate([np.ones(n), np.zeros(n)]), np.concatenate([risk, 1 - risk])
    mine, best = (Ranking.of(both, np.concatenate([one, one])) for one in (score, risk))
    precision, recall = found_at(mine, SHARE_PRECISION, weight)
    told = (roc_auc(mine, weight), pr_auc(mine, weight), precision, recall)
    return dict(zip(FIGURES, (*told, 1 - recall / found_at(best, SHARE_PRECISION, weight)[1]), strict=True))


def read(site: Site) -> dict[str, dict[str, float]]:
    """Return the figures of the oracle, then with each set of sources: learnt from who left, and taught the risk."""
    out = {"the oracle": figures(site.known, site.known)}
    for name, sources in WITHOUT.items():
        kept = without(site.features, sources)
        out[name] = figures(_learnt(site, kept), site.known)
        out[f"{name}, taught the risk"] = figures(_taught(site, kept), site.known)
    return out


def _learnt(site: Site, features: Sequence[str]) -> Array:
    """Log-odds of a logistic regression fitted on who left, in all the sessions before the one that is read."""
    fit, test = site.rows[site.folds.refit], site.rows[site.folds.test]
    names = inputs_of(features)
    head: Spec = {"features": names, "course_past_rate": past_rates(fit)}
    x = matrix(head, fit)
    x[:, names.index(PAST_RATE)] = past_rates_apart(fit)
    return raw_scores(
        baselines.logistic(x, fit["label"].to_numpy(dtype=np.float64), strength=STRENGTH), matrix(head, test)
    )


def _taught(site: Site, features: Sequence[str]) -> Array:
    """Scores of trees that were taught the true risk of each row instead of who left."""
    import lightgbm

    inputs = [name for name in inputs_of(features) if name != PAST_RATE]
    fit, test = (site.rows.loc[mask, inputs].to_numpy(dtype=np.float64) for mask in (site.folds.refit, site.folds.test))
    settings = model.PARAMETERS | {"objective": "cross_entropy", "metric": "none", "seed": 1, "num_threads": 1}
    data = lightgbm.Dataset(fit, label=site.risk[site.folds.refit], params=settings)
    return np.asarray(lightgbm.train(settings, data, num_boost_round=ROUNDS).predict(test), dtype=np.float64)


def table(sites: Sequence[Mapping[str, Mapping[str, float]]], told: str) -> str:
    """Return two Markdown tables: each ranking's figures, the mean over sites, and what each source is worth.

    Parameters
    ----------
    sites : what `read` returned of each.
    told : what was read, in a sentence.
    """
    lines = [told, "", "| ranking | " + " | ".join(FIGURES) + " |", "|" + "---|" * (len(FIGURES) + 1)]
    for name in sites[0]:
        means = [np.mean([site[name][figure] for site in sites]) for figure in FIGURES]
        lines.append(f"| {name} | " + " | ".join(f"{mean:.3f}" for mean in means) + " |")
    worth = ("ROC AUC", "PR-AUC", "recall at 10 %")
    lines += ["", "| taken out | " + " | ".join(f"{one} lost" for one in worth) + " |", "|---|---|---|---|"]
    return "\n".join([*lines, *_worth(sites, worth)])


def _worth(sites: Sequence[Mapping[str, Mapping[str, float]]], figures: Sequence[str]) -> Iterator[str]:
    """What is lost without each source, learnt and taught, with Student's interval over sites."""
    for name in list(WITHOUT)[1:]:
        for suffix in ("", ", taught the risk"):
            lost = [
                between([site[f"every source{suffix}"][one] - site[name + suffix][one] for site in sites])
                for one in figures
            ]
            yield f"| {name}{suffix} | " + " | ".join(lost) + " |"


def between(differences: Sequence[float]) -> str:
    """Return the mean of paired differences and its 95 % interval over sites."""
    values = np.asarray(differences, dtype=np.float64)
    half = T_95[len(values)] * float(values.std(ddof=1)) / np.sqrt(len(values))
    return f"{values.mean():+.4f} ({values.mean() - half:+.4f} to {values.mean() + half:+.4f})"


def main(arguments: Sequence[str], plan: Plan = PLAN, seeds: Sequence[int] = SITES) -> None:
    """Print the tables of the simulated sites; write them between the marks of a document when one is named."""
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    found, rows = [], 0
    for seed in seeds:
        site = simulated(replace(plan, seed=seed), folder)
        found.append(read(site))
        rows += len(site.known)
        sys.stderr.write(f"site {seed}: {found[-1]['every source']}\n")
    told = (
        f"{len(seeds)} sites of {plan.sessions} sessions of {plan.learners} learners; the last session of each is"
        f" read: {rows} snapshots in all. Means over sites."
    )
    written = table(found, told)
    sys.stdout.write(written + "\n")
    for document in map(Path, arguments[1:]):
        before, _, rest = document.read_text(encoding="utf-8").partition(BEGIN)
        document.write_text(f"{before}{BEGIN}\n{written}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
