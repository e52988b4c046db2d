from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from support import ROOT
from tiny import tiny_bert

__all__ = ["tiny_bert"]


@pytest.fixture(scope="session")
def cluster() -> Iterator[None]:
    """Ray on this machine: two workers, and one to read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_worker_niceness", "0")
        # A worker has to find what the tests have beside the package.
        patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")]))
        import ray

        ray.init(num_cpus=3, include_dashboard=False, log_to_driver=False, object_store_memory=80 << 20)
        yield
        ray.shutdown()
