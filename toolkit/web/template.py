"""Self-contained pages: a template, its style and its script in one file, and a policy that lets nothing else run."""

from __future__ import annotations

import base64
import hashlib
import importlib.resources

import jinja2
from markupsafe import Markup, escape


def environment(package: str, page: str) -> jinja2.Environment:
    """Templates of a package, with the style and the script of one page.

    The globals ``css`` and ``js`` hold the sources, ``css_hash`` and ``js_hash`` what a content security policy
    allows them by; the filter ``text`` writes text of a corpus.

    Args:
        package: The package whose folder ``templates`` holds the files.
        page: Their name without the ending. The shared ``base.css`` goes before the page's own style.
    """
    loader = jinja2.FunctionLoader(lambda name: _read(package, name))
    found = jinja2.Environment(
        loader=loader, undefined=jinja2.StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    base = importlib.resources.files("toolkit.web").joinpath("base.css").read_text("utf-8")
    sources = {"css": base + _read(package, f"{page}.css"), "js": _read(package, f"{page}.js")}
    for name, source in sources.items():
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        found.globals |= {name: Markup(source), f"{name}_hash": f"sha256-{digest}"}
    found.filters["text"] = text
    return found


def text(value: str) -> Markup:
    """Escapes what is special in HTML, and what its parser would otherwise change or lose."""
    return Markup(str(escape(value)).replace("\r", "&#13;").replace("\0", "\ufffd"))


def writable(html: str) -> str:
    """A page that can be written as UTF-8: lone surrogates become question marks."""
    return html.encode("utf-8", "replace").decode("utf-8")


def _read(package: str, name: str) -> str:
    return importlib.resources.files(package).joinpath("templates", name).read_text("utf-8")
