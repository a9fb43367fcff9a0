"""Whole strings from steps: against all paths written out by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchocr.ctc import BLANK, log_likelihoods, spikes
from batchocr.elements import DIGITS, Probs


def steps(*rows: dict[int, float]) -> Probs:
    """One row a step; what a row leaves open goes to the blank."""
    probs = np.zeros((len(rows), 11), np.float32)
    for into, row in zip(probs, rows, strict=True):
        for index, p in row.items():
            into[index] = p
        into[BLANK] += 1 - sum(row.values())
    return probs


def spelled(path: tuple[int, ...]) -> str:
    kept = [k for k, _ in itertools.groupby(path)]
    return "".join(DIGITS[k] for k in kept if k != BLANK)


def test_a_doubled_digit_needs_a_blank_between() -> None:
    joined = steps({7: 0.9}, {7: 0.8})
    parted = steps({7: 0.9}, {}, {7: 0.8})
    assert [s.text for s in spikes(joined)] == ["7"]
    assert [s.text for s in spikes(parted)] == ["7", "7"]


def test_a_spike_says_where_how_sure_and_what_else() -> None:
    (only,) = spikes(steps({}, {4: 0.6, 9: 0.3}, {4: 0.7, 1: 0.2}, {}))
    assert (only.text, only.start, only.stop, only.second) == ("4", 1, 3, "1")
    assert only.confidence == pytest.approx(0.7)
    assert only.second_confidence == pytest.approx(0.2)


def test_nothing_on_the_strip_is_the_empty_string() -> None:
    blank = steps({}, {}, {3: 0.25})
    assert spikes(blank) == []
    assert np.exp(log_likelihoods([blank], [""])) == pytest.approx([0.75], rel=1e-4)


def test_a_string_longer_than_its_steps_is_impossible() -> None:
    assert log_likelihoods([steps({1: 0.5})], ["12"])[0] < -1e6


def test_no_strings() -> None:
    assert log_likelihoods([], []).shape == (0,)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.text("0178", max_size=3), min_size=1, max_size=3))
def test_likelihood_is_the_sum_over_all_paths(seed: int, texts: list[str]) -> None:
    rng = np.random.default_rng(seed)
    probs = []
    for text in texts:
        p = rng.dirichlet(np.ones(11), size=2 * len(text) + 1).astype(np.float32)
        probs.append(p[: max(1, int(rng.integers(1, len(p) + 1)))])
    among = [0, 1, 7, 8, BLANK]
    wanted = [
        sum(
            float(np.prod([p[t, k] for t, k in enumerate(path)]))
            for path in itertools.product(among, repeat=len(p))
            if spelled(path) == text
        )
        for p, text in zip(probs, texts, strict=True)
    ]
    found = np.exp(log_likelihoods(probs, texts))
    np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-6)
