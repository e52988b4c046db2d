"""`claimkit list`, `validate` and `render`: look before anything runs; no model is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def list_things() -> None:
    """List what comes with claimkit: backends, label sets, evaluations, calibrations, training configs, prompts."""
    from toolkit import inventory

    for kind, names in inventory.listing().items():
        typer.echo(f"{kind}:")
        for name, description in names.items():
            typer.echo(f"  {name:<22} {description}")


def validate(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="Configs, label sets, prompts and gold files, or folders of them."),
    ],
    labels: Annotated[str, typer.Option(help="Label set of the gold files: a shipped name or a path.")] = "claims",
) -> None:
    """Check configs, label sets, prompts and gold sets; says every fault, loads no model.

    Example:
      claimkit validate configs/ eval/
    """
    from rich.markup import escape

    from toolkit import inventory
    from toolkit.cli import show

    faults = 0
    for path, fault in inventory.check(paths, labels):
        faults += fault is not None
        mark = "[red]✗[/]" if fault else "[green]✓[/]"
        show.console.print(f"{mark} {escape(str(path))}" + (f": {escape(fault)}" if fault else ""), soft_wrap=True)
    if faults:
        raise typer.Exit(2)


def render(
    text: Annotated[str, typer.Argument(help="A sentence to ask about.")] = "Prices will fall next year.",
    backend: Annotated[str, typer.Option(help="Name of a shipped backend or path of a backend config.")] = "embedded",
    labels: Annotated[str | None, typer.Option(help="Label set to use instead of the backend's.")] = None,
    prompt: Annotated[
        str | None, typer.Option(help="Show this prompt for a language model instead of the hypotheses.")
    ] = None,
) -> None:
    """Show exactly what a model is asked about a sentence: its hypotheses, or a prompt.

    Example:
      claimkit render "Prices will fall next year." --labels my-labels.yaml
    """
    from toolkit import inventory

    typer.echo(inventory.rendering(text, backend, labels=labels, prompt=prompt))
