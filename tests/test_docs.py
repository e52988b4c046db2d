"""What the documentation shows is true: commands exist, links lead somewhere, README commands run."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from toolkit.cli.main import app, main
from toolkit.evaluation.load import load_results
from toolkit.evaluation.schema import Results
from toolkit.evaluation.tables import estimate, markdown_table

ROOT = Path(__file__).resolve().parent.parent
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS, ROOT / "examples" / "README.md"]
COMMANDS = [command.name or "" for command in app.registered_commands]


def shell_lines(page: Path) -> list[str]:
    blocks = re.findall(r"```bash\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [line.split("#")[0].strip() for block in blocks for line in block.splitlines() if "claimkit " in line]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if not (page.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme_or_the_docs(command: str) -> None:
    assert any(f"claimkit {command}" in page.read_text(encoding="utf-8") for page in PAGES)


@pytest.mark.parametrize("command", app.registered_commands, ids=lambda command: command.name)
def test_every_command_says_what_it_does(command: object) -> None:
    callback = getattr(command, "callback", None)
    assert callback is not None
    assert (callback.__doc__ or "").strip()


def readme_commands() -> list[str]:
    lines = [line for page in (ROOT / "README.md", ROOT / "examples" / "README.md") for line in shell_lines(page)]
    return list(dict.fromkeys(line for line in lines if line.startswith("claimkit ")))


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # of peft
def test_readme_commands_run_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a reader would: one after the other, in a folder with the examples, with the backend that needs no model."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    monkeypatch.chdir(tmp_path)
    commands = readme_commands()
    assert len(commands) >= 10
    for line in commands:
        arguments = shlex.split(line)[1:]
        if arguments[0] in {"evaluate", "compare"} or "checkworthiness" in line:
            continue  # these need the model; tests/test_embedded.py runs them
        if arguments[0] in {"label", "agree", "adjudicate"} and "eval/" not in line:
            continue  # these need somebody at a terminal, or what they answered; tests/labelling drives the screen
        if arguments[0] in {"annotate", "plan"} and "models/" not in line:
            arguments += ["--backend", "cues"]
        monkeypatch.setattr(sys, "argv", ["claimkit", *arguments])
        with pytest.raises(SystemExit) as done:
            main()
        assert done.value.code in {0, None}, line


def test_the_figures_in_the_readme_are_those_of_the_committed_evaluation() -> None:
    results = load_results(ROOT / "eval" / "results" / "gold")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = gold_table(results)
    assert len(rows) == 2 + 7
    assert "\n".join(rows) in readme
    sentences, documents = (sum(gold[key] for gold in results["gold"]) for key in ("n", "documents"))
    assert f"{sentences} sentences in {documents} whole documents" in readme


def gold_table(results: Results) -> list[str]:
    """A line for each backend: macro-F1 on each gold set with its interval, and two figures more of each of them."""
    sets = [gold["name"] for gold in results["gold"]]
    found = {(one["backend"], one["gold"]): one for one in results["results"]}
    rows = []
    for backend in dict.fromkeys(one["backend"] for one in results["results"]):
        own = [found[backend, name] for name in sets]
        flags = [one["attributed"]["all_rows"]["f1"] for one in own if one["attributed"]]
        errors = [one["all_rows"]["ece"] for one in own]
        scores = [estimate(one["all_rows"]["macro_f1"]) for one in own]
        rows.append(
            [
                f"`{backend}`",
                *scores,
                *(" / ".join(f"{one['value']:.3f}" for one in some) or "–" for some in (flags, errors)),
            ]
        )
    return markdown_table(["backend", *sets, "attributed F1", "ECE"], rows)
