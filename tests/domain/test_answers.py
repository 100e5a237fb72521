import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.answers import UnstorableText, clean_text, count_sentences, count_words, length_advice

LABELLED = [
    ("", 0),
    ("   \n\t ", 0),
    ("\u200b\u200d", 0),
    ("...", 0),
    ("😀😀", 0),
    ("Yes", 1),
    ("no final point at all", 1),
    ("One. Two! Three?", 3),
    ("I met Mr. Smith. He was kind.", 2),
    ("Mrs. O'Brien-Núñez and Dr. Null met Gov. Lee.", 1),
    ("He works for the U.S. government. I do not.", 2),
    ("He lives in the U.S. He works here.", 2),
    ("We met at 9 a.m. on Monday. It went well.", 2),
    ("At 9:30 a.m. Dr. Lee came.", 1),
    ("Use a form, e.g. this one. Then stop.", 2),
    ("Bring papers, i.e. an ID. Thanks.", 2),
    ("She came to me. I left. Tom stayed with me. Ann did not.", 4),
    ("They asked, e.g. I called her. Then I left.", 2),
    ("I worked at Acme Inc. I liked it.", 2),
    ("I said no. Maria said OK. I laughed.", 3),
    ("I moved to Rolla, MO. I had an ID. Thanks!", 3),
    ("Mr. Ill met Mrs. May. No. 5 was hers.", 2),
    ("I saw cats, dogs, etc. I like birds.", 2),
    ("J. K. Rowling wrote it. I read it.", 2),
    ("J. Smith vs. K. Jones was heard.", 1),
    ("She has a Ph.D. in history. She teaches.", 2),
    ("I moved to St. Joseph.", 1),
    ("I waited... then left.", 1),
    ("I waited... Then I left.", 2),
    ("Well . . . I guess so.", 1),
    ("It pays $19.23 an hour. That is fine.", 2),
    ("My G.P.A. was 3.8. I graduated.", 2),
    ("Call 573.555.0100 now.", 1),
    ("Visit www.partnersforjustice.org/apply. Then send.", 2),
    ('"Stop!" she said.', 1),
    ('He said, "I am done." Then he left.', 2),
    ("I said “Stop.” He stopped.", 2),
    ('He asked, "Why?" and left.', 1),
    ('"I never closed it. Then more. And more.', 3),
    ("(This is one.) This is two.", 2),
    ("The office (see p. 4) is open. Come in.", 2),
    ("Really?! Yes!!! So much.", 3),
    ("¿Cómo estás? ¡Bien, gracias!", 2),
    ("La Sra. López vino. El Dr. García no.", 2),
    ("Great! 😀 I love it.", 2),
    ("Great 😀 I love it 😀", 1),
    ("I love it 😀. It works.", 2),
    ("- one\n- two\n- three", 3),
    ("1. First thing\n2. Second thing", 2),
    ("I did three things:\n• called\n• wrote\n• left", 4),
    ("First I called\nThen I wrote", 2),
    ("First I called.\r\nThen I wrote.\r\n", 2),
    ("One paragraph\n\nAnother paragraph", 2),
    ("I met Mr.\nSmith. He was kind.", 2),
    ("this line was wrapped\nin the middle. Fine.", 2),
    ("I worked with many people at the shelter on Main Street next to\nRolla. I liked it.", 2),
    ("i like dogs. i like cats.", 2),
    ("A; B; C.", 1),
    ("End of it — new thought. Done.", 2),
]


@pytest.mark.parametrize(("text", "sentences"), LABELLED)
def test_count_sentences_agrees_with_a_person(text: str, sentences: int) -> None:
    assert count_sentences(text) == sentences


@given(st.text(st.characters(codec=None), max_size=400))
def test_count_sentences_never_raises_and_is_never_negative(text: str) -> None:
    assert count_sentences(text) >= 0


@given(st.lists(st.sampled_from(["Mr.", "I", "left.", "(see", "p. 4)", "“No.”", "etc.", "a.m.", "3.5", "Why?"])))
def test_count_sentences_does_not_depend_on_the_width_of_spaces(words: list[str]) -> None:
    assert count_sentences(" ".join(words)) == count_sentences("  \t " + " \u00a0 ".join(words) + "  ")


@given(st.text(alphabet="Ab. ?!\n-1“”()", max_size=200))
def test_count_sentences_does_not_depend_on_the_kind_of_line_end(text: str) -> None:
    assert count_sentences(text) == count_sentences(text.replace("\n", "\r\n"))
    assert count_sentences(text) == count_sentences(text.replace("\n", "\n\n") if "\n" not in text else text)


def test_count_sentences_answers_for_a_megabyte_in_one_line() -> None:
    assert count_sentences("I came. " * 125_000) > 10_000


@pytest.mark.parametrize(
    ("text", "words"),
    [("", 0), ("one", 1), ("well-known fact", 2), ("yes — no", 2), ("end—start", 2), ("a\r\nb", 2), ("😀 hi", 1)],
)
def test_count_words_counts_what_holds_a_letter_or_digit(text: str, words: int) -> None:
    assert count_words(text) == words


def test_word_count_is_the_same_for_every_line_end() -> None:
    assert count_words("one two\nthree") == count_words("one two\r\nthree") == 3


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "\udfff"])
def test_clean_text_refuses_what_cannot_be_stored(text: str) -> None:
    with pytest.raises(UnstorableText, match="can't store"):
        clean_text(text)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("e\u0301", "é"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("\u200b \u200d\ufeff", ""),
        ("  \n ", ""),
        ("bell\x07", "bell"),
        ("\n\nhello  \n\n", "hello"),
        ("👨‍👩‍👧 family", "👨‍👩‍👧 family"),
        ("keep\u202ethis", "keep\u202ethis"),
        ("{{7*7}} <script> ' OR 1=1 --", "{{7*7}} <script> ' OR 1=1 --"),
    ],
)
def test_clean_text_stores_what_was_meant(typed: str, stored: str) -> None:
    assert clean_text(typed) == stored


@given(st.text(max_size=200))
def test_clean_text_of_clean_text_is_itself(text: str) -> None:
    try:
        cleaned = clean_text(text)
    except UnstorableText:
        return
    assert clean_text(cleaned) == cleaned


@pytest.mark.parametrize(
    ("sentences", "advice"), [(0, "empty"), (2, "short"), (3, "within"), (6, "within"), (7, "long")]
)
def test_length_advice_names_the_range(sentences: int, advice: str) -> None:
    assert length_advice(sentences, 3, 6) == advice
