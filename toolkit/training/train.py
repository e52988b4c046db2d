"""Fine-tunes a sequence-pair model so that a sentence entails the hypotheses of its label and no others.

Each step shows the model, for every sentence, hypotheses of the right label and of some wrong ones, drawn anew from
the labels' lists, and learns two things at once: which of them the sentence entails most (cross-entropy over the
choices, the way it is asked later), and whether each single pair is an entailment (so that flags and other label sets
work). Pairs of general entailment data, where given, keep the second ability from narrowing to our own hypotheses.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import (
    AutoTokenizer,
    PreTrainedTokenizerBase,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    set_seed,
)

from toolkit.errors import MissingExtraError, ModelError
from toolkit.labels import LabelSet
from toolkit.models.resolve import resolve
from toolkit.runtime.load import load_model
from toolkit.training.config import TrainConfig
from toolkit.training.data import Example, Pair, read_examples, read_pairs, split_by_document

ENTAILMENT, NOT_ENTAILMENT = 0, 1
ID2LABEL = {ENTAILMENT: "entailment", NOT_ENTAILMENT: "not_entailment"}


@dataclass(frozen=True, slots=True)
class Trained:
    """What training produced.

    Attributes:
        model: The model with its adapter still apart, as peft keeps it.
        train: Examples that it learned from.
        dev: Examples of documents that it never saw.
        weights: SHA-256 of the backbone.
    """

    model: Any
    train: list[Example]
    dev: list[Example]
    weights: str


class PairCollator:
    """Turns examples into one padded batch of (sentence, hypothesis) pairs.

    Args:
        tokenizer: The backbone's.
        labels: Label set whose hypotheses are asked.
        pairs: General entailment pairs; one is added for every sentence.
        negatives: Wrong labels to ask about each sentence.
        max_tokens: Longest pair.
        seed: Of all drawing.

    Raises:
        ModelError: A hypothesis leaves no room for the sentence.
    """

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        labels: LabelSet,
        pairs: Sequence[Pair],
        *,
        negatives: int,
        max_tokens: int,
        seed: int,
    ) -> None:
        self.tokenizer = tokenizer
        self.pools = {label.name: labels.hypotheses(label) for label in labels.labels}
        self.flags = [flag.hypotheses for flag in labels.flags]
        self.pairs = list(pairs)
        self.negatives = min(negatives, len(self.pools) - 1)
        self.max_tokens = max_tokens
        self.random = random.Random(seed)
        self._check_room()

    def __call__(self, examples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Batch them.

        Returns:
            ``pairs`` and ``alone``, the model inputs for all pairs and for the sentences by themselves; ``entailed``
            (pairs,), the class of each pair; ``choices`` (sentences, options), the rows of the pairs among which the
            first is the right one; ``label`` (sentences,) and ``flags`` (sentences, flags), where NaN is unknown.
        """
        asked: list[tuple[str, str, int]] = []
        choices, flags = [], []
        for example in examples:
            wrong = self.random.sample([name for name in self.pools if name != example["label"]], self.negatives)
            choices.append(list(range(len(asked), len(asked) + 1 + len(wrong))))
            for name in [example["label"], *wrong]:
                target = ENTAILMENT if name == example["label"] else NOT_ENTAILMENT
                asked.append((example["text"], self.random.choice(self.pools[name]), target))
            known = example["attributed"]
            flags.append([math.nan if known is None else float(known)] * len(self.flags))
            if known is not None:
                target = ENTAILMENT if known else NOT_ENTAILMENT
                asked += [(example["text"], self.random.choice(pool), target) for pool in self.flags]
        for pair in self.random.sample(self.pairs, min(len(examples), len(self.pairs))):
            asked.append((pair.premise, pair.hypothesis, ENTAILMENT if pair.entailed else NOT_ENTAILMENT))
        premises, hypotheses, entailed = zip(*asked, strict=True)
        names = list(self.pools)
        return {
            "pairs": self._encode(list(premises), list(hypotheses)),
            "alone": self._encode([example["text"] for example in examples]),
            "entailed": torch.tensor(entailed),
            "choices": torch.tensor(choices),
            "label": torch.tensor([names.index(example["label"]) for example in examples]),
            "flags": torch.tensor(flags),
        }

    def _encode(self, *texts: list[str]) -> Any:
        # The longer text is cut, which is the sentence: `_check_room` has seen to the hypotheses.
        return self.tokenizer(*texts, truncation=True, max_length=self.max_tokens, padding=True, return_tensors="pt")

    def _check_room(self) -> None:
        for hypotheses in (*self.pools.values(), *self.flags):
            for hypothesis in hypotheses:
                length = len(self.tokenizer("", hypothesis)["input_ids"])
                if length >= self.max_tokens:
                    raise ModelError(
                        f"A hypothesis of {length} tokens leaves no room for the sentence within {self.max_tokens}.",
                        hint="Shorten it or raise max_tokens.",
                    )


class PairTrainer(Trainer):
    """The transformers trainer with the loss described above."""

    def __init__(self, *, settings: TrainConfig, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.settings = settings

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Choice among labels, pair by pair, and direct."""
        cross_entropy = torch.nn.functional.cross_entropy
        smoothing = self.settings.label_smoothing
        outputs = model(**inputs["pairs"])
        options = outputs.logits[:, ENTAILMENT][inputs["choices"]]
        right = torch.zeros(len(options), dtype=torch.long, device=options.device)
        loss = cross_entropy(options, right, label_smoothing=smoothing)
        loss = loss + self.settings.pair_weight * cross_entropy(outputs.logits[:, : len(ID2LABEL)], inputs["entailed"])
        direct = model(**inputs["alone"]).logits[:, len(ID2LABEL) :]
        count = inputs["flags"].shape[1]
        loss = loss + cross_entropy(direct[:, count:], inputs["label"], label_smoothing=smoothing)
        known = ~torch.isnan(inputs["flags"])
        if known.any():
            telling = torch.nn.functional.binary_cross_entropy_with_logits
            loss = loss + telling(direct[:, :count][known], inputs["flags"][known])
        return (loss, outputs) if return_outputs else loss


def train(
    config: TrainConfig,
    labels: LabelSet,
    *,
    pair_files: Sequence[Path] = (),
    work: Path,
    callbacks: Sequence[TrainerCallback] = (),
) -> Trained:
    """Train an adapter; the same config, data and library versions give the same weights.

    Args:
        config: What to train.
        labels: The label set that the config names.
        pair_files: General entailment data.
        work: Folder for the trainer's own files.
        callbacks: Told of progress.

    Raises:
        InputError: Data that cannot be used.
        ModelError: The backbone is missing or changed.
        MissingExtraError: peft is not installed.
    """
    try:
        from peft import LoraConfig, TaskType, get_peft_model
    except ImportError as error:
        raise MissingExtraError("peft", "train") from error
    examples, dev = split_by_document(read_examples(config.data, labels), config.dev_share, config.seed)
    pairs = read_pairs(pair_files)
    files = resolve(**config.backbone.model_dump())
    set_seed(config.seed)
    outputs = len(ID2LABEL) + len(labels.flags) + len(labels.names)
    model = load_model(files.folder, num_labels=outputs)
    tokenizer = AutoTokenizer.from_pretrained(files.folder, trust_remote_code=False)
    lora = LoraConfig(
        task_type=TaskType.SEQ_CLS,
        r=config.adapter.rank,
        lora_alpha=config.adapter.alpha,
        lora_dropout=config.adapter.dropout,
        target_modules="all-linear",
        exclude_modules=["pooler.dense"],
        modules_to_save=["classifier", "pooler"],
    )
    adapted = get_peft_model(model, lora)
    options = {"negatives": config.negatives, "max_tokens": config.max_tokens, "seed": config.seed}
    collator = PairCollator(tokenizer, labels, pairs, **options)
    trainer = PairTrainer(
        settings=config,
        model=adapted,
        train_dataset=Dataset.from_list([{**e._asdict(), "length": len(e.text)} for e in examples]),
        data_collator=collator,
        args=TrainingArguments(
            output_dir=str(work),
            num_train_epochs=config.epochs,
            per_device_train_batch_size=config.batch_size,
            learning_rate=config.learning_rate,
            lr_scheduler_type="cosine",
            warmup_steps=0.06,
            weight_decay=0.01,
            train_sampling_strategy="group_by_length",
            seed=config.seed,
            dataloader_pin_memory=False,
            save_strategy="no",
            logging_steps=0.02,  # as a share of all steps
            disable_tqdm=True,
            remove_unused_columns=False,
            report_to="none",
        ),
        callbacks=list(callbacks),
    )
    trainer.remove_callback(PrinterCallback)  # it would print the log on standard output
    trainer.train()
    _cut_head(adapted, outputs)
    return Trained(adapted.eval(), examples, dev, files.weights)


def _cut_head(model: torch.nn.Module, outputs: int) -> None:
    """Leave the head only its outputs for pairs; an adapter may happen to have as many rows as the head."""
    for name, module in model.named_modules():
        in_head = "classifier" in name.split(".") and "lora" not in name
        if in_head and isinstance(module, torch.nn.Linear) and module.out_features == outputs:
            module.out_features = len(ID2LABEL)
            module.weight = torch.nn.Parameter(module.weight[: len(ID2LABEL)].detach().clone())
            module.bias = torch.nn.Parameter(module.bias[: len(ID2LABEL)].detach().clone())
