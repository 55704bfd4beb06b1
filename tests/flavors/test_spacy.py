"""Pipelines of spaCy: with categories of texts, and without."""

from __future__ import annotations

import logging
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import spacy
from spacy.lang.de import examples as german
from spacy.lang.en import examples as english
from spacy.training import Example
from spacy.util import fix_random_seed

import kiseki
from kiseki.base.errors import InvalidParameter, NotFound
from tests.flavors.suite import Case, FlavorSuite, files, mlmodel, quiet, same

TEXTS = pd.DataFrame({"text": [english.sentences[0], german.sentences[0], english.sentences[1]]})


def trained(component: str) -> Any:
    """A pipeline that tells English from German."""
    fix_random_seed(0)
    pipeline = spacy.blank("xx")
    pipeline.add_pipe("sentencizer")
    pipeline.add_pipe(component)
    examples = [
        Example.from_dict(
            pipeline.make_doc(text), {"cats": {"english": float(is_english), "german": float(not is_english)}}
        )
        for texts, is_english in ((english.sentences, True), (german.sentences, False))
        for text in texts
    ]
    pipeline.initialize(lambda: examples)
    for _ in range(3):
        pipeline.update(examples)
    return pipeline


def predict(pipeline: Any, table: Any) -> Any:
    return pd.DataFrame({"predictions": [pipeline(text).cats for text in table.iloc[:, 0]]}, index=table.index)


class TestSpacy(FlavorSuite):
    flavor = "spacy"
    cases = (
        Case(
            name="one category",
            train=lambda: trained("textcat"),
            example=lambda: TEXTS,
            predict=predict,
            data="model.spacy/textcat/model",
        ),
        Case(
            name="any number of categories",
            train=lambda: trained("textcat_multilabel"),
            example=lambda: TEXTS,
            predict=predict,
            data="model.spacy/textcat_multilabel/model",
        ),
    )


@pytest.fixture(scope="module")
def categories() -> Any:
    return trained("textcat")


def test_rows_keep_their_index(categories: Any, tmp_path: Path) -> None:
    kiseki.spacy.save_model(categories, tmp_path / "model")
    function = kiseki.pyfunc.load_model(tmp_path / "model")
    found = function.predict(TEXTS.set_axis([7, 5, 5]))
    same(found, predict(categories, TEXTS).set_axis([7, 5, 5]))
    assert function.predict(TEXTS[:0]).empty


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (pd.DataFrame({"text": ["a"], "more": ["b"]}), r"got a table with the columns \['text', 'more'\]"),
        (pd.DataFrame({"text": ["a", None]}, dtype=object), "Row 1 has None of type NoneType; expected a text"),
        (pd.DataFrame({"text": [1]}), "Row 0 has 1 of type int; expected a text"),
        (np.array(["a"]), r"must be \(n_rows, 1 column\); got ndarray"),
    ],
)
def test_what_is_no_text_is_refused(data: Any, words: str, categories: Any, tmp_path: Path) -> None:
    kiseki.spacy.save_model(categories, tmp_path / "model")
    with pytest.raises(InvalidParameter, match=words):
        kiseki.pyfunc.load_model(tmp_path / "model").predict(data)


def test_a_pipeline_without_categories_is_loaded_as_itself(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pipeline = spacy.blank("en")
    pipeline.add_pipe("sentencizer")
    with caplog.at_level(logging.WARNING, "kiseki"):
        kiseki.spacy.save_model(pipeline, tmp_path / "ours")
    assert "The pipeline categorizes no texts" in caplog.text
    with quiet():
        import mlflow.spacy

        mlflow.spacy.save_model(pipeline, str(tmp_path / "theirs"), pip_requirements=["spacy"])
        theirs = mlflow.spacy.load_model(str(tmp_path / "ours"))
    assert mlmodel(tmp_path / "ours")["flavors"] == mlmodel(tmp_path / "theirs")["flavors"]
    assert files(tmp_path / "theirs") < files(tmp_path / "ours")
    text = "One. Two."
    for loaded in (theirs, kiseki.spacy.load_model(tmp_path / "ours"), kiseki.spacy.load_model(tmp_path / "theirs")):
        assert [str(sentence) for sentence in loaded(text).sents] == ["One.", "Two."]
    with pytest.raises(NotFound, match=r"kiseki\.spacy\.load_model"):
        kiseki.pyfunc.load_model(tmp_path / "ours")


def test_a_component_of_code_paths_is_registered_before(tmp_path: Path) -> None:
    (tmp_path / "shouting_of_this_test.py").write_text(
        "import spacy\n\n\n@spacy.Language.component('shouting')\ndef shouting(document):\n    return document\n"
    )
    train = (
        "import sys, spacy, kiseki\n"
        "import shouting_of_this_test\n"
        "pipeline = spacy.blank('en')\n"
        "pipeline.add_pipe('shouting')\n"
        "kiseki.spacy.save_model(pipeline, 'model', code_paths=['shouting_of_this_test.py'], pip_requirements=['spacy'])\n"
    )
    subprocess.run([sys.executable, "-c", train], check=True, cwd=tmp_path)
    (tmp_path / "shouting_of_this_test.py").unlink()
    with pytest.raises(
        InvalidParameter, match=r"(?s)Can't find factory for 'shouting'.*import the modules that register"
    ):
        kiseki.spacy.load_model(tmp_path / "model")
    # Its code can be imported since the model was asked for.
    import_module("shouting_of_this_test")
    assert kiseki.spacy.load_model(tmp_path / "model").pipe_names == ["shouting"]


def test_what_is_no_pipeline_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match=r"spacy_model is of type str; expected a spacy\.Language"):
        kiseki.spacy.save_model("en_core_web_sm", tmp_path / "model")
    assert not (tmp_path / "model").exists()
