"""Every kind of backend config, as one union told apart by ``kind``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from toolkit.backends.causal_config import CausalConfig
from toolkit.backends.chat_config import ChatConfig
from toolkit.backends.composite_config import CascadeConfig, EnsembleConfig
from toolkit.backends.config import (
    ClassifierConfig,
    CuesConfig,
    EmbeddingConfig,
    MajorityConfig,
    NliConfig,
    ScriptedConfig,
    TfidfConfig,
)
from toolkit.backends.gliclass_config import GliclassConfig

BackendConfig = Annotated[
    NliConfig
    | ClassifierConfig
    | GliclassConfig
    | EmbeddingConfig
    | TfidfConfig
    | ChatConfig
    | CausalConfig
    | CascadeConfig
    | EnsembleConfig
    | CuesConfig
    | MajorityConfig
    | ScriptedConfig,
    Field(discriminator="kind"),
]
"""Any backend config."""
