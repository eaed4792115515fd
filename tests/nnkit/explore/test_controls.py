"""The controls: what moving them calls."""

from nnkit.explore import controls


def test_buttons_and_watched_controls_hand_over_what_was_given_and_chosen():
    calls = []
    slider, pick = controls.slider("x", 0.0, 0.0, 1.0, 0.1), controls.choice(["a", "b"])
    presses = [controls.button("Go", calls.append, "gone"), *controls.buttons("AB", calls.append)]
    controls.watch(slider, calls.append)
    controls.watch(pick, lambda *args: calls.append(args), "picked")
    for button in presses:
        button.click()
    slider.value, pick.value = 0.5, "b"
    assert calls == ["gone", "A", "B", 0.5, ("picked", "b")]


def test_controls_that_are_put_together_draw_once():
    low, high = controls.whole_slider("low", 0, 0, 9), controls.log_slider("high", 10, 0, 2, 0.1)
    drawn = []
    put = controls.watch_all([low, high], lambda: drawn.append((low.value, high.value)))
    low.value = 3
    put(5, 100)
    put(5, 100)
    assert drawn == [(3, 10), (5, 100), (5, 100)]


def test_the_first_option_is_chosen_if_no_other_is():
    assert controls.choice(["a", "b"]).value == "a"
    assert controls.choice([("one", 1), ("zero", 0)], 0).value == 0
    assert controls.list_slider("m", 4, (1, 4, 8)).value == 4
    assert controls.switch("on").value
