"""An example of each operation of the API, people and ids invented; a test says that none lacks and each fits."""

from __future__ import annotations

from typing import Any

from serving.ingestion.records import EXAMPLE as _RECORDS

_REASON = {
    "feature": "days_since_last_activity",
    "value": 9.0,
    "previous": 1.0,
    "contribution": 1.2,
    "sentence": "aucune activité depuis 9 jours, contre 1 la semaine précédente",
}
_ROW_REASON = {**_REASON, "previous": None, "sentence": "aucune activité depuis 9 jours (hors fermetures)"}
_ALERT = {
    "id": "42",
    "enrolment_id": "4611686018427000001",
    "session_id": "DWEB-2605",
    "mentor_id": "1000001",
    "opened_on": "2026-06-15",
    "state": "open",
    "state_at": "2026-06-15T05:00:00Z",
    "outcome": None,
    "rank": 1,
    "reasons": [_REASON],
    "kind": "model_risk",
    "kinds": [{"kind": "model_risk", "since": "2026-06-15"}],
    "version": 1,
    "snoozed_until": None,
    "escalated_on": None,
    "reopened_on": None,
    "closed_on": None,
    "closed_by": None,
    "motives": [],
    "useful": None,
}
_NEW_ACTION = {
    "kind": "call",
    "channel": "phone",
    "done_on": "2026-06-15",
    "result": "reached",
    "next_step": "interview",
    "next_step_on": "2026-06-22",
    "note": "",
}
_ACTION = {
    **_NEW_ACTION,
    "id": "7",
    "enrolment_id": "4611686018427000001",
    "alert_id": "42",
    "author": "Claire Martin",
    "recorded_at": "2026-06-15T08:12:00Z",
}
_NEW_ACCOUNT = {"username": "claire.martin", "display_name": "Claire Martin", "role": "mentor", "mentor_id": "1000001"}
_ACCOUNT = {
    **_NEW_ACCOUNT,
    "id": "3",
    "unassigned": False,
    "courses": [],
    "active": True,
    "created_at": "2026-06-01T08:00:00Z",
}
_ME = {"username": "claire.martin", "display_name": "Claire Martin", "role": "mentor", "csrf_token": "0f6d" * 16}
_NEXT = "YzE6NDI"
_PREFERENCES = {"digest": "daily", "days": "12345", "hour": 8, "quiet_from": 19, "quiet_until": 8, "immediate": True}
_STANDING = {
    "batch_id": "2026-06-15-08h",
    "rows": 1,
    "state": "imported",
    "received_at": "2026-06-15T08:00:00Z",
    "imported_at": "2026-06-15T08:00:02Z",
}

_GAP = {
    "kind": "closed_without_contact",
    "subject": "42",
    "turn": "mentor",
    "since_on": "2026-06-01",
    "until_on": "2026-06-03",
    "enrolment_id": "4611686018427000001",
    "session_id": "DWEB-2605",
    "mentor_id": "1000001",
    "explained": False,
}
_IMPROVEMENT = {
    "id": "3",
    "indicator": "31",
    "source": "complaint",
    "source_key": "5",
    "finding": "Les horaires changent sans préavis.",
    "decision": "Prévenir au moins sept jours avant tout changement.",
    "owner": "Claire Martin",
    "due_on": "2026-07-31",
    "state": "under_way",
    "late": False,
    "done_on": None,
    "effect": "",
    "effective": None,
    "checked_on": None,
    "version": 2,
}
_COMPLAINT = {
    "id": "5",
    "kind": "complaint",
    "subject": "organisation",
    "told_by": "learner",
    "channel": "email",
    "received_on": "2026-06-10",
    "enrolment_id": "4611686018427000001",
    "session_id": "DWEB-2605",
    "state": "acknowledged",
    "acknowledged_on": "2026-06-11",
    "answered_on": None,
    "closed_on": None,
    "authority_told_on": None,
    "authority_due_at": None,
    "due_on": "2026-07-10",
    "late": False,
    "outcome": None,
    "improvement_id": "3",
    "version": 2,
}

EXAMPLES: dict[str, dict[str, Any]] = {
    "GET /healthz": {"given": {"status": "alive"}},
    "GET /readyz": {"given": {"status": "ready", "model": "filrouge 3", "level": "lightgbm", "as_of_on": "2026-06-15"}},
    "GET /metrics": {"given": 'filrouge_alerts{state="open"} 12.0\n'},
    "POST /api/v1/sign-in": {
        "sent": {"username": "claire.martin", "password": "une longue phrase à soi"},
        "given": _ME,
    },
    "POST /api/v1/sign-out": {},
    "GET /api/v1/me": {"given": _ME},
    "GET /api/v1/preferences": {"given": _PREFERENCES},
    "POST /api/v1/preferences": {"sent": _PREFERENCES, "given": _PREFERENCES},
    "POST /api/v1/records": {"sent": _RECORDS, "given": {"batch_id": "2026-06-15-08h", "rows": 1}},
    "GET /api/v1/records/{batch_id}": {"given": _STANDING},
    "GET /api/v1/accounts": {"given": {"accounts": [_ACCOUNT], "next": None}},
    "POST /api/v1/accounts": {"sent": _NEW_ACCOUNT, "given": {**_ACCOUNT, "password": "shown-once-3kX9"}},
    "GET /api/v1/alerts": {"given": {"alerts": [_ALERT], "next": None}},
    "GET /api/v1/alerts/stream": {
        "given": 'id: 42\nevent: alert\ndata: {"alert_id": "42", "enrolment_id": "4611686018427000001", '
        '"kind": "model_risk", "opened_on": "2026-06-15"}\n\n'
    },
    "GET /api/v1/alerts/{alert_id}": {"given": _ALERT},
    "POST /api/v1/alerts/{alert_id}/transitions": {
        "sent": {"to": "acknowledged"},
        "given": {**_ALERT, "state": "acknowledged"},
    },
    "GET /api/v1/enrolments/{enrolment_id}/actions": {"given": [_ACTION]},
    "POST /api/v1/enrolments/{enrolment_id}/actions": {"sent": _NEW_ACTION, "given": _ACTION},
    "GET /api/v1/watch": {
        "given": {
            "as_of_on": "2026-06-15",
            "model": "filrouge 1",
            "level": "rules",
            "action": "keep",
            "reasons": ["no_label_yet"],
            "drift": "stable",
            "columns": 166,
            "moved": [],
            "courses": [{"course_id": "FORM-DWEB", "verdict": "stable", "enrolments": 50, "moved": 0}],
            "sources": [
                {"kind": "activity", "state": "fresh", "last_at": "2026-06-14T23:00:00", "sources": ["moodle"]}
            ],
            "performance": [
                {
                    "of": "estimate",
                    "horizon_days": 28,
                    "n": 154,
                    "n_positive": 37.1,
                    "n_sessions": 4,
                    "figures": {"roc_auc": {"value": 0.82, "low": None, "high": None}},
                },
            ],
            "groups": [
                {
                    "by": "by_course",
                    "name": "FORM-DWEB",
                    "hidden": False,
                    "people": 73,
                    "n": 73,
                    "figures": {"roc_auc": {"value": 0.92, "low": 0.79, "high": 1.0}},
                },
            ],
            "holdout": None,
            "trends": [
                {
                    "feature": "probability",
                    "points": [{"on": "2026-06-15", "distance": 0.1, "usual": 0.4, "drifted": False}],
                },
            ],
            "days": ["2026-06-15"],
        }
    },
    "GET /api/v1/scores": {
        "given": {
            "as_of_on": "2026-06-15",
            "horizon_days": 28,
            "model": "filrouge 3",
            "level": "lightgbm",
            "scores": [
                {
                    "enrolment_id": "4611686018427000001",
                    "session_id": "DWEB-2605",
                    "probability": 0.31,
                    "rank": 1,
                    "reasons": [_REASON],
                }
            ],
            "next": _NEXT,
        }
    },
    "POST /api/v1/scores": {
        "sent": {"rows": [{"days_since_last_activity": 9, "posts_30d": 0, "mean_score": None}], "reasons": True},
        "given": {
            "model": "filrouge 3",
            "level": "lightgbm",
            "horizon_days": 28,
            "scores": [{"probability": 0.31, "reasons": [_ROW_REASON]}],
        },
    },
    "GET /api/v1/register": {
        "given": {
            "steps": [
                {
                    "number": 42,
                    "at": "2026-06-15T05:00:00Z",
                    "event": "alert_resolved",
                    "author": "Claire Martin",
                    "alert_id": "42",
                    "action_id": None,
                    "enrolment_id": "4611686018427000001",
                    "session_id": "DWEB-2605",
                    "details": {"outcome": "back_on_track"},
                    "hash": "ab" * 32,
                }
            ],
            "next": _NEXT,
        }
    },
    "GET /api/v1/quality/gaps": {"given": {"as_of_on": "2026-06-15", "gaps": [_GAP], "next": None}},
    "GET /api/v1/quality/improvements": {"given": {"improvements": [_IMPROVEMENT], "next": None}},
    "GET /api/v1/quality/complaints": {"given": {"complaints": [_COMPLAINT], "next": None}},
    "GET /api/v1/register/verification": {
        "given": {"intact": True, "checked": 128, "first_broken": None, "reason": "", "differs": None, "what": ""}
    },
}
