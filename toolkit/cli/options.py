"""Options that several commands have alike: what is read, and who answers."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

BackendName = Annotated[str, typer.Option(help="Name of a shipped backend or path of a backend config.")]
Labels = Annotated[str | None, typer.Option(help="Label set to use: a shipped name or a YAML file.")]
Unit = Annotated[
    Literal["sentence", "row"] | None,
    typer.Option(help="Label sentences or whole rows. By default rows of tables and sentences of documents."),
]
TextColumn = Annotated[str, typer.Option(help="Column of a table that holds the text.")]
IdColumn = Annotated[str | None, typer.Option(help="Column of a table that names the row.")]
FileType = Literal["txt", "md", "html", "csv", "tsv", "jsonl", "parquet"]
Encoding = Annotated[str | None, typer.Option(help="Encoding of text files; found out by default.")]
