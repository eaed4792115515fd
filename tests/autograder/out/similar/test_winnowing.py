from hypothesis import given
from hypothesis import strategies as st

from autograder.out.similar.winnowing import GRAM, SURE, Token, fingerprints, tokens

CODE = '''\
def mean(values, weights):
    """A weighted mean."""
    total = 0.0
    for value, weight in zip(values, weights):
        total += value * weight
    return total / np.sum(weights)
'''
DISGUISED = """\
def average( xs,ws ):
    # I wrote this myself
    acc = 1e-9

    for x, w in zip(xs, ws):
        acc += x * w   # really
    return acc / np.sum(ws)
"""


def texts(source: str) -> list[str]:
    return [token.text for token in tokens(source)]


def test_names_numbers_comments_and_layout_are_no_disguise():
    plain = [text for text in texts(CODE) if text != '""']  # but a docstring is a token
    assert plain == texts(DISGUISED)
    assert set(fingerprints(tokens(CODE))) & set(fingerprints(tokens(DISGUISED)))


def test_what_is_used_of_others_keeps_its_name():
    assert texts("y = np.exp(x) + len(y)") == [
        "name",
        "=",
        "np",
        ".",
        "exp",
        "(",
        "x",
        ")",
        "+",
        "len",
        "(",
        "name",
        ")",
    ]


def test_a_token_knows_its_place():
    source = 'größe = "é" + name\nif größe:\n    y = f(größe)\n'
    assert [source[token.start : token.end] for token in tokens(source)] == [
        *("größe", "=", '"é"', "+", "name", "if", "größe", ":", "y", "=", "f", "(", "größe", ")"),
    ]


@given(st.text(max_size=200))
def test_anything_may_stand_in_a_cell(source):
    for token in tokens(source):
        assert 0 <= token.start <= token.end <= len(source)
    fingerprints(tokens(source))


def test_of_a_cell_that_breaks_off_what_came_before_counts():
    assert texts("x = 1\ny = (2 +") == ["name", "=", "0", "name", "=", "(", "0", "+"]
    assert texts("%%time\nx = 1")[-3:] == ["name", "=", "0"]


words = st.lists(st.sampled_from("abcdefgh"), max_size=40)


def as_tokens(text: list[str]) -> list[Token]:
    return [Token(word, n, n + 1) for n, word in enumerate(text)]


@given(words, words, words, words, st.lists(st.sampled_from("abcdefgh"), min_size=SURE, max_size=40))
def test_a_shared_passage_of_that_length_is_always_found(before, after, other_before, other_after, passage):
    first = fingerprints(as_tokens(before + passage + after))
    second = fingerprints(as_tokens(other_before + passage + other_after))
    assert first.keys() & second.keys()


@given(st.lists(st.integers(0, 3), max_size=GRAM - 1))
def test_what_is_shorter_than_a_gram_has_no_fingerprint(text):
    assert fingerprints(as_tokens(list(map(str, text)))) == {}


@given(words)
def test_a_fingerprint_stands_where_it_says(text):
    for places in fingerprints(as_tokens(text)).values():
        grams = {tuple(text[start:end]) for start, end in places}
        assert len(grams) == 1
        assert all(end - start == GRAM for start, end in places)
