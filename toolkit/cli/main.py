"""The `claimkit` command: one file per command beside this one, none with logic in it.

Nothing heavy is imported here or at the top of a command's file, so that ``--help`` is instant.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from toolkit.cli import (
    adjudicate,
    agree,
    annotate,
    calibrate,
    compare,
    distill,
    evaluate,
    export,
    import_,
    init,
    inspect,
    label,
    merge,
    models,
    plan,
    report,
    sample,
    train,
)
from toolkit.errors import ToolkitError

app = typer.Typer(
    name="claimkit",
    help="Tag the sentences of a corpus as factual claim, opinion, prediction or rhetoric, and measure how well.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command("annotate")(annotate.annotate)
app.command("plan")(plan.plan)
app.command("merge")(merge.merge)
app.command("report")(report.report)
app.command("export")(export.export)
app.command("import")(import_.import_)
app.command("evaluate")(evaluate.evaluate)
app.command("compare")(compare.compare)
app.command("calibrate")(calibrate.calibrate)
app.command("sample")(sample.sample)
app.command("label")(label.label)
app.command("agree")(agree.agree)
app.command("adjudicate")(adjudicate.adjudicate)
app.command("init")(init.init)
app.command("train")(train.train)
app.command("distill")(distill.distill)
app.add_typer(models.app, name="models")
app.command("list")(inspect.list_things)
app.command("validate")(inspect.validate)
app.command("render")(inspect.render)


def _version(wanted: bool) -> None:
    if wanted:
        from toolkit.annotate.manifest import package_version

        typer.echo(f"claimkit {package_version()}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Options of the command itself; there is only --version, which never gets here."""


def main() -> None:
    """Run the command line; a `ToolkitError` is one sentence and a hint, and exit code 2."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        app()
    except ToolkitError as error:
        console.print(f"[bold red]Error:[/] {escape(error.message)}")
        if error.hint:
            console.print(f"[dim]Hint:[/] {escape(error.hint)}")
        sys.exit(2)
    except SystemExit as exit:
        if exit.code == 130:
            console.print("Interrupted.")
        raise


if __name__ == "__main__":
    main()
