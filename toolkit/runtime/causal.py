"""Scores answers with a causal language model of transformers, going on from the KV cache of the prompt before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache
from transformers.utils import logging

from toolkit.errors import ModelError
from toolkit.runtime.scoring import Answered, Piece, common_prefix, log_softmax, stretches
from toolkit.runtime.torch import pick_device


class TransformersScorer:
    """A loaded causal language model.

    Args:
        folder: Model files in the Hugging Face layout.
        context_tokens: Room for a prompt with its answer; the model's own limit if that is lower.
        device: ``cpu``, ``cuda``, ``mps`` or ``auto``.
        precision: ``float32`` or ``bfloat16``, of the weights.

    Raises:
        ModelError: The files are not those of a causal language model.
    """

    version = f"transformers {transformers.__version__}"

    def __init__(self, folder: Path, *, context_tokens: int, device: str = "auto", precision: str = "float32") -> None:
        self.device = pick_device(device)
        bar = logging.is_progress_bar_enabled()
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            loaded = AutoModelForCausalLM.from_pretrained(
                folder, use_safetensors=True, trust_remote_code=False, dtype=getattr(torch, precision)
            )
            self.model = cast("Any", loaded)
            tokenizer: Any = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
            self._tokenizer = tokenizer.backend_tokenizer
        except Exception as error:  # the libraries raise nothing more precise
            raise ModelError(
                f"The model in {folder} cannot be loaded: {' '.join(str(error).split())[:300]}",
                hint="It must be a causal language model that transformers knows, with its tokenizer.json.",
            ) from error
        finally:
            if bar:
                logging.enable_progress_bar()  # type: ignore[no-untyped-call]
        self.model.to(self.device).eval()
        if getattr(self.model, "_is_stateful", False):
            raise ModelError(
                f"The model in {folder} is a recurrent model, whose memory of a prompt cannot be shared.",
                hint="Use a transformer, such as Qwen, Llama or Gemma.",
            )
        # Of some marks in templates, such as <think>, a model does not say that they are special.
        added = self._tokenizer.get_added_tokens_decoder().items()
        self._found_anywhere = {token: one.content for token, one in added if not one.special and one.content.strip()}
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        positions = getattr(self.model.config.get_text_config(), "max_position_embeddings", None)
        self.limit = min(context_tokens, int(positions or context_tokens))
        template = tokenizer.chat_template
        self.template: str | None = template.get("default") if isinstance(template, dict) else template
        self.special: Mapping[str, str] = {
            name: str(getattr(tokenizer, name) or "") for name in ("bos_token", "eos_token")
        }
        opening = tokenizer("")["input_ids"]
        self._opening = [token for token in opening if token == tokenizer.bos_token_id]
        self._cache = DynamicCache()
        self._cached: list[int] = []

    def encode(self, pieces: Sequence[Piece], *, begin: bool = False) -> list[int]:
        """Tokens; see `toolkit.runtime.scoring.Scorer`."""
        tokens = list(self._opening) if begin else []
        for text, control in stretches(pieces, self._marks):
            tokens += self._ids(text, control=control)
        return tokens

    def _ids(self, text: str, *, control: bool) -> list[int]:
        self._tokenizer.encode_special_tokens = not control
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def _marks(self, text: str) -> list[str]:
        """The tokens in a part of the template that the tokenizer would find in anybody's text too."""
        return [self._found_anywhere[token] for token in self._ids(text, control=True) if token in self._found_anywhere]

    def score(self, prompt: Sequence[int], answers: Sequence[Sequence[int]], *, reuse: bool = True) -> Answered:
        """Log-likelihoods; see `toolkit.runtime.scoring.Scorer`."""
        # The last token is always read again: its logits are what the first tokens of the answers are scored by.
        kept = min(common_prefix(self._cached, prompt), len(prompt) - 1) if reuse else 0
        surplus, self._cached = len(self._cached) - kept, []
        if kept:
            self._cache.crop(-surplus)
        else:
            self._cache = DynamicCache()
        with torch.inference_mode():
            first = log_softmax(self._read(prompt[kept:], last=1)[0])
            sums, read = [], len(prompt) - kept
            for answer in answers:
                total = float(first[answer[0]])
                if len(answer) > 1:
                    logits = self._read(answer[:-1], last=len(answer) - 1)
                    total += sum(float(log_softmax(row)[token]) for row, token in zip(logits, answer[1:], strict=True))
                    self._cache.crop(1 - len(answer))
                    read += len(answer) - 1
                sums.append(total)
        self._cached = list(prompt)
        return Answered(sums, read)

    def _read(self, tokens: Sequence[int], *, last: int) -> Any:
        """Logits after each of the last few of some tokens, which stay in the cache."""
        ids = torch.tensor([list(tokens)], device=self.device)
        output = self.model(input_ids=ids, past_key_values=self._cache, use_cache=True, logits_to_keep=last)
        return output.logits[0].float().cpu().numpy()
