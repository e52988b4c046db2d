from __future__ import annotations

from pathlib import Path

import pytest

from toolkit import resources
from toolkit.backends.prompt_config import PromptedBase
from toolkit.backends.prompting import Prompter
from toolkit.errors import ConfigError, UnknownNameError
from toolkit.labels import load_labels
from toolkit.prompts import SUFFIX, load_prompt, render_prompt
from toolkit.records import Sentence

CLAIMS = load_labels("claims")


@pytest.mark.parametrize("name", resources.shipped("prompts", SUFFIX))
@pytest.mark.parametrize("labels", resources.shipped("configs/labels"))
def test_every_shipped_prompt_names_every_label_and_the_text_once(name: str, labels: str) -> None:
    label_set = load_labels(labels)
    messages = Prompter(PromptedBase(prompt=name), label_set).messages(Sentence("", 0, 15, "Xyzzy happened."))
    prompt = "\n".join(message["content"] for message in messages)
    assert prompt.count("Xyzzy happened.") == 1
    for label in label_set.labels:
        assert f"- {label.name}: {label.definition}" in prompt


def test_a_set_without_rules_has_no_heading_for_them() -> None:
    bare = CLAIMS.model_copy(update={"rules": ()})
    assert "Rules" not in render_prompt(load_prompt("classify.v1"), bare, "One.")


@pytest.mark.parametrize("text", ["{{ labels.name }}", "{% raw %}", "{# #}", "<b>&amp;</b>", "Größe 🙂\u2028"])
def test_the_text_is_data(text: str) -> None:
    assert render_prompt("{{ text }}", CLAIMS, text) == text


@pytest.mark.parametrize(
    "template",
    [
        "{{ txet }}",
        "{{ labels.nmae }}",
        "{% for x in %}",
        "{{ text",
        "{{ 1 / 0 }}",
        "{{ 1 + labels }}",
        "{{ text.__class__.__mro__ }}",
        "{{ labels.labels[99].name }}",
        "{{ range(10**9) }}",
        "{% include 'other' %}",
    ],
)
def test_a_template_that_fails_is_one_sentence(template: str) -> None:
    with pytest.raises(ConfigError, match="cannot be rendered") as error:
        render_prompt(template, CLAIMS, "One.")
    assert "\n" not in error.value.message


def test_a_prompt_is_found_by_path(tmp_path: Path) -> None:
    (tmp_path / "p.jinja").write_text("Ask {{ text }}")
    assert load_prompt(tmp_path / "p.jinja") == "Ask {{ text }}"


def test_an_unknown_prompt_suggests_the_near_one() -> None:
    with pytest.raises(UnknownNameError, match=r"Did you mean classify\.v1"):
        load_prompt("clasify.v1")


def test_a_prompt_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "p.jinja").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_prompt(tmp_path / "p.jinja")
