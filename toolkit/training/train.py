"""Fine-tunes a backbone, by a low-rank adapter or whole, in the form that the config asks for.

`toolkit.training.pairs` is the NLI form, `toolkit.training.heads` the single-pass one; all else is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

from toolkit.errors import ConfigError
from toolkit.labels import LabelSet
from toolkit.models.resolve import resolve
from toolkit.runtime.load import load_model
from toolkit.training.adapting import adapt, is_adapted
from toolkit.training.average import AverageCallback
from toolkit.training.config import ClassifierTrainConfig, NliTrainConfig, TrainBase
from toolkit.training.data import Material, read_material, read_pairs
from toolkit.training.heads import HeadForm
from toolkit.training.pairs import PairForm


@dataclass(frozen=True, slots=True)
class Trained:
    """What training produced.

    Attributes:
        model: The model; its adapter, if there is one, still apart, as peft keeps it.
        tokenizer: The backbone's.
        classes: Column to class name of its head.
        material: What it learned from, and what it never saw.
        weights: SHA-256 of the backbone.
    """

    model: Any
    tokenizer: PreTrainedTokenizerBase
    classes: dict[int, str]
    material: Material
    weights: str


class FormTrainer(Trainer):
    """The transformers trainer with the loss of a form."""

    def __init__(self, *, form: HeadForm | PairForm, head_rate: float | None, **kwargs: Any) -> None:
        super().__init__(data_collator=form.collate, **kwargs)
        self.form = form
        self.form_model: torch.nn.Module = kwargs["model"]
        self.head_rate = head_rate

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """The loss of the form."""
        loss, outputs = self.form.loss(model, inputs)
        return (loss, outputs) if return_outputs else loss

    def create_optimizer(self, model: Any = None) -> Any:
        """AdamW; the head, which starts at random, may learn at a rate of its own."""
        parameters = [(name, tensor) for name, tensor in self.form_model.named_parameters() if tensor.requires_grad]
        inside = "lora_" if is_adapted(self.form_model) else f"{self.form_model.base_model_prefix}."
        groups = []
        for in_head, rate in ((False, self.args.learning_rate), (True, self.head_rate or self.args.learning_rate)):
            for decays in (True, False):
                tensors = [t for n, t in parameters if (inside not in n) == in_head and (t.ndim > 1) == decays]
                groups.append({"params": tensors, "lr": rate, "weight_decay": self.args.weight_decay * decays})
        self.optimizer = torch.optim.AdamW([group for group in groups if group["params"]])
        return self.optimizer


def train(
    config: TrainBase,
    labels: LabelSet,
    *,
    data_files: Sequence[Path] = (),
    pair_files: Sequence[Path] = (),
    work: Path,
    callbacks: Sequence[TrainerCallback] = (),
    trainer: type[FormTrainer] = FormTrainer,
    say: Callable[[str], None] = lambda line: None,
) -> Trained:
    """Train a model; the same config, data and library versions give the same weights.

    Args:
        config: What to train.
        labels: The label set that the config names.
        data_files: Labelled text beside that of the config.
        pair_files: General entailment data, for the NLI form.
        work: Folder for the trainer's own files.
        callbacks: Told of progress.
        trainer: How a step is made; a subclass may do it otherwise.
        say: Told what the user should know of the data.

    Raises:
        InputError: Data that cannot be used.
        ConfigError: Pairs for a form that does not learn from them.
        ModelError: The backbone is missing or changed.
        MissingExtraError: peft is not installed.
    """
    material = read_material(config, labels, data_files)
    for note in material.notes:
        say(note)
    pairs = read_pairs(pair_files)
    files = resolve(**config.backbone.model_dump())
    set_seed(config.seed)
    tokenizer = AutoTokenizer.from_pretrained(files.folder, trust_remote_code=False)
    form = _form(config, material.labels, tokenizer, pairs)
    adapted = adapt(load_model(files.folder, num_labels=form.outputs), config, form.classes)
    average = AverageCallback(config.average)
    running = trainer(
        form=form,
        head_rate=config.head_rate,
        model=adapted,
        train_dataset=Dataset.from_list([{**e._asdict(), "length": len(e.text)} for e in material.train]),
        args=_arguments(config, work),
        callbacks=[*callbacks, average],
    )
    running.remove_callback(PrinterCallback)  # it would print the log on standard output
    running.train()
    average.apply(adapted)
    _cut_head(adapted, form.outputs, len(form.classes))
    return Trained(adapted.eval(), tokenizer, form.classes, material, files.weights)


def _form(config: TrainBase, labels: LabelSet, tokenizer: Any, pairs: Sequence[Any]) -> HeadForm | PairForm:
    if isinstance(config, NliTrainConfig):
        return PairForm(config, labels, tokenizer, pairs)
    assert isinstance(config, ClassifierTrainConfig)  # there is no third kind
    if pairs:
        raise ConfigError(f"{config.name!r} is a classifier; only the kind nli has pairs.", hint="Leave out --pairs.")
    return HeadForm(config, labels, tokenizer)


def _arguments(config: TrainBase, work: Path) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(work),
        num_train_epochs=config.epochs,
        per_device_train_batch_size=config.batch_size,
        learning_rate=config.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=0.06,
        weight_decay=config.weight_decay,
        bf16=config.precision == "bfloat16",
        use_cpu=not torch.cuda.is_available(),
        train_sampling_strategy="group_by_length",
        seed=config.seed,
        dataloader_pin_memory=False,
        save_strategy="no",
        logging_steps=0.02,  # as a share of all steps
        disable_tqdm=True,
        remove_unused_columns=False,
        report_to="none",
    )


def _cut_head(model: torch.nn.Module, outputs: int, kept: int) -> None:
    """Leave the head only the outputs that are asked later; an adapter may happen to have as many rows as the head."""
    for name, module in model.named_modules():
        in_head = "classifier" in name.split(".") and "lora" not in name
        if in_head and isinstance(module, torch.nn.Linear) and module.out_features == outputs and kept < outputs:
            module.out_features = kept
            module.weight = torch.nn.Parameter(module.weight[:kept].detach().clone())
            module.bias = torch.nn.Parameter(module.bias[:kept].detach().clone())
