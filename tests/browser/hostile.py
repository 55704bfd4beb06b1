"""Text that attacks whoever shows it, in every field that a client may fill: through the store, past all checks."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from kiseki.base.ids import ExperimentId, RunId, new_model_id, new_run_id
from kiseki.domain.datasets import Dataset, DatasetInput, ModelOutput
from kiseki.domain.experiments import LifecycleStage
from kiseki.domain.logged_models import LoggedModel, LoggedModelStatus
from kiseki.domain.metrics import Link, Points
from kiseki.domain.model_versions import FileDigest, ModelVersion, Stage
from kiseki.domain.moves import Check, Move, MoveKind, MoveStatus, Rules, Verdict
from kiseki.domain.registered_models import RegisteredModel
from kiseki.domain.runs import Run, RunStatus
from kiseki.domain.views import SavedView
from kiseki.store import Session, open_store
from tests.browser.places import DATABASE
from tests.faults.server import Target

SIGN: Final = "hacked"
"""The global that a script sets which was executed."""

_DO = f"globalThis.{SIGN}=1"
_ENCODED = base64.b64encode(f"<script>parent.{SIGN}=top.{SIGN}=1;alert(1)</script>".encode()).decode()

STRINGS: Final = (
    f"<script>{_DO};alert(1)</script>",
    f"</script><script>{_DO}</script>",
    f"</title><script>{_DO}</script>",
    f"</style><script>{_DO}</script>",
    f"</textarea><script>{_DO}</script>",
    f"--></noscript><script>{_DO}</script>",
    f"<img src=x onerror={_DO}>",
    f"\"><img src=x onerror='{_DO}'>",
    f'\'><img src=x onerror="{_DO}">',
    f"<img src=x: onerror={_DO}//",
    f"<svg onload={_DO}>",
    f"<svg><script>{_DO}</script></svg>",
    f"<svg><animate onbegin={_DO} attributeName=x dur=1s>",
    f"<svg><set attributeName=onmouseover to={_DO}>",
    f"<svg><a xlink:href=javascript:{_DO}><text x=20 y=20>text</text></a></svg>",
    f"<svg><use href=\"data:image/svg+xml,<svg id='x' xmlns='http://www.w3.org/2000/svg' onload='{_DO}'/>#x\">",
    f"<svg><foreignObject><body onload={_DO}></foreignObject></svg>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={_DO}></style></mglyph></table></mtext></math>",
    f"<math><maction actiontype=statusline xlink:href=javascript:{_DO}>text</maction></math>",
    f"<body onload={_DO}>",
    f"<input autofocus onfocus={_DO}>",
    f"<select autofocus onfocus={_DO}>",
    f"<textarea autofocus onfocus={_DO}>",
    f"<details open ontoggle={_DO}>text</details>",
    f"<video><source onerror={_DO}></video>",
    f"<audio src=x onerror={_DO}>",
    f"<marquee onstart={_DO}>text</marquee>",
    f"<div style=animation-name:x onanimationstart={_DO}>text</div>",
    f"<a href=javascript:{_DO} autofocus>text</a>",
    f"<a href='java\tscript:{_DO}'>text</a>",
    f"<a href=data:text/html;base64,{_ENCODED}>text</a>",
    f"<iframe src=javascript:{_DO}></iframe>",
    f"<iframe srcdoc='<script>parent.{SIGN}=1;alert(1)</script>'></iframe>",
    f"<iframe src=data:text/html;base64,{_ENCODED}></iframe>",
    f"<object data=data:text/html;base64,{_ENCODED}></object>",
    f"<embed src=data:text/html;base64,{_ENCODED}>",
    f"<form action=javascript:{_DO}><button autofocus>text</button></form>",
    f"<meta http-equiv=refresh content='0;url=javascript:{_DO}'>",
    f"<base href=javascript:{_DO}//>",
    "<link rel=stylesheet href=data:text/css,*{background:red}><style>*{display:none}</style>",
    f"[text](javascript:{_DO})",
    f"[text](<java\nscript:{_DO}>)",
    f'![text](x"onerror="{_DO})',
    "![text](https://elsewhere.example/beacon.png) <img src=//elsewhere.example/beacon.png>",
    f"<https://elsewhere.example/?{_DO}> [text][1]\n\n[1]: javascript:{_DO}",
    f"```html\n<script>{_DO}</script>\n``` </code></pre><script>{_DO}</script>",
    f"${{{_DO}}} {{{{constructor.constructor('{_DO}')()}}}} #{{{_DO}}} <%= {_DO} %>",
    f"__proto__ constructor {_DO} \u202egnp.exe \x1b[31m \u0000".replace("\u0000", ""),
    f"javascript:{_DO}",
    f'=HYPERLINK("javascript:{_DO}") @SUM(1) -{_DO} +1|cmd',
)
assert len(STRINGS) == len(set(STRINGS)) == 50

_ALL = "\n\n".join(STRINGS)
_HTML = f"<!doctype html><html><head><title>{STRINGS[0]}</title></head><body>{_ALL}</body></html>"
_SVG = (
    f'<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100" onload="{_DO}"><script>{_DO};parent.{SIGN}=1'
    f'</script><foreignObject width="99" height="99"><iframe xmlns="http://www.w3.org/1999/xhtml" '
    f'src="javascript:{_DO}"/></foreignObject><rect width="50" height="50" onclick="{_DO}"/></svg>'
)


def _csv() -> str:
    lines = ["a,b," + STRINGS[0].replace(",", ";")]
    lines += ['"' + one.replace('"', '""') + f'",{number},x' for number, one in enumerate(STRINGS)]
    return "\n".join(lines)


def _notebook() -> str:
    outputs = [
        {
            "output_type": "display_data",
            "metadata": {},
            "data": {
                "text/html": [_ALL],
                "image/svg+xml": [_SVG],
                "application/javascript": [_DO],
                "text/markdown": [_ALL],
                "text/latex": [_ALL],
                "text/plain": [STRINGS[6]],
            },
        },
        {"output_type": "stream", "name": STRINGS[6], "text": list(STRINGS)},
        {"output_type": "error", "ename": STRINGS[6], "evalue": STRINGS[0], "traceback": list(STRINGS)},
    ]
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": [_ALL]},
        {"cell_type": "code", "metadata": {}, "execution_count": 1, "source": list(STRINGS), "outputs": outputs},
        {"cell_type": "raw", "metadata": {"format": "text/html"}, "source": [_ALL]},
    ]
    return json.dumps(
        {"cells": cells, "metadata": {"language_info": {"name": STRINGS[6]}}, "nbformat": 4, "nbformat_minor": 5}
    )


def _model() -> str:
    return (
        "artifact_path: " + json.dumps(STRINGS[6]) + "\nflavors:\n  python_function:\n    loader_module: "
        "!!js/function 'function(){" + _DO + "}'\n    env: !!python/object/apply:os.system ['true']\n"
        "signature:\n  inputs: " + json.dumps(json.dumps([{"name": one, "type": one} for one in STRINGS])) + "\n"
        "model_uuid: " + json.dumps(STRINGS[0]) + "\n"
    )


FILES: Final[dict[str, Callable[[], str]]] = {
    "page.html": lambda: _HTML,
    "page.xhtml": lambda: f'<html xmlns="http://www.w3.org/1999/xhtml"><body><script>{_DO}</script></body></html>',
    "picture.svg": lambda: _SVG,
    "not-a-picture.png": lambda: _HTML,
    "notes.md": lambda: _ALL,
    "table.csv": _csv,
    "table.tsv": lambda: _csv().replace(",", "\t"),
    "split.json": lambda: json.dumps(
        {"columns": list(STRINGS[:5]), "data": [list(STRINGS[i : i + 5]) for i in range(0, 50, 5)]}
    ),
    "deep.json": lambda: json.dumps({one: {"__proto__": {one: [one]}} for one in STRINGS}),
    "notebook.ipynb": _notebook,
    "log.txt": lambda: _ALL,
    "code.py": lambda: _ALL,
    "code.js": lambda: _ALL,
    "data.xml": lambda: f'<?xml version="1.0"?><?xml-stylesheet href="javascript:{_DO}"?><a>{STRINGS[0]}</a>',
    "config.yaml": lambda: "\n".join(f"{json.dumps(one)}: {json.dumps(one)}" for one in STRINGS),
    "document.pdf": lambda: f"%PDF-1.4 /OpenAction << /S /JavaScript /JS ({_DO}) >> {_HTML}",
    "sound.mp3": lambda: _HTML,
    "model/MLmodel": _model,
    "unknown.bin": lambda: _ALL,
}


MODEL_FILES: Final[dict[str, Callable[[], str]]] = {
    "MLmodel": lambda: "\n".join(
        [
            "flavors:",
            *(f"  {json.dumps(one)}: {{{json.dumps(one)}: {json.dumps(one)}}}" for one in STRINGS),
            "  python_function: {python_version: " + json.dumps(STRINGS[0]) + "}",
            "signature:",
            *(
                f"  {part}: " + json.dumps(json.dumps([{"name": one, "type": one, "default": one} for one in STRINGS]))
                for part in ("inputs", "outputs", "params")
            ),
            "metadata: {" + ", ".join(f"{json.dumps(one)}: {json.dumps(one)}" for one in STRINGS) + "}",
            "saved_input_example_info: {artifact_path: input.html, serving_input_path: request.json}",
            "mlflow_version: " + json.dumps(STRINGS[0]),
        ]
    ),
    "requirements.txt": lambda: _ALL,
    "input.html": lambda: _HTML,
    "request.json": lambda: json.dumps({"inputs": [STRINGS[0], "'; touch /tmp/x #"]}),
    "page.html": lambda: _HTML,
    "picture.svg": lambda: _SVG,
}


def file_names() -> list[str]:
    """The strings as far as they can be names of files."""
    return [f"{one.replace('/', '∕')[:60].encode()[:200].decode(errors='ignore')}.txt" for one in STRINGS]


def hostile_place(folder: Path) -> Target:
    """A server, not started yet, whose every text is hostile. Its experiment `1` has a run and a model for each string.

    Each string is a registered model, too, with two versions.
    """
    folder.mkdir(parents=True)
    store = open_store(f"sqlite:///{folder / DATABASE}", "mlflow-artifacts:/")
    first = store.write(_experiments)
    assert first == "1"
    runs = store.write(_runs)
    models = store.write(lambda session: _models(session, runs))
    store.write(lambda session: _registered(session, runs, models))
    store.close()
    of_model = folder / "artifacts" / first / "models" / models[0] / "artifacts"
    of_model.mkdir(parents=True)
    for name, content in MODEL_FILES.items():
        (of_model / name).write_text(content(), encoding="utf-8")
    root = folder / "artifacts" / first / runs[0] / "artifacts"
    (root / "names").mkdir(parents=True)
    (root / "model").mkdir()
    for name, content in FILES.items():
        (root / name).write_text(content(), encoding="utf-8")
    for name in file_names():
        (root / "names" / name).write_text(_ALL, encoding="utf-8")
    other = folder / "artifacts" / first / runs[1] / "artifacts"
    other.mkdir(parents=True)
    for name in ("page.html", "notes.md", "table.csv", "log.txt"):
        (other / name).write_text(FILES[name]() + "\nanother line", encoding="utf-8")
    return Target(folder)


def _experiments(session: Session) -> str:
    ids = []
    for number, one in enumerate(STRINGS):
        tags = {"mlflow.note.content": one if number else _ALL, one: one, "team": one}
        ids.append(session.experiments.create(one, None, tags, 1_000 + number).experiment_id)
    return ids[0]


def _runs(session: Session) -> list[str]:
    ids: list[str] = []
    for number, one in enumerate(STRINGS):
        run_id = new_run_id()
        tags = {
            "mlflow.runName": one,
            "mlflow.note.content": one if number else _ALL,
            "mlflow.user": one,
            "mlflow.source.name": one,
            "mlflow.source.type": one,
            "mlflow.source.git.commit": one,
            "mlflow.source.git.branch": one,
            "mlflow.source.git.repoURL": one,
            "mlflow.source.git.diff": _ALL,
            "mlflow.runColor": one,
            "mlflow.log-model.history": one,
            "mlflow.loggedArtifacts": one,
            **({"mlflow.parentRunId": ids[0]} if number > 1 else {}),
            one: one,
            "team": one,
        }
        run = session.runs.create(
            Run(
                run_id=run_id,
                experiment_id=ExperimentId("1"),
                run_name=one,
                user_id=one,
                status=list(RunStatus)[number % len(RunStatus)],
                start_time=1_700_000_000_000 - number,
                end_time=None if number % 3 else 1_700_000_100_000,
                artifact_uri=f"mlflow-artifacts:/1/{run_id}/artifacts" if number < 2 else one,
                lifecycle_stage=LifecycleStage.ACTIVE,
                tags=tags,
            )
        )
        session.runs.add_params(run, {one: one, "optimizer": one, "number": str(number)})
        keys = [one, "loss", f"group/{one}", "system/cpu"] * 3
        points = Points(
            keys=keys,
            steps=[0] * 4 + [1] * 4 + [2] * 4,
            timestamps=[1_700_000_000_000] * 12,
            values=[number + i / 7 for i in range(12)],
        )
        session.metrics.append(run, points)
        dataset = Dataset(
            name=one,
            digest=one[:36],
            source_type=one[:100],
            source=json.dumps({"uri": one, "url": one, "path": one}) if number % 2 else one,
            schema=json.dumps({"mlflow_colspec": [{"name": one, "type": one}]}) if number % 2 else one,
            profile=json.dumps({one: one, "num_rows": one}) if number % 2 else one,
        )
        session.datasets.log_inputs(run, [DatasetInput(dataset=dataset, tags={"mlflow.data.context": one})], [])
        state = json.dumps({"q": one, "group": f"tags.{one}", "tab": one, "cols": [one, f"params.{one}"]})
        session.views.save(SavedView(scope="experiments/1", name=one[:200], state=state, update_time=1_000))
        ids.append(run_id)
    return ids


def _models(session: Session, runs: list[str]) -> list[str]:
    ids: list[str] = []
    for number, one in enumerate(STRINGS):
        model_id = new_model_id()
        run_id = runs[number]
        model = session.logged_models.create(
            LoggedModel(
                model_id=model_id,
                experiment_id=ExperimentId("1"),
                name=one,
                artifact_uri=f"mlflow-artifacts:/1/models/{model_id}/artifacts" if number < 2 else one,
                creation_time=1_700_000_000_000 - number,
                last_update_time=1_700_000_000_000,
                status=list(LoggedModelStatus)[number % len(LoggedModelStatus)],
                status_message=one,
                model_type=one,
                source_run_id=run_id if number else one,
                params={one: one, "solver": one},
                tags={
                    one: one,
                    "team": one,
                    "mlflow.user": one,
                    "mlflow.source.name": one,
                    "mlflow.note.content": one if number else _ALL,
                },
            )
        )
        points = Points(keys=[one, "loss"], steps=[0, 1], timestamps=[1, 2], values=[0.5, number / 7])
        link = Link(model_id=model_id, dataset_name=one, dataset_digest=one[:36])
        session.logged_models.append(model, RunId(run_id), link, points, [0, 1])
        run = session.runs.locate(RunId(run_id))
        assert run is not None
        session.datasets.log_outputs(run, [ModelOutput(model_id=model_id, step=number), ModelOutput(model_id=one)])
        session.datasets.log_inputs(run, [], [model_id, one])
        ids.append(model_id)
    return ids


def _registered(session: Session, runs: list[str], models: list[str]) -> None:
    for number, one in enumerate(STRINGS):
        time = 1_700_000_000_000 - number
        model = session.registered_models.create(
            RegisteredModel(
                name=one,
                creation_time=time,
                last_update_time=time,
                description=one if number else _ALL,
                user_id=one,
                tags={one: one, "team": one, "mlflow.user": one},
            )
        )
        for version in (1, 2):
            key = session.model_versions.add(
                model,
                ModelVersion(
                    name=one,
                    version=version,
                    creation_time=time,
                    last_update_time=time + version,
                    source=one,
                    location=f"mlflow-artifacts:/1/models/{models[0]}/artifacts" if version == 1 else one,
                    run_id=runs[number],
                    model_id=models[number] if version == 1 else one,
                    user_id=one,
                    status_message=one,
                    description=one if number else _ALL,
                    run_link=one,
                    tags={one: one, "team": one, "mlflow.user": one},
                ),
            )
            session.model_versions.set_stage(key, list(Stage)[number % len(Stage)], time)
            session.model_versions.record_files(key, [FileDigest(path=one, size=number, sha256=one)])
        session.registered_models.point(model, one, 1)
        session.registered_models.set_rules(
            model,
            Rules(
                protected_aliases=(one,),
                approved_aliases=(one,),
                checks=(Check(target=one, filter=one), Check(report=one)),
            ),
            time,
        )
        for kind, status in ((MoveKind.ALIAS, MoveStatus.WAITING), (MoveKind.STAGE, MoveStatus.REFUSED)):
            verdict = Verdict(check=one, passed=number % 2 == 0, detail=one)
            move = Move(
                name=one,
                kind=kind,
                target=one,
                before=one,
                after=one,
                status=status,
                user_id=one,
                time=time,
                comment=one,
                verdicts=(verdict,),
            )
            session.moves.add(model, move)
