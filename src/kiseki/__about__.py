"""Versions: kiseki's own, and that of MLflow's API, which kiseki speaks."""

__version__ = "0.1.0"

MLFLOW_VERSION = "3.4.0"
"""What libraries and clients compare with to decide what they may call."""
