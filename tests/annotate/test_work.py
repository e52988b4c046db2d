from __future__ import annotations

import json
from pathlib import Path

from composites import Fake, cascade, failed, member, sure

from toolkit.annotate.output import read_rows
from toolkit.annotate.run import annotate
from toolkit.annotate.summary import Summary
from toolkit.corpus.read import Corpus
from toolkit.records import Prediction

TEXTS = [f"Sentence number {number}." for number in range(25)]


def test_what_failed_beyond_the_first_member_of_a_cascade_goes_on_again(tmp_path: Path) -> None:
    """Few rows are asked again, of which a share would be none: but they had their share, and failed."""
    corpus = tmp_path / "in.jsonl"
    corpus.write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS))

    def asked(answers: dict[str, Prediction | Exception]) -> tuple[Fake, Summary]:
        dear = Fake(member("dear"), answers)
        cheap = Fake(member("cheap"), {text: sure("rhetoric", 0.4) for text in TEXTS})
        backend = cascade(cheap, dear, share=0.25, on_failure="fail")
        return dear, annotate(Corpus([corpus]), backend, tmp_path / "out.jsonl", window=4)

    first, summary = asked({text: failed("timeout") for text in TEXTS})
    assert (len(first.texts), summary.failed, summary.usage.escalated) == (6, {"timeout": 6}, 6)
    some = {text: failed("timeout") for text in first.texts[:2]}
    second, summary = asked(some)
    assert (second.texts, summary.failed, summary.usage.escalated) == (first.texts, {"timeout": 2}, 6)
    third, summary = asked({})
    assert (third.texts, summary.failed, summary.usage.escalated) == (first.texts[:2], {}, 6)
    labels = {row["text"]: row["label"] for row in read_rows(tmp_path / "out.jsonl")}
    assert labels == {text: "opinion" if text in first.texts else "rhetoric" for text in TEXTS}
