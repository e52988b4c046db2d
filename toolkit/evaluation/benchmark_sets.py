"""The public sets: whence they come, how their labels are ours, how they are scored; see docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Scoring = Literal["best", "rest", "subjectivity", "recall"]
"""``best`` of the labels that occur; one label against the ``rest``; ``subjectivity`` with reported opinion objective;
``recall`` of the only label that occurs."""

FACT, OPINION, PREDICTION, RHETORIC = "factual_claim", "opinion", "prediction", "rhetoric"
NOT_FACT, NOT_PREDICTION = f"not {FACT}", f"not {PREDICTION}"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One public set.

    Attributes:
        title: What it is.
        source: Where it comes from.
        licence: Of the data, as its authors state it.
        citation: The paper.
        mapping: Label of the source to the class that is scored.
        scoring: How the classes follow from our labels.
        convention: What to know when reading the figure.
        hub: Hub id, where there is one.
        label_columns: Columns on the Hub that the source's label is made of, joined by ``|``.
    """

    title: str
    source: str
    licence: str
    citation: str
    mapping: Mapping[str, str]
    scoring: Scoring
    convention: str
    hub: str | None = None
    label_columns: tuple[str, ...] = ("label",)


BENCHMARKS: dict[str, Benchmark] = {
    "newssd_eng": Benchmark(
        "News and columns, subjective or objective",
        "https://huggingface.co/datasets/nlp-unibo/newssd-eng",
        "CC BY 4.0",
        "Antici et al. 2024, A Corpus for Sentence-Level Subjectivity Detection on English News Articles, LREC-COLING",
        {"SUBJ": "subjective", "OBJ": "objective"},
        "subjectivity",
        "An opinion that is reported counts as objective: subjective is opinion or rhetoric, and not attributed.",
        hub="nlp-unibo/newssd-eng",
    ),
    "mpqa12": Benchmark(
        "World news of 2001-02, subjective by the writer or objective",
        "https://mpqa.cs.pitt.edu/corpora/mpqa_corpus/",
        "research",
        "Wiebe, Wilson & Cardie 2005, Annotating Expressions of Opinions and Emotions in Language, LRE 39",
        {"subj_writer": OPINION, "obj": FACT},
        "best",
        "Sentences derived from annotated spans; subjective where the writer is, not where somebody is reported to be.",
    ),
    "newsdiscourse_dev": Benchmark(
        "Discourse roles of newswire sentences",
        "https://github.com/prafulla77/Discourse_Profiling",
        "none stated",
        "Choubey, Lee, Huang & Wang 2020, Discourse as a Function of Event: Profiling Discourse Structure in News "
        "Articles around the Main Event, ACL",
        {
            "Distant_Expectations_Consequences": PREDICTION,
            "Distant_Historical": FACT,
            "Main": FACT,
            "Main_Consequence": FACT,
            "Cause_Specific": FACT,
        },
        "best",
        "Reported speech is labelled by its content, as ours is.",
    ),
    "numclaim_dev": Benchmark(
        "Analyst reports, numerical claims about the future or not",
        "https://huggingface.co/datasets/gtfintechlab/Numclaim",
        "CC BY-NC 4.0",
        "Shah et al. 2024, Numerical Claim Detection in Finance, arXiv:2402.11728",
        {"in-claim": PREDICTION, "INCLAIM": PREDICTION, "out-of-claim": FACT, "OUTOFCLAIM": FACT},
        "best",
        "Lower-cased.",
        hub="gtfintechlab/Numclaim",
    ),
    "wcb_15_banks": Benchmark(
        "Minutes of fifteen central banks, forward looking or not",
        "https://huggingface.co/gtfintechlab",
        "CC BY-NC-SA 4.0",
        "Shah et al. 2025, Words That Unite The World: A Unified Framework for Deciphering Central Bank Communications "
        "Globally, arXiv:2505.17048",
        {
            "forward looking|certain": PREDICTION,
            "forward looking|uncertain": PREDICTION,
            "not forward looking|certain": NOT_PREDICTION,
            "not forward looking|uncertain": NOT_PREDICTION,
        },
        "rest",
        "Lower-cased. The source rules prediction out without saying what else a sentence is.",
        label_columns=("time_label", "certain_label"),
    ),
    "policlaim_train": Benchmark(
        "Speeches of US governors, factual claim or not",
        "https://github.com/EdisonNi-hku/AFaCTA",
        "none stated",
        "Ni et al. 2024, AFaCTA: Assisting the Annotation of Factual Claim Detection with Reliable LLM Annotators, ACL",
        {"gold1": FACT, "1": FACT, "gold0": NOT_FACT, "0": NOT_FACT},
        "rest",
        "A sentence with a verifiable part is a factual claim there, whatever its main point is.",
    ),
    "claimbuster_2000": Benchmark(
        "US presidential debates, factual statement or not",
        "https://zenodo.org/records/3836810",
        "GPL-3.0 (repository)",
        "Arslan, Hassan, Li & Tremayne 2020, A Benchmark Dataset of Check-worthy Factual Claims, ICWSM",
        {"CFS": FACT, "UFS": FACT, "NFS": NOT_FACT},
        "rest",
        "Check-worthy (CFS) and unimportant (UFS) factual sentences are both factual claims.",
    ),
    "subj_panglee": Benchmark(
        "Film reviews, the subjective half",
        "https://www.cs.cornell.edu/people/pabo/movie-review-data/",
        "research",
        "Pang & Lee 2004, A Sentimental Education: Sentiment Analysis Using Subjectivity Summarization Based on "
        "Minimum Cuts, ACL",
        {"subjective": OPINION},
        "recall",
        "Opinions only: read accuracy as recall. The other half, plot summaries, is objective by its source alone.",
    ),
    "speech_acts_au": Benchmark(
        "Speech acts of Australian campaign text",
        "https://github.com/shivashankarrs/Speech-Acts",
        "none stated",
        "Subramanian, Cohn & Baldwin 2019, Target Based Speech Act Classification in Political Campaign Text, *SEM",
        {"Commissive-O": PREDICTION, "Directive": RHETORIC, "Interrogative": RHETORIC},
        "best",
        "Promises are predictions, directives and questions are rhetoric.",
    ),
    "sarcasm2_rq": Benchmark(
        "Rhetorical questions in forums",
        "https://nlds.soe.ucsc.edu/sarcasm2",
        "research",
        "Oraby et al. 2016, Creating and Characterizing a Diverse Corpus of Sarcasm in Dialogue, SIGDIAL",
        {"RQ_sarc": RHETORIC, "RQ_notsarc": RHETORIC},
        "recall",
        "Rhetoric only: read accuracy as recall.",
    ),
    "sitent_letters_essays": Benchmark(
        "Situation entities: exhortations and questions of letters and essays, statements of Wikipedia",
        "https://github.com/annefried/sitent",
        "Apache-2.0",
        "Friedrich, Palmer & Pinkal 2016, Situation entity types: automatic classification of clause-level aspect, ACL",
        {
            "letters:IMPERATIVE": RHETORIC,
            "letters:QUESTION": RHETORIC,
            "essays:QUESTION": RHETORIC,
            "wiki:GENERIC_SENTENCE": FACT,
            "wiki:GENERALIZING_SENTENCE": FACT,
            "wiki:STATE": FACT,
            "wiki:EVENT": FACT,
        },
        "best",
        "Segments are clauses, not sentences.",
    ),
}
