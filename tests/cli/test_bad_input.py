from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support import Outcome, shell

Command = Callable[..., Outcome]
Refused = Callable[..., str]


def write(path: Path, data: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


@pytest.mark.parametrize("out", ["-", "out.jsonl", "run"])
@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.txt", b"", "a.txt is empty."),
        ("a.txt", b" \n\n\t ", "a.txt is empty."),
        ("a.txt", b"\xef\xbb\xbf\n", "a.txt is empty."),
        ("a.txt", b"One.\0Two.", "a.txt has NUL bytes in it, so it is not a text file."),
        ("a.txt", bytes(range(256)) * 9, "not a text file|cannot be told"),
        ("a.pdf", b"%PDF-1.7 text", "not a text file"),
        ("a.csv", b"", "a.csv has no header line."),
        ("a.csv", b"n,text\n", "a.csv has no rows."),
        ("a.csv", b"n,n,text\n1,2,3\n", "a.csv has two columns called 'n'."),
        ("a.csv", b"n,words\n1,One\n", "a.csv has no column 'text'."),
        ("a.tsv", b"n\twords\n1\tOne\n", "a.tsv has no column 'text'."),
        ("a.jsonl", b'{"words": "One"}\n', "a.jsonl has no column 'text'."),
        ("a.jsonl", b"{", "a.jsonl has no readable row; row 1: not valid JSON"),
        ("a.parquet", b"One.", "a.parquet is not a readable Parquet file"),
        ("a.txt.gz", gzip.compress(b"One is here. " * 99)[:-12], "cannot be decompressed"),
        ("a.txt.zst", b"One.", "cannot be decompressed"),
        ("a.html", b"<html></html>", "a.html holds no text that could be extracted."),
    ],
)
def test_only_input_that_cannot_be_read(
    refused: Refused, tmp_path: Path, name: str, data: bytes, said: str, out: str
) -> None:
    path = write(tmp_path / name, data)
    message = refused("annotate", path, "--backend", "cues", "-o", out if out == "-" else tmp_path / out)
    assert any(part in message for part in said.split("|"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.txt"], "The input none.txt does not exist."),
        (["*.none"], "The input *.none does not exist."),
        (["empty"], "The folder empty holds no file that can be read."),
        (["Prices will fall. " * 30], "is no path: File name too long."),
        (["a.txt", "--backend", "cuse"], "Unknown backend 'cuse'. Did you mean cues?"),
        (["a.txt", "--backend", "none.yaml"], "Unknown backend 'none.yaml'."),
        (["a.txt", "--labels", "claim"], "Unknown label set 'claim'. Did you mean claims?"),
        (["a.txt", "--encoding", "utf-99"], "There is no encoding called 'utf-99'."),
        (["a.txt", "--encoding", "utf-16"], "a.txt is not valid utf-16"),
        (["a.csv", "--id-column", "key"], "a.csv has no column 'key'."),
        (["a.csv", "--text-column", "review"], "a.csv has no column 'review'."),
    ],
)
def test_wrong_arguments(
    refused: Refused, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "a.txt", "One is here, and two.")
    write(tmp_path / "a.csv", "n,text\n1,One.\n")
    (tmp_path / "empty").mkdir()
    backend = [] if "--backend" in arguments else ["--backend", "cues"]
    assert said in refused("annotate", *arguments, *backend)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("kind: cues\n  name: [", "is not valid YAML"),
        ("kind: cues\nkind: cues\n", "is not valid YAML"),
        ("- cues\n", "does not hold a mapping"),
        ("", "does not hold a mapping"),
        ("kind: cues\ntemperature: 2\n", "temperature: this key is not known"),
        ("kind: cuse\n", "cuse"),
        ("name: x\n", "kind"),
        ("kind: majority\nlabel: maybe\n", "answers maybe, which 'claims' does not have"),
        ("kind: scripted\ndefault: '!never'\n", "is not a kind of failure"),
        ("kind: cues\ncalibration: {threshold: 2}\n", "calibration.threshold"),
        (b"kind: cues # \xff\n", "cannot be read"),
    ],
)
def test_backend_config_that_cannot_be_used(refused: Refused, tmp_path: Path, config: str | bytes, said: str) -> None:
    text, path = write(tmp_path / "a.txt", "One."), write(tmp_path / "mine.yaml", config)
    message = refused("annotate", text, "--backend", path)
    assert said in message
    assert "mine" in message or "!never" in message


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ("name: x\nlabels:\n  - name: a\n  - name: a\n", "the label 'a' occurs twice"),
        ("name: x\nlabels:\n  - name: a\n", "labels"),
        ("name: x\nlabels:\n  - name: a\n  - name: b\nhypothesis_template: none\n", "has no {label} in it"),
    ],
)
def test_label_set_that_cannot_be_used(refused: Refused, tmp_path: Path, labels: str, said: str) -> None:
    text, path = write(tmp_path / "a.txt", "One."), write(tmp_path / "l.yaml", labels)
    assert said in refused("annotate", text, "--labels", path, "--backend", "cues")


@pytest.mark.parametrize("out", ["/proc/none/out.jsonl", "/proc/none/run", "file/out.csv", "file/run", "x" * 300])
def test_place_that_cannot_be_written(refused: Refused, tmp_path: Path, out: str) -> None:
    text = write(tmp_path / "a.txt", "One.")
    write(tmp_path / "file", "mine")
    assert "cannot be" in refused("annotate", text, "--backend", "cues", "-o", tmp_path / out)


@pytest.mark.parametrize("fresh", [[], ["--fresh"]])
@pytest.mark.parametrize("out", ["notes.txt", "notes.jsonl", "folder"])
def test_place_that_is_something_else(refused: Refused, tmp_path: Path, out: str, fresh: list[str]) -> None:
    text = write(tmp_path / "a.jsonl", '{"text": "One."}\n')
    for name in ("notes.txt", "notes.jsonl", "folder/mine"):
        write(tmp_path / name, "mine")
    message = refused("annotate", text, "--backend", "cues", "-o", tmp_path / out, *fresh)
    assert "is there already and is not a claimkit run." in message
    assert text.read_text() == '{"text": "One."}\n'
    assert (tmp_path / "folder" / "mine").read_text() == "mine"


@pytest.mark.parametrize("fresh", [[], ["--fresh"]])
def test_output_is_not_read_again_as_input(
    claimkit: Command, refused: Refused, tmp_path: Path, fresh: list[str]
) -> None:
    text, out = write(tmp_path / "a.txt", "One is here."), tmp_path / "out.jsonl"
    for own in (text, out):
        claimkit("annotate", text, "--backend", "cues", "-o", out)
        before = {path: path.read_bytes() for path in tmp_path.iterdir()}
        message = refused("annotate", own, "--backend", "cues", "-o", own, *fresh)
        assert f"The input {own} is the output {own}." in message
        assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_other_settings_and_other_input_are_refused(claimkit: Command, refused: Refused, tmp_path: Path) -> None:
    text, out = write(tmp_path / "a.txt", "One is here."), tmp_path / "out.jsonl"
    claimkit("annotate", text, "--backend", "cues", "-o", out)
    assert "backend: cues → majority" in refused("annotate", text, "--backend", "majority", "-o", out)
    text.write_text("Two is here.")
    assert "input has changed" in refused("annotate", text, "--backend", "cues", "-o", out)
    assert claimkit("annotate", text, "--backend", "majority", "-o", out, "--fresh").code == 0


@pytest.mark.parametrize(
    ("name", "data", "good", "bad"),
    [
        ("a.jsonl", '{"text": "One."}\n{\n[1]\n{"text": "Two."}\n', ["One.", "Two."], 2),
        ("a.jsonl", '{"text": null}\n{"text": 5}\n{"text": ""}\n{"text": "One."}\n', ["One."], 3),
        ("a.jsonl", '{"text": "a\\u0000"}\n{"text": "\\ud800"}\n{"text": "One."}\n', ["One."], 2),
        ("a.jsonl", '{"n": 1}\n{"text": "One.", "n": "\\ud800"}\n', ["One."], 1),
        ("a.jsonl", b'{"text": "a\0"}\n{"text": "One."}\n', ["One."], 1),
        ("a.csv", "n,text\n1,One.\n2\n3,a,b\n4,\n5,Two.\n", ["One.", "Two."], 3),
        ("a.csv", 'n,text\n1,"stray\n2,One.\n3,"stray\n4,Two.\n', ["One.", "Two."], 2),
        ("a.csv", b"n,text\n1,a\0b\n2,One.\n3,Two.\n", ["One.", "Two."], 1),
        ("a.csv", "n,text\n1,Été.\n".encode() + b"2,\xff\xfe\n3,One.\n", ["Été.", "One."], 1),
        ("a.txt", b"One.\na\0b\nTwo is quite near.\n", ["One.", "Two is quite near."], 1),
    ],
)
@pytest.mark.parametrize("out", ["out.jsonl", "out.csv", "out.parquet", "run", "-"])
def test_bad_rows_are_records_and_good_ones_are_never_lost(
    claimkit: Command, tmp_path: Path, name: str, data: str | bytes, good: list[str], bad: int, out: str
) -> None:
    from toolkit.annotate.output import read_rows

    path = write(tmp_path / name, data)
    target = "-" if out == "-" else tmp_path / out
    outcome = claimkit("annotate", path, "--unit", "row", "--backend", "cues", "-o", target, "--max-failure-rate", "1")
    assert outcome.code == 0, outcome.err
    rows = [json.loads(line) for line in outcome.out.splitlines()] if out == "-" else list(read_rows(tmp_path / out))
    assert [row["text"] for row in rows if row["failure"] is None] == good
    failed = [row for row in rows if row["failure"] is not None]
    assert [row["failure"]["kind"] for row in failed] == ["bad_row"] * bad
    assert all(row["failure"]["message"] and row["label"] is None for row in failed)


@pytest.mark.parametrize(("name", "unit"), [("a.txt", "row"), ("a.txt", "sentence"), ("a.jsonl", "row")])
def test_line_of_ten_megabytes(claimkit: Command, tmp_path: Path, name: str, unit: str) -> None:
    words = "word and " * 1_100_000
    line = json.dumps({"text": words}) if name == "a.jsonl" else words
    path = write(tmp_path / name, f"{line}\n" if name == "a.txt" else f'{line}\n{{"text": "Good."}}\n')
    started = time.process_time()
    outcome = claimkit("annotate", path, "--unit", unit, "--backend", "cues", "-o", tmp_path / "run")
    assert time.process_time() - started < 20
    assert outcome.code == 1
    assert "1 too_long" in outcome.err


def test_bad_files_of_a_folder_are_records(claimkit: Command, tmp_path: Path) -> None:
    for name, data in {"a.txt": b"", "b.txt": b"\0\0", "c.txt.gz": b"no", "d.parquet": b"", "e.txt": b"One."}.items():
        write(tmp_path / "in" / name, data)
    outcome = claimkit("annotate", tmp_path / "in", "--backend", "cues")
    rows = [json.loads(line) for line in outcome.out.splitlines()]
    assert outcome.code == 1
    assert [(row["failure"] or {"kind": ""})["kind"] for row in rows] == ["bad_file"] * 4 + [""]


@pytest.mark.parametrize(
    "command",
    [
        "annotate none.txt --backend cues",
        "annotate a.txt --backend cuse",
        "annotate a.txt --backend cues -o a.txt",
        "annotate a.txt --backend cues --unit paragraph",
        "annotate a.txt --backend cues --max-failure-rate 2",
        "annotate - --format csv --backend cues </dev/null",
        "annotate - --backend cues <&-",
        "annotate",
    ],
)
def test_user_errors_of_the_installed_command(tmp_path: Path, command: str) -> None:
    write(tmp_path / "a.txt", "One is here.")
    done = shell(f"claimkit {command}", tmp_path)
    assert done.returncode == 2
    assert done.stdout == b""
    assert b"Error" in done.stderr
    assert b"Traceback" not in done.stderr
