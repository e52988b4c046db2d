"""What the files of a sequence classifier say of it: config, limits, tokenizer; read without importing torch."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from toolkit.errors import ModelError

KIN_OF_ROBERTA = ("roberta", "mpnet", "camembert", "longformer", "data2vec-text", "ibert", "xmod")
"""Architectures, by part of their name, whose positions start behind the padding id."""


def read_config(folder: Path) -> dict[str, Any]:
    """The ``config.json`` of a folder.

    Raises:
        ModelError: There is none, or it cannot be read.
    """
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return dict(config)
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(
            f"{folder} has no readable config.json.", hint="Save the model with save_pretrained()."
        ) from error


def position_limit(config: Mapping[str, Any]) -> int:
    """Longest sequence; RoBERTa and its kin count positions from behind the padding id."""
    positions = int(config.get("max_position_embeddings") or 512)
    is_kin = any(name in str(config.get("model_type")) for name in KIN_OF_ROBERTA)
    return positions - (int(config.get("pad_token_id") or 0) + 1 if is_kin else 0)


def has_bert_tokenizer(folder: Path) -> bool:
    """Whether there is a tokenizer that tells the two texts apart, as that of BERT does."""
    if not (folder / "tokenizer.json").is_file():
        return False
    try:
        settings = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    names = settings.get("model_input_names")
    return "token_type_ids" in names if names else str(settings.get("tokenizer_class")).startswith("Bert")


def read_tokenizer(file: Path) -> Tokenizer:
    """The Rust tokenizer in a ``tokenizer.json``, without padding or truncation of its own.

    Raises:
        ModelError: It cannot be read.
    """
    return bare(loaded_tokenizer(file.parent, lambda: Tokenizer.from_file(str(file))))


def load_tokenizer(folder: Path) -> tuple[Tokenizer, tuple[str, ...]]:
    """The Rust tokenizer of any model, and the names of the inputs that the model takes; by way of transformers.

    Raises:
        ModelError: There is none, or it cannot be read.
    """
    from transformers import AutoTokenizer  # seconds of imports

    wrapper = loaded_tokenizer(folder, lambda: AutoTokenizer.from_pretrained(folder, trust_remote_code=False))
    return bare(wrapper.backend_tokenizer), tuple(wrapper.model_input_names)


def loaded_tokenizer(folder: Path, load: Callable[[], Any]) -> Any:
    """What ``load`` gives, or the error that names the folder."""
    try:
        return load()
    except Exception as error:  # the Rust library raises nothing more precise
        reason = " ".join(str(error).split())[:200]
        raise ModelError(
            f"The tokenizer in {folder} cannot be loaded: {reason}", hint="The folder needs its tokenizer.json."
        ) from error


def bare(tokenizer: Tokenizer) -> Tokenizer:
    """The same tokenizer, without padding or truncation."""
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
