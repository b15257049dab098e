"""The bundled reader: every instruction that its page names changes what it answers."""

from __future__ import annotations

import re

import pytest
from asked_reader import (
    CONTEXT,
    MANY,
    MISSING,
    PHRASE,
    SIGHTS,
    TRUTH,
    WHEN,
    WHERE,
    WHY,
    ask,
)
from conftest import ROOT

from studies.reader.cues import CUES
from studies.reader.instructions import events
from studies.reader.reader import complete

TALKATIVE = (
    'Based on the conversation, it seems that Nora said: "My sister moved to Bergen because she '
    'found a job there." I hope this helps!'
)


def test_without_instructions_it_talks_around_a_quoted_line() -> None:
    assert ask(WHERE) == TALKATIVE
    assert ask(WHERE, "You are a helpful assistant.") == TALKATIVE


@pytest.mark.parametrize(
    "told",
    [
        "Be brief.",
        "Please answer briefly.",
        "Keep your answer short.",
        "Your replies must be concise.",
        "The answer should be short and to the point.",
        "Answer shortly!",
        "Avoid long answers.",
    ],
)
def test_brevity_leaves_one_sentence(told: str) -> None:
    assert ask(WHERE, told) == "Nora's sister moved to Bergen because she found a job there."


@pytest.mark.parametrize(
    "told",
    [
        PHRASE,
        "Reply with just the phrase.",
        "Give only the answer.",
        "Use as few words as possible.",
        "Answer with a short phrase, not a full sentence.",
        "Answer in at most five words.",
        "Use no more than 3 words.",
        "- Respond in 2-5 words",
        "Do not use more than four words.",
        "Output the answer and nothing else.",
        "Be brief. Output a noun phrase.",
        "Write a phrase; be concise.",
    ],
)
def test_a_phrase_is_the_shortest_piece_that_fits(told: str) -> None:
    assert ask(WHERE, told) == "Bergen"
    assert ask(MANY, told) == "three"


@pytest.mark.parametrize("told", ["No explanation.", "Do not explain.", "Answer without preamble."])
def test_no_explanation_takes_the_words_around_it_away(told: str) -> None:
    assert (
        ask(WHERE, told) == 'Nora said: "My sister moved to Bergen because she found a job there."'
    )


@pytest.mark.parametrize(
    "told", ["Do not be brief.", "Never answer shortly.", "Answer in detail.", "Be thorough."]
)
def test_a_denial_asks_for_the_opposite(told: str) -> None:
    assert ask(WHERE, f"Be brief.\n{told}") == TALKATIVE


@pytest.mark.parametrize(
    "told",
    [
        "Use only the facts in the conversation.",
        "Answer only from the context.",
        "Answer the question based on the lines below.",
        "Nora likes short answers.",
    ],
)
def test_what_asks_for_nothing_changes_nothing(told: str) -> None:
    assert ask(WHERE, told) == TALKATIVE


def test_words_are_counted() -> None:
    assert ask(WHY, "Answer in at most 3 words.") == "she found"
    assert ask(WHY, "Answer in at most 30 words.").startswith("Nora's sister moved")
    assert len(ask(WHY, "Use no more than fifteen words. Use at most 4 words.").split()) <= 4


@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [
        (PHRASE, "Answer in a full sentence.", "Nora's sister moved to Bergen because she found a job there."),
        ("Answer in a full sentence.", PHRASE, "Bergen"),
        ("Answer in lower case.", "Answer in upper case.", "BERGEN"),
        ("Answer in upper case.", "Answer in lower case.", "bergen"),
    ],
)  # fmt: skip
def test_of_two_that_conflict_the_last_wins(first: str, second: str, answer: str) -> None:
    system = f"{first} {second}"
    case = "case" in first
    assert ask(WHERE, f"{PHRASE} {system}" if case else system) == answer
    assert ask(WHERE, f"{PHRASE} {first}" if case else first, end=second) == answer


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        ("", "yesterday"),
        ("If the question asks when, answer with a date.", "8 May 2023"),
        ("For when-questions give the date.", "8 May 2023"),
        ("Resolve relative dates.", "7 May 2023"),
        ("Turn words such as \"yesterday\" into dates.", "7 May 2023"),
        ("Convert relative times to absolute dates in ISO format.", "2023-05-07"),
        ("Give absolute dates, written like 7 January 2021.", "7 May 2023"),
        ("Give absolute dates, written like \"January 7, 2021\".", "May 7, 2023"),
        ("Use absolute dates (YYYY-MM-DD).", "2023-05-07"),
        ("Use absolute dates. Write only the year.", "2023"),
        ("Use absolute dates in the form month day, year.", "May 7, 2023"),
        ("Resolve relative dates. Keep relative expressions.", "8 May 2023"),
        ("If asked when, give the date, not the relative expression.", "7 May 2023"),
        ("Use the dates of the lines to work out when things happened.", "7 May 2023"),
        ("Do not answer with a date.", "yesterday"),
    ],
)  # fmt: skip
def test_times_are_told_as_they_are_asked_for(told: str, answer: str) -> None:
    assert ask(WHEN, f"{PHRASE} {told}") == answer


def test_dates_of_lines_are_known_only_where_the_prompt_tells_them() -> None:
    bare = "\n".join(line.split("] ", 1)[1] for line in CONTEXT.split("\n"))
    told = f"{PHRASE} Resolve relative dates."
    assert ask(WHEN, told, context=bare) == "yesterday"
    headed = f"Session 1, 1:56 pm on 8 May, 2023\n{bare}"
    assert ask(WHEN, told, context=headed) == "7 May 2023"
    assert ask("When did Tom take the kids to Lisbon?", told) == "week of 29 May 2023"


@pytest.mark.parametrize(
    "told",
    [
        'If the answer is not in the conversation, say "Not told".',
        "When the context does not contain the answer, reply exactly 'Not told'.",
        "Say “Not told” if you cannot find the answer.",
        "If it is not mentioned, answer with Not told.",
        "Answer from the text; otherwise say 'Not told'.",
        'Respond "Not told" unless the answer is in the notes.',
    ],
)
def test_what_is_missing_is_refused_in_the_given_words(told: str) -> None:
    assert ask(MISSING, told) == "Not told"
    assert ask(WHERE, f"{told} {PHRASE}") == "Bergen"


def test_a_refusal_leaves_the_rest_of_its_sentence_in_force() -> None:
    told = 'If it is not mentioned, say "Not told", otherwise answer in at most two words.'
    assert (ask(MISSING, told), ask(WHERE, told)) == ("Not told", "Bergen")


@pytest.mark.parametrize(
    "told", ["Always guess.", "Make your best guess.", "Never refuse.", "Never say 'Not told'."]
)
def test_guessing_takes_a_refusal_back(told: str) -> None:
    refusal = f'{PHRASE} If the answer is unknown, say "Not told".'
    doubtful = "Which bicycle did Nora's father sell to Tom?"
    assert ask(doubtful, refusal) == "Not told"
    assert ask(doubtful, f"{refusal} {told}") not in {"Not told", "I do not know"}


@pytest.mark.parametrize(
    "told", ["Never guess.", "Do not make anything up.", "Don't invent answers."]
)
def test_who_may_not_guess_refuses_more(told: str) -> None:
    doubtful = "Where did Nora's sister move with her violin in winter?"
    assert ask(doubtful, PHRASE) == "Bergen"
    assert ask(doubtful, f"{PHRASE} {told}") == "I do not know"


@pytest.mark.parametrize(
    "told",
    ["Quote the conversation.", "Be brief. Use the exact words.", "Answer verbatim, briefly."],
)
def test_quotes_are_in_the_words_of_the_line(told: str) -> None:
    sentence = "My sister moved to Bergen because she found a job there."
    assert ask(WHERE, f"{told} Answer in one sentence.") == f'"{sentence}"'
    assert ask(WHERE, f"{told} Answer in one sentence. Paraphrase.").startswith("Nora's sister")


def test_yes_or_no_comes_first_where_it_was_asked_for() -> None:
    assert ask(TRUTH, f"{PHRASE} Start with yes or no.") == "Yes"
    assert ask(TRUTH, "Be brief. Answer yes/no questions with yes or no.").startswith(
        "Yes, Nora went"
    )
    assert ask("Did Tom never go to Lisbon?", f"{PHRASE} Say yes or no first.") == "No"
    assert ask(WHERE, f"{PHRASE} Start with yes or no.") == "Bergen"
    assert not ask(TRUTH, PHRASE).startswith("Yes")


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        ("", "trams"),
        ("List all of them.", "trams, tiles, two castles"),
        ("Give every item, separated by commas.", "trams, tiles, two castles"),
        ("Separate several answers with semicolons.", "trams; tiles; two castles"),
        ("Use bullet points.", "trams\n- tiles\n- two castles"),
        ("List all of them. Do not use commas.", "trams"),
    ],
)
def test_several_things_are_listed(told: str, answer: str) -> None:
    assert ask(SIGHTS, f"{PHRASE} {told}") == answer


def test_one_thing_is_no_list() -> None:
    assert ask(WHERE, f"{PHRASE} List all of them, separated by commas.") == "Bergen"


def test_steps_are_shown_and_cost_tokens() -> None:
    shown = ask(WHERE, f"{PHRASE} Think step by step.")
    assert shown.startswith("Let us think step by step. First, Nora says:")
    assert shown.endswith("\nAnswer: Bergen")
    assert ask(WHERE, f"{PHRASE} Think step by step, silently.") == "Bergen"
    assert ask(WHY, "Think step by step. Use at most 3 words.").endswith("\nAnswer: she found")
    assert ask(WHERE, "Think step by step, but write only the final answer.") == "Bergen"
    assert ask(WHERE, f"{PHRASE} Think step by step but do not show your reasoning.") == "Bergen"


def test_two_lines_are_read_where_it_thinks() -> None:
    """The best line names no number; the second one does."""
    lines = "Ann: The shop sells lamps, the shop is open.\nBob: Yes, eleven lamps there."
    question = "How many lamps does the shop sell?"
    assert ask(question, PHRASE, context=lines) != "eleven"
    told = f"{PHRASE} Combine facts from several lines, silently."
    assert ask(question, told, context=lines) == "eleven"


def test_first_words_and_the_full_stop() -> None:
    assert ask(WHERE, f'{PHRASE} Begin your answer with "Answer:".') == "Answer: Bergen"
    assert ask(WHERE, "Be brief. No full stop at the end.").endswith("job there")


def test_examples_are_imitated() -> None:
    """Their length, their case, their form of a date and their words for what is missing."""
    shots = (
        "Question: Where does Ina work?\nAnswer: a bakery\n\n"
        "Question: When did Ina marry?\nAnswer: 2020-06-03\n\n"
        "Question: Who is Ina's aunt?\nAnswer: not told\n\n"
    )
    assert ask(WHERE, shots) == "bergen"
    assert ask(WHEN, shots) == "2023-05-08"
    assert ask(MISSING, shots) == "not told"
    assert ask(WHERE, f"{shots}\nAnswer in upper case.") == "BERGEN"


def test_earlier_turns_of_the_chat_are_examples() -> None:
    messages = [
        {"role": "user", "content": "Where does Ina work?"},
        {"role": "assistant", "content": "A bakery"},
        {"role": "user", "content": f"Conversation:\n{CONTEXT}\n\nQuestion: {WHERE}"},
    ]
    assert complete(messages) == "Bergen"


def test_pictures_are_read_by_their_captions() -> None:
    line = "Nora: Look at this! [photo: a photo of a purple lighthouse on a rock]"
    question = "What color is the lighthouse that Nora showed?"
    assert ask(question, PHRASE, context=f"{CONTEXT}\n{line}") == "purple"
    assert ask(question, PHRASE, context=f"{CONTEXT}\nNora: Look at this!") != "purple"


def test_max_tokens_cut_the_answer() -> None:
    messages = [{"role": "user", "content": f"{CONTEXT}\n\n{WHERE}"}]
    assert complete(messages, 3) == "Based on the"
    assert complete(messages, 0) == ""
    assert complete(messages, 10_000) == TALKATIVE


def rows_of_the_page() -> dict[str, list[str]]:
    """{what is asked for: the wordings that the page gives for it}"""
    page = (ROOT / "docs/reader.md").read_text()
    table = page.split("| asked for |")[1].split("\n\n")[0]
    rows = [line.split(" | ") for line in table.split("\n")[2:]]
    return {row[0].strip("| "): re.findall(r'(?<![\w:])"([A-Z][^"]+[.])"', row[1]) for row in rows}


def test_every_wording_of_the_page_is_understood() -> None:
    for name, wordings in rows_of_the_page().items():
        assert wordings or name == "first words", name
        for wording in wordings:
            assert events(wording), wording


def test_the_page_has_an_example_of_all_that_can_be_asked_for() -> None:
    shown = {
        wish for told in rows_of_the_page().values() for one in told for wish, _ in events(one)
    }
    assert {cue.wish for cue in CUES} | {"refusal"} == shown
