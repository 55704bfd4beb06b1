"""Pipelines of tiny models that are made from configurations, so that nothing is fetched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
import transformers
from huggingface_hub import ModelCard, constants
from transformers import (
    BertForMaskedLM,
    BertForSequenceClassification,
    BertForTokenClassification,
    BertModel,
    GPT2Config,
    GPT2LMHeadModel,
)

import kiseki
from kiseki.base.errors import InvalidParameter, MissingDependency, NotImplementedByKiseki
from kiseki.flavors import transformers as flavor
from tests.flavors.bert import SPECIAL, WORDS, bert, tokenizer
from tests.flavors.suite import Case, FlavorSuite, files, mlmodel, same

SHORT = {"max_new_tokens": 3, "do_sample": False}
TEXTS = ["the movie was great", "a bad dog"]


def pipeline(task: str, model: Any, **options: Any) -> Any:
    return transformers.pipeline(task, model=model, tokenizer=tokenizer(**options), device="cpu")


def classifier() -> Any:
    return pipeline("text-classification", bert(BertForSequenceClassification, num_labels=2))


def chooser() -> Any:
    names = {"id2label": {0: "contradiction", 1: "entailment"}, "label2id": {"contradiction": 0, "entailment": 1}}
    return pipeline("zero-shot-classification", bert(BertForSequenceClassification, num_labels=2, **names))


def generator() -> Any:
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=len(SPECIAL + WORDS), n_embd=16, n_layer=1, n_head=2, n_positions=64, bos_token_id=2, eos_token_id=3
    )
    config.pad_token_id = 0
    return pipeline("text-generation", GPT2LMHeadModel(config).eval(), marks=False)


class TestTransformers(FlavorSuite):
    flavor = "transformers"
    alone = frozenset({"LICENSE.txt"})
    cases = (
        Case(
            name="text-classification",
            train=classifier,
            example=lambda: TEXTS,
            predict=lambda model, example: model(example),
            function=lambda model, example: pd.DataFrame(model(example)),
            data="model/model.safetensors",
        ),
        Case(
            name="fill-mask",
            train=lambda: pipeline("fill-mask", bert(BertForMaskedLM)),
            example=lambda: ["the [MASK] sat", "a [MASK] ."],
            predict=lambda model, example: [[one["token_str"] for one in found] for found in model(example)],
            function=lambda model, example: [found[0]["token_str"] for found in model(example)],
            data="components/tokenizer/tokenizer.json",
        ),
        Case(
            name="token-classification",
            train=lambda: pipeline("token-classification", bert(BertForTokenClassification, num_labels=3)),
            example=lambda: TEXTS,
            predict=lambda model, example: [[one["entity"] for one in found] for found in model(example)],
            function=lambda model, example: [",".join(one["entity"] for one in found) for found in model(example)],
            data="model/config.json",
        ),
        Case(
            name="text-generation",
            train=generator,
            example=lambda: TEXTS,
            predict=lambda model, example: [found[0]["generated_text"] for found in model(example, **SHORT)],
            arguments={"model_config": SHORT},
            data="model/model.safetensors",
        ),
    )

    def default_requirements(self) -> list[str]:
        found: list[str] = flavor.get_default_pip_requirements(self.cases[0].model.model)
        return found


def test_features_are_an_array_for_each_text(tmp_path: Path) -> None:
    made = pipeline("feature-extraction", bert(BertModel))
    flavor.save_model(made, tmp_path / "model", input_example="the cat")
    loaded = kiseki.pyfunc.load_model(tmp_path / "model")
    same(loaded.predict("the cat"), np.asarray(made("the cat"))[0])
    assert loaded.predict("the cat").shape == (4, 16)
    same(loaded.predict(["the cat", "a"]), [np.asarray(made(text))[0] for text in ("the cat", "a")])


def test_choices_are_rows(tmp_path: Path) -> None:
    made = chooser()
    asked = {"sequences": TEXTS[0], "candidate_labels": ["good", "bad"], "hypothesis_template": "this is {}."}
    found = made(**asked)
    expected = pd.DataFrame({name: found[name] for name in ("sequence", "labels", "scores")})
    flavor.save_model(made, tmp_path / "model", input_example=asked)
    loaded = kiseki.pyfunc.load_model(tmp_path / "model")
    same(loaded.predict(asked), expected)
    # As MLflow's signatures have it.
    predictor = flavor.TransformersPredictor(made)
    same(predictor.predict(pd.DataFrame([{**asked, "candidate_labels": json.dumps(["good", "bad"])}])), expected)
    several = predictor.predict({**asked, "sequences": TEXTS})
    assert several["sequence"].tolist() == [TEXTS[0], TEXTS[0], TEXTS[1], TEXTS[1]]
    with pytest.raises(InvalidParameter, match=r"takes `sequences` and `candidate_labels`; given were \['text'\]"):
        predictor.predict({"text": "the cat"})


def test_tables_and_dictionaries_of_texts() -> None:
    predictor = flavor.TransformersPredictor(classifier())
    expected = predictor.predict(TEXTS)
    for given in (pd.DataFrame({"text": TEXTS}), np.asarray(TEXTS), [{"text": text} for text in TEXTS], tuple(TEXTS)):
        same(predictor.predict(given), expected)
    pairs = [{"text": text, "text_pair": "this is good ."} for text in TEXTS]
    same(predictor.predict(pd.DataFrame(pairs)), pd.DataFrame(predictor.pipeline(pairs)))
    same(predictor.predict({"text": "the cat"}), predictor.predict("the cat"))
    for wrong, words in (([], "There is no input"), ([1, 2], "'text-classification' says: text input must be of type")):
        with pytest.raises(InvalidParameter, match=words):
            predictor.predict(wrong)


def test_params_come_before_the_configuration(tmp_path: Path) -> None:
    made = classifier()
    flavor.save_model(made, tmp_path / "model", input_example=(TEXTS, {"top_k": 1}), model_config={"top_k": 2})
    loaded = kiseki.pyfunc.load_model(tmp_path / "model")
    assert loaded.predict(TEXTS).shape == (2, 1)
    same(loaded.predict(TEXTS, params={"top_k": 2}), pd.DataFrame(made(TEXTS, top_k=2)))
    assert kiseki.pyfunc.load_model(tmp_path / "model").model_config == {"top_k": 2}
    predictor = flavor.TransformersPredictor(generator())
    with pytest.raises(InvalidParameter, match=r"(?s)'text-generation' says: .*'nonsense'"):
        predictor.predict("the cat", {"nonsense": 3})


def test_other_names_of_tasks(tmp_path: Path) -> None:
    for task, model in (
        ("ner", bert(BertForTokenClassification, num_labels=3)),
        ("sentiment-analysis", bert(BertForSequenceClassification, num_labels=2)),
    ):
        flavor.save_model({"model": model, "tokenizer": tokenizer()}, tmp_path / task, task=task, input_example=TEXTS)
    names = ",".join(one["entity"] for one in flavor.load_model(tmp_path / "ner", device="cpu")(TEXTS[0]))
    assert kiseki.pyfunc.load_model(tmp_path / "ner").predict(TEXTS[0]) == [names]
    assert kiseki.pyfunc.load_model(tmp_path / "sentiment-analysis").predict(TEXTS).shape == (2, 2)


def test_several_masks_and_several_answers() -> None:
    predictor = flavor.TransformersPredictor(pipeline("fill-mask", bert(BertForMaskedLM)))
    for found in predictor.predict(["the [MASK] sat [MASK]", "[MASK] [MASK]"]):
        assert len(found) == 2
        assert set(found) <= {*SPECIAL, *WORDS}
    generated = flavor.TransformersPredictor(generator(), {"max_new_tokens": 2, "num_return_sequences": 2})
    (found,) = generated.predict("the cat", {"do_sample": True})
    assert [type(text) for text in found] == [str, str]


def test_a_template_is_filled(tmp_path: Path) -> None:
    made = generator()
    flavor.save_model(made, tmp_path / "model", prompt_template="this is {prompt} .", model_config=SHORT)
    assert mlmodel(tmp_path / "model")["metadata"] == {"prompt_template": "this is {prompt} ."}
    expected = made(["this is a cat ."], **SHORT, return_full_text=False)[0][0]["generated_text"]
    assert kiseki.pyfunc.load_model(tmp_path / "model").predict("a cat") == [expected]
    for template in ("no place", "{prompt} {other}", "{prompt.__class__}", "{"):
        with pytest.raises(InvalidParameter, match=r"expected a text with one \{prompt\}"):
            flavor.save_model(made, tmp_path / "other", prompt_template=template)
    with pytest.raises(InvalidParameter, match="'text-classification' take no prompt_template"):
        flavor.save_model(classifier(), tmp_path / "other", prompt_template="{prompt}")


def test_parts_and_checkpoints_are_pipelines(tmp_path: Path) -> None:
    made = classifier()
    made.save_pretrained(tmp_path / "checkpoint")
    parts = {"model": made.model, "tokenizer": made.tokenizer}
    for name, given in (("parts", parts), ("folder", str(tmp_path / "checkpoint"))):
        flavor.save_model(given, tmp_path / name, task="text-classification")
        same(flavor.load_model(tmp_path / name, device="cpu")(TEXTS), made(TEXTS))
    found = flavor.load_model(tmp_path / "parts", return_type="components")
    assert {key: type(value) for key, value in found.items()} == {
        "task": str,
        "dtype": torch.dtype,
        "model": BertForSequenceClassification,
        "tokenizer": type(made.tokenizer),
    }
    same(transformers.pipeline(**found, device="cpu")(TEXTS), made(TEXTS))
    for given, task, words in (
        (parts, None, "Give task="),
        (parts, "no-task", "makes no pipeline for 'no-task'"),
        ({**parts, "colour": 1}, "fill-mask", r"given are \['colour', 'model', 'tokenizer'\]"),
        (made.model, "fill-mask", "is of type BertForSequenceClassification"),
        (str(tmp_path), "fill-mask", r"has a config\.json"),
        (made, "fill-mask", "the pipeline is one for 'text-classification'"),
    ):
        with pytest.raises(InvalidParameter, match=words):
            flavor.save_model(given, tmp_path / "other", task=task)
    with pytest.raises(InvalidParameter, match="expected 'pipeline' or 'components'"):
        flavor.load_model(tmp_path / "parts", return_type="model")  # type: ignore[arg-type]


def test_weights_may_stay_on_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    revision = "1" * 40
    cached = tmp_path / "hub" / "models--acme--tiny"
    made = classifier()
    made.save_pretrained(cached / "snapshots" / revision)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(revision)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    fetched = transformers.pipeline("text-classification", model="acme/tiny", device="cpu")
    flavor.save_model(fetched, tmp_path / "model", save_pretrained=False)
    facts = mlmodel(tmp_path / "model")["flavors"]["transformers"]
    assert facts["source_model_name"] == facts["tokenizer_name"] == "acme/tiny"
    assert facts["source_model_revision"] == facts["tokenizer_revision"] == revision
    assert not any(name.startswith(("model/", "components/")) for name in files(tmp_path / "model"))
    same(kiseki.pyfunc.load_model(tmp_path / "model").predict(TEXTS), pd.DataFrame(made(TEXTS)))
    with pytest.raises(InvalidParameter, match="save it with its weights"):
        flavor.save_model(made, tmp_path / "other", save_pretrained=False)


def test_the_type_of_weights_is_kept(tmp_path: Path) -> None:
    flavor.save_model(classifier(), tmp_path / "model", torch_dtype=torch.bfloat16)
    assert flavor.load_model(tmp_path / "model").model.dtype == torch.bfloat16
    assert flavor.load_model(tmp_path / "model", dtype=torch.float64).model.dtype == torch.float64


def test_the_usual_signature(tmp_path: Path) -> None:
    flavor.save_model(classifier(), tmp_path / "model")
    signature = kiseki.pyfunc.load_model(tmp_path / "model").metadata.signature
    assert signature is not None
    assert signature.inputs is not None
    assert signature.outputs is not None
    assert signature.inputs.to_dict() == [{"type": "string", "required": True}]
    assert signature.outputs.to_dict() == [
        {"type": "string", "name": "label", "required": True},
        {"type": "double", "name": "score", "required": True},
    ]
    flavor.save_model(classifier(), tmp_path / "none", signature=False)
    assert kiseki.pyfunc.load_model(tmp_path / "none").metadata.signature is None


def test_a_card_is_kept(tmp_path: Path) -> None:
    card = ModelCard("---\nlicense: mit\n---\n# A classifier")
    flavor.save_model(classifier(), tmp_path / "model", model_card=card)
    assert (tmp_path / "model" / "model_card.md").read_text() == "# A classifier"
    assert (tmp_path / "model" / "model_card_data.yaml").read_text() == "license: mit\n"
    with pytest.raises(InvalidParameter, match=r"expected a huggingface_hub\.ModelCard"):
        flavor.save_model(classifier(), tmp_path / "other", model_card="a text")


def test_what_kiseki_does_not_have_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotImplementedByKiseki, match="merge_and_unload"):
        flavor.save_model(classifier(), tmp_path / "model", base_model_path="somewhere")
    with pytest.raises(NotImplementedByKiseki, match="llm/v1/chat"):
        flavor.save_model(generator(), tmp_path / "model", task="llm/v1/chat")


def test_an_unknown_class_is_not_loaded(tmp_path: Path) -> None:
    flavor.save_model(classifier(), tmp_path / "model")
    text = (tmp_path / "model" / "MLmodel").read_text()
    for name in ("NoSuchModel", "pipeline"):
        (tmp_path / "model" / "MLmodel").write_text(
            text.replace("pipeline_model_type: BertForSequenceClassification", f"pipeline_model_type: {name}")
        )
        with pytest.raises(InvalidParameter, match=f"The model is a {name}, which Transformers"):
            flavor.load_model(tmp_path / "model")


def test_pytorch_is_needed_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    made = classifier()
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingDependency, match="pip install torch"):
        flavor.save_model(made, tmp_path / "model")
