"""Training in the NLI form: a sentence shall entail the hypotheses of its label and no others.

Each step shows the model, for every sentence, hypotheses of the right label and of some wrong ones, drawn anew from
the labels' lists, and learns two things at once: which of them the sentence entails most (cross-entropy over the
choices, the way it is asked later), and whether each single pair is an entailment (so that flags and other label sets
work). Pairs of general entailment data, where given, keep the second ability from narrowing to our own hypotheses.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from transformers import PreTrainedTokenizerBase

from toolkit.errors import ModelError
from toolkit.labels import LabelSet
from toolkit.training.augment import augment
from toolkit.training.config import NliTrainConfig
from toolkit.training.data import Pair
from toolkit.training.targets import flag_loss, flag_targets, label_targets

ENTAILMENT, NOT_ENTAILMENT = 0, 1
ID2LABEL = {ENTAILMENT: "entailment", NOT_ENTAILMENT: "not_entailment"}


class PairForm:
    """Turns examples into batches of (sentence, hypothesis) pairs, and outputs into a loss.

    Args:
        config: The training config.
        labels: Label set whose hypotheses are asked.
        tokenizer: The backbone's.
        pairs: General entailment pairs.

    Raises:
        ModelError: A hypothesis leaves no room for the sentence.
    """

    def __init__(
        self,
        config: NliTrainConfig,
        labels: LabelSet,
        tokenizer: PreTrainedTokenizerBase,
        pairs: Sequence[Pair] = (),
    ) -> None:
        self.config = config
        self.tokenizer = tokenizer
        self.pools = {label.name: labels.hypotheses(label) for label in labels.labels}
        self.names = list(self.pools)
        self.flags = [flag.hypotheses for flag in labels.flags]
        self.classes = ID2LABEL
        self.outputs = len(ID2LABEL) + len(self.flags) + len(self.pools)
        self.pairs = list(pairs)
        self.negatives = min(config.negatives, len(self.pools) - 1)
        self.random = random.Random(config.seed)
        self._check_room()

    def collate(self, examples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Batch examples.

        Returns:
            ``pairs`` and ``alone``, the model inputs for all pairs and for the sentences by themselves; ``entailed``
            (pairs,), the wanted probability that each pair is an entailment, NaN where it is not known; ``choices``
            (sentences, options), the rows of the pairs to choose among; ``shares`` (sentences, options), the wanted
            choice; ``wanted`` (sentences, labels) and ``flags`` (sentences, flags), NaN where unknown.
        """
        wanted = label_targets(examples, self.names, self.config.teacher_weight)
        flags = flag_targets(examples, len(self.flags), self.config.teacher_weight)
        texts = [augment(example["text"], self.config.augment, self.random) for example in examples]
        asked: list[tuple[str, str, float]] = []
        choices, shares = [], []
        for text, row, told in zip(texts, wanted.tolist(), flags.tolist(), strict=True):
            best = max(range(len(row)), key=row.__getitem__)
            options = [best, *self._wrong(row, best)]
            choices.append(list(range(len(asked), len(asked) + len(options))))
            total = sum(row[option] for option in options)
            shares.append([row[option] / total for option in options])
            asked += [(text, self.random.choice(self.pools[self.names[i]]), row[i]) for i in options]
            asked += [
                (text, self.random.choice(pool), value)
                for pool, value in zip(self.flags, told, strict=True)
                if not math.isnan(value)
            ]
        general = min(round(len(examples) * self.config.general_share), len(self.pairs))
        for pair in self.random.sample(self.pairs, general):
            asked.append((pair.premise, pair.hypothesis, float(pair.entailed)))
        premises, hypotheses, entailed = zip(*asked, strict=True)
        return {
            "pairs": self._encode(list(premises), list(hypotheses)),
            "alone": self._encode(texts),
            "entailed": torch.tensor(entailed),
            "choices": torch.tensor(choices),
            "shares": torch.tensor(shares),
            "wanted": wanted,
            "flags": flags,
        }

    def loss(self, model: Any, inputs: Mapping[str, Any]) -> tuple[torch.Tensor, Any]:
        """Choice among labels, pair by pair, and direct."""
        cross_entropy = torch.nn.functional.cross_entropy
        smoothing = self.config.label_smoothing
        outputs = model(**inputs["pairs"])
        logits = outputs.logits.float()
        options = logits[:, ENTAILMENT][inputs["choices"]]
        loss = cross_entropy(options, inputs["shares"], label_smoothing=smoothing)
        both = torch.stack([inputs["entailed"], 1 - inputs["entailed"]], dim=1)
        loss = loss + self.config.pair_weight * cross_entropy(logits[:, : len(ID2LABEL)], both)
        if self.config.direct_weight:
            direct = model(**inputs["alone"]).logits.float()[:, len(ID2LABEL) :]
            count = len(self.flags)
            told = cross_entropy(direct[:, count:], inputs["wanted"], label_smoothing=smoothing)
            loss = loss + self.config.direct_weight * (told + flag_loss(direct[:, :count], inputs["flags"]))
        return loss, outputs

    def _wrong(self, row: Sequence[float], best: int) -> list[int]:
        """Labels to ask about that are not the right one, each at most once."""
        rest = [i for i in range(len(row)) if i != best]
        drawn = []
        for _ in range(self.negatives):
            total = sum(row[i] for i in rest)
            # Without a teacher no wrong label is likelier than another.
            hard = total > 0 and self.random.random() < self.config.hard_negatives
            drawn.append(self.random.choices(rest, [row[i] for i in rest] if hard else None)[0])
            rest.remove(drawn[-1])
        return drawn

    def _encode(self, *texts: list[str]) -> Any:
        # The longer text is cut, which is the sentence: `_check_room` has seen to the hypotheses.
        return self.tokenizer(
            *texts, truncation=True, max_length=self.config.max_tokens, padding=True, return_tensors="pt"
        )

    def _check_room(self) -> None:
        for hypotheses in (*self.pools.values(), *self.flags):
            for hypothesis in hypotheses:
                length = len(self.tokenizer("", hypothesis)["input_ids"])
                if length >= self.config.max_tokens:
                    raise ModelError(
                        f"A hypothesis of {length} tokens leaves no room for the sentence within"
                        f" {self.config.max_tokens}.",
                        hint="Shorten it or raise max_tokens.",
                    )
