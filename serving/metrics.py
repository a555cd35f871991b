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

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request by its route's template."""
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """Return the figures in Prometheus' text format."""
        answer: bytes = generate_latest(self.registry)
        return answer
