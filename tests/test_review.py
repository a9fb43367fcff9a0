"""The review without a browser: queue, decisions, digit grid, audit, pictures, and who is let in."""

from __future__ import annotations

import json
import random
import re
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw
from starlette.testclient import TestClient

from batchocr.elements import Box, PageResult, Reading, Word
from batchocr.errors import PageError, UsageError
from batchocr.job import OutdatedError, open_job
from batchocr.review import crops as pictures
from batchocr.review import queue
from batchocr.review.app import make_app
from batchocr.review.crops import (
    GLYPH_SIDE,
    OUTSIDE,
    Crops,
    Spool,
    cut_glyph,
    cut_strip,
    sheets_to_cut,
    strip_box,
)
from batchocr.review.guard import cookie_name
from batchocr.review.server import _ended_by_signals, _server_of, usual_port
from batchocr.score import audited, clopper_pearson
from batchocr.sources import Source
from batchocr.stamps import stamp_of, with_digest
from batchocr.tables import WORD_COLUMNS, read_table

TOKEN, PORT = "secret", 50_000
HOST = f"http://127.0.0.1:{PORT}"
DIGIT_WIDTH = 30  # px


def word_of(number: int, text: str, sure: float, status: str = "review", *, field: str = "") -> Word:
    """A word on the page's line `number`; its first digit is the doubtful one."""
    top = 40 * number
    readings = tuple(
        Reading(digit, 0.7 if place == 0 else 0.999, "1", 0.2, Box(40 + DIGIT_WIDTH * place, top, 64 + DIGIT_WIDTH * place, top + 28))
        for place, digit in enumerate(text)
    )  # fmt: skip
    box = Box(40, top, 40 + DIGIT_WIDTH * len(text), top + 28)
    message = "" if status == "ok" else "digit 1 is not quite clear"
    return Word(number, 1, text, sure, status, box, message, readings)  # type: ignore[arg-type]


def make_job(table: Path, *pages: list[Word], drawn: bool = True) -> Path:
    """A job of pages that are drawn as their words say, or of white ones."""
    sources = []
    for number, words in enumerate(pages, start=1):
        image = Image.new("L", (600, 60 + 40 * (len(words) + 1)), 255)
        draw = ImageDraw.Draw(image)
        for word in words if drawn else ():
            for reading in word.readings:
                draw.text((reading.box.left, reading.box.top), reading.text, fill=0, font_size=26)
        path = table.with_name(f"page{number}.png")
        image.save(path)
        sources.append(Source(f"scans/page{number}.png", path))
    with open_job(table, {"--review-below": "0.95"}) as job:
        job.enrol(sources)
        for file, words in zip(list(job.missing()), pages, strict=True):
            stamp = with_digest(stamp_of(file.source.path), file.source.path)
            result = PageResult(file.source.given, 1, tuple(words))
            job.add(file.key, [result], stamp=stamp, finished=True)
        job.prepare_review()
        job.export()
    return table


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Two pages: 71, 72 and 73 for review and 90 ok; 174 for review and 91 ok. Word ids count from 1."""
    first = [
        word_of(1, "71", 0.5),
        word_of(2, "72", 0.2),
        word_of(3, "73", 0.9),
        word_of(4, "90", 0.99, "ok"),
    ]
    second = [word_of(1, "174", 0.4), word_of(2, "91", 0.99, "ok")]
    return make_job(tmp_path / "numbers.csv", first, second)


@pytest.fixture
def client(table: Path) -> Iterator[TestClient]:
    """A browser that has opened the address with the token."""
    with closing(Crops(table)) as crops:
        app = make_app(table, crops, token=TOKEN, port=PORT, edition="e")
        with TestClient(app, base_url=HOST, headers={"Origin": HOST}) as client:
            client.get(f"/?token={TOKEN}")
            yield client


def say(client: TestClient, word: int, what: str, text: str = "", seen: int = 0) -> int:
    """Send a decision; the HTTP status."""
    body = {"word": word, "what": what, "text": text, "seen": seen}
    return int(client.post("/api/decision", json=body).status_code)


# --- queue ----------------------------------------------------------------------------------------------


def test_the_queue_has_three_orders(client: TestClient) -> None:
    keys = {order: client.get(f"/api/queue?order={order}").json()["keys"] for order in queue.ORDERS}
    assert keys == {"doubt": [2, 5, 1, 3], "page": [1, 2, 3, 5], "field": [1, 2, 3, 5]}
    assert client.get("/api/queue?order=size").status_code == 400


def test_a_word_comes_with_all_that_is_shown_of_it(client: TestClient) -> None:
    (word, other) = client.get("/api/words?keys=2,99,5").json()
    assert (word["key"], word["text"], word["source"], word["page"]) == (2, "72", "scans/page1.png", 1)
    assert word["message"] == "digit 1 is not quite clear"
    assert word["digits"][0] == ["7", 0.7, "1", 40, 80, 64, 108]
    assert other["key"] == 5
    assert client.get("/api/words?keys=" + ",".join("1" * 101)).status_code == 400
    assert client.get("/api/words?keys=../x").status_code == 400


def test_no_answer_holds_a_path_of_the_machine(client: TestClient, table: Path) -> None:
    for address in (
        "/api/queue",
        "/api/words?keys=1,2",
        "/api/changes?after=0",
        "/api/results",
        "/api/glyphs?digit=7",
    ):
        assert str(table.parent) not in client.get(address).text


def test_decisions_reach_the_table(client: TestClient, table: Path) -> None:
    assert [say(client, 1, "confirm"), say(client, 2, "correct", "0072"), say(client, 3, "not a number"),
            say(client, 5, "blank")] == [200] * 4  # fmt: skip
    assert read_table(table, WORD_COLUMNS)[0]["status"] == "review"  # not before it is asked for
    assert client.post("/api/export", json={}).json()["exported"]
    rows = [(row["text"], row["status"], row["message"]) for row in read_table(table, WORD_COLUMNS)]
    assert rows == [("71", "confirmed", ""), ("0072", "corrected", ""), ("90", "ok", ""), ("", "blank", ""),
                    ("91", "ok", "")]  # fmt: skip


@pytest.mark.parametrize("text", ["", "12a", "=1+1", "1" * 65, " 12"])
def test_a_text_is_of_digits(client: TestClient, text: str) -> None:
    assert say(client, 1, "correct", text) == 400


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"word": "1", "what": "confirm", "text": "", "seen": 0}', b'{"word": true}',
             b'{"word": 99999999999999999999, "what": "confirm", "text": "", "seen": 0}']
)  # fmt: skip
def test_a_request_of_another_shape_is_refused(client: TestClient, body: bytes) -> None:
    answer = client.post("/api/decision", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_two_people_do_not_overrule_each_other_unseen(client: TestClient) -> None:
    assert say(client, 1, "confirm") == 200
    assert say(client, 1, "correct", "99") == 409  # its person saw nothing of the first
    line = client.get("/api/changes?after=0").json()["line"]
    assert say(client, 1, "correct", "99", seen=line) == 200
    assert client.get(f"/api/changes?after={line}").json()["said"] == [[1, line + 1, "correct", "99"]]


def test_undo_as_often_as_wanted(client: TestClient, table: Path) -> None:
    for seen, text in enumerate(["11", "12", "13"]):
        assert say(client, 1, "correct", text, seen) == 200
    for seen, now in ((3, "12"), (4, "11"), (5, "71")):
        assert say(client, 1, "undo", seen=seen) == 200
        assert client.get("/api/words?keys=1").json()[0]["now"] == now
    assert say(client, 1, "undo", seen=6) == 400  # nothing stands
    with open_job(table) as job:
        assert [line.what for line in job.corrections(1)] == ["correct"] * 3 + ["undo"] * 3


def test_of_decisions_at_the_same_time_one_wins_and_all_that_passed_is_kept(table: Path) -> None:
    results: list[str] = []

    def decide(text: str) -> None:
        with open_job(table) as job:
            try:
                job.correct(1, "correct", text, seen=0)
                results.append("kept")
            except OutdatedError:
                results.append("late")

    threads = [threading.Thread(target=decide, args=(str(n),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["kept"] + ["late"] * 7
    with open_job(table) as job:
        assert len(list(job.corrections())) == 1


# --- by digit -------------------------------------------------------------------------------------------


def look(client: TestClient, *looks: tuple[int, int, str]) -> dict[str, Any]:
    answer = client.post("/api/looks", json={"looks": looks})
    assert answer.status_code == 200
    return dict(answer.json())


def settled(screen: dict[str, Any]) -> list[int]:
    return [word for word, _ in screen["lines"]]


def test_the_grid_shows_doubtful_ones_first(client: TestClient) -> None:
    assert client.get("/api/digits").json()["counts"]["7"] == [4, 3]
    sevens = client.get("/api/glyphs?digit=7&most=60").json()
    assert [(word, position, doubtful) for word, position, _, _, doubtful in sevens] == [
        (1, 1, 1), (2, 1, 1), (3, 1, 1), (5, 2, 0)
    ]  # fmt: skip


def test_a_screen_settles_the_words_it_looked_through(client: TestClient, table: Path) -> None:
    assert settled(look(client, (1, 1, "7"), (2, 1, "1"), (3, 1, ""), (5, 2, "7"))) == [1, 2, 3]
    client.post("/api/export", json={})
    rows = [(row["text"], row["status"]) for row in read_table(table, WORD_COLUMNS)]
    assert rows == [
        ("71", "confirmed"),
        ("12", "corrected"),
        ("3", "corrected"),
        ("90", "ok"),
        ("174", "review"),
        ("91", "ok"),
    ]
    assert settled(look(client, (5, 1, "1"))) == [5]
    assert client.get("/api/digits").json() == {"counts": {}}


def test_a_word_settled_elsewhere_is_passed_over(client: TestClient) -> None:
    say(client, 1, "correct", "99")
    assert settled(look(client, (1, 1, "7"), (2, 1, "7"))) == [2]
    assert client.get("/api/words?keys=1").json()[0]["now"] == "99"


def test_a_screen_is_undone_as_one(client: TestClient, table: Path) -> None:
    screen = look(client, (1, 1, "7"), (2, 1, "1"))
    assert client.post("/api/back", json=screen).json() == {"words": [1, 2]}
    assert [one[2:] for one in client.get("/api/changes?after=0").json()["said"]] == [["", "71"], ["", "72"]]
    assert client.get("/api/digits").json()["counts"]["7"] == [4, 3]
    with open_job(table) as job:  # and all of it stays in the log
        assert job.rows("SELECT count(*) FROM looks").fetchone()[0] == 4


def test_undoing_a_screen_leaves_what_others_said_since(client: TestClient) -> None:
    screen = look(client, (1, 1, "7"), (2, 1, "1"))
    (_, line), _ = screen["lines"]
    assert say(client, 1, "correct", "99", seen=line) == 200
    assert client.post("/api/back", json=screen).json() == {"words": [2]}
    assert client.get("/api/words?keys=1").json()[0]["now"] == "99"


def test_looks_are_only_ever_added(client: TestClient, table: Path) -> None:
    look(client, (1, 1, "7"))
    with closing(sqlite3.connect(table.with_name("numbers.csv.job"))) as db:
        for change in ("DELETE FROM looks", "UPDATE looks SET after = '1'"):
            with pytest.raises(sqlite3.IntegrityError, match="only ever added"):
                db.execute(change)


@pytest.mark.parametrize("one", [(1, 1, "77"), (1, 9, "7"), (99, 1, "7"), (1, 1, "x")])
def test_a_look_at_nothing_is_refused_and_nothing_of_its_screen_kept(
    client: TestClient, table: Path, one: tuple[int, int, str]
) -> None:
    assert client.post("/api/looks", json={"looks": [(2, 1, "7"), one]}).status_code == 400
    with open_job(table) as job:
        assert job.rows("SELECT count(*) FROM looks").fetchone()[0] == 0


# --- audit ----------------------------------------------------------------------------------------------


def test_audited_words_are_in_the_queue_and_not_marked(client: TestClient, table: Path) -> None:
    with open_job(table) as job:
        job.draw_audit(1.0, random.Random(1))
    assert sorted(client.get("/api/queue").json()["keys"]) == [1, 2, 3, 4, 5, 6]
    words = client.get("/api/words?keys=1,2,3,4,5,6").json()
    assert len({json.dumps(_without_place(word)) for word in words}) == 1


def _without_place(word: dict[str, Any]) -> dict[str, Any]:
    """What the browser gets of a word but where and what it is: two digits or three, on this page or that."""
    own = {"key", "source", "page", "line", "word", "text", "now", "box", "strip", "digits", "message"}
    assert word.keys() == own | {"field", "what", "log", "least"}
    assert word["message"] == f"digit 1 is the least sure, {word['text'][0]} or 1"
    assert [digit[:3] for digit in word["digits"]] == [[text, None, "1"] for text in word["text"]]
    return {name: value for name, value in word.items() if name not in own}


def test_confidence_and_reasons_are_told_when_no_audited_word_waits(client: TestClient, table: Path) -> None:
    before = client.get("/api/words?keys=1").json()
    with open_job(table) as job:
        job.draw_audit(1.0, random.Random(1))
    assert client.get("/api/words?keys=1").json() != before
    say(client, 4, "confirm")
    assert client.get("/api/words?keys=1").json() != before
    say(client, 6, "correct", "97")
    assert client.get("/api/words?keys=1").json() == before
    assert before[0]["message"] == "digit 1 is not quite clear"
    assert [digit[1] for digit in before[0]["digits"]] == [0.7, 0.999]


def test_what_cannot_be_read_is_plain_to_see_in_an_audit_too(tmp_path: Path) -> None:
    words = [word_of(1, "?7", 0.2), word_of(2, "55", 0.99, "ok")]
    with open_job(make_job(tmp_path / "n.csv", words)) as job:
        job.draw_audit(1.0, random.Random(1))
        messages = [word["message"] for word in queue.words(job, [1, 2])]
    assert messages == ["some ink in the string could not be read", "digit 1 is the least sure, 5 or 1"]


def test_the_audit_measures_the_table(client: TestClient, table: Path) -> None:
    with open_job(table) as job:
        job.draw_audit(1.0, random.Random(1))
    assert audited(table) == {}
    say(client, 4, "confirm")
    say(client, 6, "correct", "97")
    for doubtful in (1, 2, 3):  # tell nothing of the accepted ones
        say(client, doubtful, "correct", "99")
    assert client.get("/api/results").json()["audit"] == {"drawn": 2}  # else one could see it count along
    say(client, 5, "confirm")
    audit = client.get("/api/results").json()["audit"]
    assert (audit["drawn"], audit["judged"], audit["wrong"]) == (2, 2, 1)
    low, high = audit["interval"]
    assert audited(table)["accepted_error"] == 0.5
    assert (low, high) == pytest.approx((0.01258, 0.98742), abs=1e-5)


def test_a_sample_is_drawn_once_and_grows_as_asked(tmp_path: Path) -> None:
    table = make_job(tmp_path / "n.csv", [word_of(n, "55", 0.99, "ok") for n in range(1, 41)])
    drawn = []
    for share in (0.1, 0.1, 0.25, 0.05):
        with open_job(table) as job:
            job.draw_audit(share, random.Random(len(drawn)))
            drawn.append({key for (key,) in job.rows("SELECT word FROM audited")})
    assert [len(keys) for keys in drawn] == [4, 4, 10, 10]
    assert drawn[0] == drawn[1] < drawn[2] == drawn[3]


@pytest.mark.parametrize(
    ("wrong", "judged", "low", "high"),
    # Brown, Cai and DasGupta (Statistical Science 16, 2001) and R's binom.test(wrong, judged)$conf.int
    [(0, 10, 0.0, 0.3084971), (1, 10, 0.002528579, 0.4450161), (5, 10, 0.187086, 0.812914),
     (10, 10, 0.6915029, 1.0), (0, 300, 0.0, 0.01222088), (0, 0, 0.0, 1.0)],
)  # fmt: skip
def test_clopper_pearson_is_what_the_books_say(wrong: int, judged: int, low: float, high: float) -> None:
    assert clopper_pearson(wrong, judged) == pytest.approx((low, high), abs=1e-6)


def test_clopper_pearson_of_large_samples_stays_quick_and_sane() -> None:
    low, high = clopper_pearson(200, 20_000)
    assert 0.008 < low < 0.01 < high < 0.012
    with pytest.raises(ValueError, match="cannot be"):
        clopper_pearson(3, 2)


# --- pictures -------------------------------------------------------------------------------------------


def test_a_strip_holds_its_word_and_tells_where(client: TestClient) -> None:
    page = np.full((400, 600), 255, np.uint8)
    page[100:128, 200:260] = 0
    box = Box(200, 100, 260, 128)
    left, top, right, bottom = strip_box(box)
    strip = cut_strip(page, box)
    scale = strip.shape[1] / (right - left)
    dark = np.argwhere(strip < 128)
    rows, columns = (100 - top, 128 - top), (200 - left, 260 - left)
    assert dark.min(0) == pytest.approx((rows[0] * scale, columns[0] * scale), abs=2)
    assert dark.max(0) == pytest.approx((rows[1] * scale, columns[1] * scale), abs=2)
    assert strip[5, -5] == OUTSIDE  # beyond the page's right edge
    assert scale == pytest.approx(72 / 28, rel=0.01)


@pytest.mark.parametrize(
    "box", [Box(0, 0, 3, 3), Box(597, 397, 600, 400), Box(0, 0, 600, 400), Box(590, 10, 640, 30)]
)
def test_any_box_gives_pictures(box: Box) -> None:
    page = np.random.default_rng(0).integers(0, 255, (400, 600)).astype(np.uint8)
    assert min(cut_strip(page, box).shape) > 0
    assert cut_glyph(page, box).shape == (GLYPH_SIDE, GLYPH_SIDE)


@pytest.mark.parametrize("aspect", [2.0, 0.5])
def test_pictures_of_a_page_with_oblong_pixels_are_not_squashed(aspect: float) -> None:
    page = np.full((400, 600), 240, np.uint8)
    high, wide = (20, 40) if aspect > 1 else (40, 20)  # a square
    box = Box(300, 200, 300 + wide, 200 + high)
    page[box.top : box.bottom, box.left : box.right] = 20
    for picture in (cut_strip(page, box, aspect), cut_glyph(page, box, aspect)):
        rows, columns = np.nonzero(picture < 100)
        assert np.ptp(columns) == pytest.approx(np.ptp(rows), abs=3)
    assert cut_glyph(page, box, aspect).shape == (GLYPH_SIDE, GLYPH_SIDE)


def test_pictures_are_served_and_kept(client: TestClient) -> None:
    for address in ("/strip/e/1.jpg", "/glyph/e/1-2.jpg", "/page/e/1.jpg"):
        answer = client.get(address)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
        assert answer.content.startswith(b"\xff\xd8")
    assert "immutable" in client.get("/strip/e/1.jpg").headers["cache-control"]
    assert client.get("/page/e/1.jpg").headers["x-page-width"] == "600"
    for address in ("/strip/e/99.jpg", "/glyph/e/1-9.jpg", "/strip/e/..%2f1.jpg", "/page/e/..jpg"):
        assert client.get(address).status_code in (400, 404)


def test_a_decoded_page_serves_all_its_words(table: Path) -> None:
    with closing(Crops(table)) as crops:
        crops.picture(1)
        table.with_name("page1.png").unlink()
        for name in ((2, 0), (3, 0), (1, 1), (3, 2)):
            assert crops.picture(*name)


def test_cutting_ahead_gets_to_every_page(table: Path) -> None:
    crops = Crops(table, decoded=1)
    crops.start()
    crops._ahead.join()
    for page in ("page1.png", "page2.png"):
        table.with_name(page).unlink()
    for key in (1, 2, 3, 5):
        assert crops.picture(key)
        assert crops.picture(key, 1)
    assert crops.kept_bytes() > 8 * 300
    crops.close()


def test_a_page_that_is_gone_or_changed_is_told(client: TestClient, table: Path) -> None:
    Image.new("L", (600, 200), 0).save(table.with_name("page1.png"))
    table.with_name("page2.png").unlink()
    changed, gone = client.get("/strip/e/1.jpg"), client.get("/page/e/5.jpg")
    assert (changed.status_code, gone.status_code) == (404, 404)
    assert "changed since it was read" in changed.json()["error"]
    assert "put the file back" in gone.json()["error"]
    assert say(client, 1, "confirm") == 200  # what is known of the word can still be said


def test_a_full_spool_costs_only_time(table: Path) -> None:
    with closing(Crops(table, spool=10, decoded=1)) as crops:
        assert crops.picture(1) == crops.picture(1)
        assert crops.picture(5) != crops.picture(1)
    spool = Spool(5)
    spool.put((1, 0), b"1234")
    spool.put((2, 0), b"12")
    assert (spool.get((1, 0)), spool.get((2, 0))) == (b"1234", None)
    spool.close()


def test_a_request_comes_before_cutting_ahead_and_its_page_next(table: Path) -> None:
    with closing(Crops(table)) as crops:
        with open_job(table) as job:
            first, second = sheets_to_cut(job)
        crops.picture(5)
        assert list(crops._in_turn([first, second])) == [second, first]


def test_crops_raise_what_can_be_told(table: Path) -> None:
    with closing(Crops(table)) as crops:
        with pytest.raises(UsageError, match="no word 99"):
            crops.picture(99)
        table.with_name("page1.png").unlink()
        with pytest.raises(PageError, match=r"page1\.png"):
            crops.picture(1)
    assert pictures.SPOOL_BYTES > 0


# --- who is let in --------------------------------------------------------------------------------------


@pytest.fixture
def stranger(table: Path) -> Iterator[TestClient]:
    """A caller without the cookie."""
    with closing(Crops(table)) as crops:
        app = make_app(table, crops, token=TOKEN, port=PORT, edition="e")
        with TestClient(app, base_url=HOST) as client:
            yield client


@pytest.mark.parametrize(
    "address",
    ["/", "/?token=wrong", "/page.js", "/api/queue", "/strip/e/1.jpg", "/nothing", "/api/queue?token=secret"],
)
def test_nothing_is_told_without_the_token(stranger: TestClient, address: str) -> None:
    answer = stranger.get(address)
    assert answer.status_code == 403
    assert "open the one that `batchocr review` printed" in answer.text
    assert "set-cookie" not in answer.headers


def test_the_token_gives_a_cookie_that_scripts_and_other_sites_do_not_get(stranger: TestClient) -> None:
    cookie = stranger.get(f"/?token={TOKEN}").headers["set-cookie"]
    assert cookie == f"{cookie_name(PORT)}={TOKEN}; HttpOnly; SameSite=Strict; Path=/"
    assert stranger.get("/api/queue").status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Host": "evil.example"}, 421), ({"Host": "127.0.0.1:80"}, 421), ({"Host": f"127.0.0.1:{PORT}.evil.example"}, 421),
     ({"Origin": "http://evil.example"}, 403), ({"Origin": "null"}, 403), ({"Origin": "http://127.0.0.1:1"}, 403),
     ({"Sec-Fetch-Site": "cross-site"}, 403), ({"Sec-Fetch-Site": "same-site"}, 403),
     ({"Host": f"localhost:{PORT}", "Origin": f"http://localhost:{PORT}"}, 200)],
)  # fmt: skip
def test_other_hosts_and_origins_are_refused(
    client: TestClient, headers: dict[str, str], status: int
) -> None:
    cookie = {"Cookie": f"{cookie_name(PORT)}={TOKEN}"}
    assert client.get("/api/queue", headers=headers | cookie).status_code == status


def test_nothing_is_written_without_our_own_origin(stranger: TestClient) -> None:
    stranger.get(f"/?token={TOKEN}")
    for headers in ({}, {"Origin": "http://evil.example"}):
        assert stranger.post("/api/export", json={}, headers=headers).status_code == 403
    assert stranger.post("/api/export", json={}, headers={"Origin": HOST}).status_code == 200


def test_every_answer_forbids_other_sources(client: TestClient, stranger: TestClient) -> None:
    for answer in (
        client.get("/"),
        client.get("/api/queue"),
        client.get("/strip/e/1.jpg"),
        stranger.get("/"),
    ):
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "http" not in policy
        assert "unsafe" not in policy
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_large_body_is_refused(client: TestClient) -> None:
    assert (
        client.post(
            "/api/looks", content=b"[" * 200_000, headers={"Content-Type": "application/json"}
        ).status_code
        == 413
    )

    def chunks() -> Iterator[bytes]:
        for _ in range(200):
            yield b" " * 1000

    assert (
        client.post("/api/looks", content=chunks(), headers={"Content-Type": "application/json"}).status_code
        == 400
    )


def test_the_page_names_no_other_place() -> None:
    folder = Path(queue.__file__).parent
    for name in ("page.html", "page.css", "page.js"):
        text = (folder / name).read_text("utf-8")
        assert not re.search(r"(?:https?:)?//[a-z0-9]+\.[a-z]", text), name
        assert "@import" not in text


def test_a_table_has_a_port_of_its_own(tmp_path: Path) -> None:
    ports = {usual_port(tmp_path / f"{n}.csv") for n in range(20)}
    assert len(ports) > 15
    assert all(49_152 <= port < 65_536 for port in ports)
    assert usual_port(tmp_path / "1.csv") == usual_port(tmp_path / "." / "1.csv")


def test_ctrl_c_before_the_server_runs_ends_it_without_an_interrupt(table: Path) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with closing(Crops(table)) as crops:
        server = _server_of(make_app(table, crops, token=TOKEN, port=PORT, edition="e"))
        with _ended_by_signals(server):
            signal.raise_signal(
                signal.SIGINT
            )  # was raised in the midst of imports, and held their lock for ever
        assert server.should_exit
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_what_is_wished_for_is_cut_before_the_rest(table: Path) -> None:
    with open_job(table) as job:
        wished = queue.first_pictures(job)
        assert wished[:4] == [(2, 0), (5, 0), (1, 0), (3, 0)]  # the worst word first
        assert wished[4:] == [
            (5, 1),
            (1, 2),
        ]  # what was read as 1, the first digit that waits, doubtful ones first
        with closing(Crops(table)) as crops:
            crops.wish(wished)
            crops._cut_wished(job)
            assert all(name in crops._spool for name in wished)
            assert (3, 1) not in crops._spool


def test_the_next_screen_of_digits_is_wished_for(table: Path) -> None:
    with closing(Crops(table)) as crops, open_job(table) as job:
        app = make_app(table, crops, token=TOKEN, port=PORT, edition="e")
        with TestClient(app, base_url=HOST, headers={"Origin": HOST}) as client:
            client.get(f"/?token={TOKEN}")
            (first,) = client.get("/api/glyphs?digit=7&most=1").json()
        crops._quiet_from = 0.0
        crops._cut_wished(job)
        following = queue.glyphs(job, "7", 2)[1]
        assert tuple(following[:2]) in crops._spool
        assert tuple(first[:2]) not in crops._spool
