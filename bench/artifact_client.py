"""Sends a file or folder as artifacts of a new run and fetches it again, by the client of a package that speaks MLflow's API.

    python artifact_client.py PACKAGE TRACKING_URI PATH

Prints the seconds that both took. It runs in the environment of the package and needs nothing else.
"""

import filecmp
import importlib
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    """Runs it."""
    name, uri, given = sys.argv[1:]
    path = Path(given)
    package = importlib.import_module(name)
    client = getattr(package, "KisekiClient" if name == "kiseki" else "MlflowClient")(uri)
    run_id = client.create_run("0").info.run_id
    with tempfile.TemporaryDirectory(dir=path.parent) as target:
        began = time.monotonic()
        if path.is_dir():
            client.log_artifacts(run_id, given, path.name)
        else:
            client.log_artifact(run_id, given)
        sent = time.monotonic()
        fetched = Path(client.download_artifacts(run_id, path.name, target))
        ended = time.monotonic()
        if path.is_dir():
            names = sorted(file.name for file in path.iterdir())
            assert sorted(file.name for file in fetched.iterdir()) == names
            assert filecmp.cmpfiles(path, fetched, names, shallow=False) == (names, [], [])
        else:
            assert filecmp.cmp(path, fetched, shallow=False)
    print(sent - began, ended - sent)


if __name__ == "__main__":
    main()
