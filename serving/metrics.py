"""Prometheus figures of the server: counts and times, never a person."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """The server's own registry, so that several applications live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "filrouge_http_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "filrouge_http_request_seconds", "Time to answer.", ("route",), buckets=BUCKETS, registry=self.registry
        )
        self.alerts = Gauge("filrouge_alerts", "Alerts by state.", ("state",), registry=self.registry)
        self.scored = Gauge("filrouge_scored_enrolments", "Enrolments of the latest run.", registry=self.registry)
        self.run_day = Gauge(
            "filrouge_latest_run_as_of_timestamp_seconds", "As-of day of the latest run.", registry=self.registry
        )
        self.daily = Gauge(
            "filrouge_daily_steps", "Steps of the last daily run, by state.", ("state",), registry=self.registry
        )
        self.daily_day = Gauge(
            "filrouge_daily_day_timestamp_seconds", "Day of the last daily run.", registry=self.registry
        )

        self.watch_day = self._gauge("watch_day_timestamp_seconds", "Day of the last watch.")
        self.watch_action = self._gauge("watch_verdict", "What the watch says to do: 1 for the one.", "action")
        self.drift = self._gauge("drift_verdict", "Verdict of the drift: 1 for the one.", "verdict")
        self.drift_columns = self._gauge("drift_columns", "Columns compared, and those that moved.", "state")
        self.sources = self._gauge("source_state", "State of each kind of record: 1 for the one.", "kind", "state")
        self.performance = self._gauge("model_roc_auc", "ROC AUC by labels, or estimated without.", "of")

    def _gauge(self, name: str, told: str, *labels: str) -> Gauge:
        return Gauge(f"filrouge_{name}", told, labels, registry=self.registry)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request by its route's template."""
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """Return the figures in Prometheus' text format."""
        answer: bytes = generate_latest(self.registry)
        return answer
