"""What candidates cost: probabilities over all ways through a word, and the fit that makes them so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from types import ModuleType

import numpy as np
import pytest
from conftest import load_script

from batchocr.elements import NOT_A_DIGIT, Box, Probs
from batchocr.lattice import Lattice, build_lattice
from batchocr.plausibility import FEATURES, PASSED, UNREAD, Weights, costs_of, features_of, may_be
from batchocr.segmentation.segment import Atom, CandidateWord

HEIGHT = 40  # px


def word(*sides: tuple[int, int, int]) -> CandidateWord:
    """Blocks of ink, left, right and top of each, that stand on one line."""
    atoms = tuple(
        Atom(Box(left, top, right, HEIGHT), np.ones((HEIGHT - top, right - left), bool))
        for left, right, top in sides
    )
    return CandidateWord(atoms, Box(atoms[0].box.left, 0, atoms[-1].box.right, HEIGHT))


def answers(lattice: Lattice, seed: int = 0) -> Probs:
    """(edges, 11): any answers."""
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.full(11, 0.3), len(lattice.edges)).astype(np.float32)


def unsure(count: int) -> Probs:
    return np.full((count, 11), 1 / 11, np.float32)


def ways(lattice: Lattice, at: int = 0) -> Iterator[list[int]]:
    """The candidates of each way from a piece to the end."""
    if at == len(lattice.pieces):
        yield []
    for index, edge in enumerate(lattice.edges):
        if edge.start == at:
            for rest in ways(lattice, edge.stop):
                yield [index, *rest]


DOTTED = word((0, 20, 0), (24, 28, 34), (31, 60, 0), (62, 82, 12))  # the third is wide enough to be cut


@pytest.fixture(scope="module")
def fit_cuts() -> ModuleType:
    for one in ("compose", "string_figures"):  # which it takes from
        load_script(one)
    return load_script("fit_cuts")


@pytest.fixture
def dotted() -> Lattice:
    return build_lattice(DOTTED, unsure(4))


def test_the_costs_of_all_ways_are_those_of_probabilities(dotted: Lattice) -> None:
    other = build_lattice(word((0, 20, 0), (30, 50, 0)), unsure(2))
    both = [dotted, other]
    for lattice, costs in zip(both, costs_of(both, [answers(one) for one in both]), strict=True):
        of_edges = np.exp(-costs).sum(axis=1)
        total = sum(float(np.prod(of_edges[way])) for way in ways(lattice))
        assert total == pytest.approx(1.0, abs=1e-9)
        assert len(list(ways(lattice))) > 1 or lattice is other


def test_a_dot_may_be_passed_over_and_cut_ink_may_not(dotted: Lattice) -> None:
    features, _ = features_of([dotted], answers(dotted))
    allowed = may_be(features)
    assert allowed[:, :PASSED].all()
    for edge, (passed, unread) in zip(dotted.edges, allowed[:, PASSED:].tolist(), strict=True):
        whole = edge.atom is not None or (not edge.cuts and dotted.pieces[edge.start].atom == 2)
        alone = dotted.pieces[edge.start].atom == dotted.pieces[edge.stop - 1].atom
        assert passed == (edge.box.height < HEIGHT / 2 and edge.stop - edge.start == 1)
        assert unread == (whole and alone and not passed)


def test_two_digits_of_usual_width_are_likelier_than_one_as_wide_as_both() -> None:
    pair = np.ones((HEIGHT, 50), bool)
    pair[4:, 23:27] = False  # two blocks that touch at their tops
    lattice = build_lattice(
        CandidateWord((Atom(Box(0, 0, 50, HEIGHT), pair),), Box(0, 0, 50, HEIGHT)), unsure(1)
    )
    (whole,) = (n for n, edge in enumerate(lattice.edges) if edge.stop - edge.start == len(lattice.pieces))
    halves = next(
        way
        for way in ways(lattice)
        if len(way) == 2 and all(abs(lattice.edges[n].box.width - 25) <= 6 for n in way)
    )
    probs = np.full((len(lattice.edges), 11), 1e-3, np.float32)
    probs[:, 8] = 0.99  # the digit network is as sure of each
    (costs,) = costs_of([lattice], [probs])
    assert costs[halves, 8].sum() < costs[whole, 8]


def test_a_network_that_knows_no_other_ink_is_taken_for_one_that_sees_digits(dotted: Lattice) -> None:
    probs = answers(dotted)
    probs[:, NOT_A_DIGIT] = 0
    (costs,) = costs_of([dotted], [probs])
    assert np.isfinite(costs[:, :PASSED]).all()
    features, _ = features_of([dotted], probs)
    assert np.isnan(features[:, FEATURES.index("other ink")]).all()
    probs[:, NOT_A_DIGIT] = 0.5
    (other,) = costs_of([dotted], [probs])
    assert costs[:, :PASSED].min() < other[:, :PASSED].min()


def test_no_words_cost_nothing() -> None:
    assert costs_of([], []) == []


def test_the_shipped_weights_are_of_these_features() -> None:
    card = json.loads((files("batchocr") / "network" / "weights" / "cuts.json").read_text("utf-8"))
    assert card["features"] == list(FEATURES)
    known = Weights(**{name: np.array(values) for name, values in card["weights"].items()})
    features, digits = features_of(
        [build_lattice(DOTTED, unsure(4))], answers(build_lattice(DOTTED, unsure(4)))
    )
    assert known.scores(features, digits).shape == (len(features), UNREAD + 1)


@pytest.mark.parametrize("text", ["7", "31", "4072", "11111"])
def test_the_fit_climbs_where_finite_differences_say(
    fit_cuts: ModuleType, dotted: Lattice, text: str
) -> None:
    number = fit_cuts.number_of(dotted, answers(dotted), text, held=False)
    rng = np.random.default_rng(1)
    scores = np.where(number.allowed, rng.normal(0, 1, number.allowed.shape), fit_cuts.NEVER)
    found = fit_cuts.loss_and_gradient(number, scores)
    assert found is not None
    loss, gradient = found
    for row, column in rng.permutation(np.argwhere(number.allowed))[:40]:
        moved = scores.copy()
        moved[row, column] += 1e-5
        again = fit_cuts.loss_and_gradient(number, moved)
        assert again is not None
        assert (again[0] - loss) / 1e-5 == pytest.approx(gradient[row, column], abs=1e-4)


def test_what_the_candidates_cannot_be_is_not_fitted(fit_cuts: ModuleType, dotted: Lattice) -> None:
    long = fit_cuts.number_of(dotted, answers(dotted), "1" * (len(dotted.pieces) + 1), held=False)
    scores = np.where(long.allowed, 0.0, fit_cuts.NEVER)
    assert fit_cuts.loss_and_gradient(long, scores) is None


def test_the_likeliest_way_is_read_left_to_right(fit_cuts: ModuleType) -> None:
    lattice = build_lattice(word((0, 20, 0), (24, 28, 34), (40, 60, 0)), unsure(3))
    number = fit_cuts.number_of(lattice, answers(lattice), "47", held=False)
    scores = np.where(number.allowed, -5.0, fit_cuts.NEVER)
    of_atom = {edge.atom: n for n, edge in enumerate(lattice.edges) if edge.atom is not None}
    scores[of_atom[0], 4] = scores[of_atom[1], PASSED] = scores[of_atom[2], 7] = 5.0
    assert fit_cuts.best_text(number, scores) == "47"
