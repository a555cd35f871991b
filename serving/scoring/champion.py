"""Load the registered model that serves: the one and only place of serving that opens MLflow."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from data.errors import ModelError
from data.home import Home

if TYPE_CHECKING:
    import pandas as pd

MODEL_NAME = "filrouge"
ALIAS, CHALLENGER = "champion", "challenger"
CONTRIBUTION = "contribution:"


ACCEPTED = {"double": "fiu", "long": "iu", "string": "T"}
"""Kinds of column that each type of a signature takes: numpy's letters of a number's kind, T for text."""


@dataclass(frozen=True)
class Champion:
    """The model that serves, with what its card says of it.

    `model` is the model's own code, loaded once; `signature` the type of each of its columns, by name. Its columns are
    checked here: MLflow's own check rebuilds the table column by column, which costs more than a score.
    """

    name: str
    version: str
    metadata: dict[str, Any]
    reference: Path
    model: Any
    signature: Mapping[str, str] = field(default_factory=dict)
    run_id: str = ""

    @property
    def features(self) -> list[str]:
        """Features the model reads, in order."""
        return list(self.metadata["features"])

    @property
    def inputs(self) -> list[str]:
        """Columns that `predict` wants: the features, and what else the model knows of an enrolment's place."""
        return list(self.metadata["inputs"])

    def centres(self) -> dict[str, float]:
        """Median of each feature in the training window; NaN where it has no value there."""
        return dict(_medians(self.reference, tuple(self.features)))

    def score(
        self, rows: Sequence[Mapping[str, float | str | None]], *, reasons: bool = False
    ) -> tuple[NDArray[np.float64], list[str], NDArray[np.float64] | None]:
        """Return each row's probability, and when asked the features and their contributions, a column each.

        The numbers of `predict`. Rows have every input, by name; a model registered by an earlier version reads them
        as a table.
        """
        if hasattr(self.model, "score"):
            probability, parts = self.model.score(rows, reasons=reasons)
            return probability, list(self.model.spec["features"]), parts
        predicted = self._table(rows)
        names = [name for name in self.features if CONTRIBUTION + name in predicted]
        told = predicted[[CONTRIBUTION + name for name in names]].to_numpy() if reasons else None
        return predicted["probability"].to_numpy(), names, told

    def _table(self, rows: Sequence[Mapping[str, float | str | None]]) -> pd.DataFrame:
        import pandas as pd

        kinds = {name: object if kind == "string" else float for name, kind in self.signature.items()}
        columns = {name: np.array([row[name] for row in rows], dtype=kinds.get(name, float)) for name in self.inputs}
        scored: pd.DataFrame = self.model.predict(pd.DataFrame(columns), params={"reasons": True})
        return scored

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return `probability` and one `contribution:<feature>` column each, a row per row of `frame`.

        Raises
        ------
        ModelError : a column that the model reads is missing, is there twice, or is not of its type.
        """
        checked(frame, self.signature)
        scored: pd.DataFrame = self.model.predict(frame, params={"reasons": True})
        return scored.set_axis(frame.index)


@dataclass(frozen=True)
class Unseen:
    """A model of the champion's run, for sessions that it never saw: those that began on `sessions_from` or later.

    `trained_until` is the last day that the labels it learnt from look at; both are null where nothing was learnt.
    """

    model: Any
    inputs: tuple[str, ...]
    sessions_from: date | None = None
    trained_until: date | None = None

    def predict(self, frame: pd.DataFrame) -> list[float]:
        """Return the probability of each row."""
        return [float(one) for one in self.model.predict(frame)["probability"]]


def load_unseen(champion: Champion) -> tuple[list[Unseen], dict[str, Any]]:
    """Return the models that tested the champion's level on later sessions, earliest first, and its run's report.

    Rules by default learnt nothing: they may look at any session.

    Raises
    ------
    ModelError : the run's files are not there.
    """
    import mlflow

    def read(name: str) -> Any:
        try:
            path = mlflow.artifacts.download_artifacts(run_id=champion.run_id, artifact_path=name)
            return json.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise ModelError("the model's run lacks a file", where=name, todo="run `filrouge train` again") from error

    report: dict[str, Any] = read("report.json")
    inputs = tuple(champion.inputs)
    if not report["by_fold"]:
        return [Unseen(champion.model, inputs)], report
    last = {**report["by_fold"][-1], "spec": read("spec.json")}
    return [_unseen(champion.model, inputs, one) for one in [*read("folds.json"), last]], report


def _unseen(own: Any, inputs: tuple[str, ...], told: Mapping[str, Any]) -> Unseen:
    """Return the champion's own code with another spec: what tested the sessions told of."""
    other = copy.copy(own)
    other.spec = told["spec"]
    return Unseen(other, inputs, *(date.fromisoformat(told[name]) for name in ("sessions_from", "trained_until")))


def checked(frame: pd.DataFrame, signature: Mapping[str, str]) -> None:
    """Refuse a table that lacks a column of a signature, or has one twice or of another type; more columns are fine.

    Raises
    ------
    ModelError : it names the columns, never a value.
    """
    kinds = dict(zip(frame.columns, map(_kind, frame.dtypes), strict=True))
    missing = [name for name in signature if name not in kinds]
    twice = [] if frame.columns.is_unique else [n for n in signature if (frame.columns == n).sum() > 1]
    other = [name for name, accepted in signature.items() if kinds.get(name) not in tuple(ACCEPTED.get(accepted, ()))]
    for what, names in (
        ("lacks columns", missing),
        ("has columns twice", twice),
        ("has columns of a wrong type", other),
    ):
        if names:
            raise ModelError(
                f"the model cannot read this table: it {what}",
                where=", ".join(names[:5]),
                accepted=", ".join(sorted({signature[name] for name in names})),
                todo="run `filrouge train` with this version",
            )


def _kind(dtype: Any) -> str:
    """Return the letter of a column's kind: T for what may hold text, none for numbers that are not plain."""
    if dtype.kind == "O":
        return "T"
    return str(dtype.kind) if isinstance(dtype, np.dtype) else "-"


@cache
def _medians(reference: Path, names: tuple[str, ...]) -> dict[str, float]:
    """Return the medians, worked out once: a model's reference never changes."""
    import pandas as pd

    window = pd.read_parquet(reference)
    return {name: float(window[name].median()) for name in names if name in window}


def aliases(home: Home, *, name: str = MODEL_NAME) -> dict[str, str]:
    """Return the version that bears each alias of a model; none where nothing is registered.

    What serves waits no more: a promotion killed between its two aliases left it both.
    """
    if not (home.models / "mlflow.db").exists():
        return {}
    mlflow = _mlflow(home)
    from mlflow.exceptions import MlflowException

    try:
        found = mlflow.MlflowClient().get_registered_model(name).aliases
    except MlflowException:
        return {}
    told = {str(alias): str(version) for alias, version in found.items()}
    return {alias: version for alias, version in told.items() if alias != CHALLENGER or version != told.get(ALIAS)}


def _mlflow(home: Home) -> Any:
    """Return MLflow set on this home.

    Raises
    ------
    ModelError : nothing was registered.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    database = home.models / "mlflow.db"
    if not database.exists():
        raise ModelError("no model is registered", where=str(database), todo="run `filrouge train` first")
    import mlflow

    mlflow.set_tracking_uri(f"sqlite:///{database}")
    mlflow.set_registry_uri(f"sqlite:///{database}")
    return mlflow


def load_champion(home: Home, *, name: str = MODEL_NAME, alias: str = ALIAS) -> Champion:
    """Load `models:/<name>@champion`, or what bears another alias.

    Raises
    ------
    ModelError : nothing was registered, or nothing bears the alias.
    """
    mlflow = _mlflow(home)
    from mlflow.exceptions import MlflowException

    client = mlflow.MlflowClient()
    try:
        version = client.get_model_version_by_alias(name, alias)
    except MlflowException as error:
        raise ModelError("no model serves", where=f"{name}@{alias}", todo="run `filrouge train` first") from error
    model = mlflow.pyfunc.load_model(f"models:/{name}@{alias}")
    reference = Path(mlflow.artifacts.download_artifacts(run_id=version.run_id, artifact_path="reference.parquet"))
    signature = {column.name: column.type.name for column in model.metadata.signature.inputs.inputs}
    own = model.unwrap_python_model()
    metadata = dict(model.metadata.metadata)
    return Champion(name, str(version.version), metadata, reference, own, signature, str(version.run_id))
