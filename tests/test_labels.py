from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.backends.base import load_backend
from toolkit.errors import ConfigError, UnknownNameError
from toolkit.labels import LabelSet, load_labels

TWO = "labels:\n  - name: a\n  - name: b\n"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        ("name: x\nlabels:\n  - name: a\n  - name: a\n", "the label 'a' occurs twice"),
        (
            f"name: x\n{TWO}  - name: attributed\nflags: [{{name: attributed, hypotheses: [c]}}]\n",
            "'attributed' occurs",
        ),
        (
            "name: x\nlabels:\n  - {name: a, hypotheses: [It is so.]}\n  - {name: b, hypotheses: [No., It is so.]}\n",
            "'a' and 'b' share the hypothesis 'It is so.'",
        ),
        ("name: x\nlabels:\n  - {name: a, verbalizer: w}\n  - {name: b, verbalizer: w}\n", "share the hypothesis"),
        (f"name: x\n{TWO}hypothesis_template: About.\n", "the template 'About.' has no {label} in it"),
        ("name: x\nlabels:\n  - name: a\n", "labels: at least 2 needed, not 1"),
        ("name: x\nlabels: []\n", "labels: at least 2 needed, not 0"),
        ("name: x\n", "labels: this key is missing"),
        (TWO, "name: this key is missing"),
        (f"name: x\n{TWO}hypothesis: no\n", "hypothesis: this key is not known"),
        ("name: x\nlabels:\n  - name: a\n    hint: z\n  - name: b\n", "labels.0.hint: this key is not known"),
        ("name: x\nlabels:\n  - name: a\n    name: b\n", "line 4: found duplicate key"),
        ("name: x\nlabels:\n  - name: 1\n  - name: 2\n", "labels.0.name"),
        ("name: x\nlabels:\n  - name: ''\n  - name: b\n", "labels.0.name"),
        (f"name: x\n{TWO}flags: [{{name: urgent, hypotheses: [c]}}]\n", "flags.0.name"),
        (f"name: x\n{TWO}flags: [{{name: attributed, hypotheses: []}}]\n", "flags.0.hypotheses: at least 1 needed"),
    ],
)
def test_a_set_that_cannot_be_used(tmp_path: Path, yaml: str, said: str) -> None:
    path = write(tmp_path / "l.yaml", yaml)
    with pytest.raises(ConfigError) as error:
        load_labels(path)
    assert said in error.value.message
    assert str(path) in error.value.message
    assert "\n" not in error.value.message


def test_words_that_yaml_has_other_plans_for_stay_labels(tmp_path: Path) -> None:
    names = ("no", "yes", "on", "off", "y", "n", "NO")
    path = write(tmp_path / "l.yaml", "name: x\nlabels:\n" + "".join(f"  - name: {name}\n" for name in names))
    assert load_labels(path).names == names


@pytest.mark.parametrize("word", ["{label}", "{}", "{0}", "{other}", "100 %", "{", "}", "{{ x }}"])
def test_braces_in_a_label_are_text(word: str) -> None:
    labels = LabelSet.model_validate({"name": "x", "labels": [{"name": "a", "verbalizer": word}, {"name": "b"}]})
    assert labels.hypotheses(labels.labels[0]) == (f"This sentence is an example of {word}.",)


def test_the_template_is_filled_with_words() -> None:
    labels = LabelSet.model_validate({"name": "x", "labels": [{"name": "hate_speech"}, {"name": "other"}]})
    assert labels.hypotheses(labels.labels[0]) == ("This sentence is an example of hate speech.",)


def test_own_hypotheses_replace_the_template() -> None:
    labels = LabelSet.model_validate({"name": "x", "labels": [{"name": "a", "hypotheses": ["H."]}, {"name": "b"}]})
    assert labels.hypotheses(labels.labels[0]) == ("H.",)


@pytest.mark.parametrize(
    "change",
    [{"hypothesis_template": "It is {label}."}, {"rules": ("Think.",)}, {"labels": [{"name": "b"}, {"name": "a"}]}],
)
def test_what_changes_an_answer_changes_the_fingerprint(change: dict[str, object]) -> None:
    base = {"name": "x", "labels": [{"name": "a"}, {"name": "b"}]}
    assert LabelSet.model_validate(base).fingerprint != LabelSet.model_validate({**base, **change}).fingerprint


def test_the_fingerprint_is_stable(tmp_path: Path) -> None:
    one, other = write(tmp_path / "1.yaml", f"name: x\n{TWO}"), write(tmp_path / "2.yaml", f"{TWO}# same\nname: x\n")
    assert load_labels(one).fingerprint == load_labels(other).fingerprint


def test_a_set_is_found_by_name_path_and_from_a_folder(tmp_path: Path) -> None:
    write(tmp_path / "mine.yaml", f"name: x\n{TWO}")
    assert load_labels("claims").names == ("factual_claim", "opinion", "prediction", "rhetoric")
    assert load_labels("mine.yaml", base=tmp_path).name == load_labels(tmp_path / "mine.yaml").name == "x"


def test_an_unknown_name_suggests_the_near_one() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean claims"):
        load_labels("claim")


def test_cues_refuse_labels_that_they_do_not_know() -> None:
    with pytest.raises(ConfigError, match="'cues' answers factual_claim, opinion"):
        load_backend("cues", labels="checkworthiness")
