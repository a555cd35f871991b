"""Load the registered model that serves: the one and only place of serving that opens MLflow."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import ModelError
from data.home import Home

if TYPE_CHECKING:
    import pandas as pd

MODEL_NAME = "filrouge"
ALIAS = "champion"
CONTRIBUTION = "contribution:"


@dataclass(frozen=True)
class Champion:
    """The model that serves, with what its card says of it."""

    name: str
    version: str
    metadata: dict[str, Any]
    reference: Path
    model: Any

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

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return `probability` and one `contribution:<feature>` column each, a row per row of `frame`."""
        scored: pd.DataFrame = self.model.predict(frame[self.inputs], params={"reasons": True})
        return scored.set_axis(frame.index)


@cache
def _medians(reference: Path, names: tuple[str, ...]) -> dict[str, float]:
    """Return the medians, worked out once: a model's reference never changes."""
    import pandas as pd

    window = pd.read_parquet(reference)
    return {name: float(window[name].median()) for name in names if name in window}


def load_champion(home: Home, *, name: str = MODEL_NAME) -> Champion:
    """Load `models:/<name>@champion`.

    Raises
    ------
    ModelError : nothing was registered, or nothing passed the gate.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    database = home.models / "mlflow.db"
    if not database.exists():
        raise ModelError("no model is registered", where=str(database), todo="run `filrouge train` first")
    import mlflow
    from mlflow.exceptions import MlflowException

    mlflow.set_tracking_uri(f"sqlite:///{database}")
    mlflow.set_registry_uri(f"sqlite:///{database}")
    client = mlflow.MlflowClient()
    try:
        version = client.get_model_version_by_alias(name, ALIAS)
    except MlflowException as error:
        raise ModelError("no model serves", where=f"{name}@{ALIAS}", todo="run `filrouge train` first") from error
    model = mlflow.pyfunc.load_model(f"models:/{name}@{ALIAS}")
    reference = Path(mlflow.artifacts.download_artifacts(run_id=version.run_id, artifact_path="reference.parquet"))
    return Champion(name, str(version.version), dict(model.metadata.metadata), reference, model)
