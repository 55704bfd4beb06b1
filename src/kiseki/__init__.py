"""kiseki (軌跡): experiment management with the REST API and the Python API of MLflow."""
