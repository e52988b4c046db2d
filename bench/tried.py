"""What else was tried in training: seeds, their mean, R-Drop, layer-wise rates, sharpness-aware steps, all weights.

Every variant trains the single-pass model for as many epochs on the same text and is measured on the same dev sets;
what helped became an option of `claimkit train`, what did not lives here only.

Run: python bench/tried.py --data FILE.jsonl ... --dev FILE.jsonl ... [--variants base] [--epochs 1]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from sklearn.metrics import f1_score

from toolkit.corpus.examples import Example, read_examples
from toolkit.training.config import ClassifierTrainConfig
from toolkit.training.save import load_training
from toolkit.training.train import FormTrainer, Trained, train


class RDrop(FormTrainer):
    """Two passes with different dropout are also to agree (Wu et al. 2021, "R-Drop")."""

    weight = 1.0

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """The mean loss of both, and how far they are apart."""
        (one, first), (two, second) = (self.form.loss(model, inputs) for _ in range(2))
        a, b = (outputs.logits.float().log_softmax(dim=-1) for outputs in (first, second))
        apart = sum((p.exp() * (p - q)).sum(dim=-1).mean() for p, q in ((a, b), (b, a)))
        loss = (one + two) / 2 + self.weight * apart / 2
        return (loss, first) if return_outputs else loss


class Sharpness(FormTrainer):
    """Each step takes the gradient where the loss is highest nearby (Foret et al. 2021, "SAM")."""

    radius = 0.05

    def training_step(self, model: Any, inputs: dict[str, Any], num_items_in_batch: Any = None) -> torch.Tensor:
        """Climb, take the gradient there, and go back."""
        super().training_step(model, inputs, num_items_in_batch)
        weights = [p for p in model.parameters() if p.grad is not None]
        norm = torch.nn.utils.get_total_norm([p.grad for p in weights if p.grad is not None]) + 1e-12
        before = [p.detach().clone() for p in weights]
        with torch.no_grad():
            for p in weights:
                p.add_(p.grad, alpha=float(self.radius / norm))
        model.zero_grad()
        loss = super().training_step(model, inputs, num_items_in_batch)
        with torch.no_grad():
            for p, old in zip(weights, before, strict=True):
                p.copy_(old)
        return loss


class LayerRates(FormTrainer):
    """Lower layers learn more slowly: each at 0.8 times the rate of the one above it."""

    decay = 0.8

    def create_optimizer(self, model: Any = None) -> Any:
        """AdamW with one group for each layer."""
        groups: dict[int, list[torch.nn.Parameter]] = {}
        settings: Any = self.form_model.config
        top = int(settings.num_hidden_layers)
        for name, tensor in self.form_model.named_parameters():
            if tensor.requires_grad:
                layer = int(name.split(".layer.")[1].split(".")[0]) if ".layer." in name else top
                groups.setdefault(top - layer, []).append(tensor)
        self.optimizer = torch.optim.AdamW(
            [{"params": part, "lr": self.args.learning_rate * self.decay**below} for below, part in groups.items()],
            weight_decay=self.args.weight_decay,
        )
        return self.optimizer


Variant = tuple[dict[str, Any], type[FormTrainer]]
VARIANTS: Mapping[str, Variant] = {
    "base": ({}, FormTrainer),
    "seed 14": ({"seed": 14}, FormTrainer),
    "seed 15": ({"seed": 15}, FormTrainer),
    "dropout 0.1": ({"dropout": 0.1}, FormTrainer),
    "R-Drop, dropout 0.1": ({"dropout": 0.1}, RDrop),
    "sharpness-aware": ({}, Sharpness),
    "layer-wise rates": ({}, LayerRates),
    "label smoothing 0.1": ({"label_smoothing": 0.1}, FormTrainer),
    "no augmentation": ({"augment": {}}, FormTrainer),
    "labels alone": ({"teacher_weight": 0.0}, FormTrainer),
    "rank 16": ({"adapter": {"rank": 16, "alpha": 32, "dropout": 0.0}}, FormTrainer),
    "all weights": ({"adapter": None, "learning_rate": 1e-4}, FormTrainer),
}
AVERAGED = ("base", "seed 14", "seed 15")
"""Whose weights are averaged when all were trained; they start from the same backbone, so they may be."""


def macro_f1(trained: Trained, model: Any, examples: list[Example], names: list[str]) -> float:
    """Of the label with the highest logit."""
    found: list[str] = []
    with torch.inference_mode():
        for start in range(0, len(examples), 64):
            texts = [example.text for example in examples[start : start + 64]]
            batch = trained.tokenizer(texts, truncation=True, max_length=128, padding=True, return_tensors="pt")
            found += [names[place] for place in model(**batch).logits[:, : len(names)].argmax(dim=-1).tolist()]
    return float(f1_score([example.label for example in examples], found, average="macro"))


def whole(model: Any) -> Any:
    """The model with its adapter merged, if it has one."""
    return model.merge_and_unload() if hasattr(model, "merge_and_unload") else model


def mean(states: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """Mean weights."""
    return {n: torch.stack([s[n].float() for s in states]).mean(dim=0).to(states[0][n].dtype) for n in states[0]}


def main() -> None:
    """Print the table, line by line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="labelled text, with a teacher's answers")
    parser.add_argument("--dev", type=Path, nargs="*", default=[], help="beside the dev splits of the gold sets")
    parser.add_argument("--variants", nargs="+", choices=list(VARIANTS), default=list(VARIANTS))
    parser.add_argument("--epochs", type=float, default=1)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()
    base, labels = load_training("claim-head-minilm")
    names = list(labels.names)
    sets = {"gold dev": read_examples(base.dev, labels)} | {f.stem: read_examples([f], labels) for f in options.dev}
    results: list[dict[str, Any]] = []
    states: list[dict[str, torch.Tensor]] = []

    def report(variant: str, trained: Trained, model: Any, seconds: float) -> None:
        row = {"variant": variant, "seconds": round(seconds)}
        row |= {name: round(macro_f1(trained, model, examples, names), 4) for name, examples in sets.items()}
        results.append(row)
        print(row, flush=True)
        if options.json:
            options.json.write_text(json.dumps(results, indent=1), encoding="utf-8")

    own = {"data": tuple(options.data), "epochs": options.epochs, "average": 0.99}
    for variant in options.variants:
        changes, kind = VARIANTS[variant]
        config = ClassifierTrainConfig.model_validate(base.model_dump() | own | changes)
        begin = time.perf_counter()
        with tempfile.TemporaryDirectory() as work:
            trained = train(config, labels, work=Path(work), trainer=kind)
        model = whole(trained.model).eval()
        report(variant, trained, model, time.perf_counter() - begin)
        if variant in AVERAGED:
            states.append({name: tensor.clone() for name, tensor in model.state_dict().items()})
            if len(states) == len(AVERAGED):
                model.load_state_dict(mean(states))
                report("mean weights of three seeds", trained, model, 0.0)


if __name__ == "__main__":
    main()
