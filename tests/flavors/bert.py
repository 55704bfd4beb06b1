"""Tiny models of BERT's kind, made of a configuration, and their tokenizer, so that nothing is fetched."""

from __future__ import annotations

from typing import Any

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, PreTrainedTokenizerFast

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
WORDS = ("the", "a", "cat", "dog", "sat", "on", "mat", "good", "bad", "this", "is", ".", "movie", "great", "was")
SIZES = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}


def tokenizer(*, marks: bool = True) -> Any:
    """One token for each word; marks are what BERT has at both ends of a text."""
    made = Tokenizer(models.WordLevel({word: at for at, word in enumerate([*SPECIAL, *WORDS])}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    if marks:
        made.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]",
            pair="[CLS] $A [SEP] $B:1 [SEP]:1",
            special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
        )
    names = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]", "eos": "[SEP]"}
    return PreTrainedTokenizerFast(
        tokenizer_object=made, model_max_length=64, **{f"{name}_token": text for name, text in names.items()}
    )


def bert(kind: Any, **options: Any) -> Any:
    torch.manual_seed(0)
    config = BertConfig(vocab_size=len(SPECIAL + WORDS), max_position_embeddings=64, **SIZES, **options)
    return kind(config).eval()
