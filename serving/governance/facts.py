"""From what is known to the words that templates take. Pure; French, as the file is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal

from serving import choices
from serving.governance.filling import table
from serving.governance.schemas import Known
from serving.language import Speech
from serving.quality.figures import suppression
from serving.quality.figures.suppression import Node
from serving.quality.words import APPOINTMENT_STEPS

FEWEST = suppression.LEAST
UNNAMED = "Filrouge"
"""The name that an organisation has as long as nobody set it."""
BASES = {
    "consent": "consentement de chacun", "contract": "contrat", "legitimate_interest": "intérêt légitime",
    "legal_obligation": "obligation légale", "public_task": "mission d’intérêt public",
    "invented_or_published": "données inventées ou publiées", "none": "aucun : ces données ne sont pas lues",
}  # fmt: skip
MEASURES = {
    "roc_auc": "ROC AUC", "pr_auc": "PR-AUC", "base_rate": "taux de base", "brier": "score de Brier",
    "ece": "erreur de calibration (ECE)", "precision_at_10pct": "précision du premier dixième",
    "n": "lignes d’essai", "n_sessions": "sessions d’essai",
}  # fmt: skip
STEPS = {**choices.EVENTS, **APPOINTMENT_STEPS}
"""Words of the steps that people take of an alert."""
LATER = (
    "hebergeur", "transferts", "sauvegardes", "remise", "securite", "plan", "avis_dpo", "avis_personnes", "validation",
    "commentaire", "personnes", "alerte", "incident", "fournisseur", "version_precedente", "serveur", "signature",
    "revue_risques", "changements", "normes", "declaration", "plan_surveillance",
)  # fmt: skip
"""What no software knows of itself: each template says who fills it in."""


def facts(known: Known, speech: Speech) -> dict[str, str | None]:
    """Return every fact by name, null where it is not known."""
    return {
        **dict.fromkeys(LATER), **_of_site(known), **_of_run(known.run or {}), **_of_what_serves(known),
        **_of_people(known, speech),
    }  # fmt: skip


def number(value: float | None) -> str | None:
    """Return a count, or a figure to three decimals, as the French write it; null where there is none."""
    if value is None:
        return None
    return format_decimal(value, "#,##0" if isinstance(value, int) else "0.000", locale="fr")


def _whole(value: float | None) -> str | None:
    return None if value is None else number(round(value))


def _day(text: str | None) -> str | None:
    return None if text is None else format_date(date.fromisoformat(text), "long", locale="fr")


def share(value: float | None) -> str | None:
    """Return a share as a percentage with one decimal."""
    return None if value is None else f"{format_decimal(round(100 * value, 1), locale='fr')}\u00a0%"


def _of_site(known: Known) -> dict[str, str | None]:
    texts = f"Les textes sont gardés {known.text_days} jours." if known.text_days else "Le texte n’est pas gardé."
    return {
        "organisation": None if known.organisation == UNNAMED else known.organisation,
        "contact": known.contact,
        "dpo": known.dpo,
        "date": format_date(known.day, "long", locale="fr"),
        "alertes_par_semaine": str(known.alerts_per_week),
        "textes": texts,
        "sources": ", ".join(known.sources) or "aucune source importée",
        "bases": _bases(known.bases),
        "durees": _durations(known),
        "n_variables": str(len(known.features)),
        "variables": table(("variable", "famille", "unité"), [*known.features]),
        "derive": known.drift or "aucun rapport de dérive encore.",
        "effet": known.effect or "aucune mesure encore",
    }


def _bases(bases: Sequence[tuple[str, str | None]]) -> str:
    rows = [(what.replace("'", "’"), BASES.get(basis or "none", basis or "")) for what, basis in bases]
    return table(("finalité", "fondement enregistré"), rows)


def _durations(known: Known) -> str:
    texts = f"{known.text_days} jours" if known.text_days else "non gardés"
    rows = [
        ("traces des messages envoyés aux mentors", f"{known.keep_messages_days} jours"),
        ("textes des messages d’apprenants", texts),
        *((label, f"{days} jours") for label, days in known.kept),
    ]
    if not known.kept:
        rows.append(("toutes les autres", "[à compléter par l’organisme]"))
    return table(("données", "durée"), rows)


def _of_what_serves(known: Known) -> dict[str, str | None]:
    if known.serves is None:
        return {"modele": "aucun modèle ne sert encore", "niveau": "aucun niveau", "tache": "le risque d’abandon"}
    one = known.serves
    days = one["horizon_days"]
    task = f"la probabilité d’un abandon dans les {days} jours" if days else "la probabilité d’un abandon avant la fin"
    level = {"rules": "règles", "peers": "comparaison avec la session", "logistic": "régression logistique",
             "lightgbm": "arbres (LightGBM)"}  # fmt: skip
    return {
        "modele": f"{one['name']}, version {one['version']}",
        "niveau": level.get(one["level"], one["level"]),
        "tache": task,
    }


def _of_run(run: Mapping[str, Any]) -> dict[str, str | None]:
    data, pooled, alerts = run.get("data", {}), run.get("pooled", {}), run.get("alerts", {})
    code, asked = run.get("code", {}), run.get("outcomes")
    learnt = f"{asked['recorded']} départs enregistrés, {asked['silence']} lus d’un silence" if asked else None
    counts = {"n_inscriptions": "enrolments", "n_apprenants": "learners", "n_sessions": "sessions",
              "n_parcours": "courses", "mis_de_cote": "set_aside"}  # fmt: skip
    return {
        **{name: number(data.get(key)) for name, key in counts.items()},
        **{name: number(pooled.get(name)) for name in ("roc_auc", "pr_auc", "base_rate", "ece")},
        "run": run.get("run_key"), "code": code.get("fingerprint"), "commit": code.get("commit"),
        "entraine_jusquau": _day(run.get("trained_until")), "definition": _definition(run),
        "issues_apprises": learnt, "n_alertes": number(alerts.get("n_alerts")),
        "precision": share(alerts.get("precision")), "rappel": share(alerts.get("recall")),
        "ecartees": number(run.get("censored", {}).get("contacted")), "secondes": _whole(run.get("seconds")),
        "memoire": _whole(run.get("peak_mb")), "n_tests": number(run.get("folds", {}).get("n_tests")),
        "tables": table(("table", "version"), [(k, str(v)) for k, v in sorted(run.get("table_versions", {}).items())]),
        "mesures": _measures(run), "equite": _fairness(run), "faiblesses": None, "attributs": _attributes(data),
    }  # fmt: skip


def _definition(run: Mapping[str, Any]) -> str | None:
    days = (run.get("asked") or {}).get("silence_days", 10)
    silence = f"un silence de {days} jours ouvrés ou plus qui dure jusqu’à la fin"
    kinds = {"recorded": "un départ daté, enregistré par l’organisme", "silence": silence}
    kinds["recorded_or_silence"] = f"{kinds['recorded']}, ou {silence}"
    return kinds.get(run.get("abandonment", ""))


def _measures(run: Mapping[str, Any]) -> str:
    pooled, around = run.get("pooled", {}), run.get("intervals", {})
    if not pooled:
        return "Aucune mesure sur ce site encore."
    rows = []
    for name, words in MEASURES.items():
        ends = around.get(name) or {}
        rows.append((words, *(number(one) or "–" for one in (pooled.get(name), ends.get("low"), ends.get("high")))))
    return table(("mesure", "valeur", "bas (95 %)", "haut (95 %)"), rows)


def _attributes(data: Mapping[str, Any]) -> str:
    n = data.get("learners_with_attributes")
    return "Ils servent seulement à vérifier l’équité des alertes." if n else "Ils ne sont pas connus ici."


def _fairness(run: Mapping[str, Any]) -> str:
    if not run:
        return "aucun audit encore."
    audited = run.get("fairness") or {}
    if not audited:
        return "aucun audit : le site n’enregistre ni genre, ni âge, ni handicap, ou leur lecture n’est pas permise."
    gaps = [f"{name} : écart de sensibilité {number(one.get('delta_tpr')) or '–'}" for name, one in audited.items()]
    return "audit à l’entraînement, " + " ; ".join(gaps) + "."


def _of_people(known: Known, speech: Speech) -> dict[str, str | None]:
    events: dict[str, int] = {}
    for event, _, n in known.gestures:
        events[event] = events.get(event, 0) + n
    who = "nom" if known.named else "rôle"
    roles = [(_role(one, speech, known), _event(event, speech), str(n)) for event, one, n in known.gestures]
    kept, checked = known.journal
    state = "intact" if kept else "altéré (voir filrouge quality verify)"
    return {
        "journal": f"{state}, {checked} entrées vérifiées",
        "gestes_total": str(sum(events.values())),
        "gestes": table(("geste", "nombre"), [(_event(e, speech), str(n)) for e, n in sorted(events.items())]),
        "gestes_par_role": table((who, "geste", "nombre"), roles),
        "issues": table(("issue", "alertes"), [
            (speech.say(choices.OUTCOMES.get(one, one)), told) for one, told in _outcomes(known.outcomes)
        ]),
        "noms": "montrés à la demande" if known.named else "non montrés, à moins d’être demandés",
    }  # fmt: skip


def _outcomes(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    """Return how many alerts of each outcome, small ones and what would tell them apart: gestures tell the total."""
    nodes = [Node("", None, ((sum(counts.values()),),)), *(Node(one, "", ((n,),)) for one, n in counts.items())]
    hidden = suppression.hidden(nodes)
    words = {True: f"moins de {FEWEST}", False: "non dit"}
    return [(one, words[n < FEWEST] if one in hidden else str(n)) for one, n in sorted(counts.items())]


def _event(event: str, speech: Speech) -> str:
    return speech.say(STEPS[event]) if event in STEPS else event


def _role(who: str, speech: Speech, known: Known) -> str:
    return who if known.named else speech.say(choices.ROLES.get(who, who))
