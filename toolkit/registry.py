"""Lazy names: what can be chosen in a config, as "module:Class" strings that are imported on first use."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from toolkit.errors import UnknownNameError

BACKENDS = {
    "nli": "toolkit.backends.nli:NliBackend",
    "classifier": "toolkit.backends.classifier:ClassifierBackend",
    "gliclass": "toolkit.backends.gliclass:GliclassBackend",
    "embedding": "toolkit.backends.embedding:EmbeddingBackend",
    "tfidf": "toolkit.backends.tfidf:TfidfBackend",
    "chat": "toolkit.backends.chat.backend:ChatBackend",
    "causal": "toolkit.backends.causal:CausalBackend",
    "cascade": "toolkit.backends.cascade:CascadeBackend",
    "ensemble": "toolkit.backends.ensemble:EnsembleBackend",
    "cues": "toolkit.backends.cues:CuesBackend",
    "majority": "toolkit.backends.majority:MajorityBackend",
    "scripted": "toolkit.backends.scripted:ScriptedBackend",
}


def backend_class(kind: str) -> Any:
    """The class of a backend kind, imported now.

    Raises:
        UnknownNameError: No such kind.
    """
    if kind not in BACKENDS:
        raise UnknownNameError("backend kind", kind, BACKENDS)
    module, name = BACKENDS[kind].split(":")
    return getattr(import_module(module), name)
