"""Confidence made true from reviewed words: the two numbers, their file, a job's rows, and the commands."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import needs_model
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from batchocr.cli import main
from batchocr.elements import Box, PageResult, Word
from batchocr.errors import InputError, ModelError, UsageError
from batchocr.job import open_job
from batchocr.pages import Source
from batchocr.recalibration import (
    SETTING,
    Recalibration,
    Rows,
    calibrate_into,
    fit,
    gain_of,
    load_calibration,
    quality,
    refuse_without_reason,
    reviewed_rows,
    told_of,
)
from batchocr.stamps import stamp_of, with_digest
from batchocr.tables import read_table

SAMPLE = Path(__file__).parents[1] / "samples" / "pages" / "rows.png"
TRUTH = Recalibration(0.6, -1.0)  # what drawn confidences really mean: far less than they say

calibrations = st.builds(Recalibration, st.floats(0.2, 3), st.floats(-4, 4))
shares = st.integers(0, 10_000).map(lambda n: n / 10_000)


def drawn_rows(
    count: int, share_right: Callable[[float], float] = TRUTH.of, *, seed: int = 1, pages: int = 20
) -> Rows:
    """Words that are right as often as a law says of their confidence."""
    rng = np.random.default_rng(seed)
    confidence = rng.uniform(0.02, 0.98, count)
    right = rng.random(count) < [share_right(c) for c in confidence]
    return Rows(confidence, right, rng.integers(pages, size=count), accepted=0)


def reviewed_table(
    table: Path, share_right: Callable[[float], float] = TRUTH.of, *, pages: int = 10, a_page: int = 15
) -> Path:
    """A job of doubtful words, each confirmed or corrected as chance and its confidence have it."""
    rng = random.Random(4)
    sources = []
    for number in range(pages):
        path = table.with_name(f"page{number}.png")
        Image.new("L", (60, 40), 200 + number).save(path)
        sources.append(Source(path.name, path))
    with open_job(table, {"--review-below": "0.95", SETTING: ""}) as job:
        job.enrol(sources)
        for file in list(job.missing()):
            words = [word_of(n, round(rng.uniform(0.05, 0.94), 4)) for n in range(1, a_page + 1)]
            stamp = with_digest(stamp_of(file.source.path), file.source.path)
            result = PageResult(file.source.given, 1, tuple(words))
            job.add(file.key, [result], stamp=stamp, finished=True)
        job.prepare_review()
        for word in list(job.words()):
            is_right = rng.random() < share_right(word.confidence)
            job.correct(word.key, *(("confirm", "") if is_right else ("correct", "99")))
    return table


def word_of(line: int, confidence: float, status: str = "review") -> Word:
    """A word that reads 12."""
    return Word(line, 1, "12", confidence, status, Box(0, line, 10, line + 9), "", ())  # type: ignore[arg-type]


# the two numbers


@given(calibrations, shares, shares)
def test_the_threshold_parts_words_as_their_meant_confidence_does(
    calibration: Recalibration, confidence: float, review_below: float
) -> None:
    meant = calibration.of(confidence)
    if abs(meant - review_below) > 1e-9:  # the same to within rounding
        assert (confidence < calibration.threshold(review_below)) == (meant < review_below)


@given(calibrations, shares, shares)
def test_the_order_of_words_stays(calibration: Recalibration, one: float, other: float) -> None:
    assert calibration.of(min(one, other)) <= calibration.of(max(one, other))


@given(calibrations, calibrations, st.integers(100, 9_900).map(lambda n: n / 10_000))
def test_both_in_turn_are_one(first: Recalibration, second: Recalibration, confidence: float) -> None:
    between = first.of(confidence)
    if 1e-4 < between < 1 - 1e-4:  # beyond, confidences are taken as that
        assert second.after(first).of(confidence) == pytest.approx(second.of(between), abs=1e-9)


def test_many_rows_give_what_they_were_drawn_with() -> None:
    found = fit(drawn_rows(6000)).calibration
    assert (found.slope, found.offset) == pytest.approx((TRUTH.slope, TRUTH.offset), abs=0.1)


def test_confidence_is_truer_on_pages_that_were_not_fitted_on() -> None:
    rows = drawn_rows(300)
    fitted = fit(rows)
    best = quality(np.array([TRUTH.of(c) for c in rows.confidence]), rows.right)
    assert fitted.after.log_loss - best.log_loss < 0.2 * (fitted.before.log_loss - best.log_loss)
    assert fitted.after.ece < 0.5 * fitted.before.ece


@pytest.mark.parametrize(
    "rows",
    [
        drawn_rows(49),
        drawn_rows(100)._replace(right=np.ones(100, bool)),
        drawn_rows(100)._replace(right=np.zeros(100, bool)),
        Rows(np.zeros(0), np.zeros(0, bool), np.zeros(0, np.int64), 0),
    ],
)
def test_too_little_is_refused_in_words(rows: Rows) -> None:
    with pytest.raises(UsageError, match=r"at least 50 words, 5 right and 5 wrong; review more"):
        fit(rows)


def is_written(rows: Rows) -> bool:
    try:
        refuse_without_reason(fit(rows), Path("c.json"))
    except ModelError:
        return False
    return True


@pytest.mark.parametrize("share", [0.5, 0.8])
@pytest.mark.parametrize(("count", "pages"), [(80, 1), (80, 3), (150, 20), (600, 40)])
def test_judgements_by_chance_change_nothing(share: float, count: int, pages: int) -> None:
    reviews = (drawn_rows(count, lambda _: share, seed=seed, pages=pages) for seed in range(50))
    assert sum(map(is_written, reviews)) <= 5  # one in forty is meant


@pytest.mark.parametrize(("count", "pages"), [(80, 1), (80, 3), (150, 20), (600, 40)])
def test_confidence_that_is_true_already_is_left(count: int, pages: int) -> None:
    reviews = (drawn_rows(count, lambda c: c, seed=seed, pages=pages) for seed in range(50))
    assert sum(map(is_written, reviews)) <= 4


@pytest.mark.parametrize("pages", [1, 3, 20])
def test_plain_oversureness_is_mended_and_fresh_words_say_so(pages: int) -> None:
    reviews = [drawn_rows(300, seed=seed, pages=pages) for seed in range(20)]
    written = [rows for rows in reviews if is_written(rows)]
    assert len(written) >= 18
    fresh = drawn_rows(5000, seed=99)
    for rows in written:
        learnt = fit(rows).calibration
        meant = np.array([learnt.of(c) for c in fresh.confidence])
        assert quality(meant, fresh.right).log_loss < quality(fresh.confidence, fresh.right).log_loss - 0.05


def test_words_of_one_page_are_not_taken_for_many_witnesses() -> None:
    gains = np.repeat([0.3, -0.1, 0.2, -0.2, 0.15, 0.05], 50)  # one figure a page
    by_words, by_pages = (gain_of(gains, units) for units in (np.arange(300), np.repeat(np.arange(6), 50)))
    assert by_words.mean == by_pages.mean == pytest.approx(gains.mean())
    assert by_words.low > 0 > by_pages.low
    alone = np.array([0.3, -0.1, 0.2, -0.2, 0.15, 0.05])  # the same as six words of which each counts
    reach = 2.571 * alone.std(ddof=1) / 6**0.5  # 97.5 % point of Student's t, five degrees of freedom
    assert by_pages.high - by_pages.mean == pytest.approx(reach, rel=0.01)


def test_the_share_of_pairs_that_confidence_tells_apart() -> None:
    confidence = np.array([0.9, 0.5, 0.5, 0.1, 0.7, 0.7])
    right = np.array([True, True, False, False, True, False])
    told = told_of(confidence, right, np.arange(6))
    assert told.mean == pytest.approx((3 + 1.5 + 2.5) / 9)  # 0.9, 0.5 and 0.7 against 0.5, 0.1 and 0.7
    assert told_of(1 - confidence, right, np.arange(6)).mean == pytest.approx(1 - told.mean)


def test_quality_of_words_that_are_as_sure_as_they_are_right() -> None:
    confidence = np.array([0.75] * 4 + [0.25] * 4)
    right = np.array([True, True, True, False, True, False, False, False])
    assert quality(confidence, right).ece == 0
    assert quality(confidence, ~right).ece == pytest.approx(0.5)


# its file


def test_a_calibration_is_written_and_read_again(tmp_path: Path) -> None:
    output = tmp_path / "calibration.json"
    said = calibrate_into(reviewed_table(tmp_path / "n.csv"), output)
    card = json.loads(output.read_text())
    assert card["words"] == 150
    assert card["pages"] == 10
    assert card["log_loss_after"] < card["log_loss_before"]
    assert load_calibration(output) == Recalibration(card["slope"], card["offset"])
    assert "150 reviewed words" in said[0]
    assert "no accepted word was judged" in said[1]


def test_a_job_that_was_read_with_a_calibration_gives_one_that_holds_both(tmp_path: Path) -> None:
    plain, again = tmp_path / "calibration.json", tmp_path / "again.json"
    table = reviewed_table(tmp_path / "n.csv")
    calibrate_into(table, plain)
    before = Recalibration(0.5, 0.25)
    with open_job(table) as job:
        job.rows("UPDATE settings SET value = ? WHERE name = ?", (str(before), SETTING))
    calibrate_into(table, again)
    expected = load_calibration(plain).after(before)
    assert load_calibration(again).slope == pytest.approx(expected.slope, rel=1e-5)
    assert load_calibration(again).offset == pytest.approx(expected.offset, rel=1e-5)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"kind": "batchocr calibration", "slope": -1, "offset": 0}']
)
def test_a_file_that_is_no_calibration_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "c.json"
    path.write_text(text)
    with pytest.raises(ModelError, match=r"c\.json: not a usable calibration"):
        load_calibration(path)
    with pytest.raises(InputError, match=r"no\.json: no such file"):
        load_calibration(tmp_path / "no.json")


# from a job


def test_accepted_words_count_only_if_the_audit_drew_them(tmp_path: Path) -> None:
    table = tmp_path / "n.csv"
    path = tmp_path / "page.png"
    Image.new("L", (60, 40), 200).save(path)
    words = [word_of(1, 0.5), word_of(2, 0.6), word_of(3, 0.99, "ok"), word_of(4, 0.98, "ok")]
    with open_job(table, {}) as job:
        job.enrol([Source(path.name, path)])
        (file,) = job.missing()
        stamp = with_digest(stamp_of(path), path)
        job.add(file.key, [PageResult("page.png", 1, tuple(words))], stamp=stamp, finished=True)
        job.prepare_review()
        first, _, seen, other = (word.key for word in job.words())
        job.correct(first, "confirm")
        job.correct(seen, "correct", "77")
        job.correct(other, "correct", "77")
        assert reviewed_rows(job).confidence.tolist() == [0.5]
        job.draw_audit(1.0, random.Random(0))
        rows = reviewed_rows(job)
    assert (rows.confidence.tolist(), rows.right.tolist()) == ([0.5, 0.99, 0.98], [True, False, False])
    assert rows.accepted == 2


@pytest.mark.parametrize(
    ("share_right", "why"),
    [
        (
            lambda c: c,
            "this review gives no reason to change the confidence (log loss of words not fitted on",
        ),
        (
            lambda _: 0.5,
            "right and wrong have too little to do with the confidence in this review (a right word",
        ),
    ],
)
def test_a_review_that_gives_no_reason_writes_nothing(
    share_right: Callable[[float], float], why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = reviewed_table(tmp_path / "n.csv", share_right)
    assert main(["calibrate", str(table), "-o", str(tmp_path / "c.json")]) == 4
    assert f"c.json: not written, since {why}" in capsys.readouterr().err
    assert not (tmp_path / "c.json").exists()


def test_a_review_of_one_page_says_that_it_is_one(tmp_path: Path) -> None:
    said = calibrate_into(reviewed_table(tmp_path / "n.csv", pages=1, a_page=200), tmp_path / "c.json")
    assert "all of them are on one page" in said[1]


def test_calibrate_without_a_job(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate", str(tmp_path / "n.csv")]) == 2
    assert "n.csv" in capsys.readouterr().err


def test_calibrate_needs_no_tensorflow(tmp_path: Path) -> None:
    table = reviewed_table(tmp_path / "n.csv")
    code = (
        "import sys; from batchocr.cli import main; "
        f"assert main(['calibrate', {str(table)!r}, '-o', {str(tmp_path / 'c.json')!r}]) == 0; "
        "print({'tensorflow', 'keras', 'cv2', 'ai_edge_litert'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"


# reading with it


@needs_model
def test_run_makes_confidence_true_and_holds_the_job_to_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calibration = tmp_path / "c.json"
    calibration.write_text('{"kind": "batchocr calibration", "slope": 0.5, "offset": -3.0}')
    plain, true = tmp_path / "plain.csv", tmp_path / "true.csv"
    run = ["run", str(SAMPLE), "-q", "--jobs", "1"]
    assert main([*run, "-o", str(plain)]) == 0
    assert main([*run, "-o", str(true), "--calibration", str(calibration)]) == 0
    before, after = list(read_table(plain)), list(read_table(true))
    assert [row["text"] for row in before] == [row["text"] for row in after]
    meant = [Recalibration(0.5, -3.0).of(float(row["confidence"])) for row in before]
    assert [float(row["confidence"]) for row in after] == pytest.approx(meant, abs=1e-4)
    assert all(row["status"] == ("review" if m < 0.95 else "ok") for row, m in zip(after, meant, strict=True))
    assert {row["status"] for row in before} != {row["status"] for row in after}
    assert main([*run, "-o", str(true)]) == 2
    assert "--calibration" in capsys.readouterr().err
