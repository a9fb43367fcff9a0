"""The story of a page: ink, candidate words, glyphs, readings, strings.

`recognize_page` reads one page; `recognize_together` reads several with one network batch across their
borders. Leaves out: files, processes and tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce
from itertools import chain, pairwise, repeat
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.capitals import capitals_marked
from batchocr.confidence import BESIDE, DIFFERING_CONFIDENCE, REVIEW_BELOW, Verdict, judge
from batchocr.consensus import ZOOMS, Heard, Opinion, Weighed, reconcile
from batchocr.ctc import BLANK, LEAST
from batchocr.dates import parted_dates
from batchocr.decode import Decoded, decode, evidence
from batchocr.elements import NOT_A_DIGIT, Box, Grey, Ink, Page, Predict, Probs, Word
from batchocr.imaging.binarize import Faint, Relief, fainter_ink, halved, noise_of, relief
from batchocr.imaging.border import at_border, border_of, without_border
from batchocr.imaging.deskew import Turn
from batchocr.imaging.dither import without_dither
from batchocr.imaging.dropouts import without_dropouts
from batchocr.imaging.faint import faint_uprights
from batchocr.imaging.focus import in_focus, is_blurred, sharpness
from batchocr.imaging.gutter import folds_of, without_gutter
from batchocr.imaging.impulses import without_impulses
from batchocr.imaging.keystone import Lie, lie_of, put_straight
from batchocr.imaging.oblong import Stretch, squared
from batchocr.imaging.reverse import rows_of_windows, without_reverse
from batchocr.imaging.sheet import without_desk
from batchocr.imaging.squared import without_squares
from batchocr.imaging.through import Through
from batchocr.imaging.tints import without_tints
from batchocr.lattice import SURE_DIGIT, Lattice, build_lattice
from batchocr.network.letters import load_lettered
from batchocr.network.slider import Slide, load_sliding_for
from batchocr.normalize import normalize_glyphs
from batchocr.plausibility import Costs, costs_of
from batchocr.segmentation.apostrophes import without_apostrophes
from batchocr.segmentation.asterisks import without_asterisks
from batchocr.segmentation.between import Cells, by_signs
from batchocr.segmentation.boxes import Judge, digits_height, holds_boxes
from batchocr.segmentation.brackets import without_brackets
from batchocr.segmentation.cells import (
    are_in_cells,
    beside_sides,
    find_combs,
    height_by_boxes,
    outer_places,
    paper_between,
    with_cells,
)
from batchocr.segmentation.check_boxes import without_check_boxes
from batchocr.segmentation.components import Components, find_components, writing_height
from batchocr.segmentation.contrast import papered_over, standing_out
from batchocr.segmentation.dashed import without_dashes
from batchocr.segmentation.dashes import parted_at_dashes
from batchocr.segmentation.digit_places import find_places, flat_marks
from batchocr.segmentation.dividers import rows_of, without_dividers
from batchocr.segmentation.dotted import without_gaps
from batchocr.segmentation.faded import marked_faded
from batchocr.segmentation.fields import with_fields
from batchocr.segmentation.fine import FinePrint, fine_print, is_fine
from batchocr.segmentation.fractions import marked_fractions
from batchocr.segmentation.hints import without_hints
from batchocr.segmentation.larger import (
    larger_height,
    marked_after_ink,
    marked_beside_lost,
    marked_close,
    with_boxed,
    without_boxes,
)
from batchocr.segmentation.ledger import ledgers_of, with_ledgers
from batchocr.segmentation.lines import order_lines
from batchocr.segmentation.operators import parted_at_operators
from batchocr.segmentation.orientation import LEAST_TELLING, TELLING, likely_turns, turned_back
from batchocr.segmentation.overrun import columns_of, joined_across, parted_again, usual_digits
from batchocr.segmentation.paler import with_paler
from batchocr.segmentation.percent import without_percents
from batchocr.segmentation.pitch import joined_at_pitch
from batchocr.segmentation.repeated import MANY as MANY_WITH_PRINT
from batchocr.segmentation.repeated import left_of, without_repeated
from batchocr.segmentation.segment import (
    BOX_HEIGHTS,
    LONE_ASPECT,
    SMALL_HEIGHTS,
    SMALL_RATIO,
    Atom,
    CandidateWord,
    Segmentation,
    Writing,
    find_writing,
    is_alone,
    is_lone,
    likely_writing,
    marked_struck,
    words_of,
)
from batchocr.segmentation.sides import Sides, without_sides
from batchocr.segmentation.slash_dots import parted_at_dots
from batchocr.segmentation.slashes import without_endings, without_leading, without_slashes
from batchocr.segmentation.spaced import marked_left_spaced, marked_spaced
from batchocr.segmentation.spaces import parted_at_spaces
from batchocr.segmentation.stems import without_stems
from batchocr.segmentation.thousands import with_thousands
from batchocr.segmentation.ticks import without_ticks
from batchocr.segmentation.timed import marked_run_together
from batchocr.segmentation.units import PLAIN_LETTER, numbers_among_letters, without_units
from batchocr.signs import signs_left_off
from batchocr.slant import ones_checked
from batchocr.strip import LONE_MARGIN, MARGIN, StripCut, cut_strip, cut_strip_together, zoomed
from batchocr.style import in_style

SMALL_WRITING = 28  # px: lower writing is enlarged before it is split into ink and paper
SOFT_WRITING = 18  # px: so high it is at half a page's size if that is out of focus, but its strokes sharp for their height:
CRISP = 14.5  # times their edges, about, is it high
FEWEST_OVERRUN = 3  # strings of a page that numbers of several columns are in
LARGE_PAGE = 1_000_000  # px: so much writing is on it that pieces of rules do not outvote its height
HUGE_PAGE = 16_000_000  # px: a larger one, as of 600 dots per inch, is read at half its size if its writing is high enough then
ENLARGED_NOISE = 0.7  # of a page's noise it still has where it is enlarged, though pixels are alike then and seem to have less
GRAIN = 3  # px apart are pixels by which the noise of a sharpened page is told: nearer ones are alike where it is out of focus
MOST_ENLARGED = 20_000_000  # px of a page: a larger one is not enlarged
LEAST_TURNED = 300  # px: a lower picture holds too little to tell how it lies from its writing
OTHER_INK_ODDS = 89.0  # times as common as among digits cut out of boxes, which the network supposes, is other ink on a page
ONE_GLYPH = (
    0.5,
    1.0,
)  # heights that a plain letter is wide: pieces of digits are less, two that touch are more
TWO_ONES = 0.7  # heights: a narrower one that stands alone may be two ones that touch
TWO_TOUCHING = 0.6  # heights: two letters as wide may be two touching pairs, as of a year
FEWEST_PIECES, LOW_PIECE = (
    4,
    0.75,
)  # atoms of a word in pieces, and of its height that a piece is high at most,
PIECES_SHARE, STACKED = (
    0.6,
    0.5,
)  # share of them that stand above or below others, and of their width by which they do
MANY_LETTERS = 3  # so many make a word of letters, and two without as many glyphs that are surely digits
FEW_LETTERS = 0.1  # of a page's words that have letters in them
WIDEST_BLOB = 8.0  # heights: a wider blob is no run of touching digits
SEES_NOTHING = float(np.log(0.5))  # nats: the sliding network is likelier than not to see no digit at all
SURE_EVIDENCE = 0.9  # share of a word's glyphs taken for digits, from which on it is a number all the same
LONE_PX = 150  # a picture no higher may be of one string
LONE_SHARE = 0.6  # of its height that its digits are then supposed to take, where nothing tells
LEAST_LONE_SHARE = 0.3  # of its height: what is lower is dirt, or pieces of digits
GUESSES = (16.0, 24.0, 36.0, 54.0, 80.0)  # px of the writing, where no ink stands by itself
NEAR_GUESS = 1.4  # times as high or as low at most may it be
ALIKE, MANY_ALIKE, ALIKE_SHARE = (
    1.2,
    60,
    0.3,
)  # times as high as usual, so many and of all: these tell the height
LEAST_TABLE = 100  # px that a table is high at least
MOST_TABLES = 3  # so many of which may hold all writing of a page,
TABLE_HOLES, LEAST_HOLE = 8, 50  # with so many holes, of so many px: a number has fewer
MUCH_SMALLER = 0.5  # times the writing height before a page was enlarged, which is no writing's height after
VOTES = 30  # words that tell whether ink is dark or light
AT_ONCE = 256  # words whose neighbours are looked for together: bounds the memory of a dense page
SURE_SHARE = (
    0.25  # of a turned page's strings that are sure: letters on their side look like lone digits now and then
)
DECENT_SHARE = 0.5  # of its strings are sure on a page that is left as it lies though lines run down it
MANY_WORDS = 300  # of a page: part of it, turned, tells whether all of it is worth reading so,
FEW_STRINGS = 10  # unless fewer than these stand in that part
CLEARER = 2  # times as many digits as on the page as it lies must be sure on a turned one
# times as many, on the same page in another turn: letters the wrong way up, which look like numbers
MORE_ROWS = 2
PUT_IN_RIGHT = 1.5  # times as likely right must a page of which nothing is sure be the other way up
DIGITS_COUNT = 0.2  # of a sure string that a digit counts
# times as likely right must a lone string be with fine lines, the better of two guesses looks too good; and a page that has lost its
# fine print by them
CLEARER_ALONE = 1.5
MOST_POINTS = 2  # marks of a point, a colon or an accent
POINT_ASPECT = 1.7  # a point is no longer than this makes its other side
POINT_FILL = 0.5  # of its box that is ink
EDGE_ROOM = 0.65  # heights of a word from the picture's edge on its left or right: its next digit may be beyond, or a sliver of it,
EDGE_PX = 1  # and px from the upper and lower edge within which it is cut off


Back = Callable[[Sequence[Box]], list[Box]]  # boxes of one picture as boxes of another


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One page cut into candidate words, and the way back to the page's own pixels."""

    segmentation: Segmentation
    grey: Grey  # (H, W) uint8, enlarged and turned as the ink was
    scale: float
    turn: Turn | None
    shape: tuple[int, int]  # of the page the right way up, px
    quarters: int = 0  # turns counterclockwise that brought it there
    reduced: int = 1  # times as many px as the ink the page has each way
    stretch: Stretch | None = None  # of the page as stored, if its pixels are not square
    faint: tuple[Faint, ...] = ()  # which fainter ink may be a part of the writing
    signs: tuple[Box, ...] = ()  # px of the ink, signs that part numbers, as tall as these at least
    percents: int = 0  # numbers from which a percent sign was taken
    fine: FinePrint | None = None  # what is much smaller than the writing, to be read by itself
    border: NDArray[np.bool_] | None = None  # black, of the scan, as of `border_of`

    def boxes_back(self, boxes: Sequence[Box]) -> list[Box]:
        """Boxes of the ink as boxes of the page as stored, tags applied, of at least one pixel each."""
        places = np.array(boxes, np.float64).reshape(-1, 4) / self.scale
        places = np.hstack([np.floor(places[:, :2]), np.ceil(places[:, 2:])])
        if self.turn is not None:
            places = self.turn.boxes_back(places)
        places *= self.reduced
        size = np.array(self.shape[::-1])
        first = np.clip(places[:, :2], 0, size - 1)
        last = np.clip(places[:, 2:], first + 1, size)
        upright = [Box(*place) for place in np.hstack([first, last]).astype(int).tolist()]
        as_put_in = turned_back(upright, self.quarters, self.shape)
        return self.stretch.boxes_back(as_put_in) if self.stretch else as_put_in


@dataclass(frozen=True, slots=True)
class PageStrings:
    """The decoded strings of one page: for each candidate word (atoms, 11) probabilities, the best string, what the
    sliding network thinks of it, and all that both readers went by."""

    sheet: _Sheet
    probs: list[Probs]
    strings: list[Decoded | None]
    opinions: list[Opinion | None]
    heard: list[Heard | None]
    fine: PageStrings | None = None  # of print much smaller than the writing, its page being this one's ink

    @property
    def words(self) -> tuple[CandidateWord, ...]:
        """The candidate words, in no order."""
        return self.sheet.segmentation.words

    @property
    def alone(self) -> bool:
        """Whether the picture is of one string."""
        return _is_alone(self.sheet)

    @property
    def quarters(self) -> int:
        """The turns counterclockwise after which the page was read."""
        return self.sheet.quarters

    @property
    def upright(self) -> tuple[Box, ...]:
        """What parts numbers, px of the ink: upright ruled lines and signs between them."""
        return self.sheet.segmentation.rules.vertical + self.sheet.signs

    @property
    def writing_height(self) -> float:
        """px of the ink."""
        return self.sheet.segmentation.writing_height

    def judged(self) -> list[Verdict | None]:
        """A verdict for each word, None for what is no number; words of letters may pass for some yet."""
        return judge(
            self.words,
            self.probs,
            self.strings,
            self.opinions,
            self.writing_height,
            self.alone,
            self.upright,
            percents=self.sheet.percents,
        )

    def parts(self) -> list[tuple[PageStrings, Back]]:
        """The page's strings and those of its fine print, each with the way from px of its ink to the page as stored."""
        back = self.sheet.boxes_back
        if self.fine is None:
            return [(self, back)]
        to_ink = self.fine.sheet.boxes_back
        return [(self, back), (self.fine, lambda boxes: back(to_ink(boxes)))]

    def box_back(self, box: Box) -> Box:
        """A box of the ink as a box of the page as stored upright."""
        return self.sheet.boxes_back([box])[0]


def recognize_page(
    page: Page, predict: Predict, *, slide: Slide | None = None, review_below: float = REVIEW_BELOW
) -> list[Word]:
    """The numbers on one page, in reading order; a page without any gives an empty list.

    predict: (N, 28, 28) uint8 -> (N, 11) float32. slide: the second reader, which slides along each string; the
    one that belongs to the first where it is None. review_below: confidence, 0..1, under which a word's status is
    `review`.
    """
    return recognize_together([page], predict, slide=slide, review_below=review_below)[0]


def recognize_together(
    pages: Sequence[Page], predict: Predict, *, slide: Slide | None = None, review_below: float = REVIEW_BELOW
) -> list[list[Word]]:
    """The numbers on several pages, whose glyphs go through the networks in common batches."""
    read = _read(pages, predict, slide or load_sliding_for(predict))
    return [words_of_page(strings, review_below) for strings in read]


def read_strings(
    page: Page, predict: Predict, slide: Slide | None = None, *, as_it_lies: bool = False
) -> PageStrings:
    """All strings decoded on one page, before any is judged: what confidence is fitted on. as_it_lies: it is upright, and its
    pixels are square."""
    slide = slide or load_sliding_for(predict)
    if as_it_lies:
        return _read_as_they_lie([page.image], predict, slide)[0]
    return _read([page], predict, slide)[0]


def _read(pages: Sequence[Page], predict: Predict, slide: Slide) -> list[PageStrings]:
    """Pages as they lie, and any of them anew the other way up that seems to have been put in wrongly."""
    square = [squared(page.image, page.aspect) for page in pages]
    images = [image for image, _ in square]
    read = _read_as_they_lie(images, predict, slide)
    upright = [_upright(image, page, predict, slide) for image, page in zip(images, read, strict=True)]
    return [
        replace(page, sheet=replace(page.sheet, stretch=stretch)) if stretch else page
        for page, (_, stretch) in zip(upright, square, strict=True)
    ]


def _upright(image: Grey, page: PageStrings, predict: Predict, slide: Slide) -> PageStrings:
    """The page as it lies, or turned by quarters if it then holds far more digits that are sure."""
    if page.alone:
        return page
    turns = likely_turns(page.words, page.probs, page.writing_height, lambda masks: _judged(masks, predict))
    if not turns.likely:
        return page
    words_now = words_of_page(page)
    sure_now, share_now = _sure_text(words_now)
    if turns.sideways and share_now < DECENT_SHARE:
        turned = _surest([_read_turned(image, quarters, predict, slide) for quarters in turns.likely])
        longer = _longer_sure(words_of_page(turned))
        return page if _longer_sure(words_now) >= max(LEAST_TELLING, CLEARER * longer) else turned
    if turns.upside_down:
        return _surest([page, *(_read_turned(image, quarters, predict, slide) for quarters in turns.likely)])
    best, most = page, 0
    for quarters in turns.likely:
        if len(page.words) >= MANY_WORDS and not _is_promising(np.rot90(image, quarters), predict, slide):
            continue
        turned = _read_turned(image, quarters, predict, slide)
        text, share = _sure_text(words_of_page(turned))
        sure, before = _telling_digits(text, quarters), _telling_digits(sure_now, quarters)
        if share >= SURE_SHARE and sure >= max(LEAST_TELLING, CLEARER * before) and sure > most:
            best, most = turned, sure
    return best


def _read_turned(image: Grey, quarters: int, predict: Predict, slide: Slide) -> PageStrings:
    """The page after so many quarter turns counterclockwise."""
    (read,) = _read_as_they_lie([np.ascontiguousarray(np.rot90(image, quarters))], predict, slide)
    return replace(read, sheet=replace(read.sheet, quarters=quarters))


def _surest(pages: Sequence[PageStrings]) -> PageStrings:
    """Of a page in several turns the one whose digits are sure most often, or are likeliest right where none is sure; of letters
    alone, that fewest look like numbers."""
    rows = [words_of_page(page) for page in pages]
    sure = [_telling_digits(_sure_text(words)[0], 2) for words in rows]
    surest = [n for n in range(len(pages)) if sure[n] == max(sure)]
    most = MORE_ROWS * min(len(rows[n]) for n in surest)
    likely = {n: _likely_right(rows[n]) for n in surest if len(rows[n]) <= most}
    # where none is sure it lies as it should unless it is clearly more likely not to
    lying = {n: PUT_IN_RIGHT if pages[n].sheet.quarters == 0 else 1.0 for n in likely}
    return pages[max(likely, key=lambda n: lying[n] * likely[n])]


def _is_promising(image: Grey, predict: Predict, slide: Slide) -> bool:
    """Whether strings in the middle third of a turned page are sure often enough that all of it may be worth reading:
    letters on their side are read slowly, and for nothing."""
    height = image.shape[0]
    third = np.ascontiguousarray(image[height // 3 : 2 * height // 3])
    (middle,) = _read_as_they_lie([third], predict, slide)
    words = words_of_page(middle)
    return len(words) < FEW_STRINGS or _sure_text(words)[1] >= SURE_SHARE / 2


def _sure_text(words: Sequence[Word]) -> tuple[str, float]:
    """The strings of a page that are sure, one after the other, and which share of all they are."""
    sure = [word.text for word in words if _is_sure(word)]
    return "".join(sure), len(sure) / max(1, len(words))


def _is_sure(word: Word) -> bool:
    """Whether a number is surely read; what stands beside it says nothing of which way up the page was looked at."""
    return word.status == "ok" or (word.message == BESIDE and word.confidence >= DIFFERING_CONFIDENCE)


def _longer_sure(words: Sequence[Word]) -> int:
    """How many strings of several digits are sure: letters on their side look like lone digits."""
    return sum(word.status == "ok" and len(word.text) > 1 for word in words)


def _telling_digits(text: str, quarters: int) -> int:
    """How many digits of a text tell that a page so turned is upright."""
    return sum(text.count(str(digit)) for digit in TELLING[quarters])


def _read_as_they_lie(images: Sequence[Grey], predict: Predict, slide: Slide) -> list[PageStrings]:
    """Pages without turning any, with what is much smaller than their writing."""
    images = [without_impulses(without_dither(image)) for image in images]
    return [_with_fine_print(page, predict, slide) for page in _read_whole(images, predict, slide)]


def _read_whole(
    images: Sequence[Grey], predict: Predict, slide: Slide, *, fine: FinePrint | None = None
) -> list[PageStrings]:
    """Pages in one writing; one that may have fainter ink also with that, if more of it can be read so. fine: the only one, if it is
    of nothing but small print."""
    read = _read_in(images, predict, slide, fine=fine)
    for n, page in enumerate(read):
        for faint in page.sheet.faint:
            (again,) = _read_in([images[n]], predict, slide, faint=faint, fine=fine)
            loses_print = read[n].sheet.fine is not None and again.sheet.fine is None
            clearer = CLEARER_ALONE if page.alone or loses_print else 1.0
            before, after = (_likely_right(words_of_page(one), alone=one.alone) for one in (read[n], again))
            if after > clearer * before:
                read[n] = again
    return read


def _with_fine_print(page: PageStrings, predict: Predict, slide: Slide) -> PageStrings:
    """The page with what is much smaller than its writing, read by itself."""
    print_ = page.sheet.fine
    if print_ is None:
        return page
    (fine,) = _read_whole([print_.grey], predict, slide, fine=print_)
    boxes = page.sheet.boxes_back(fine.sheet.boxes_back([word.box for word in fine.words]))
    scale = page.sheet.scale * fine.sheet.scale
    marked = _marked_at_edges(fine.words, boxes, scale, page.sheet.shape, page.sheet.border)
    segmentation = replace(fine.sheet.segmentation, words=marked)
    fine = replace(fine, sheet=replace(fine.sheet, segmentation=segmentation))
    return replace(page, fine=fine, sheet=replace(page.sheet, fine=None))


def _likely_right(words: Sequence[Word], *, alone: bool = False) -> float:
    """How much of a page can be relied on: how many of its sure strings are right, to be expected by their confidence, and a part
    of the digits in all that are; these alone would count a slash that is read as one. Of a picture of one string these alone."""
    sure = 0.0 if alone else sum(word.confidence for word in words if word.status == "ok")
    return sure + DIGITS_COUNT * sum(len(word.text) * word.confidence for word in words)


def _read_in(
    images: Sequence[Grey],
    predict: Predict,
    slide: Slide,
    *,
    faint: Faint | None = None,
    fine: FinePrint | None = None,
) -> list[PageStrings]:
    """The story: pages cut into words, their glyphs read together, likely numbers decoded over their cuts, and each
    string weighed against what the sliding network sees. fine: as for `_read_whole`."""

    def judge(masks: Sequence[Ink]) -> Probs:
        return _judged(masks, predict)

    sheets = [_cut(image, judge, faint, fine) for image in images]
    whole = [word for sheet in sheets for word in sheet.segmentation.words]
    masks = [atom.mask for word in whole for atom in word.atoms]
    sheets, probs, may_be = _without_labels(
        sheets, _split(_judged(masks, predict), [len(word.atoms) for word in whole])
    )
    words = [word for sheet in sheets for word in sheet.segmentation.words]
    alone = [lone for sheet in sheets for lone in repeat(_is_alone(sheet), len(sheet.segmentation.words))]
    seen = [evidence(word, of_atoms) for word, of_atoms in zip(words, probs, strict=True)]
    asked = [n for n in range(len(words)) if alone[n] or may_be[n]]
    cuts = _strips(sheets, asked)
    steps = [slid for of_sheet in cuts for slid in slide([cut.image for cut in of_sheet])]
    strips = dict(zip(asked, zip(chain.from_iterable(cuts), steps, strict=True), strict=True))
    likely = [n for n in asked if alone[n] or not _is_letters(seen[n], strips[n][1])]
    lattices = [build_lattice(words[n], probs[n]) for n in likely]
    decoded = _decode_all(lattices, [probs[n] for n in likely], predict)
    heard = {
        n: Heard(lattice, *of_lattice, *strips[n], alone=alone[n])
        for n, lattice, of_lattice in zip(likely, lattices, decoded, strict=True)
    }
    _look_again(sheets, heard, slide)
    weighed = dict(zip(likely, reconcile(list(heard.values())), strict=True))
    _hold_against_page(sheets, heard, weighed)
    pages = []
    for sheet, span in _spans(sheets):
        best = [weighed.get(n, (None, None)) for n in span]
        pages.append(
            PageStrings(
                sheet,
                [probs[n] for n in span],
                [string for string, _ in best],
                [opinion for _, opinion in best],
                [heard.get(n) for n in span],
            )
        )
    return pages


def _spans(sheets: Sequence[_Sheet]) -> Iterator[tuple[_Sheet, range]]:
    """Each sheet with the numbers of its words, which are counted over all sheets."""
    start = 0
    for sheet in sheets:
        span = range(start, start + len(sheet.segmentation.words))
        yield sheet, span
        start = span.stop


def _look_again(sheets: Sequence[_Sheet], heard: dict[int, Heard], slide: Slide) -> None:
    """Where the readers differ, have the sliding network see the strip in other sizes too; each sheet by itself."""
    for _, span in _spans(sheets):
        doubtful = [n for n in heard if n in span and heard[n].differ()]
        steps = slide([zoomed(heard[n].cut.image, zoom) for n in doubtful for zoom in ZOOMS])
        for at, n in enumerate(doubtful):
            heard[n] = replace(heard[n], again=tuple(steps[at * len(ZOOMS) : (at + 1) * len(ZOOMS)]))


def _hold_against_page(
    sheets: Sequence[_Sheet], heard: dict[int, Heard], weighed: dict[int, Weighed]
) -> None:
    """Hold the digits of each sheet against each other."""
    for sheet, span in _spans(sheets):
        own = [n for n in heard if n in span]
        read = [heard[n] for n in own]
        styled = in_style(read, [weighed[n] for n in own])
        words = [sheet.segmentation.words[n - span.start] for n in own]
        checked = capitals_marked(read, ones_checked(words, styled))
        weighed.update(zip(own, signs_left_off(read, checked), strict=True))


def _is_alone(sheet: _Sheet) -> bool:
    """Whether the picture is of one string, so that all ink on it is likely to be its."""
    return is_alone(sheet.grey.shape, sheet.segmentation)


def _strips(sheets: Sequence[_Sheet], wanted: Sequence[int]) -> list[list[StripCut]]:
    """For each sheet the strips of the wanted words, which are counted over all sheets.

    Each sheet's are read by themselves: the network's arithmetic depends a little on what lies beside a strip, and
    a page must read the same whatever pages it is read with.
    """
    cuts: list[list[StripCut]] = []
    for sheet, span in _spans(sheets):
        words = sheet.segmentation.words
        own = [n - span.start for n in wanted if n in span]
        rooms = _rooms(np.array([word.box for word in words], np.float64).reshape(-1, 4), own)
        most = LONE_MARGIN if _is_alone(sheet) else MARGIN  # heights
        light = _light_ink(sheet)
        cuts.append([])
        for n, (before, after) in zip(own, rooms.tolist(), strict=True):
            height, core = words[n].height(), _core(words[n])
            if words[n].in_cells:
                glyphs = [(atom.box, atom.mask) for atom in words[n].atoms]
                cuts[-1].append(cut_strip_together(sheet.grey, core, glyphs, height, light_ink=light))
                continue
            margins = min(most * height, before), min(most * height, after)
            cuts[-1].append(cut_strip(sheet.grey, core, height, margins=margins, light_ink=light))
    return cuts


def _core(word: CandidateWord) -> Box:
    """The word's box, its top and bottom those of its full glyphs."""
    boxes = word.glyphs()
    least = SMALL_RATIO * max(box.height for box in boxes)
    full = [box for box in boxes if box.height >= least]
    top, bottom = median(b.top for b in full), median(b.bottom for b in full)
    return Box(word.box.left, round(top), word.box.right, round(bottom))


def _rooms(boxes: NDArray[np.float64], asked: Sequence[int]) -> NDArray[np.float64]:
    """(len(asked), 2) px of free room left and right of each word asked about, up to half way to its neighbours on
    the line. boxes: (N, 4) px of all words."""
    rooms = np.full((len(asked), 2), np.inf)
    lefts, tops, rights, bottoms = np.ascontiguousarray(boxes.T)
    for start in range(0, len(asked), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        left, top, right, bottom = boxes[asked[some], :, None].transpose(1, 0, 2)
        level = (tops < bottom) & (bottoms > top)
        before, after = left - rights, lefts - right  # both below 0 for the word itself
        rooms[some, 0] = np.where(level & (before >= 0), before, np.inf).min(axis=1) / 2
        rooms[some, 1] = np.where(level & (after >= 0), after, np.inf).min(axis=1) / 2
    return rooms


def _light_ink(sheet: _Sheet) -> bool:
    """Whether ink is lighter than the paper around it, by the first words of the page."""
    votes = 0
    for word in sheet.segmentation.words[:VOTES]:
        atom = word.atoms[0]
        left, top, right, bottom = atom.box
        grey = sheet.grey[top:bottom, left:right]
        if grey.shape == atom.mask.shape and not atom.mask.all():
            votes += 1 if grey[atom.mask].mean() > grey[~atom.mask].mean() else -1
    return votes > 0


def _cut(image: Grey, judge: Judge, faint: Faint | None = None, fine: FinePrint | None = None) -> _Sheet:
    """From grey page to candidate words: sharpened where it is out of focus, turned where it is skewed, enlarged where
    the writing is small. fine: the page, if it is of nothing but print much smaller than what else was on it."""
    shape = (image.shape[0], image.shape[1])
    known_height = fine.height if fine else 0.0
    as_relief = partial(relief, faint=faint)
    light_ink = fine.light_ink if fine else None
    huge = image.size > HUGE_PAGE and not fine
    small = _cut_at_half(image, judge, faint) if huge else None
    if small and small.scale == 1 and small.segmentation.writing_height >= SMALL_WRITING:
        return small
    whole = image
    image, border = _without_border(image)
    paper = as_relief(image, light_ink=light_ink)
    least = np.inf if fine else _least_at_half(paper)
    if least < np.inf:
        small = small or _cut_at_half(whole, judge, faint)
        if small and small.segmentation.writing_height >= least * small.scale:
            return small
    del small
    squared = False
    folds = np.zeros((0, 4))
    if not (paper.two_tone or paper.light_ink or fine):
        sheet = without_desk(image)
        if sheet is not image:
            image, paper = sheet, as_relief(sheet)
        plain = without_squares(image, paper.depth)
        # askew, pieces of the lines would be left, by which nothing tells later how far the page is turned
        if plain is not image and _lie(image, paper.ink()).is_straight:
            image, paper, squared = plain, as_relief(plain, light_ink=False), True
        plain = without_gutter(image)
        if plain is not image:
            folds = np.array(folds_of(image, plain), np.float64)
            image, paper = plain, as_relief(plain, light_ink=False)
        plain = without_tints(image)
        if plain is not image:
            image, paper = plain, as_relief(plain, light_ink=False)
    if not paper.two_tone:
        sharper = in_focus(image, paper.depth, partial(_rough_height, paper))
        if sharper is not image:
            as_relief = partial(as_relief, noise=noise_of(sharper, GRAIN))
            image, paper = sharper, as_relief(sharper, light_ink=paper.light_ink)
    ink = paper.ink()
    others = () if faint else fainter_ink(paper)
    bridged = image if paper.light_ink else without_dropouts(image, ink)
    if bridged is not image:
        image, paper = bridged, as_relief(bridged, light_ink=paper.light_ink)
        ink = paper.ink()
    lie = _lie(image, ink)
    turn = None
    if not lie.is_straight:
        straight, turn = put_straight(image, lie)
        if not lie.is_flat:
            # far from a page's few rules how it lies is told but roughly at first
            still = lie_of(as_relief(straight, light_ink=paper.light_ink).ink(), aslant=True)
            straight, turn = put_straight(image, lie, still)
        image = straight
        folds = turn.boxes_forth(folds)
        paper = as_relief(image, light_ink=paper.light_ink)
        if not (paper.two_tone or paper.light_ink or fine):
            # what lies askew is found neither as squares nor as a tint
            plain = without_squares(image, paper.depth)
            squared |= plain is not image
            plain = without_tints(plain)
            if plain is not image:
                image, paper = plain, as_relief(plain, light_ink=False)
        ink = paper.ink()
    plain, patches = (image, []) if paper.light_ink else without_reverse(image)
    if plain is not image:
        image, paper = plain, as_relief(plain, light_ink=False)
        ink = paper.ink()
    components = likely_writing(ink)
    plain = without_dashes(image, ink, components, known_height or writing_height(components))
    plain = without_gaps(plain, ink, components, judge, light_ink=paper.light_ink)
    plain = without_check_boxes(plain, components, judge, light_ink=paper.light_ink)
    if plain is not image:
        image, paper = plain, as_relief(plain, light_ink=paper.light_ink)
        ink = paper.ink()
        components = likely_writing(ink)
    writing = _writing(paper, ink, known_height, lambda height: _is_small(height, image), components)
    del components
    of_lines = not fine and ink.any() and _is_of_lines(writing)
    if of_lines:
        writing = _among_lines(paper, ink, _dark(image, paper)) or writing
    if _is_lost(writing, shape):
        writing = _writing(paper, ink, LONE_SHARE * shape[0])
    scale = _enlargement(writing.height, image.size)
    if scale > 1:
        # enlarged, nothing tells the height of what touches lines either
        before = scale * writing.height
        known = 0.0 if not fine and _is_small(writing.height, image) and not of_lines else before
        light_ink, noise = paper.light_ink, ENLARGED_NOISE * paper.noise
        del paper, ink, writing  # of the smaller page, which is done with
        image = _enlarged(image, scale)
        paper = as_relief(image, light_ink=light_ink, noise=noise)
        ink = paper.ink()
        writing = _writing(paper, ink, known)
        if writing.height < MUCH_SMALLER * before:  # the grain of the paper, which enlarging brings out
            writing = _writing(paper, ink, before)
    through = None if paper.two_tone else Through(paper.depth)
    # what is left of squares is no ruled line
    walls = () if squared else faint_uprights(paper.depth, paper.noise, writing.height)
    if through is not None:
        walls = tuple(wall for wall, t in zip(walls, through.lines(walls), strict=True) if not t)
    writing = replace(writing, walls=walls)
    if not paper.two_tone:
        ink = ink | writing.rules.ink  # with what dark rules had hidden
    creases = tuple(Box(*fold) for fold in (scale * folds).astype(int).tolist())
    segmentation = words_of(replace(writing, squared=squared, folds=creases))
    uprights = writing.walls or segmentation.rules.vertical
    usual, with_signs = segmentation.writing_height, image
    lone = is_lone(image.shape, usual)
    larger = larger_height(writing.larger, judge)
    flat = flat_marks(writing.components)
    opened = segmentation.opened
    del writing
    if larger or (not lone and holds_boxes(image, segmentation.words, usual, judge)):
        height = larger or digits_height(segmentation.words, judge) or usual
        again = find_writing(ink, known_height=height, frame_heights=BOX_HEIGHTS)
        segmentation = with_boxed(
            image, segmentation, words_of(again, in_boxes=True), judge, only_boxed=not larger
        )
    signs: tuple[Box, ...] = ()
    gone: list[Atom] = []
    signed = 0
    if not lone:
        combs = find_combs(_dark(image, paper), larger or usual, noise=paper.noise)
        combs = without_stems(combs, segmentation.words)
        words, asterisks = without_asterisks(joined_at_pitch(segmentation.words, usual), scale)
        words, apostrophes = without_apostrophes(words, ink, judge, scale)
        with_signs_left = with_thousands(words, judge)
        with_signs_left, spaces = parted_at_spaces(with_signs_left, judge, scale)
        words, percents = without_percents(with_signs_left, scale)
        signed = len(set(map(id, with_signs_left)) - set(map(id, words)))
        words, ticks = without_ticks(without_units(parted_at_dashes(words, segmentation.specks)))
        words, endings = without_endings(words)
        words, operators = parted_at_operators(words, usual, judge)
        words, dotted = parted_at_dots(words, ink)
        words, slashes = without_slashes(words, judge, scale)
        words, leading = without_leading(words, scale)
        words, brackets = without_brackets(words)
        lined = find_places(_dark(image, paper), ink, flat, rows_of(opened), words, larger or usual)
        parting = _beside_cells([*operators, *dotted, *slashes, *leading], [*combs, *lined])
        signs = tuple(_tall(atom.box) for atom in parting)
        marks = [*ticks, *percents, *asterisks, *brackets, *endings, *apostrophes]
        gone = [*parting, *_beside_cells(marks, combs)]
        image = papered_over(image, gone, light_ink=paper.light_ink)
        written, pale = with_paler(ink, paper, combs)
        image, written = without_hints(image, written, paper, combs)
        image, written, sides = without_sides(image, written, combs)
        words = with_cells(
            image, written, combs, words, judge, pale=pale, sides=sides, writing_height=larger or usual
        )
        counters = [(scale * row).astype(np.int64) for row in rows_of_windows(patches)]
        words = with_cells(image, ink, counters, words, judge, blank=True, sides=Sides.NONE)
        words = with_cells(image, without_dividers(ink, opened), lined, words, judge, sides=Sides.BELOW)
        ledgers = ledgers_of(uprights, partial(_levels, paper, segmentation), words, usual)
        image, words = with_ledgers(image, ink, segmentation.rules.ink, ledgers, words, judge)
        words = with_fields(words, ink, segmentation.rules, judge)
        words = marked_spaced(joined_across(words, segmentation.rules.vertical, usual, judge), scale)
        words = marked_run_together(words, segmentation.specks)
        between = [*paper_between(combs), *by_signs(written, combs).slashes]
        words = marked_close(image, words, usual, uprights, [*signs, *between, *spaces], judge=judge)
        words = marked_after_ink(ink, words)
        words = marked_fractions(segmentation.rules.ink, words, usual)
        of_no_word = [*(atom.box for atom in gone), *outer_places([*combs, *counters, *lined])]
        words = marked_beside_lost(segmentation.rules.ink, words, of_no_word)
        # numbers in boxes took the place of words that were marked so
        rules = replace(segmentation.rules, horizontal=beside_sides(segmentation.rules.horizontal, combs))
        segmentation = replace(segmentation, words=marked_struck(words, rules, usual))
    if through is not None and not lone:
        kept = standing_out(image, segmentation.words)
        soft = through.words([word.box for word in kept])
        marked = tuple(replace(word, through=True) if t else word for word, t in zip(kept, soft, strict=True))
        segmentation = replace(segmentation, words=marked)
    if not lone:
        segmentation = replace(segmentation, words=marked_faded(paper, ink, segmentation.words))
    print_ = None if lone or fine else fine_print(with_signs, paper, segmentation, gone, judge, grain=scale)
    if print_:
        normal = tuple(word for word in segmentation.words if not is_fine(word, usual, print_.most))
        segmentation = replace(segmentation, words=normal)
    cut = _Sheet(
        segmentation,
        without_boxes(image, segmentation.words),
        scale,
        turn,
        shape,
        signs=signs,
        percents=signed,
        faint=others,
        fine=print_,
        border=border,
    )
    if _is_alone(cut):
        return cut
    places = cut.boxes_back([word.box for word in segmentation.words])
    marked = _marked_at_edges(segmentation.words, places, scale, shape, border)
    return replace(cut, segmentation=replace(segmentation, words=marked))


def _lie(image: Grey, ink: Ink) -> Lie:
    """How a page lies in its picture; straight if that is too small to tell."""
    return lie_of(ink) if min(image.shape) >= LEAST_TURNED else Lie()


def _dark(image: Grey, paper: Relief) -> Grey:
    """A page, its ink dark."""
    return ~image if paper.light_ink else image


def _beside_cells(atoms: Sequence[Atom], combs: Sequence[Cells]) -> list[Atom]:
    """The atoms that lie in no cell: what is written in one is found as the cell's."""
    inside = are_in_cells([atom.box for atom in atoms], combs).tolist()
    return [atom for atom, is_inside in zip(atoms, inside, strict=True) if not is_inside]


def _tall(sign: Box) -> Box:
    """A sign's box, higher and lower than the numbers beside it."""
    reach = max(sign.width, sign.height)
    return Box(sign.left, sign.top - reach, sign.right, sign.bottom + reach)


def _cut_at_half(image: Grey, judge: Judge, faint: Faint | None) -> _Sheet | None:
    """The page cut at half its size; None where nothing is found so."""
    small = _cut(halved(image), judge, faint)
    if not small.segmentation.words:
        return None
    return replace(small, shape=(image.shape[0], image.shape[1]), reduced=2 * small.reduced)


def _without_border(image: Grey) -> tuple[Grey, NDArray[np.bool_] | None]:
    """The page without the black border of its scan, and where that was, as of `border_of`."""
    border = border_of(image)
    return (image, None) if border is None else (without_border(image, border), border)


def _marked_at_edges(
    words: Sequence[CandidateWord],
    boxes: Sequence[Box],
    scale: float,
    shape: tuple[int, int],
    border: NDArray[np.bool_] | None,
) -> tuple[CandidateWord, ...]:
    """The words, those marked that may go on beyond the picture. boxes: theirs in px of that, shape its height and width, border its
    black one. scale: px of the ink for one of it."""
    if not words:
        return ()
    places = np.array(boxes)
    room = EDGE_ROOM / scale * np.array([word.height() for word in words])
    high, wide = shape
    near = (places[:, 0] <= room) | (places[:, 2] >= wide - room)
    near |= (places[:, 1] <= EDGE_PX) | (places[:, 3] >= high - EDGE_PX)
    if border is not None:
        near |= at_border(border, places.astype(np.float64), room, shape)
    return tuple(
        replace(word, at_edge=True) if at else word for word, at in zip(words, near.tolist(), strict=True)
    )


def _levels(paper: Relief, segmentation: Segmentation) -> Sequence[Box]:
    """The level ruled lines of a page, faint ones too, px."""
    if paper.two_tone:
        return segmentation.rules.horizontal
    turned = faint_uprights(np.ascontiguousarray(paper.depth.T), paper.noise, segmentation.writing_height)
    return [Box(line.top, line.left, line.bottom, line.right) for line in turned]


def _writing(
    paper: Relief,
    ink: Ink,
    known_height: float = 0.0,
    unless: Callable[[float], bool] = lambda _: False,
    components: Components | None = None,
) -> Writing:
    """The page's writing without its rules; on a grey page dark rules hide faint writing at first."""
    look_again = None if paper.two_tone else lambda rules: paper.ink(beside=rules)
    return find_writing(ink, look_again, known_height=known_height, unless=unless, components=components)


def _is_of_lines(writing: Writing) -> bool:
    """Whether no ink of a page stands by itself, so that nothing or a table with all that touches it tells the height."""
    if not writing.height:
        return True
    boxes = writing.components.boxes
    heights = boxes[:, 3] - boxes[:, 1]
    alike = np.maximum(heights, writing.height) <= ALIKE * np.minimum(heights, writing.height)
    if np.count_nonzero(alike) >= max(MANY_ALIKE, ALIKE_SHARE * len(heights)):
        return False
    high = np.flatnonzero(heights >= max(LEAST_TABLE, writing.height / NEAR_GUESS))
    if not 0 < len(high) <= MOST_TABLES:
        return False
    return all(_holes(mask) >= TABLE_HOLES for _, mask in writing.components.cut(high))


def _holes(mask: Ink) -> int:
    """How many holes (h, w) ink has, but for mere specks."""
    outlines, levels = cv2.findContours(mask.view(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    return sum(
        levels[0, n, 3] >= 0 and cv2.contourArea(outline) >= LEAST_HOLE for n, outline in enumerate(outlines)
    )


def _among_lines(paper: Relief, ink: Ink, dark: Grey) -> Writing | None:
    """The writing of a page on which no ink stands by itself: all of it may touch boxes or the lines of a table. Where boxes tell no
    height, it has the one that it turns out to have, about, if lines are looked for as among such writing; None if it has
    none. dark: the page, ink dark."""
    by_boxes = height_by_boxes(dark)
    if by_boxes:
        return _writing(paper, ink, by_boxes)
    for guess in GUESSES:
        height = writing_height(_writing(paper, ink, guess).components)
        if guess / NEAR_GUESS <= height <= guess * NEAR_GUESS:
            return _writing(paper, ink, height)
    return None


def _is_lost(writing: Writing, shape: tuple[int, int]) -> bool:
    """Whether a picture that is low and wide, as of one string, holds no writing of a likely height."""
    if shape[0] > LONE_PX or shape[1] < LONE_ASPECT * shape[0]:
        return False
    heights = [word.height() for word in words_of(writing).words for _ in word.atoms]
    return not heights or median(heights) < LEAST_LONE_SHARE * shape[0]


def _least_at_half(paper: Relief) -> float:
    """px that the writing is high at least at half the size of a page out of focus, which is sharper, if it is read so; infinite for
    other pages."""
    sharp = 1.0 if paper.two_tone or paper.depth.size < LARGE_PAGE else sharpness(paper.depth)
    if not is_blurred(sharp):
        return np.inf
    height = _rough_height(paper)
    crisp = paper.depth.size >= 4 * LARGE_PAGE and sharp * height >= CRISP
    least = SOFT_WRITING if crisp else SMALL_WRITING
    return least if height >= 2 * least else np.inf


def _rough_height(paper: Relief) -> float:
    """px of the writing of a page, lines and pictures on it included."""
    return writing_height(find_components(paper.ink()))


def _is_small(height: float, image: Grey) -> bool:
    """Whether a large page will be enlarged, rules or no rules: its writing need not be found before."""
    sure = image.size >= LARGE_PAGE and height >= SMALL_WRITING / 2
    return sure and _enlargement(height, image.size) > 1


def _enlargement(height: float, size: int) -> float:
    if not 0 < height < SMALL_WRITING:
        return 1.0
    scale = 3.0 if height < SMALL_WRITING / 2 else 1.5
    return scale if scale * scale * size <= MOST_ENLARGED else 1.0


def _enlarged(image: Grey, scale: float) -> Grey:
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)


def _judged(masks: Sequence[Ink], predict: Predict) -> Probs:
    """What the network says of candidates from a page, where other ink is commoner than among cut-out digits.

    masks: N of (h, w) bool, without empty margins. Returns (N, 11) float32, rows summing to 1.
    """
    probs = predict(normalize_glyphs(masks, tight=True)).copy()
    probs[:, NOT_A_DIGIT] *= OTHER_INK_ODDS
    probs /= np.maximum(probs.sum(axis=1, keepdims=True), 1e-12)
    return probs


def _split(probs: Probs, counts: Sequence[int]) -> list[Probs]:
    """(sum of counts, 11) as one array for each count."""
    return np.split(probs, np.cumsum(counts)[:-1]) if counts else []


def _may_be_number(word: CandidateWord, probs: Probs, plain: Sequence[bool], least: float) -> bool:
    """Whether the word is worth cutting and sliding along: no point, and not plainly letters. What is no digit by
    itself may be a piece of a broken one, or several that touch: only what is as wide as a letter tells.

    probs: (atoms, 11). plain: which atoms are plainly letters. least: px; one or two marks lower than this are points.
    """
    if len(word.atoms) <= MOST_POINTS and word.height() < least and all(map(_is_point, word.atoms)):
        return False
    full, height = word.full(), word.height()
    widths = [atom.box.width / height for atom in word.full_atoms()]
    if max(widths) >= WIDEST_BLOB:
        return False
    if word.alone_in or word.in_cells or _is_in_pieces(word):
        return True
    letters = sum(plain)
    if letters < 2:
        return letters == 0 or len(widths) > 1 or widths[0] < TWO_ONES
    if letters == len(widths) == 2 and min(widths) >= TWO_TOUCHING:
        return True
    sure = np.count_nonzero(probs[full, :NOT_A_DIGIT].max(axis=1) >= SURE_DIGIT)
    return letters < MANY_LETTERS and letters <= int(sure)


def _is_in_pieces(word: CandidateWord) -> bool:
    """Whether most of a word's atoms stand above or below another of it, as where a scan has lost the hairlines of print: none
    of them says what it is a piece of."""
    low = sum(atom.box.height < LOW_PIECE * word.box.height for atom in word.atoms)
    if len(word.atoms) < FEWEST_PIECES or low < PIECES_SHARE * len(word.atoms):
        return False
    boxes = np.array([atom.box for atom in word.atoms], np.float64)
    wide = np.minimum(boxes[:, None, 2], boxes[:, 2]) - np.maximum(boxes[:, None, 0], boxes[:, 0])
    beside = np.minimum(boxes[:, None, 3], boxes[:, 3]) - np.maximum(boxes[:, None, 1], boxes[:, 1])
    narrower = np.minimum(boxes[:, None, 2] - boxes[:, None, 0], boxes[:, 2] - boxes[:, 0])
    stacked = (wide >= STACKED * narrower) & (beside <= 0)
    return bool(stacked.any(axis=1).mean() >= PIECES_SHARE)


def _plain_letters(word: CandidateWord, probs: Probs) -> list[bool]:
    """Which of a word's atoms are plainly letters. probs: (atoms, 11)."""
    full, others = (
        word.full().tolist(),
        probs[:, NOT_A_DIGIT].tolist(),
    )  # in plain Python: most words have few glyphs
    least, most = (share * word.height() for share in ONE_GLYPH)
    return [
        is_full and other > PLAIN_LETTER and least <= atom.box.width < most
        for is_full, other, atom in zip(full, others, word.atoms, strict=True)
    ]


def _without_labels(
    sheets: Sequence[_Sheet], probs: Sequence[Probs]
) -> tuple[list[_Sheet], list[Probs], list[bool]]:
    """The sheets, numbers parted from words of letters that hold them, for each word (atoms, 11), and whether it may be a
    number."""
    found: list[_Sheet] = []
    of_words: list[Probs] = []
    may_be: list[bool] = []
    for sheet, span in _spans(sheets):
        words: list[CandidateWord] = []
        least = SMALL_HEIGHTS * sheet.segmentation.writing_height
        sheet, own, letters = _without_repeated(sheet, [probs[n] for n in span])
        are_few = sum(map(any, letters)) <= FEW_LETTERS * len(letters)
        for word, of_word, plain in zip(sheet.segmentation.words, own, letters, strict=True):
            is_likely = _may_be_number(word, of_word, plain, least)
            if not is_likely and are_few and plain == [True] and word.height() >= least:
                word, is_likely = replace(word, crowded=True), True  # for a person: it may be a digit
            starts = [] if is_likely else _numbers_in(word, of_word, plain)
            if not starts:
                words.append(word)
                of_words.append(of_word)
                may_be.append(is_likely)
                continue
            parts = [marked_left_spaced(part, sheet.scale) for part in word.parted(starts)]
            of_parts = np.split(of_word, starts)
            words += parts
            of_words += of_parts
            may_be += [
                _may_be_number(part, of, _plain_letters(part, of), least)
                for part, of in zip(parts, of_parts, strict=True)
            ]
        segmentation = replace(sheet.segmentation, words=tuple(words))
        found.append(replace(sheet, segmentation=segmentation))
    return found, of_words, may_be


def _without_repeated(sheet: _Sheet, probs: Sequence[Probs]) -> tuple[_Sheet, list[Probs], list[list[bool]]]:
    """The sheet without the print that stands beside many of its numbers, such as their unit, for each word (atoms, 11), and which
    atoms are plainly letters."""
    words = sheet.segmentation.words
    letters = [_plain_letters(word, of_word) for word, of_word in zip(words, probs, strict=True)]
    if _is_alone(sheet) or sum(map(any, letters)) < MANY_WITH_PRINT:
        return sheet, list(probs), letters
    ranges = without_repeated(words, letters, [_sure_digits(of_word).tolist() for of_word in probs])
    gone = [
        atom
        for word, own in zip(words, ranges, strict=True)
        for atom in (*word.atoms[: own.start], *word.atoms[own.stop :])
    ]
    if not gone:
        return sheet, list(probs), letters
    grey = papered_over(sheet.grey, gone, light_ink=_light_ink(sheet))
    parts = [left_of(word, own) for word, own in zip(words, ranges, strict=True)]
    parts = [
        marked_left_spaced(part, sheet.scale) if own.start else part
        for part, own in zip(parts, ranges, strict=True)
    ]
    segmentation = replace(sheet.segmentation, words=tuple(parts))
    of_parts = [of_word[own.start : own.stop] for of_word, own in zip(probs, ranges, strict=True)]
    left = [plain[own.start : own.stop] for plain, own in zip(letters, ranges, strict=True)]
    return replace(sheet, grey=grey, segmentation=segmentation), of_parts, left


def _sure_digits(probs: Probs) -> NDArray[np.intp]:
    """(atoms,) which digit each surely is, -1 where it is none. probs: (atoms, 11)."""
    of_digits = probs[:, :NOT_A_DIGIT]
    return np.where(of_digits.max(axis=1) >= SURE_DIGIT, of_digits.argmax(axis=1), -1)


def _numbers_in(word: CandidateWord, probs: Probs, plain: Sequence[bool]) -> list[int]:
    """Where numbers begin and end in a word of letters. probs: (atoms, 11). plain: which atoms are plainly letters."""
    digits = _sure_digits(probs)
    if digits.max() < 0:
        return []
    return numbers_among_letters(word, np.array(plain), digits)


def _is_point(atom: Atom) -> bool:
    wide, high = atom.box.width, atom.box.height
    return bool(max(wide, high) <= POINT_ASPECT * min(wide, high) and atom.mask.mean() >= POINT_FILL)


def _is_letters(seen: float, steps: Probs) -> bool:
    """Whether the sliding network sees no digit in a word whose glyphs may be letters too.

    seen: share of its full glyphs that look like digits. steps: (T, 11).
    """
    if seen >= SURE_EVIDENCE:
        return False
    return float(np.log(np.maximum(steps[:, BLANK], LEAST)).sum()) > SEES_NOTHING


def _decode_all(
    lattices: Sequence[Lattice], of_atoms: Sequence[Probs], predict: Predict
) -> list[tuple[Probs, Costs, Decoded | None]]:
    """For each lattice (edges, 11) probabilities, the candidates' costs, and the best string over its cuts.

    of_atoms: for each lattice (atoms, 11), what the network has said already of whole atoms.
    """
    masks = [edge.mask for lattice in lattices for edge in lattice.edges if edge.atom is None]
    new = iter(_judged(masks, predict))
    probs = []
    for lattice, known in zip(lattices, of_atoms, strict=True):
        rows = [next(new) if edge.atom is None else known[edge.atom] for edge in lattice.edges]
        probs.append(np.array(rows, np.float32).reshape(-1, known.shape[1]))
    return [
        (of_edges, costs, decode(lattice, of_edges, costs))
        for lattice, of_edges, costs in zip(lattices, probs, costs_of(lattices, probs), strict=True)
    ]


def words_of_page(page: PageStrings, review_below: float = REVIEW_BELOW) -> list[Word]:
    """The page's numbers in reading order; words of letters are left out."""
    ink = [word.box for word in page.words]
    if page.fine is not None:
        ink += page.fine.sheet.boxes_back([word.box for word in page.fine.words])
    numbers = [number for part, back in page.parts() for number in _numbers_of(part, back, review_below)]
    numbers = _without_rings(numbers, len(page.words))
    chosen = [(place, word) for place, own in zip(order_lines(ink), numbers, strict=True) for word in own]
    chosen.sort(key=lambda one: one[0])
    numbered = _renumber([place for place, _ in chosen])
    return parted_dates(
        [replace(word, line=line, word=at) for (line, at), (_, word) in zip(numbered, chosen, strict=True)]
    )


def _without_rings(numbers: Sequence[list[Word]], own: int) -> list[list[Word]]:
    """The numbers that each word of a page is, the first `own` of its writing, the others of its fine print: without single glyphs
    around a number of that, which are rings."""
    printed = [word.box for of_word in numbers[own:] for word in of_word]
    return [
        [
            word
            for word in of_word
            if len(word.text) > 1 or not any(_is_around(word.box, box) for box in printed)
        ]
        for of_word in numbers[:own]
    ] + list(numbers[own:])


def _is_around(box: Box, other: Box) -> bool:
    return (
        box.left < other.left
        and box.top < other.top
        and box.right > other.right
        and box.bottom > other.bottom
    )


def _numbers_of(page: PageStrings, back: Back, review_below: float) -> list[list[Word]]:
    """The numbers that each of a page's candidate words is, one in each column of a table, their line and place there still 0; none
    for other words. back: from px of its ink to the page as stored."""
    judged = _without_letters(page, page.judged())
    read = [
        (n, string, verdict)
        for n, (string, verdict) in enumerate(zip(page.strings, judged, strict=True))
        if string is not None and verdict is not None
    ]
    boxes = iter(
        back([box for _, string, _ in read for box in (string.box, *(r.box for r in string.readings))])
    )
    parts = _by_columns(page, [(page.words[n], string) for n, string, _ in read])
    found: list[list[Word]] = [[] for _ in judged]
    for (n, string, whole), places in zip(read, parts, strict=True):
        verdict = whole.of_parts([end - begin for begin, end in pairwise(places)])
        doubtful = verdict.confidence < review_below
        box, readings = next(boxes), [replace(r, box=next(boxes)) for r in string.readings]
        for begin, end in pairwise(places):
            own = tuple(readings[begin:end])
            found[n].append(
                Word(
                    0,
                    0,
                    "".join(r.text for r in own),
                    verdict.confidence,
                    "review" if doubtful else "ok",
                    box if len(places) == 2 else reduce(Box.union, (r.box for r in own)),
                    verdict.reason if doubtful else "",
                    own,
                )
            )
    return found


def _by_columns(page: PageStrings, strings: Sequence[tuple[CandidateWord, Decoded]]) -> list[list[int]]:
    """For each string of a page before which of its digits a number of it begins, and their count: more than one where it lies
    across the rules of a table's columns."""
    height = page.writing_height
    columns = columns_of(page.sheet.segmentation.rules.vertical, height)
    # where numbers run over the rules, one that a point or a touching digit made one of two columns does too
    all_do = sum(word.overrun for word, _ in strings) >= FEWEST_OVERRUN
    within = [
        columns.within(string.box, height)
        if word.overrun or (all_do and word.crowded and not word.in_cells)
        else []
        for word, string in strings
    ]
    counts = [len(string.readings) for _, string in strings]
    if not any(within):
        return [[0, count] for count in counts]
    begin = [columns.before(string.box, height) for _, string in strings]
    parted = {n: ([r.box for r in strings[n][1].readings], rules) for n, rules in enumerate(within) if rules}
    places = {n: parted_again(*own, ()) for n, own in parted.items()}
    told = [
        (begin[n] + at, stop - start)
        for n, count in enumerate(counts)
        for at, (start, stop) in enumerate(pairwise([0, *places.get(n, ()), count]))
    ]
    usual = usual_digits(told)
    for n, (digits, rules) in parted.items():
        places[n] = parted_again(digits, rules, [usual.get(begin[n] + at) for at in range(len(rules) + 1)])
    return [sorted({0, *places.get(n, ()), count}) for n, count in enumerate(counts)]


def _without_letters(page: PageStrings, judged: Sequence[Verdict | None]) -> list[Verdict | None]:
    """The verdicts, None for words of letters that passed for numbers."""
    left, asked = list(judged), maybe_letters(page, judged)
    if not asked:  # nor is the network loaded then
        return left
    told = load_lettered()([(of.cut, of.box) for of in asked])
    for of, lettered in zip(asked, told, strict=True):
        left[of.place] = of.verdict.with_lettered(lettered)
    return left


@dataclass(frozen=True, slots=True)
class MaybeLetters:
    """A doubtful string that may be a word of letters: its place among its page's, its strip, and its box there, px of the ink."""

    place: int
    verdict: Verdict
    cut: StripCut
    box: Box


def maybe_letters(page: PageStrings, judged: Sequence[Verdict | None]) -> list[MaybeLetters]:
    """The strings of a page, so judged, that the network of letters is asked about: none where the picture is of one string."""
    if page.alone:
        return []
    return [
        MaybeLetters(n, verdict, heard.cut, string.box)
        for n, (verdict, heard, string) in enumerate(zip(judged, page.heard, page.strings, strict=True))
        if verdict is not None and heard is not None and string is not None and verdict.may_be_letters()
    ]


def _renumber(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Lines and words counted over what is kept: (line, word), 1-based."""
    numbered: list[tuple[int, int]] = []
    line = word = 0
    previous = 0
    for place, _ in places:
        if place != previous:
            line, word, previous = line + 1, 0, place
        word += 1
        numbered.append((line, word))
    return numbered
