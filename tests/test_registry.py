from __future__ import annotations

import subprocess
import sys
from typing import get_args

import pytest

from toolkit.backends.kinds import BackendConfig
from toolkit.errors import UnknownNameError
from toolkit.registry import BACKENDS, backend_class


@pytest.mark.parametrize("kind", BACKENDS)
def test_every_name_leads_to_a_class(kind: str) -> None:
    assert callable(backend_class(kind).classify)


def test_every_kind_of_config_has_a_backend() -> None:
    union = get_args(get_args(BackendConfig)[0])
    assert {get_args(config.model_fields["kind"].annotation)[0] for config in union} == set(BACKENDS)


def test_an_unknown_kind_suggests_the_near_one() -> None:
    with pytest.raises(UnknownNameError, match=r"Unknown backend kind 'cuse'\. Did you mean cues"):
        backend_class("cuse")


@pytest.mark.parametrize("heavy", ["torch", "transformers", "sklearn", "datasets", "evaluate"])
def test_a_rule_backend_imports_nothing_heavy(heavy: str) -> None:
    script = f"import sys; from toolkit import Classifier; Classifier.load('cues'); assert '{heavy}' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)
