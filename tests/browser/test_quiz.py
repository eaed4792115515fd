"""The self-quiz as a student meets it, by keyboard alone."""

from playwright.sync_api import expect

QUESTIONS = """QUESTIONS = [
    {"question": "Which shape has X @ w?", "right": {"(n,)": "One score a row."}, "wrong": {"(d,)": "Summed away."}},
    {"question": "Is −1 a probability?", "right": {"no": "They lie in [0, 1]."}, "wrong": {"yes": "A score may be."}},
]
explore.quiz(*QUESTIONS)"""


def test_a_quiz_answers_the_keyboard_explains_and_remembers(opened, screenshot):
    notebook = opened(QUESTIONS)
    page = notebook.page
    first = page.get_by_role("group", name="1. Which shape has X @ w?")
    wrong, right = (first.get_by_role("button", name=name, exact=True) for name in ("(d,)", "(n,)"))
    wrong.focus()
    page.keyboard.press("Enter")
    expect(first.get_by_role("status")).to_have_text("✗ Not quite. Summed away.")
    expect(wrong).to_have_attribute("aria-pressed", "true")
    right.focus()
    page.keyboard.press("Space")
    expect(first.get_by_role("status")).to_have_text("✓ Right. One score a row.")
    expect(wrong).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_text("1 of 2 right")).to_be_visible()
    screenshot(page, "quiz")
    notebook.rest()  # a widget holds a second press back while the first is under way
    notebook.run_all()
    expect(page.get_by_text("1 of 2 right")).to_be_visible()
    expect(page.get_by_role("group").nth(0).get_by_role("status")).to_have_text("✓ Right. One score a row.")
