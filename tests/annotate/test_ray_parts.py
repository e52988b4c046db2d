from __future__ import annotations

from typing import Any

import pytest

from toolkit.annotate.ray_parts import Annotator, pack, tell, unpack
from toolkit.errors import ModelError

NO_MODULE = b"cmodule_of_nobody\nThing\n."
"""A pickle of something that is in a module which is not here."""


def test_worker_that_cannot_load_says_so_in_one_sentence() -> None:
    worker = Annotator(NO_MODULE)
    message: dict[str, Any] = unpack(worker(pack({"index": 0, "items": []}))["window"][0].as_py())
    with pytest.raises(ModelError) as caught:
        raise tell(message["fault"])
    assert caught.value.message == (
        "A worker cannot load the backend (ModuleNotFoundError: No module named 'module_of_nobody')."
    )
    assert "Give all nodes the same claimkit" in caught.value.hint


def test_what_is_nothing_to_annotate_goes_on_all_the_same() -> None:
    assert unpack(Annotator(NO_MODULE)(pack({"index": 3, "kept": True}))["window"][0].as_py()) == {
        "index": 3,
        "kept": True,
    }
