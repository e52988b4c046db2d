"""Self-contained pages: a template, its style and its script in one file, and a policy that lets nothing else run."""

from __future__ import annotations

import base64
import hashlib
import importlib.resources
import json
from collections.abc import Sequence
from typing import Any

import jinja2
from markupsafe import Markup, escape

# What could end a script element, or be read as the beginning of a comment in one, written as JSON allows.
_IN_SCRIPT = str.maketrans({character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029\x7f"})
# What HTML, or UTF-8, has no way to write; each takes the place of one code point, so that offsets stay.
_UNWRITABLE = {0: "\ufffd"} | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")


def environment(
    package: str, page: str | None = None, *, styles: Sequence[str] = (), scripts: Sequence[str] = ()
) -> jinja2.Environment:
    """Templates of a package, with the style and the script of one page.

    The globals ``css`` and ``js`` hold the sources, ``css_hash`` and ``js_hash`` what a content security policy
    allows them by; the filter ``text`` writes text of a corpus.

    Args:
        package: The package whose folder ``templates`` holds the files.
        page: The name, without the ending, of a page that has one style and one script.
        styles: The parts of the style instead. The shared ``base.css`` goes before them.
        scripts: The parts of the script, which see each other's names and leave none behind.
    """
    loader = jinja2.FunctionLoader(lambda name: _read(package, name))
    found = jinja2.Environment(
        loader=loader, undefined=jinja2.StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    base = importlib.resources.files("toolkit.web").joinpath("base.css").read_text("utf-8")
    if page:
        styles, script = [f"{page}.css"], _read(package, f"{page}.js")
    else:
        script = '"use strict";\n(() => {\n' + "\n".join(_read(package, name) for name in scripts) + "})();\n"
    sources = {"css": base + "".join(_read(package, name) for name in styles), "js": script}
    for name, source in sources.items():
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        found.globals |= {name: Markup(source), f"{name}_hash": f"sha256-{digest}"}
    found.filters["text"] = text
    return found


def text(value: str) -> Markup:
    """Escapes what is special in HTML, and what its parser would otherwise change or lose."""
    return Markup(str(escape(value)).replace("\r", "&#13;").replace("\0", "\ufffd"))


def script_data(value: Any) -> str:
    """JSON for a script element; whatever stands in it, no HTML parser sees markup there.

    NUL and surrogates become the replacement character, one for one.
    """
    # Surrogates are taken out of the values, not of the JSON, where a NUL is already an escape.
    return json.dumps(_writable(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False).translate(
        _IN_SCRIPT
    )


def writable(html: str) -> str:
    """A page that can be written as UTF-8: lone surrogates become question marks."""
    return html.encode("utf-8", "replace").decode("utf-8")


def _writable(value: Any) -> Any:
    if isinstance(value, str):
        # Nearly every text needs nothing, and both tests are faster than a translation.
        return value.translate(_UNWRITABLE) if "\0" in value or _has_surrogates(value) else value
    if isinstance(value, dict):
        return {_writable(key): _writable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_writable(item) for item in value]
    return value


def _has_surrogates(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return True
    return False


def _read(package: str, name: str) -> str:
    return importlib.resources.files(package).joinpath("templates", name).read_text("utf-8")
