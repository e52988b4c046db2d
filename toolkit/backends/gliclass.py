"""GLiClass: one pass over a sentence and all labels, for any label set (Stepanov et al. 2025, "GLiClass").

The model, its tokenizer and the text that it reads are those of the package ``gliclass``; here is what claimkit adds:
files that are checked, sentences that cannot pass for labels, and failures instead of labels that were cut off.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from toolkit.backends.gliclass_config import GliclassConfig
from toolkit.errors import ConfigError, MissingExtraError, ModelError
from toolkit.labels import LabelSet
from toolkit.models.resolve import resolve
from toolkit.records import Failure, Prediction, Sentence, Usage

_MARK = re.compile(r"<<(?=[A-Z]+>>)")
"""The beginning of a mark such as ``<<LABEL>>``, which the model takes for the beginning of a label."""


class GliclassBackend:
    """Scores sentences with a GLiClass model: the softmax over the labels.

    Args:
        config: Which model.
        labels: The label set.

    Raises:
        MissingExtraError: The package gliclass is not installed.
        ModelError: The files are missing, changed or of the wrong kind.
        ConfigError: Two labels are shown alike.
    """

    def __init__(self, config: GliclassConfig, labels: LabelSet) -> None:
        self.config = config
        self.labels = labels
        self._shown = _shown(labels, config)
        try:
            from gliclass import GLiClassModel, ZeroShotClassificationPipeline
        except ImportError as error:
            raise MissingExtraError("gliclass", "gliclass") from error
        from transformers import AutoTokenizer

        from toolkit.runtime.torch import pick_device

        self.files = resolve(**config.model.model_dump())
        _require_known(self.files.folder)
        self.tokenizer = AutoTokenizer.from_pretrained(self.files.folder, local_files_only=True)
        self.pipeline = ZeroShotClassificationPipeline(
            GLiClassModel.from_pretrained(self.files.folder, local_files_only=True),
            self.tokenizer,
            max_length=config.max_tokens,
            classification_type="single-label",
            device=pick_device(config.device),
            progress_bar=False,
        )
        self._longest_labels = len(self._tokens("".join(f"<<LABEL>>{text}" for text in self._shown) + "<<SEP>>"))

    def identity(self) -> dict[str, Any]:
        """The weights."""
        return {"model": self.files.identity}

    def classify(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        """Score sentences; see `toolkit.backends.base.Backend`."""
        texts = [_MARK.sub("< <", sentence.text) for sentence in sentences]
        tokens = [len(self._tokens(text)) + self._longest_labels for text in texts]
        # Alike lengths together, so that little of a batch is padding.
        most = self.config.max_tokens
        order = sorted((place for place, count in enumerate(tokens) if count <= most), key=tokens.__getitem__)
        found = [
            Prediction(failure=Failure("too_long", f"{count} tokens with the labels, more than {most}"))
            for count in tokens
        ]
        if order:
            size = max(1, self.config.tokens_per_batch // tokens[order[-1]])
            answers = self.pipeline(
                [texts[place] for place in order], self._shown, batch_size=size, return_hierarchical=True
            )
            for place, scores in zip(order, answers, strict=True):
                found[place] = self._prediction([float(scores[text]) for text in self._shown], tokens[place])
        return found

    def _prediction(self, scores: Sequence[float], tokens: int) -> Prediction:
        if not all(map(math.isfinite, scores)):
            return Prediction(failure=Failure("invalid_response", "the model's scores are not finite numbers"))
        total = sum(scores)
        named = {name: score / total for name, score in zip(self.labels.names, scores, strict=True)}
        return Prediction(scores=named, usage=Usage(tokens=tokens))

    def _tokens(self, text: str) -> Sequence[int]:
        ids: Sequence[int] = self.tokenizer(text, verbose=False)["input_ids"]
        return ids


def _shown(labels: LabelSet, config: GliclassConfig) -> list[str]:
    """What each label is shown as, in order.

    Raises:
        ConfigError: Two are alike, so that the model could not tell them apart.
    """
    shown = [(label.definition if config.ask == "definitions" else "") or label.words for label in labels.labels]
    shown = [_MARK.sub("< <", text) for text in shown]
    if twice := [text for text in shown if shown.count(text) > 1]:
        raise ConfigError(
            f"Two labels of {labels.name!r} are both shown as {twice[0]!r}.",
            hint="Give each a `verbalizer` of its own.",
        )
    return shown


def _require_known(folder: Path) -> None:
    """Check that the model is a GLiClass one on an encoder that transformers knows: no code of a folder is run.

    Raises:
        ModelError: It is something else.
    """
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    try:
        settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder} has no readable config.json.", hint="Download the model again.") from error
    if settings.get("model_type") != "GLiClass":
        raise ModelError(
            f"The model in {folder} is of type {settings.get('model_type')!r}, not 'GLiClass'.",
            hint="Use `kind: classifier` or `kind: nli` for other models.",
        )
    for part in ("encoder_config", "label_model_config"):
        kind = (settings.get(part) or {}).get("model_type", "deberta-v2")
        if kind not in CONFIG_MAPPING:
            raise ModelError(
                f"The encoder of the model in {folder} is of type {kind!r}, which transformers does not know.",
                hint="Only models that need no code of their own are loaded.",
            )
