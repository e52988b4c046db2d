"""Both runtimes: with the prompt's beginning kept they say what they say from scratch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from tiny import save_causal
from tokenizers import AddedToken
from transformers import AutoModelForCausalLM, AutoTokenizer

from toolkit.errors import ModelError
from toolkit.runtime.causal import TransformersScorer
from toolkit.runtime.gguf import ROOM, GgufScorer, portions
from toolkit.runtime.scoring import Piece, Scorer, apart, common_prefix

SYSTEM = "You label single sentences, as opinion, prediction or neither, whatever they say. " * 4
TAILS = ["Prices will fall.", "What a shame!", "Prices will fall, they say.", "W", "Let us march together, friends."]
ANSWERS = ["opinion", "a factual claim about prices", "no", "prediction"]


@pytest.fixture(params=["transformers", "gguf"])
def load(request: pytest.FixtureRequest) -> Callable[[], Scorer]:
    if request.param == "gguf":
        file: Path = request.getfixturevalue("gemma")
        return lambda: GgufScorer(file, context_tokens=512, threads=1)
    folder: Path = request.getfixturevalue("tiny_causal")
    return lambda: TransformersScorer(folder, context_tokens=512, device="cpu")


def noise(scorer: Scorer) -> float:
    """How much sums of some five log-probabilities may differ.

    llama.cpp rounds activations to eight bits, which amplifies the order in which it adds up; that depends on how many
    tokens go through at once. A wrong mask or position makes differences of several nats.
    """
    return 0.5 if isinstance(scorer, GgufScorer) else 1e-3


def ask(scorer: Scorer, tail: str, *, reuse: bool) -> tuple[list[float], int]:
    prompt = scorer.encode([Piece(SYSTEM + tail)], begin=True)
    answers = [scorer.encode([Piece(f" {answer}")]) for answer in ANSWERS]
    logprobs, tokens = scorer.score(prompt, answers, reuse=reuse)
    return logprobs, tokens


def test_a_kept_beginning_changes_no_answer(load: Callable[[], Scorer]) -> None:
    warm, cold = load(), load()
    for tail in [*TAILS, *reversed(TAILS)]:
        kept, few = ask(warm, tail, reuse=True)
        scratch, all_of_them = ask(cold, tail, reuse=False)
        assert kept == pytest.approx(scratch, abs=noise(warm))
        assert few <= all_of_them
    assert few < all_of_them / 2


def test_the_same_prompt_twice_reads_its_last_token_again(load: Callable[[], Scorer]) -> None:
    scorer = load()
    first, _ = ask(scorer, TAILS[0], reuse=True)
    again, tokens = ask(scorer, TAILS[0], reuse=True)
    answers = sum(len(scorer.encode([Piece(f" {answer}")])) - 1 for answer in ANSWERS)
    assert tokens == 1 + answers
    assert again == pytest.approx(first, abs=noise(scorer))


def test_an_answer_is_scored_alike_alone_and_among_others(load: Callable[[], Scorer]) -> None:
    scorer = load()
    prompt = scorer.encode([Piece(SYSTEM)])
    answers = [scorer.encode([Piece(f" {answer}")]) for answer in ANSWERS]
    together = scorer.score(prompt, answers, reuse=False).logprobs
    alone = [scorer.score(prompt, [answer], reuse=False).logprobs[0] for answer in answers]
    assert together == pytest.approx(alone, abs=noise(scorer))


def test_probabilities_of_all_first_tokens_add_up_to_one(load: Callable[[], Scorer]) -> None:
    scorer = load()
    prompt = scorer.encode([Piece("Prices will")])
    size = len(AutoTokenizer.from_pretrained(scorer_folder)) if (scorer_folder := folder_of(scorer)) else 262_144
    total = torch.tensor(scorer.score(prompt, [[token] for token in range(min(size, 63))]).logprobs).exp().sum()
    assert 0 < total <= 1 + 1e-6
    if scorer_folder:
        everything = scorer.score(prompt, [[token] for token in range(size)]).logprobs
        assert torch.tensor(everything).exp().sum() == pytest.approx(1)


def folder_of(scorer: Scorer) -> str | None:
    return scorer.model.name_or_path if isinstance(scorer, TransformersScorer) else None


def test_likelihoods_are_those_of_one_pass_without_a_cache(tiny_causal: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_causal).eval()
    scorer = TransformersScorer(tiny_causal, context_tokens=512, device="cpu")
    prompt = scorer.encode([Piece(SYSTEM)])
    answers = [scorer.encode([Piece(answer)]) for answer in ANSWERS]
    for answer, logprob in zip(answers, scorer.score(prompt, answers).logprobs, strict=True):
        ids = torch.tensor([[*prompt, *answer]])
        with torch.inference_mode():
            rows = model(ids).logits[0].log_softmax(-1)
        expected = sum(rows[len(prompt) - 1 + step, token].item() for step, token in enumerate(answer))
        assert logprob == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("control", [False, True])
def test_a_control_token_in_a_text_is_letters(load: Callable[[], Scorer], control: bool) -> None:
    scorer = load()
    text = "<|im_end|>" if isinstance(scorer, TransformersScorer) else "<end_of_turn>"
    assert (len(scorer.encode([Piece(text, control=control)])) == 1) == control


def test_a_mark_of_the_template_that_is_not_special_is_letters_in_a_text(
    load: Callable[[], Scorer], tmp_path: Path
) -> None:
    if isinstance(load(), GgufScorer):
        scorer, mark = load(), "<table>"
    else:
        folder = save_causal(tmp_path)
        tokenizer = AutoTokenizer.from_pretrained(folder)
        tokenizer.add_tokens([AddedToken("<|User|>", special=False)])
        tokenizer.save_pretrained(folder)
        scorer, mark = TransformersScorer(folder, context_tokens=512, device="cpu"), "<|User|>"
    [own] = scorer.encode([Piece(mark, control=True)])
    text = f"Prices {mark} will{mark}{mark} fall."
    assert own in scorer.encode([Piece(text)]), "nothing says that it is a mark"
    assert scorer.encode([Piece(mark, control=True), Piece(text)]).count(own) == 1


def test_a_text_is_cut_inside_of_marks() -> None:
    assert apart("a<x><x>b<xy", ["<x>", "<xy", "a"]) == ["a<", "x><", "x>b<", "xy"]
    assert apart("no mark", ["<x>"]) == ["no mark"]
    assert "".join(apart("aXYZ" * 5000, ["XY", "YZ"])) == "aXYZ" * 5000


def test_more_and_longer_answers_than_go_in_at_once(load: Callable[[], Scorer]) -> None:
    scorer = load()
    prompt = scorer.encode([Piece(SYSTEM)], begin=True)
    answers = [scorer.encode([Piece(f" a label with quite a long name, and its number is {n}")]) for n in range(70)]
    assert sum(map(len, answers)) > ROOM
    many = scorer.score(prompt, answers).logprobs
    assert len(many) == 70
    for place in (0, 40, 69):
        assert many[place] == pytest.approx(scorer.score(prompt, [answers[place]]).logprobs[0], abs=2 * noise(scorer))
    assert scorer.score(prompt, answers[:2], reuse=False).logprobs == pytest.approx(many[:2], abs=2 * noise(scorer))


def test_answers_are_grouped_by_number_and_by_length() -> None:
    assert [len(group) for group in portions([[1]] * 130)] == [63, 63, 4]
    assert [len(group) for group in portions([[1] * 300, [1] * 212, [1], [1] * 700, [1]])] == [2, 1, 1, 1]
    assert portions([]) == []


def test_a_gguf_model_reads_no_more_than_it_was_trained_for(gemma: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llama_cpp.llama_cpp.llama_model_n_ctx_train", lambda _: 64)
    assert GgufScorer(gemma, context_tokens=512, threads=1).limit == 64


def test_the_limit_is_the_models_own_when_that_is_lower(tmp_path: Path) -> None:
    folder = save_causal(tmp_path, positions=64)
    assert TransformersScorer(folder, context_tokens=512, device="cpu").limit == 64


def test_what_is_no_model_is_one_sentence(tmp_path: Path, tiny_encoder: Path) -> None:
    pytest.importorskip("llama_cpp")
    (tmp_path / "x.gguf").write_bytes(b"GGUF and then nothing")
    with pytest.raises(ModelError, match="cannot load"):
        GgufScorer(tmp_path / "x.gguf", context_tokens=512)
    with pytest.raises(ModelError, match="cannot be loaded"):
        TransformersScorer(tmp_path, context_tokens=512, device="cpu")


@pytest.mark.parametrize(("left", "right", "length"), [([], [1], 0), ([1, 2], [1, 2], 2), ([1, 2], [1, 3, 2], 1)])
def test_common_prefix(left: list[int], right: list[int], length: int) -> None:
    assert common_prefix(left, right) == length
