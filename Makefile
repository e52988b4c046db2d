# `make demo` and `make test` are all that a newcomer needs; both set up .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEMO := demo-out

.PHONY: setup demo test lint unit bench gguf model model-large finetuned clean

setup: $(READY)

$(READY): pyproject.toml constraints.txt tests/no-deps.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "claimkit needs Python 3.11 or newer; set PYTHON=…")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement tests/no-deps.txt
	@touch $@

demo: $(READY)
	@$(BIN)/claimkit annotate examples/commentary.txt --output $(DEMO)/commentary --fresh
	@$(BIN)/claimkit report $(DEMO)/commentary --output $(DEMO)/commentary.html
	@echo "Open $(CURDIR)/$(DEMO)/commentary.html in a browser."

test: lint unit

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(READY)
	$(BIN)/python -m pytest

bench: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[bench]'
	$(BIN)/python bench/segmentation.py
	$(BIN)/python bench/startup.py
	$(BIN)/python bench/pipeline.py
	$(BIN)/python bench/precision.py
	$(BIN)/python bench/peak.py
	$(BIN)/python bench/statistics.py
	$(BIN)/python bench/noop.py
	$(BIN)/python bench/memory.py
	$(BIN)/python bench/ray_engine.py

# What the tests of GGUF models and of a real chat server need; compiles llama.cpp, without what they do not use.
gguf: $(READY)
	CMAKE_ARGS="-DLLAVA_BUILD=OFF -DGGML_NATIVE=ON -DLLAMA_CURL=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF $$CMAKE_ARGS" \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,gguf-test]'

# TEXT is a folder with text that may be trained on but not committed: unlabelled/*.jsonl and nli/*.jsonl; see eval/public/card.md.
build/public/train.jsonl: eval/public/labels.jsonl $(READY)
	@test -d "$(TEXT)" || { echo "Set TEXT to the folder of the real text; see eval/public/card.md." >&2; exit 2; }
	$(BIN)/python -m toolkit.training.public eval/public/labels.jsonl $(TEXT)/unlabelled build/public

model: build/public/train.jsonl
	$(BIN)/python bench/entailment.py split $(TEXT)/nli build/pairs.jsonl
	$(BIN)/claimkit distill claim-head-minilm --teacher embedded-large --data build/public/train.jsonl \
		--unlabelled build/public/rest.jsonl -o build/claim-head-minilm
	mkdir -p build/claim-nli-minilm && cp build/claim-head-minilm/taught.jsonl build/claim-nli-minilm/
	$(BIN)/claimkit distill claim-nli-minilm --teacher embedded-large --data build/public/train.jsonl \
		--unlabelled build/public/rest.jsonl --pairs build/pairs.jsonl --start build/claim-head-minilm -o build/claim-nli-minilm

model-large: build/public/train.jsonl
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,large]'
	$(BIN)/claimkit train claim-head-mpnet --data build/public/train.jsonl -o build/claim-head-mpnet

# The baseline that the models are held against: the same backbone, all of its weights learned from the labels alone.
finetuned: build/public/train.jsonl
	$(BIN)/claimkit train finetuned-minilm --data build/public/train.jsonl -o build/finetuned-minilm

clean:
	rm -rf $(VENV) $(DEMO) build dist *.egg-info
