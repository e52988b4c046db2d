from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import Outcome, shell

from toolkit import registry
from toolkit.annotate.output import read_rows
from toolkit.annotate.summary import Summary
from toolkit.backends.scripted import ScriptedBackend
from toolkit.cli import show

Command = Callable[..., Outcome]
ARTICLE = "Prices will fall next year. How dare they? The bridge was built in 1931.\n"
HEAVY = "import sys; bad = {'torch', 'transformers', 'pyarrow', 'datasets', 'sklearn'} & {*sys.modules}"


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "article.txt"
    path.write_text(ARTICLE)
    return path


def test_lines_of_json_go_to_standard_output_and_all_else_to_standard_error(claimkit: Command, article: Path) -> None:
    outcome = claimkit("annotate", article, "--backend", "cues")
    rows = [json.loads(line) for line in outcome.out.splitlines()]
    assert outcome.code == 0
    assert [(row["label"], row["start"], row["end"]) for row in rows] == [
        ("prediction", 0, 27),
        ("rhetoric", 28, 42),
        ("factual_claim", 43, 72),
    ]
    assert "total 3" in outcome.err
    assert "Wrote" not in outcome.err


@pytest.mark.parametrize("kind", ["out.jsonl", "out.csv", "out.parquet", "run"])
def test_output_files(claimkit: Command, article: Path, tmp_path: Path, kind: str) -> None:
    outcome = claimkit("annotate", article, "-o", tmp_path / kind, "--backend", "cues")
    assert (outcome.code, outcome.out) == (0, "")
    assert f"Wrote {tmp_path / kind}" in outcome.err
    assert [row["label"] for row in read_rows(tmp_path / kind)] == ["prediction", "rhetoric", "factual_claim"]
    again = claimkit("annotate", article, "-o", tmp_path / kind, "--backend", "cues")
    assert "3 kept from an earlier run" in again.err


def test_reading_options_reach_the_reader(claimkit: Command, tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes("key;review;text\n7;Été? Oui!;own\n".encode("cp1252"))
    options = ("--text-column", "review", "--id-column", "key", "--format", "csv", "--encoding", "cp1252")
    outcome = claimkit("annotate", path, *options, "--unit", "sentence", "--backend", "majority")
    rows = [json.loads(line) for line in outcome.out.splitlines()]
    assert [(row["id"], row["text"], row["key"], row["input_text"]) for row in rows] == [
        ("7:0-4", "Été?", "7", "own"),
        ("7:5-9", "Oui!", "7", "own"),
    ]
    assert "review" not in rows[0]


def test_all_units_tells_kinds(claimkit: Command, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Title\n\nPrices will fall.\n")
    outcome = claimkit("annotate", tmp_path / "a.md", "--all-units", "--backend", "cues")
    assert [json.loads(line)["kind"] for line in outcome.out.splitlines()] == ["heading", "sentence"]
    assert "not a sentence 1" in outcome.err


@pytest.mark.parametrize(("rate", "code"), [("0.5", 0), ("0.4", 1), ("0", 1), ("1", 0)])
def test_too_many_failures_are_exit_code_1(claimkit: Command, tmp_path: Path, rate: str, code: int) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "Good."}\n{\n')
    outcome = claimkit("annotate", tmp_path / "a.jsonl", "--backend", "cues", "--max-failure-rate", rate)
    assert outcome.code == code
    assert (f"50.0% failed, more than --max-failure-rate {rate}: exit code 1." in outcome.err) is bool(code)
    assert "1 bad_row" in outcome.err
    assert len(outcome.out.splitlines()) == 2


def test_config_file_and_labels(claimkit: Command, article: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text('kind: scripted\nanswers: {"How dare they?": "!timeout"}\ndefault: opinion\n')
    outcome = claimkit("annotate", article, "--backend", tmp_path / "mine.yaml", "--labels", "claims")
    assert [json.loads(line)["label"] for line in outcome.out.splitlines()] == ["opinion", None, "opinion"]
    assert outcome.code == 1


@pytest.mark.parametrize(("kind", "kept"), [("run", True), ("out.jsonl", True), ("-", False)])
def test_interrupt(
    claimkit: Command, article: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, kept: bool
) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ScriptedBackend, "classify", interrupted)
    outcome = claimkit("annotate", article, "-o", tmp_path / kind if kept else kind, "--backend", "scripted")
    assert (outcome.code, outcome.out) == (130, "")
    assert "Interrupted." in outcome.err
    assert ("goes on from there" in outcome.err) is kept


@pytest.mark.parametrize(("backend", "bug"), [("BrokenBackend", RuntimeError), ("MisspeltBackend", KeyError)])
def test_bug_keeps_its_traceback(
    claimkit: Command, article: Path, monkeypatch: pytest.MonkeyPatch, backend: str, bug: type[Exception]
) -> None:
    monkeypatch.setitem(registry.BACKENDS, "scripted", f"support:{backend}")
    with pytest.raises(bug):
        claimkit("annotate", article, "--backend", "scripted")


def test_shards_are_merged_into_the_whole(claimkit: Command, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"text": f"Prices fell by {n}."}) + "\n" for n in range(5000)))
    options = (tmp_path / "a.jsonl", "-o", tmp_path / "out.csv", "--backend", "cues")
    outcomes = [claimkit("annotate", *options, "--shard", f"{number}/2") for number in (1, 2)]
    assert [outcome.code for outcome in outcomes] == [0, 0]
    pattern = tmp_path / "out.csv.shard-*-of-2"
    assert f"When all 2 are done: claimkit merge {pattern} -o {tmp_path / 'out.csv'}" in outcomes[0].err
    folders = sorted(tmp_path.glob("out.csv.shard-*"))
    merged = claimkit("merge", *folders, "-o", tmp_path / "out.csv")
    assert (merged.code, "total 5,000" in merged.err) == (0, True)
    assert claimkit("annotate", *options).code == 0  # which finds it done
    assert claimkit("annotate", *options[:2], tmp_path / "whole.csv", *options[3:]).code == 0
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_shards_that_cannot_be_are_said_before_a_model_loads(refused: Callable[..., str], article: Path) -> None:
    assert "is no shard" in refused("annotate", article, "-o", "x", "--shard", "3/2", "--backend", "embedded-large")
    assert "a place of its own" in refused("annotate", article, "--shard", "1/2", "--backend", "embedded-large")
    assert "does not exist" in refused("merge", "nothing", "-o", "x")


@pytest.mark.parametrize(("option", "known"), [("--cache", True), ("--no-cache", False), (None, False)])
def test_cache_is_a_matter_of_choice(
    claimkit: Command, article: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str | None, known: bool
) -> None:
    monkeypatch.setenv("CLAIMKIT_CACHE", str(tmp_path / "cache"))
    for _ in range(2):
        outcome = claimkit("annotate", article, "--backend", "cues", *filter(None, [option]))
    assert ("3 answers from the cache" in outcome.err) is known
    assert (tmp_path / "cache").exists() is known


def test_pipe_through(tmp_path: Path) -> None:
    done = shell("printf 'Prices will fall. Été?' | claimkit annotate - -o - --backend cues | cat", tmp_path)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["id"], row["text"]) for row in rows] == [
        ("stdin:0-17", "Prices will fall."),
        ("stdin:18-22", "Été?"),
    ]


@pytest.mark.parametrize(("file_type", "data"), [("csv", "text\\nOne.\\n"), ("jsonl", '{"text": "One."}\\n')])
def test_table_on_standard_input(tmp_path: Path, file_type: str, data: str) -> None:
    done = shell(f"printf '{data}' | claimkit annotate - --format {file_type} --backend cues -o x.jsonl", tmp_path)
    assert done.returncode == 0, done.stderr
    assert [row["text"] for row in read_rows(tmp_path / "x.jsonl")] == ["One."]


def test_process_substitution_is_read_whole(tmp_path: Path) -> None:
    done = shell("claimkit annotate <(printf 'One is here.') --backend cues", tmp_path)
    assert [json.loads(line)["text"] for line in done.stdout.splitlines()] == ["One is here."]


def test_output_is_utf8_whatever_the_terminal_is(tmp_path: Path) -> None:
    done = shell("printf 'Été 🎉?' | PYTHONIOENCODING=ascii claimkit annotate - --backend cues", tmp_path)
    assert json.loads(done.stdout.decode())["text"] == "Été 🎉?"


def test_reader_that_goes_away_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "One is here."}\n' * 3000)
    done = shell("claimkit annotate a.jsonl --backend cues | head -n 1; exit ${PIPESTATUS[0]}", tmp_path)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == b""


def test_full_standard_output_is_said(tmp_path: Path, article: Path) -> None:
    done = shell("claimkit annotate article.txt --backend cues > /dev/full", tmp_path)
    assert done.returncode == 2
    assert b"Error: Standard output cannot be written: No space left on device." in done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


@pytest.mark.parametrize("arguments", ["['--help']", "['annotate', '--help']", "['--version']"])
def test_help_imports_nothing_heavy(tmp_path: Path, arguments: str) -> None:
    code = f"""
import sys
from toolkit.cli.main import main
sys.argv = ['claimkit', *{arguments}]
try:
    main()
except SystemExit as exit:
    assert not exit.code
{HEAVY}
sys.exit(f'imported {{bad}}' if bad else 0)
"""
    done = shell(f"{sys.executable} - <<'END'\n{code}\nEND", tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert b"claimkit" in done.stdout


@pytest.mark.parametrize(("kind", "said"), [("bad_row", False), ("too_long", False), ("timeout", True)])
def test_retrying_is_named_only_where_it_helps(capsys: pytest.CaptureFixture[str], kind: str, said: bool) -> None:
    show.summary(Summary("run", total=1, failed=Counter({kind: 1})), "-")
    err = capsys.readouterr().err
    assert f"Failed: 1 {kind}." in err
    assert ("again to retry" in err) is said
