from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from support import Retrying, Stopping, scripted

from toolkit.annotate.plan import Distinct, Plan, plan
from toolkit.annotate.run import annotate
from toolkit.backends.base import load_backend
from toolkit.backends.scripted import ScriptedBackend
from toolkit.corpus.read import Corpus
from toolkit.errors import InputError, OutputError, UnknownNameError

SCRIPTED = "kind: scripted\nname: scripted\ndefault: opinion\n"


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMKIT_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Thirty rows, five of them twice, one of them no row; a page with a heading; a page without a sentence."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    rows = [json.dumps({"text": f"Sentence number {number % 24}."}) for number in range(29)]
    (corpus / "a.jsonl").write_text("\n".join([*rows, "{"]))
    (corpus / "b.md").write_text("# Title\n\nPrices will fall. How dare they?\n")
    (corpus / "c.md").write_text("# Title alone\n")
    (tmp_path / "scripted.yaml").write_text(SCRIPTED)
    return corpus


def look(folder: Path, backend: str = "", **options: Any) -> Plan:
    path = folder.parent / "backend.yaml"
    path.write_text(backend or SCRIPTED)
    return plan(Corpus([folder]), path, **options)


def run(folder: Path, target: Path, backend: Any = None, **options: Any) -> Any:
    return annotate(Corpus([folder]), backend or scripted(), target, **options)


def test_counts(folder: Path) -> None:
    found = look(folder, all_units=True)
    assert (found.inputs, found.documents, found.without_sentences) == (3, 31, 1)
    assert (found.sentences, found.duplicates, found.asked, found.other_units) == (31, 5, 26, 2)
    assert found.failures == Counter(bad_row=1)
    assert found.characters == sum(len(f"Sentence number {n % 24}.") for n in range(29)) + len(
        "Prices will fall." + "How dare they?"
    )
    assert (found.kept, found.retried, found.exact, found.notes) == (0, 0, True, [])
    assert look(folder).other_units == 0


def test_time_is_measured_by_asking_a_sample(folder: Path) -> None:
    found = look(folder)
    [member] = found.members
    assert (member.name, member.kind, member.asked, member.measured) == ("scripted", "scripted", 26, 25)
    assert member.seconds is not None
    assert found.seconds == pytest.approx(member.seconds + found.seconds_reading)
    assert (found.cost, member.requests) == (0, None)


def test_nothing_is_asked_unmeasured(folder: Path) -> None:
    found = look(folder, measure=False)
    assert (found.members[0].seconds, found.members[0].measured, found.seconds) == (None, 0, None)
    assert found.members[0].asked == 26


@pytest.mark.parametrize("target", ["out.jsonl", "run"])
def test_what_the_output_holds_is_taken_off(folder: Path, tmp_path: Path, target: str) -> None:
    out = tmp_path / target
    failing = scripted({"Sentence number 3.": "!timeout"})
    backend = "kind: scripted\nname: scripted\ndefault: opinion\nanswers: {Sentence number 3.: '!timeout'}\n"
    with pytest.raises(KeyboardInterrupt):
        run(folder, out, Stopping(failing, at=3, error=KeyboardInterrupt()), window=8)
    found = look(folder, backend, target=out)
    assert (found.kept, found.retried, found.asked, found.sentences) == (15, 1, 15, 31)
    run(folder, out, failing)
    found = look(folder, backend, target=out)
    assert (found.kept, found.retried, found.asked) == (29, 2, 1)
    run(folder, out, Retrying(failing))
    found = look(folder, backend, target=out)
    assert (found.kept, found.retried, found.asked) == (31, 0, 0)
    assert found.seconds == pytest.approx(found.seconds_reading)


def test_finished_output_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    (folder / "a.jsonl").write_text('{"text": "One."}\n')
    run(folder, tmp_path / "out.csv")
    found = look(folder, target=tmp_path / "out.csv")
    assert (found.kept, found.asked) == (3, 0)
    (folder / "a.jsonl").write_text('{"text": "Two."}\n')
    found = look(folder, target=tmp_path / "out.csv")
    assert (found.kept, found.asked, found.sentences) == (0, 3, 3)
    assert found.notes == ["The input has changed since the output was begun; the run will want --fresh."]


def test_changed_window_is_counted_anew(folder: Path, tmp_path: Path) -> None:
    run(folder, tmp_path / "run")
    text = (folder / "a.jsonl").read_text()
    (folder / "a.jsonl").write_text(text.replace("number 1.", "number one."))
    found = look(folder, target=tmp_path / "run")
    assert (found.kept, found.asked, found.sentences) == (0, 26, 31)
    assert len(found.notes) == 1


def test_other_settings_are_named(folder: Path, tmp_path: Path) -> None:
    run(folder, tmp_path / "run", scripted(default="rhetoric"))
    found = look(folder, target=tmp_path / "run")
    assert "default: rhetoric → opinion" in found.notes[0]
    assert found.asked == 26


def test_place_that_is_taken_is_said_now(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("mine")
    with pytest.raises(OutputError, match="is not a claimkit run"):
        look(folder, target=tmp_path / "mine.csv")


def test_answers_in_the_cache_are_taken_off(folder: Path, tmp_path: Path) -> None:
    part = tmp_path / "part.jsonl"
    part.write_text("".join(json.dumps({"text": f"Sentence number {number}."}) + "\n" for number in range(13)))
    run(part, tmp_path / "out", cache=True)
    [member] = look(folder, cache=True).members
    assert (member.cached, member.asked) == (0.5, 13)
    assert look(folder).members[0].cached == 0


def test_nothing_is_written_to_the_cache_either(folder: Path, tmp_path: Path) -> None:
    look(folder, cache=True)
    assert not (tmp_path / "cache").exists()
    run(folder, tmp_path / "out", cache=True)
    old = tmp_path / "cache" / "annotations" / f"{'0' * 32}.sqlite"
    old.touch()
    os.utime(old, (0, 0))
    before = {path: path.stat().st_mtime_ns for path in old.parent.iterdir()}
    assert look(folder, cache=True).members[0].cached == 1
    assert {path: path.stat().st_mtime_ns for path in old.parent.iterdir()} == before


def test_output_that_holds_an_input_or_was_changed_is_said_now(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"a\.jsonl lies in the output"):
        look(folder, target=folder)
    out = tmp_path / "out.csv"
    run(folder, out)
    out.write_bytes(out.read_bytes()[:-10])
    found = look(folder, target=out)
    assert (found.kept, found.asked) == (0, 26)
    assert found.notes == [f"{out} has been changed since its run wrote it; the run will want --fresh."]


def test_part_that_was_cut_is_counted_as_to_be_done(folder: Path, tmp_path: Path) -> None:
    (folder / "a.jsonl").write_text((folder / "a.jsonl").read_text().removesuffix("{"))
    run(folder, tmp_path / "run", window=8)
    assert look(folder, target=tmp_path / "run").kept == 31
    os.truncate(tmp_path / "run" / "annotations" / "part-00001.parquet", 0)
    assert look(folder, target=tmp_path / "run").kept == 31 - 8


def test_what_would_stop_the_run_stops_the_plan(folder: Path) -> None:
    with pytest.raises(UnknownNameError):
        plan(Corpus([folder]), "nothing")
    (folder / "b.md").write_text("")
    with pytest.raises(InputError):
        plan(Corpus([folder / "b.md"]), "cues")


CHAT = """
kind: chat
base_url: http://127.0.0.1:9/v1
model: big
api_key_env: KEY_THAT_IS_NOT_SET
prices: {input: 2.0, output: 8.0}
requests_per_minute: 13
"""


def test_paid_server_is_reckoned_and_never_asked(folder: Path) -> None:
    found = look(folder, CHAT)
    [member] = found.members
    assert (member.requests, member.asked, member.measured, member.seconds) == (26, 26, 0, None)
    assert member.tokens is not None
    assert member.output_tokens is not None
    assert 100 * 26 < member.tokens < 2000 * 26
    assert member.cost == pytest.approx((2 * member.tokens + 8 * member.output_tokens) / 1e6)
    assert member.cost_at_most == pytest.approx((2 * member.tokens + 8 * 26 * 200) / 1e6)
    assert member.seconds_at_least == 120
    assert (found.cost, found.seconds) == (member.cost, None)


def test_votes_and_budget_and_missing_prices(folder: Path) -> None:
    once, often = (
        look(folder, CHAT + f"temperature: 1\nvotes: {votes}\nbudget: {{max_requests: 30}}\n") for votes in (1, 3)
    )
    assert often.members[0].requests == 78
    assert once.members[0].notes == []
    assert often.members[0].notes == ["the budget of the config stops it; 3 runs of the same command do it all"]
    free = look(folder, CHAT.replace("prices", "#"))
    assert (free.members[0].cost, free.cost) == (None, None)


def cascade(*, more: str) -> str:
    first = 'kind: scripted, name: first, default: opinion, answers: {"Prices will fall.": "!refused"}'
    chat = "kind: chat, name: dear, base_url: 'http://127.0.0.1:9/v1', model: big, prices: {input: 1, output: 1}"
    return f"kind: cascade\nname: both\nmembers:\n  - {{{first}}}\n  - {{{chat}}}\n{more}"


def test_share_that_goes_on_is_measured(folder: Path) -> None:
    first, dear = look(folder, cascade(more="margin: 0.1\n")).members
    assert (first.asked, dear.asked, dear.requests, dear.share_known) == (26, 1, 1, True)


@pytest.mark.parametrize(("more", "asked", "known"), [("margin: 0.1\n", 26, False), ("share: 0.5\n", 13, True)])
def test_share_that_is_not_measured_is_a_bound(folder: Path, more: str, asked: int, known: bool) -> None:
    _, dear = look(folder, cascade(more=more), measure=False).members
    assert (dear.asked, dear.share_known) == (asked, known)


def test_all_members_of_an_ensemble_are_asked(folder: Path) -> None:
    text = cascade(more="method: vote\n").replace("kind: cascade", "kind: ensemble")
    assert [member.asked for member in look(folder, text).members] == [26, 26]


def test_nothing_to_annotate(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Title alone\n")
    for backend in ("cues", tmp_path / "chat.yaml"):
        (tmp_path / "chat.yaml").write_text(CHAT)
        found = plan(Corpus([tmp_path / "a.md"]), backend)
        assert (found.sentences, found.asked, found.members[0].asked) == (0, 0, 0)
        assert found.seconds == pytest.approx(found.seconds_reading)


def test_single_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Prices will fall.")
    [member] = plan(Corpus([tmp_path / "a.txt"]), "cues").members
    assert (member.asked, member.measured) == (1, 1)


@pytest.mark.parametrize(("count", "most"), [(50, 1000), (1000, 1000), (100_000, 1000)])
def test_distinct_keys_are_counted_in_bounded_memory(count: int, most: int) -> None:
    distinct = Distinct(most)
    for number in range(count):
        for _ in range(2):
            distinct.add((number * 0x9E3779B97F4A7C15 % (1 << 64)).to_bytes(8))
    assert len(distinct._kept) <= most
    assert distinct.exact is (count <= most)
    assert distinct.count == pytest.approx(count, rel=0 if count <= most else 0.15)


def test_json_is_json(folder: Path) -> None:
    found = json.loads(json.dumps(look(folder, CHAT).as_dict()))
    assert found["members"][0]["requests"] == 26
    assert found["failures"] == {"bad_row": 1}
    assert found["cost"] > 0


def test_the_model_of_a_plan_is_that_of_the_run(folder: Path) -> None:
    assert isinstance(load_backend(folder.parent / "scripted.yaml"), ScriptedBackend)
