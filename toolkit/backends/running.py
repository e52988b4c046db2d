"""Loads the model of a backend into whatever runs it best here."""

from __future__ import annotations

from typing import Any

from toolkit.backends.config import SequenceConfig
from toolkit.errors import ConfigError
from toolkit.models.parts import cache_folder
from toolkit.models.resolve import ModelFiles
from toolkit.runtime import processor
from toolkit.runtime.pick import Way, memory_file, pick
from toolkit.runtime.sequences import SequenceClassifier

ON_PROCESSORS = (Way("onnx", "int8"), Way("onnx", "float32"), Way("torch", "float32"), Way("torch", "bfloat16"))
"""Ways to run a model without a GPU, the preferred first."""
ASKED_FOR = ("bfloat16",)
"""Precisions that are taken only where they are asked for."""


def load_model(config: SequenceConfig, files: ModelFiles) -> SequenceClassifier:
    """Load a sequence classifier as a config says: on a GPU with PyTorch, on a processor with what is fastest.

    Args:
        config: Runtime, precision, device and threads.
        files: Checked model files.

    Raises:
        ModelError: The files are not those of a sequence classifier.
        ConfigError: There is no device that computes in the precision.
    """

    def load(way: Way) -> SequenceClassifier:
        if way.runtime == "onnx":
            from toolkit.runtime.onnx import OnnxClassifier

            return OnnxClassifier(
                files.folder,
                adapter=files.adapter,
                identity=files.identity,
                cache=cache_folder(),
                precision=way.precision,
                threads=config.threads,
            )
        from toolkit.runtime.torch import TorchClassifier

        options = {"device": device, "precision": way.precision, "threads": config.threads}
        return TorchClassifier(files.folder, adapter=files.adapter, **options)  # type: ignore[arg-type]

    device = _device(config)
    if device != "cpu":
        usual = "float16" if device.startswith("cuda") else "float32"
        return load(Way("torch", usual if config.precision == "auto" else config.precision))
    ways = [way for way in ON_PROCESSORS if _fits(way, config)]
    if not ways:
        raise ConfigError(
            f"`precision: {config.precision}` of {config.name!r} needs a GPU, and there is none here.",
            hint="Set `precision: auto`.",
        )
    if len(ways) == 1:
        return load(ways[0])
    memory = memory_file(cache_folder(), files.identity, ways, processor.threads(config.threads))
    return pick(ways, load, memory=memory, name=config.name or files.folder.name)


def identity(files: ModelFiles, model: SequenceClassifier) -> dict[str, Any]:
    """The weights, and what they were run with: numbers of int8 are a little different."""
    return {"model": files.identity, "runtime": model.runtime, "precision": model.precision}


def _device(config: SequenceConfig) -> str:
    """``cpu``, or the device to run on with PyTorch; which is not even imported where there can be none."""
    if config.device != "auto":
        return config.device
    if config.runtime == "onnx" or config.precision == "int8" or not processor.may_have_gpu():
        return "cpu"
    from toolkit.runtime.torch import pick_device

    return str(pick_device("auto"))


def _fits(way: Way, config: SequenceConfig) -> bool:
    wanted = way.precision not in ASKED_FOR if config.precision == "auto" else way.precision == config.precision
    return wanted and config.runtime in ("auto", way.runtime)
