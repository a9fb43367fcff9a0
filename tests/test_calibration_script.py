"""The script that fits confidence: what it gathers from a page, and what it fits to that."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from batchocr.confidence import FEATURES
from batchocr.elements import Box, Page
from batchocr.network.model import load_model
from batchocr.recalibration import logistic
from tests.conftest import load_script
from tests.pictures import blank_page, scanned, stroke_digit, write


@pytest.fixture(scope="module")
def script() -> ModuleType:
    for one in (
        "compose",
        "string_figures",
        "struck_figures",
        "form_figures",
        "layout_figures",
        "sheet_figures",
    ):
        load_script(one)  # which it takes from
    return load_script("calibrate_words")


def test_each_string_of_a_page_is_told_right_or_wrong(script: ModuleType) -> None:
    page, rng = blank_page(420, 700), np.random.default_rng(3)
    truth: list[tuple[Box, str]] = []
    for row, text in enumerate(("1234", "5678", "9012")):
        for place, digit in enumerate(text):
            write(page, stroke_digit(int(digit), rng, 50, 7), (80 + 42 * place, 50 + 110 * row), 50, 230)
        truth.append((Box(40, 40 + 110 * row, 660, 130 + 110 * row), text))
    lied = [*truth[:2], (truth[2][0], "77")]
    found = script.examples(Page(scanned(page)), lied, load_model())
    assert found.features.shape == (3, len(FEATURES))
    assert found.number.all()
    assert found.right.tolist() == [True, True, False]
    nothing = script.examples(Page(scanned(page)), [], load_model())
    assert not nothing.number.any() and not nothing.right.any()


def test_what_weighs_less_moves_the_fit_less(script: ModuleType) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(400, 1))
    y = x[:, 0] > 0
    y[:100] = ~y[:100]  # a quarter that says the opposite
    weights = np.where(np.arange(400) < 100, 0.01, 1.0)
    plain, weighed = script.fit(x, y), script.fit(x, y, weights)
    assert weighed[1] > plain[1] > 0
    assert logistic(weighed[0] + weighed[1]) > logistic(plain[0] + plain[1])


def test_boxes_for_digits_tell_nothing_of_what_is_a_number_at_all(script: ModuleType) -> None:
    values = np.random.default_rng(1).normal(size=(400, len(FEATURES)))
    boxed, column = FEATURES.index("boxed"), FEATURES.index("column")
    number = values[:, boxed] + 0.5 * values[:, column] > 0
    seen = script.Examples(values, number, number, np.zeros(400, bool))
    weights = script._fit_number(seen, values.mean(axis=0), values.std(axis=0))
    ones, others = np.triu_indices(len(FEATURES))
    own, products = weights[1 : 1 + len(FEATURES)], weights[1 + len(FEATURES) :]
    assert own[boxed] == 0 and not products[(ones == boxed) | (others == boxed)].any()
    assert own[column] > 0.1
