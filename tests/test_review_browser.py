"""The review in a real browser: headless Chromium, driven by Playwright; skipped where there is none."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from test_review import make_job, word_of

from batchocr.job import open_job
from batchocr.tables import WORD_COLUMNS, read_table

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
ROOT = Path(__file__).parents[1]
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
)  # on the PATH, where Playwright has none of its own
WAIT_MS = 20_000  # for anything that the page shows; the suite runs on busy machines
SEEN = "() => state.view === 'words' ? isSeen() : [...document.querySelectorAll('#grid img')].every(i => i.complete)"
Page = Any  # Playwright's own classes are there only where it is installed


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        found = next(filter(None, map(shutil.which, BROWSERS)), None)
        own = Path(driver.chromium.executable_path)
        if not own.exists() and found is None:
            pytest.skip("there is no Chromium: playwright install chromium")
        browser = driver.chromium.launch(executable_path=None if own.exists() else found)
        yield browser
        browser.close()


class Server:
    """`batchocr review` as a process of its own."""

    def __init__(self, table: Path, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "batchocr", "review", str(table), "--no-browser", *arguments],
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        assert self._process.stderr
        said = self._process.stderr.readline()
        found = re.search(r"http://\S+", said)
        assert found, said
        self.address = found.group()

    def end(self, number: int = signal.SIGINT) -> tuple[int, str]:
        """Exit code and the rest of standard error."""
        self._process.send_signal(number)
        _, said = self._process.communicate(timeout=30)
        return self._process.returncode, said


@contextmanager
def serving(table: Path, *arguments: str) -> Iterator[Server]:
    server = Server(table, *arguments)
    try:
        yield server
    finally:
        if server._process.poll() is None:
            server.end(signal.SIGKILL)


Open = Callable[[str], Page]


@pytest.fixture
def open_page(browser: Any) -> Iterator[Open]:
    """Opens an address in a tab; at the end no request may have gone elsewhere and no script have failed."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    asked: list[str] = []
    failed: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    context.on("weberror", lambda error: failed.append(str(error.error)))

    def open_one(address: str) -> Page:
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.goto(address)
        page.wait_for_selector("main:not([hidden])")
        return page

    yield open_one
    context.close()
    own = re.compile(r"(?:blob:)?http://127\.0\.0\.1:\d+/")
    assert asked
    assert [url for url in asked if not own.match(url)] == []
    assert failed == []


def text(page: Page) -> str:
    """The digits as they stand."""
    return "".join(page.locator("#cells .cell:not(.end) b").all_text_contents())


def press(page: Page, *keys: str) -> None:
    """Press keys one after the other; Enter, as a person would, when the picture is there."""
    for key in keys:
        if key == "Enter":
            page.wait_for_function(SEEN)
        page.keyboard.press(key)


def wait_text(page: Page, wanted: str) -> None:
    page.wait_for_function(
        "wanted => !document.getElementById('words').hidden && "
        "[...document.querySelectorAll('#cells .cell:not(.end) b')].map(b => b.textContent).join('') === wanted",
        arg=wanted,
    )


def wait_counts(page: Page, done: int, left: int) -> None:
    page.wait_for_function(
        "wanted => document.getElementById('counts').textContent.startsWith(wanted)",
        arg=f"{done} done · {left:,} left",
    )


def wait_saved(page: Page) -> None:
    page.wait_for_function("() => outbox.length === 0")


def rows(table: Path) -> list[tuple[str, str]]:
    return [(row["text"], row["status"]) for row in read_table(table, WORD_COLUMNS)]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Eight words on a page, in this order by doubt, and one that is ok."""
    texts = ["701", "702", "703", "704", "15", "16", "17", "18"]
    words = [word_of(n, text, n / 10) for n, text in enumerate(texts, start=1)]
    return make_job(tmp_path / "numbers.csv", [*words, word_of(9, "99", 0.99, "ok")])


def test_a_queue_is_cleared_by_keys_alone(table: Path, open_page: Open) -> None:
    with serving(table) as server:
        page = open_page(server.address)
        assert "token" not in page.url
        wait_text(page, "701")
        press(page, "Enter")
        wait_text(page, "702")
        press(page, "4", "Enter")  # the cursor is on the doubtful digit, the first
        wait_text(page, "703")
        press(page, "End", "5", "Enter")  # typed at the end
        wait_text(page, "704")
        press(page, "ArrowUp")  # the second reading
        wait_text(page, "104")
        press(page, "ArrowRight", "i", "2", "ArrowRight", "Delete", "Enter")  # 1 2 0 -
        wait_text(page, "15")
        press(page, "x")
        wait_text(page, "16")
        press(page, "b")
        wait_text(page, "17")
        press(page, "s")
        wait_text(page, "18")
        press(page, "Enter")
        wait_text(page, "17")  # the skipped one comes again
        press(page, "Enter")
        page.wait_for_selector("#empty:not([hidden])")
        press(page, "e")
        page.get_by_text("numbers.csv holds all of it").first.wait_for(state="attached")
        wanted = [("701", "confirmed"), ("402", "corrected"), ("7035", "corrected"), ("120", "corrected"),
                  ("", "blank"), ("17", "confirmed"), ("18", "confirmed"), ("99", "ok")]  # fmt: skip
        assert rows(table) == wanted
        code, said = server.end()
        assert (code, "0 strings still to review" in said) == (0, True)
        assert rows(table) == wanted


def test_a_skipped_word_is_settled_when_it_comes_again(table: Path, open_page: Open) -> None:
    """Also when the server has answered the skip meanwhile, and nobody has asked what is new."""
    with serving(table) as server:
        page = open_page(server.address)
        page.route("**/api/changes*", lambda route: None)  # never answered
        wait_text(page, "701")
        press(page, "s")
        wait_saved(page)
        for shown in ("702", "703", "704", "15", "16", "17", "18", "701"):
            wait_text(page, shown)
            press(page, "Enter")
        page.wait_for_selector("#empty:not([hidden])")
        wait_saved(page)
        assert page.locator("#toast").text_content() == "Only skipped ones are left; here they are again."
        page.unroute_all(behavior="ignoreErrors")


def test_an_answer_that_comes_late_brings_no_word_back(table: Path, open_page: Open) -> None:
    """It was given before the word was settled, and arrives after that."""
    late: list[tuple[Any, Any]] = []
    with serving(table) as server:
        page = open_page(server.address)
        wait_text(page, "701")
        press(page, "s")
        wait_saved(page)
        page.route("**/api/changes*", lambda route: late.append((route, route.fetch() if not late else None)))
        while not late:
            page.wait_for_timeout(50)
        press(page, "Backspace")
        wait_text(page, "701")
        press(page, "Enter")
        wait_saved(page)
        wait_counts(page, 1, 7)
        route, answer = late[0]
        assert answer.json()["said"] == [[1, 1, "", "701"]]
        route.fulfill(response=answer)
        while len(late) < 2:  # the page asks again when it has dealt with the answer
            page.wait_for_timeout(50)
        wait_counts(page, 1, 7)
        assert not page.evaluate("isWaiting(1)")
        page.unroute_all(behavior="ignoreErrors")


def test_the_table_is_written_at_the_end(table: Path, open_page: Open) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        with serving(table) as server:
            page = open_page(server.address)
            press(page, "Enter")
            wait_saved(page)
            before = [status for _, status in rows(table)].count("confirmed")
            assert server.end(number)[0] == 0
            assert [status for _, status in rows(table)].count("confirmed") == before + 1


def test_undo_goes_back_as_far_as_one_came(table: Path, open_page: Open) -> None:
    with serving(table) as server:
        page = open_page(server.address)
        wait_text(page, "701")
        press(page, "9", "Enter")
        wait_text(page, "702")
        press(page, "x")
        wait_text(page, "703")
        press(page, "s")
        wait_text(page, "704")
        press(page, "u")
        wait_text(page, "703")
        press(page, "u")
        wait_text(page, "702")
        wait_counts(page, 1, 7)
        wait_saved(page)
        page.reload()  # what a tab forgets, the job knows
        wait_text(page, "702")
        press(page, "u")
        wait_text(page, "701")
        wait_counts(page, 0, 8)
        press(page, "u")
        page.get_by_text("Nothing is left to undo").wait_for()
        wait_saved(page)
        server.end()
    assert {status for _, status in rows(table)} == {"review", "ok"}
    with open_job(table) as job:
        assert [line.what for line in job.corrections()] == [
            "correct",
            "not a number",
            "skip",
            "undo",
            "undo",
        ]


def test_going_back_and_saying_otherwise(table: Path, open_page: Open) -> None:
    with serving(table) as server:
        page = open_page(server.address)
        wait_text(page, "701")
        press(page, "Enter")
        wait_text(page, "702")
        press(page, "Backspace")
        wait_text(page, "701")
        assert "said already: right" in page.locator("#reason").text_content()
        press(page, "Enter")  # nothing new to say
        wait_text(page, "702")
        press(page, "Backspace")
        wait_text(page, "701")
        press(page, "8", "Enter")
        wait_text(page, "702")
        wait_counts(page, 1, 7)
        wait_saved(page)
        press(page, "u")
        wait_text(page, "701")
        wait_counts(page, 1, 7)  # the confirmation stands again
        server.end()
    assert rows(table)[0] == ("701", "confirmed")


def test_two_tabs_see_each_other(table: Path, open_page: Open) -> None:
    with serving(table) as server:
        one, two = open_page(server.address), open_page(server.address)
        for page in (one, two):
            wait_text(page, "701")
        press(one, "Enter")
        wait_text(two, "702")  # the second tab goes on by itself
        wait_counts(two, 1, 7)
        press(two, "x")
        wait_counts(one, 2, 6)
        wait_text(one, "703")
        press(one, "1")  # typing has begun
        wait_text(two, "703")
        press(two, "2", "Enter")
        wait_text(two, "704")
        wait_counts(one, 3, 5)
        wait_text(one, "103")  # what was typed is not swept away
        press(one, "Enter")
        one.wait_for_function("() => document.getElementById('reason').textContent.includes('203')")
        server.end()
    assert rows(table)[1] == ("203", "corrected")


def test_a_killed_server_loses_nothing_and_the_tab_goes_on(table: Path, open_page: Open) -> None:
    with serving(table) as server:
        page = open_page(server.address)
        wait_text(page, "701")
        press(page, "Enter")
        wait_text(page, "702")
        wait_saved(page)
        server.end(signal.SIGKILL)
        press(page, "5", "Enter")  # said to nobody
        page.get_by_text("1 decision not saved yet").wait_for()
        press(page, "x")
        page.get_by_text("Wait until the review answers again").wait_for()
    with serving(table) as again:
        assert again.address.split("?")[0] == server.address.split("?")[0]
        fresh = open_page(again.address)  # it delivers what the other tab could not
        fresh.wait_for_function("() => document.getElementById('counts').textContent.startsWith('2 done')")
        page.wait_for_function("() => document.getElementById('alarm').hidden")  # the cookie is shared
        wait_counts(page, 2, 6)
        press(page, "Enter")
        wait_counts(fresh, 3, 5)
        wait_saved(page)
        again.end()
    assert rows(table)[:3] == [("701", "confirmed"), ("502", "corrected"), ("703", "confirmed")]
    with open_job(table) as job:
        assert [line.what for line in job.corrections()] == ["confirm", "correct", "confirm"]


def open_grid(server: Server, open_page: Open) -> Page:
    page = open_page(server.address)
    wait_text(page, "701")
    press(page, "g")
    page.wait_for_selector(".glyph")
    return page


def test_the_digit_grid(table: Path, open_page: Open) -> None:
    with serving(table) as server:
        page = open_grid(server, open_page)
        assert page.locator("#tabs [aria-pressed=true] b").text_content() == "1"
        press(page, "PageDown")
        page.wait_for_function("() => document.querySelector('#ask b').textContent === '7'")
        assert page.locator(".glyph.doubtful").count() == 4
        press(
            page, "ArrowRight", "4", "ArrowRight", "x", "ArrowLeft", "ArrowLeft", "7"
        )  # the last marks nothing
        assert page.locator(".glyph.other").count() == 2
        press(page, "Enter")
        wait_counts(page, 4, 4)
        page.wait_for_function("() => document.querySelector('#ask b').textContent === '1'")
        press(page, "u")
        wait_counts(page, 0, 8)
        page.wait_for_function("() => document.querySelector('#ask b').textContent === '7'")
        page.locator(".glyph").nth(2).click()
        press(page, "9", "Enter")
        wait_counts(page, 4, 4)
        press(page, "g")
        wait_text(page, "15")  # the words that the grid settled are done in the other view too
        press(page, "Enter")
        wait_counts(page, 5, 3)
        server.end()
    assert rows(table)[:5] == [("701", "confirmed"), ("702", "confirmed"), ("903", "corrected"),
                               ("704", "confirmed"), ("15", "confirmed")]  # fmt: skip


def test_enter_says_nothing_of_digits_still_to_come(table: Path, open_page: Open) -> None:
    """Until the other screen is there, Enter would say its digit of the glyphs still shown."""
    held: list[Any] = []
    with serving(table) as server:
        page = open_grid(server, open_page)
        page.route("**/api/glyphs?digit=7*", lambda route: held.append(route))
        press(page, "PageDown")
        while not held:
            page.wait_for_timeout(20)
        press(page, "Enter")
        page.get_by_text("The next digits are still coming.").wait_for()
        assert page.locator("#ask b").text_content() == "1"
        press(page, "g", "g")  # gone and back: this answer is one that nobody waits for any more
        page.wait_for_function("() => !state.coming")
        held[0].continue_()
        page.unroute_all(behavior="wait")
        press(page, "Enter")
        wait_counts(page, 4, 4)
        server.end()
    assert [text for text, status in rows(table) if status == "confirmed"] == ["15", "16", "17", "18"]


def test_a_screen_that_is_settled_late_throws_nobody_back(table: Path, open_page: Open) -> None:
    """The other view was gone to meanwhile: it stays, with a word that still waits."""
    held: list[Any] = []
    with serving(table) as server:
        page = open_grid(server, open_page)
        press(page, "PageDown")
        page.wait_for_function("() => document.querySelector('#ask b').textContent === '7'")
        page.route("**/api/looks", lambda route: held.append(route))
        press(page, "Enter")
        while not held:
            page.wait_for_timeout(20)
        press(page, "g")
        wait_text(page, "701")
        held[0].continue_()
        wait_counts(page, 4, 4)
        wait_text(page, "15")
        page.unroute_all(behavior="wait")
        press(page, "Enter")
        wait_counts(page, 5, 3)


def test_the_mouse_and_a_finger_do_as_well(table: Path, browser: Any, open_page: Open) -> None:
    with serving(table) as server:
        open_page(server.address).close()
        context = browser.new_context(viewport={"width": 820, "height": 1180}, has_touch=True)
        page = context.new_page()
        page.goto(server.address)
        wait_text(page, "701")
        page.locator("#cells .cell").nth(1).tap()
        page.locator("#pad button", has_text="6").tap()
        wait_text(page, "761")
        page.get_by_role("button", name="Right, next").tap()
        wait_text(page, "702")
        page.get_by_role("button", name="Not a number").click()
        wait_text(page, "703")
        press(page, "Enter")  # goes to the page, not to the button last clicked
        wait_text(page, "704")
        page.get_by_role("button", name="Undo").tap()
        wait_text(page, "703")
        wait_saved(page)
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        context.close()
        server.end()
    assert rows(table)[:2] == [("761", "corrected"), ("703", "review")]


def test_dialogs_keep_keys_from_the_words(table: Path, open_page: Open) -> None:
    with serving(table) as server:
        page = open_page(server.address)
        wait_text(page, "701")
        for key, name in (("?", "#help"), ("r", "#results"), ("p", "#sheet")):
            press(page, key)
            page.wait_for_selector(f"{name}[open]")
            press(page, "5", "x", "Escape")
            page.wait_for_selector(f"{name}[open]", state="detached")
        wait_text(page, "701")
        wait_counts(page, 0, 8)
        server.end()


def test_orders_are_a_key_away(tmp_path: Path, open_page: Open) -> None:
    table = make_job(tmp_path / "n.csv", [word_of(1, "11", 0.9), word_of(2, "12", 0.1)])
    with serving(table) as server:
        page = open_page(server.address)
        wait_text(page, "12")
        press(page, "o")
        wait_text(page, "11")
        assert page.locator("#order").input_value() == "page"
        server.end()


def test_an_audit_is_told_at_the_end(tmp_path: Path, open_page: Open) -> None:
    table = make_job(tmp_path / "n.csv", [word_of(1, "11", 0.9), word_of(2, "12", 0.99, "ok")])
    with serving(table, "--audit", "1") as server:
        page = open_page(server.address)
        wait_counts(page, 0, 2)
        cells = "() => [...document.querySelectorAll('#cells .cell')].map(c => [c.className, c.innerText.slice(1)])"
        page.wait_for_function(SEEN)
        first = page.evaluate(cells)
        press(page, "Enter")
        wait_counts(page, 1, 1)
        page.wait_for_function(SEEN)
        assert page.evaluate(cells) == first  # nothing tells the accepted word
        press(page, "r")
        page.get_by_text("is told when nothing is left").first.wait_for()
        press(page, "Escape", "Enter")
        page.get_by_text("0 of 1 accepted string judged (of 1 drawn at random) were wrong").first.wait_for()
        page.get_by_text("95 % interval 0.00 % to 97.50 %").first.wait_for()
        server.end()


def test_a_missing_page_is_explained_and_does_not_stop_the_work(table: Path, open_page: Open) -> None:
    table.with_name("page1.png").unlink()
    with serving(table) as server:
        page = open_page(server.address)
        page.wait_for_selector("#lens.missing")
        assert "put the file back" in page.locator("#lens").get_attribute("data-why")
        press(page, "Enter")
        wait_text(page, "702")
        server.end()


def test_an_empty_queue_says_so(tmp_path: Path, open_page: Open) -> None:
    table = make_job(tmp_path / "n.csv", [word_of(1, "11", 0.99, "ok")])
    with serving(table) as server:
        page = open_page(server.address)
        page.get_by_text("No string of this table was doubtful").wait_for()
        server.end()


def test_ten_thousand_words_are_walked_through(tmp_path: Path, open_page: Open) -> None:
    pages = [[word_of(n, str(1000 * page + n), 0.5) for n in range(1, 101)] for page in range(1, 101)]
    table = make_job(tmp_path / "n.csv", *pages, drawn=False)
    with serving(table) as server:
        page = open_page(server.address)
        wait_counts(page, 0, 10_000)
        for number in range(1, 31):
            press(page, "Enter")
            wait_counts(page, number, 10_000 - number)
        wait_saved(page)
        server.end()
    assert [status for _, status in rows(table)].count("confirmed") == 30


def test_a_port_that_is_taken_is_told(table: Path) -> None:
    with serving(table) as server:
        port = server.address.split(":")[2].split("/")[0]
        other = subprocess.run(
            [sys.executable, "-m", "batchocr", "review", str(table), "--no-browser", "--port", port],
            capture_output=True, text=True, cwd=ROOT, timeout=60,
        )  # fmt: skip
        assert (other.returncode, f"--port {port}: is taken" in other.stderr) == (2, True)
        with serving(table) as second:  # without --port another one is found
            assert second.address.split("?")[0] != server.address.split("?")[0]
            second.end()
