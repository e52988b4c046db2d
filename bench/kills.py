"""Kills `claimkit annotate` at random moments with SIGKILL until enough kills have struck, and looks at what is left.

After each kill: is every window that the journal names there and readable, and is none gone that was there before? At
the end of each run: are all files byte-identical to those of a run without a stop, the manifest but for its times?

Run: python bench/kills.py [--kills 25] [--sentences 60000] [--embedded 3] [--model embedded] [--seed 13]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from toolkit.annotate.manifest import Journal
from toolkit.annotate.output import Output

KINDS = ("out.jsonl", "run", "out.csv", "out.parquet")
TIMES = {"started", "ended"}
WORDS = (
    "prices will fall next year because the council said that many bridges were built and how dare they "
    "we should never accept this unfair tax which experts expect to double in Ohio or so I think"
)


def write_corpus(folder: Path, sentences: int, rng: random.Random) -> None:
    """A page, a table with columns of changing type, and a folder of short texts, with bad rows in between."""
    (folder / "texts").mkdir(parents=True)
    with (folder / "a.jsonl").open("w", encoding="utf-8") as table:
        for number in range(sentences // 2):
            row = {"text": sentence(rng, number), "n": [number, None, number / 2, f"n{number}"][number // 7000 % 4]}
            table.write("{broken\n" if number % 5000 == 77 else json.dumps(row) + "\n")
    with (folder / "b.md").open("w", encoding="utf-8") as page:
        for number in range(sentences // 4):
            page.write(sentence(rng, number) + ("\n\n" if number % 6 == 5 else " "))
    for place in range(50):
        texts = (sentence(rng, number) for number in range(sentences // 200))
        (folder / "texts" / f"{place:02}.txt").write_text(" ".join(texts), encoding="utf-8")
    (folder / "texts" / "bad.txt").write_bytes(b"\0\x80\xff" * 50)


def sentence(rng: random.Random, number: int) -> str:
    """Some words, and a number so that most sentences differ."""
    words = rng.choices(WORDS.split(), k=rng.randint(4, 14))
    return f"{' '.join(words).capitalize()} {number // 2}{rng.choice('..?!')}"


class Runs:
    """Starts the same command again and again.

    Args:
        corpus: The inputs.
        place: Where outputs and the cache go.
        backend: Name of the backend.
        rng: Draws the moments.
    """

    def __init__(self, corpus: Path, place: Path, backend: str, rng: random.Random) -> None:
        self.corpus = corpus
        self.place = place
        self.backend = backend
        self.rng = rng
        self.environment = {**os.environ, "CLAIMKIT_CACHE": str(place / "cache")}

    def new_cache(self) -> None:
        """Forget all answers; what runs the model is remembered, so that all runs are of the same."""
        shutil.rmtree(self.place / "cache" / "annotations", ignore_errors=True)

    def start(self, out: Path) -> subprocess.Popen[bytes]:
        """The command, as a process."""
        command = [sys.executable, "-m", "toolkit.cli.main", "annotate", self.corpus, "-o", out]
        options = ["--backend", self.backend, "--max-failure-rate", "1"]
        return subprocess.Popen([*map(str, command), *options], env=self.environment, stderr=subprocess.PIPE)

    def whole(self, out: Path) -> float:
        """Run without a stop; gives the seconds."""
        began = time.perf_counter()
        process = self.start(out)
        _, err = process.communicate()
        assert process.returncode == 0, err.decode()
        return time.perf_counter() - began

    def killed(self, out: Path, longest: float) -> float | None:
        """Run and kill at a random moment; gives the moment, or None when it had ended by then."""
        process = self.start(out)
        moment = self.rng.uniform(0, longest)
        try:
            process.wait(timeout=moment)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        _, err = process.communicate()
        if process.returncode == -signal.SIGKILL:
            return moment
        assert process.returncode == 0, err.decode()
        return None


def windows_of(out: Path) -> dict[int, str]:
    """The windows that the journal of an unfinished run names, each looked at."""
    output = Output(out, [])
    parts = Journal(output.journal.path).read()
    damaged = [index for index, part in parts.items() if not output.intact(part)]
    # Between the last window and the end of a run its one file is there, and its parts are being removed.
    done = (out.with_name(f"{out.name}.manifest.json") if output.single else out / "manifest.json").read_bytes()
    assert not damaged or (output.single and b'"finished": true' in done), f"windows {damaged} cannot be read"
    return {index: part.digest for index, part in parts.items()}


def content(out: Path) -> dict[str, Any]:
    """Every file of a finished run; of its manifest all but the times."""
    files = sorted(out.rglob("*")) if out.is_dir() else sorted(out.parent.glob(f"*{out.name}*"))
    found: dict[str, Any] = {str(file.relative_to(out.parent)): file.read_bytes() for file in files if file.is_file()}
    for name in [name for name in found if name.endswith("manifest.json")]:
        found[name] = {key: value for key, value in json.loads(found[name]).items() if key not in TIMES}
    return found


def strike(runs: Runs, kinds: Sequence[str], kills: int) -> int:
    """Kill runs until so many kills have struck; gives how many runs were compared."""
    whole: dict[str, tuple[float, dict[str, Any]]] = {}
    struck = compared = 0
    while struck < kills:
        kind = kinds[compared % len(kinds)]
        if kind not in whole:
            runs.new_cache()
            seconds = runs.whole(runs.place / "whole" / kind)
            whole[kind] = seconds, content(runs.place / "whole" / kind)
            print(f"{runs.backend} {kind}: without a stop {seconds:.1f} s")
        longest, expected = whole[kind]
        runs.new_cache()
        out = runs.place / f"killed{compared}" / kind
        there: dict[int, str] = {}
        own = 0
        begun = time.perf_counter()
        while (moment := runs.killed(out, longest)) is not None:
            struck += 1
            own += 1
            manifest = Output(out, []).manifest_path
            now = windows_of(out) if manifest.exists() else {}
            finished = manifest.exists() and json.loads(manifest.read_bytes())["finished"]
            assert finished or now.items() >= there.items(), "a window was lost"
            there = now
            print(f"  kill {struck} after {moment:.2f} s: {'finished' if finished else f'{len(now)} windows kept'}")
        if not own:  # the first run may have taken longer, as when it chose what runs the model
            whole[kind] = min(longest, time.perf_counter() - begun), expected
        compared += 1
        found = content(out)
        different = [name for name in {*found, *expected} if found.get(name) != expected.get(name)]
        assert not different, f"after {own} kills {different} differ from the run without a stop"
        print(f"  the run ended after {own} kills; {len(found)} files are byte-identical")
    return compared


def main() -> None:
    """Print what was found."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--sentences", type=int, default=60_000)
    parser.add_argument("--embedded", type=int, default=3, help="kills of a run of a model")
    parser.add_argument("--model", default="embedded", help="which model")
    parser.add_argument("--seed", type=int, default=13)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if options.kills:
            write_corpus(place / "corpus", options.sentences, rng)
            compared = strike(Runs(place / "corpus", place / "cues", "cues", rng), KINDS, options.kills)
            print(f"{options.kills} kills or more, {compared} runs: nothing lost or twice, all files byte-identical")
        if options.embedded:
            write_corpus(place / "small", 5000, rng)
            compared = strike(Runs(place / "small", place / "model", options.model, rng), KINDS[:1], options.embedded)
            print(f"{options.embedded} kills or more of {options.model}, {compared} runs: the same")


if __name__ == "__main__":
    main()
