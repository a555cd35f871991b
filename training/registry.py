"""MLflow under `home.models`: runs with their figures, registered models, and the alias that serves."""

from __future__ import annotations

import json
import logging
import math
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import ModelError
from data.home import Home

if TYPE_CHECKING:
    import pandas as pd

CHAMPION, CHALLENGER = "champion", "challenger"
EXPERIMENT = "filrouge"
REQUIREMENTS = ("lightgbm", "mlflow", "numpy", "pandas")
SCRIPT = Path(__file__).with_name("served_model.py")
DEFAULT_TASK = "abandoned_28d"
LONGEST = 6000
"""Characters that MLflow keeps of a parameter."""
MEASURED = "measured"
"""Tag of a version: `no` for rules that no test on this site has measured."""


@dataclass(frozen=True)
class Package:
    """All that is registered of one run: the served spec, what it was measured to be, and the files beside it."""

    task: str
    spec: dict[str, Any]
    metadata: dict[str, Any]
    parameters: dict[str, Any]
    figures: dict[str, float]
    tags: dict[str, str]
    example: pd.DataFrame
    folder: Path


@dataclass(frozen=True)
class Registered:
    """One version in the registry."""

    name: str
    version: str
    run_id: str
    aliases: tuple[str, ...]
    tags: dict[str, str]

    @property
    def measured(self) -> bool:
        """Whether a test on this site measured it."""
        return self.tags.get(MEASURED) != "no"


def model_name(task: str) -> str:
    """Return the registered name: `filrouge` for abandonment within 28 days, `filrouge-<task>` otherwise."""
    return EXPERIMENT if task == DEFAULT_TASK else f"{EXPERIMENT}-{task}"


@contextmanager
def quiet_mlflow(home: Home) -> Iterator[Any]:
    """Yield mlflow set on this home, with no word on screen and none sent out."""
    os.environ.update({"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "1", "GIT_PYTHON_REFRESH": "quiet"})
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    import mlflow

    noisy = [logging.getLogger(name) for name in ("mlflow", "alembic")]
    levels = [logger.level for logger in noisy]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in noisy:
            logger.setLevel(logging.ERROR)
        mlflow.set_tracking_uri(f"sqlite:///{home.models / 'mlflow.db'}")
        mlflow.set_registry_uri(f"sqlite:///{home.models / 'mlflow.db'}")  # it follows only while nobody set it
        try:
            yield mlflow
        finally:
            for logger, level in zip(noisy, levels, strict=True):
                logger.setLevel(level)


def alias_of_new(champion: Registered | None) -> str:
    """Return the alias that a version just trained takes: champion by itself only where nothing measured serves."""
    return CHAMPION if champion is None or not champion.measured else CHALLENGER


def register(home: Home, package: Package, *, run_name: str) -> Registered:
    """Log a run with its model, register the version, and give it the alias of a newcomer (`alias_of_new`)."""
    alias = alias_of_new(champion_of(home, package.task))
    with quiet_mlflow(home) as mlflow:
        mlflow.set_experiment(experiment_id=_experiment(mlflow, home))
        with mlflow.start_run(run_name=run_name) as run:
            mlflow.log_params({key: _short(value) for key, value in package.parameters.items()})
            mlflow.log_metrics({key: value for key, value in package.figures.items() if math.isfinite(value)})
            mlflow.set_tags(package.tags)
            mlflow.log_artifacts(str(package.folder))
            info = _log_model(mlflow, package)
        name, client = model_name(package.task), mlflow.MlflowClient()
        version = _new_version(client, name, info, run.info.run_id, package.tags)
        client.set_registered_model_alias(name, alias, version)
        named = json.dumps({"model": name, "version": version})
        (package.folder / "registered.json").write_text(named, encoding="utf-8")  # the pages look for it
        return Registered(name, version, run.info.run_id, (alias,), package.tags)


def give_alias(home: Home, one: Registered, tags: Mapping[str, str]) -> None:
    """Make a version champion; it is nobody's challenger any more. Tags are added to it."""
    with quiet_mlflow(home) as mlflow:
        client = mlflow.MlflowClient()
        for key, value in tags.items():
            client.set_model_version_tag(one.name, one.version, key, value)
        client.set_registered_model_alias(one.name, CHAMPION, one.version)
        if CHALLENGER in one.aliases:
            client.delete_registered_model_alias(one.name, CHALLENGER)


def give_challenger(home: Home, one: Registered) -> None:
    """Make a version the challenger that waits, in the place of whichever was."""
    with quiet_mlflow(home) as mlflow:
        mlflow.MlflowClient().set_registered_model_alias(one.name, CHALLENGER, one.version)


def take_challenger(home: Home, one: Registered) -> None:
    """Make a version wait no more; it stays in the registry."""
    with quiet_mlflow(home) as mlflow:
        mlflow.MlflowClient().delete_registered_model_alias(one.name, CHALLENGER)


def _new_version(client: Any, name: str, info: Any, run_id: str, tags: dict[str, str]) -> str:
    """Register the logged model; through the client, which does it without a word on screen."""
    if not any(model.name == name for model in client.search_registered_models()):
        client.create_registered_model(name)
    made = client.create_model_version(name, source=info.model_uri, run_id=run_id, model_id=info.model_id, tags=tags)
    return str(made.version)


def _log_model(mlflow: Any, package: Package) -> Any:
    from importlib.metadata import version

    spec_path = package.folder / "spec.json"
    return mlflow.pyfunc.log_model(
        name="model",
        python_model=str(SCRIPT),
        artifacts={"spec": str(spec_path)},
        signature=_signature(package.example),
        input_example=package.example if len(package.example) else None,
        metadata=package.metadata,
        pip_requirements=[f"{name}=={version(name)}" for name in REQUIREMENTS],
    )


def _signature(example: pd.DataFrame) -> Any:
    """Inputs by name and type, the probability out, and the switch for reasons."""
    from mlflow.models.signature import ModelSignature
    from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema

    kinds = {"i": "long", "f": "double"}
    inputs: list[Any] = [ColSpec(kinds.get(dtype.kind, "string"), str(name)) for name, dtype in example.dtypes.items()]
    reasons = ParamSpec("reasons", "boolean", default=False)
    return ModelSignature(Schema(inputs), Schema([ColSpec("double", "probability")]), ParamSchema([reasons]))


def _experiment(mlflow: Any, home: Home) -> str:
    found = mlflow.get_experiment_by_name(EXPERIMENT)
    if found is not None:
        return str(found.experiment_id)
    return str(mlflow.create_experiment(EXPERIMENT, artifact_location=(home.models / "artifacts").as_uri()))


def _short(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)[:LONGEST]


def champion_of(home: Home, task: str) -> Registered | None:
    """Return the version that serves a task, or None."""
    return with_alias(home, model_name(task), CHAMPION)


def with_alias(home: Home, name: str, alias: str) -> Registered | None:
    """Return the version of a model that bears an alias, or None."""
    found = [one for one in versions(home, name) if alias in one.aliases]
    return found[0] if found else None


def trained_by(home: Home, task: str, key: str) -> Registered | None:
    """Return the newest version that a run made, or None."""
    found = [one for one in versions(home, model_name(task)) if one.tags.get("run_key") == key]
    return found[0] if found else None


def role_of(one: Registered) -> str:
    """Return champion, challenger, or nothing."""
    return next((role for role in (CHAMPION, CHALLENGER) if role in one.aliases), "")


def report_folder(home: Home, one: Registered) -> Path:
    """Return the folder of a version's report, copied back from the registry where it was deleted."""
    folder = home.reports / "training" / one.tags["run_key"]
    if not (folder / "report.json").exists():
        with quiet_mlflow(home) as mlflow:
            mlflow.artifacts.download_artifacts(run_id=one.run_id, dst_path=str(folder))
    return folder


def versions(home: Home, name: str | None = None) -> list[Registered]:
    """Return the registered versions, newest first; of every model when no name is given."""
    if not (home.models / "mlflow.db").exists():
        return []
    with quiet_mlflow(home) as mlflow:
        client = mlflow.MlflowClient()
        models = [model for model in client.search_registered_models() if name in (None, model.name)]
        return [one for model in models for one in _versions_of(client, model.name)]


def _versions_of(client: Any, name: str) -> list[Registered]:
    """Versions with their aliases, which the search alone does not give.

    What serves waits no more: a promotion killed between its two aliases left it both.
    """
    told: Mapping[str, str] = client.get_registered_model(name).aliases
    aliases = {alias: one for alias, one in told.items() if alias != CHALLENGER or one != told.get(CHAMPION)}
    found = sorted(client.search_model_versions(f"name='{name}'"), key=lambda v: -int(v.version))
    return [
        Registered(
            name,
            str(v.version),
            v.run_id,
            tuple(alias for alias, version in aliases.items() if str(version) == str(v.version)),
            dict(v.tags),
        )
        for v in found
    ]


def report_of(home: Home, one: Registered) -> dict[str, Any]:
    """Return a version's whole report, as its run wrote it."""
    told: dict[str, Any] = json.loads((report_folder(home, one) / "report.json").read_text(encoding="utf-8"))
    return told


def models_of(home: Home, one: Registered) -> list[dict[str, Any]]:
    """Return the models of a version's run by the sessions they were tested on, earliest first; the last one serves.

    Each has `spec`, `sessions_from` (null: any session) and `trained_until`.
    """
    folder, report = report_folder(home, one), report_of(home, one)
    last = {"sessions_from": None, "trained_until": report["trained_until"]} | (report.get("by_fold") or [{}])[-1]
    last["spec"] = json.loads((folder / "spec.json").read_text(encoding="utf-8"))
    path = folder / "folds.json"
    earlier: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return [*earlier, last]


def find(home: Home, text: str, *, bare: str = CHAMPION) -> Registered:
    """Return the version written `name`, `name/version` or `name@alias`; a bare name means the champion.

    Parameters
    ----------
    bare : the alias that a bare name means.

    Raises
    ------
    ModelError : nothing of that name.
    """
    name, _, version = text.partition("/")
    name, _, alias = name.partition("@")
    for one in versions(home, name):
        if version == one.version or (not version and (alias or bare) in one.aliases):
            return one
    raise ModelError(
        "no such model", where=text, accepted="name, name/version, name@alias", todo="filrouge models list"
    )
