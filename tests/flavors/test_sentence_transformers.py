"""A tiny BERT whose tokens' vectors are averaged."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer import modules as layers
from transformers import BertModel

import kiseki
from kiseki.base.errors import InvalidParameter, PermissionDenied
from kiseki.flavors import sentence_transformers as flavor
from tests.flavors.bert import bert, tokenizer
from tests.flavors.suite import Case, FlavorSuite, mlmodel, quiet, same

TEXTS = ["the movie was great", "a bad dog"]


def model() -> Any:
    with tempfile.TemporaryDirectory() as folder, quiet():
        bert(BertModel).save_pretrained(folder)
        tokenizer().save_pretrained(folder)
        first = layers.Transformer(folder)
        return SentenceTransformer(modules=[first, layers.Pooling(16), layers.Normalize()], device="cpu")


class TestSentenceTransformers(FlavorSuite):
    flavor = "sentence_transformers"
    package = "sentence-transformers"
    cases = (
        Case(
            name="bert",
            train=model,
            example=lambda: TEXTS,
            predict=lambda loaded, example: loaded.encode(example),
            data="model.sentence_transformer/model.safetensors",
        ),
    )


@pytest.fixture(scope="module")
def made() -> Any:
    return model()


def test_texts_come_in_many_ways(made: Any) -> None:
    predictor = flavor.SentenceTransformersPredictor(made)
    expected = made.encode(TEXTS)
    for given in (tuple(TEXTS), pd.DataFrame({"text": TEXTS}), np.asarray(TEXTS), {"text": TEXTS}, pd.Series(TEXTS)):
        same(predictor.predict(given), expected)
    assert predictor.predict("a cat").shape == (1, 16)
    for wrong in ([1, 2], pd.DataFrame({"one": TEXTS, "two": TEXTS}), 3, {"one": "a", "two": "b"}):
        with pytest.raises(InvalidParameter, match="expected a text, a list of texts"):
            predictor.predict(wrong)


def test_arguments_of_encode(made: Any, tmp_path: Path) -> None:
    config = {"precision": "binary", "batch_size": 1}
    flavor.save_model(made, tmp_path / "model", inference_config=config, input_example=(TEXTS, {"precision": "binary"}))
    loaded = kiseki.pyfunc.load_model(tmp_path / "model")
    same(loaded.predict(TEXTS), made.encode(TEXTS, precision="binary"))
    same(loaded.predict(TEXTS, params={"precision": "float32"}), made.encode(TEXTS))


def test_requests_and_answers_of_openai(made: Any, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    flavor.save_model(made, folder, task="llm/v1/embeddings")
    assert mlmodel(folder)["metadata"] == {"task": "llm/v1/embeddings"}
    loaded = kiseki.pyfunc.load_model(folder)
    found = loaded.predict({"input": TEXTS})
    assert [one["index"] for one in found["data"]] == [0, 1]
    assert {one["object"] for one in found["data"]} == {"embedding"}
    np.testing.assert_allclose([one["embedding"] for one in found["data"]], made.encode(TEXTS), rtol=1e-6)
    # Four words and three, and two marks around each text.
    assert found["usage"] == {"prompt_tokens": 11, "total_tokens": 11}
    assert json.loads(json.dumps(found)) == found
    assert len(loaded.predict({"input": "a cat"})["data"]) == 1
    suite = TestSentenceTransformers()
    theirs = suite.save_theirs(suite.cases[0], tmp_path / "theirs", task="llm/v1/embeddings")
    assert mlmodel(theirs)["signature"] == mlmodel(folder)["signature"]
    assert mlmodel(theirs)["flavors"]["python_function"] == mlmodel(folder)["flavors"]["python_function"]
    assert kiseki.pyfunc.load_model(theirs).predict({"input": TEXTS})["usage"] == found["usage"]
    with pytest.raises(InvalidParameter, match="expected None or 'llm/v1/embeddings'"):
        flavor.save_model(made, tmp_path / "other", task="llm/v1/chat")


def test_the_usual_signature(made: Any, tmp_path: Path) -> None:
    flavor.save_model(made, tmp_path / "model")
    signature = kiseki.pyfunc.load_model(tmp_path / "model").metadata.signature
    assert signature is not None
    assert signature.outputs is not None
    assert signature.outputs.to_dict() == [{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, -1]}}]


def test_layers_of_its_own_are_programs(made: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flavor.save_model(made, tmp_path / "model")
    folder = tmp_path / "model"
    # As a model that MLflow saved: without digests.
    (folder / kiseki.models.digests.DIGESTS_FILE).unlink()
    listed = folder / "model.sentence_transformer" / "modules.json"
    listed.write_text(listed.read_text().replace("sentence_transformers.base.modules.normalize", "canary"))
    (listed.parent / "canary.py").write_text("raise RuntimeError('ran')")
    monkeypatch.setenv("KISEKI_ALLOW_PICKLE_DESERIALIZATION", "false")
    for load in (flavor.load_model, kiseki.pyfunc.load_model):
        with pytest.raises(PermissionDenied, match=r"has the layers \['canary\.Normalize'\], which are programs"):
            load(folder)


def test_anything_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match="is of type int; expected a SentenceTransformer"):
        flavor.save_model(3, tmp_path / "model")
