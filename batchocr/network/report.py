"""An evaluation as one page that needs nothing but itself: plots in SVG, pictures embedded, light and dark.

The plots are drawn here rather than by a plotting library, so that they take the page's colours and
`evaluate` runs without the train extra. Leaves out the figures themselves; those are `evaluation`.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from string import Template
from typing import Any

import cv2

import batchocr
from batchocr.elements import NOT_A_DIGIT, GlyphImages
from batchocr.network.evaluation import Evaluation, Mistake, Risk, Separation
from batchocr.network.files import make_folder, written_whole
from batchocr.network.metrics import Bin, wilson_interval

TEMPLATE = Path(__file__).with_name("report.html")
PAGE, DATA = "evaluation.html", "evaluation.json"
WIDTH, HEIGHT = 480, 300  # of a plot, in the page's units
LEFT, RIGHT, TOP, BOTTOM = 60, 22, 10, 40  # room around its axes
HISTOGRAM = 110  # height of the counts below the reliability diagram
TICKS = 5  # about, on an axis
WINDOWS = (0.05, 0.1, 0.2, 0.5, 1.0)  # shares rejected that the curve may be shown up to
FALLEN = 0.1  # of the error at first: where the curve has told its story
FEW = 10  # digits under which a bin's dot is hollow and left out of the line
ROOM_FOR_WORDS = 0.62  # share of the axis beyond which a dot's words stand to its left
SAMPLES = 8  # pictures shown of each kind of other ink
THIN = "\u202f"  # narrow space before a percent sign


@dataclass(frozen=True, slots=True)
class Subject:
    """What is measured: the model's card and file, and on what."""

    name: str
    card: dict[str, Any]
    digits: str  # such as "MNIST's 10,000 test digits"
    command: str
    date: str
    version: str


def subject_of(card: dict[str, Any], digits: str, command: str) -> Subject:
    """A model that is measured today, from its card."""
    return Subject(card["file"], card, digits, command, date.today().isoformat(), batchocr.__version__)


def write_report(
    folder: Path,
    evaluation: Evaluation,
    subject: Subject,
    images: GlyphImages,
    other: dict[str, GlyphImages],
) -> tuple[Path, Path]:
    """Write the page and the figures as JSON into a folder, which is made if need be."""
    make_folder(folder)
    with written_whole(folder / PAGE) as part:
        part.write_text(page(evaluation, subject, images, other), encoding="utf-8")
    with written_whole(folder / DATA) as part:
        figures = {"model": _model_facts(subject), **evaluation.as_json()}
        part.write_text(json.dumps(figures, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return folder / PAGE, folder / DATA


def page(evaluation: Evaluation, subject: Subject, images: GlyphImages, other: dict[str, GlyphImages]) -> str:
    """The HTML page; images are the digits measured on, other the other ink by kind."""
    shown, wrong = len(evaluation.mistakes), evaluation.errors
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        title=escape(f"{subject.name}: {evaluation.accuracy:.2%} right"),
        heading=escape(subject.name),
        about=escape(_about(subject)),
        cards="\n".join(_cards(evaluation)),
        risk_plot=_risk_plot(evaluation.curve),
        risk_table=_risk_table(evaluation.risks),
        reliability_plot=_reliability_plot(evaluation.bins),
        other_column="; other: “not a digit”" * (evaluation.outputs > NOT_A_DIGIT),
        few=FEW,
        confusion=_confusion(evaluation.confusion),
        classes=_classes(evaluation),
        other_ink=_other_ink(evaluation, other),
        mistakes_heading=f"The {shown} worst of its {wrong:,} mistakes"
        if shown < wrong
        else f"Its {wrong:,} mistakes"
        if wrong
        else "No mistakes",
        mistakes="\n".join(_mistake(mistake, images[mistake.index]) for mistake in evaluation.mistakes),
        footer=_footer(subject),
    )


# words --------------------------------------------------------------------------------------------------


def percent(share: float, places: int = 2) -> str:
    """A share, 0..1, as a person reads it."""
    return f"{100 * share:.{places}f}{THIN}%"


def _about(subject: Subject) -> str:
    card = subject.card
    facts = [str(card[name]) for name in ("architecture", "layers") if name in card]
    if "parameters" in card:
        facts.append(f"{card['parameters']:,} parameters")
    facts.append(f"{card['bytes'] / 1e6:.1f} MB")
    return f"{', '.join(facts)}. Measured on {subject.digits}, {subject.date}."


def _footer(subject: Subject) -> str:
    return (
        f"batchocr {escape(subject.version)}: <code>{escape(subject.command)}</code><br>"
        f"SHA-256 of the model file <code>{subject.card['sha256']}</code>. The same figures as data: {DATA}."
    )


def _model_facts(subject: Subject) -> dict[str, Any]:
    names = ("architecture", "layers", "parameters", "seed", "file", "bytes", "sha256")
    facts = {name: subject.card[name] for name in names if name in subject.card}
    return facts | {"digits": subject.digits, "date": subject.date, "command": subject.command}


def _cards(e: Evaluation) -> list[str]:
    low, high = (f"{100 * share:.2f}" for share in e.interval)
    at_two = next(risk for risk in e.risks if risk.rejected == 0.02)
    cards = [
        (
            "accuracy",
            percent(e.accuracy),
            f"{e.errors:,} of {e.digits:,} wrong; 95{THIN}%: {low}–{high}{THIN}%",
        ),
        (
            f"error with 2{THIN}% set aside",
            percent(at_two.error),
            f"{at_two.wrong:,} wrong of {at_two.accepted:,} accepted",
        ),
        ("calibration error (ECE)", percent(e.ece), f"mean confidence {percent(e.mean_confidence)}"),
    ]
    if e.separations:
        whole = e.separations[-1]
        by = "by its own output" if e.outputs > NOT_A_DIGIT else "by its doubt alone"
        cards.append(
            ("AUROC of “not a digit”", f"{whole.auroc:.4f}", f"{by}; mean of {len(e.separations) - 1} kinds")
        )
    cards.append(("digits a second", f"{e.digits_a_second:,.0f}", "on this machine, loading left out"))
    return [
        f'<div class="card{" first" * (place == 0)}"><span class="name">{name}</span><b>{value}</b>'
        f'<span class="more">{more}</span></div>'
        for place, (name, value, more) in enumerate(cards)
    ]


# tables -------------------------------------------------------------------------------------------------


def _table(heads: Sequence[str], rows: Sequence[str], left: int = 1, kind: str = "") -> str:
    """A table of ready rows, the first `left` heads set to the left."""
    starts = ['<th class="left">' if n < left else "<th>" for n in range(len(heads))]
    cells = "".join(f"{start}{head}</th>" for start, head in zip(starts, heads, strict=True))
    named = f' class="{kind}"' if kind else ""
    return f"<table{named}><thead><tr>{cells}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _risk_table(risks: Sequence[Risk]) -> str:
    rows = [
        f'<tr><td class="left">{100 * r.rejected:g}{THIN}%</td><td>{percent(r.error)}</td>'
        f"<td>{r.wrong:,}</td><td>{r.accepted:,}</td></tr>"
        for r in risks
    ]
    return _table(["set aside", "error", "wrong", "accepted"], rows)


def _classes(e: Evaluation) -> str:
    rows = [
        f'<tr><td class="left">{c.digit}</td><td>{percent(c.precision)}</td><td>{percent(c.recall)}</td>'
        f"<td>{percent(c.f1)}</td><td>{c.count:,}</td></tr>"
        for c in e.classes
    ]
    means = (
        sum(getattr(c, name) for c in e.classes) / len(e.classes) for name in ("precision", "recall", "f1")
    )
    rows.append(
        '<tr class="whole"><td class="left">mean</td>'
        + "".join(f"<td>{percent(mean)}</td>" for mean in means)
        + f"<td>{e.digits:,}</td></tr>"
    )
    return _table(["digit", "precision", "recall", "F1", "digits"], rows)


def _confusion(counts: Sequence[Sequence[int]]) -> str:
    most = max((n for i, row in enumerate(counts) for j, n in enumerate(row) if i != j), default=0)
    answers = [str(n) if n < NOT_A_DIGIT else "other" for n in range(len(counts[0]))]
    rows = []
    for digit, row in enumerate(counts):
        cells = [f"<th>{digit}</th>"]
        for answer, count in enumerate(row):
            tip = f'title="{digit} read as {answers[answer]}: {count:,}"'
            if answer == digit:
                cells.append(f'<td class="right" {tip}>{count:,}</td>')
            elif count:
                cells.append(f'<td style="--w:{math.sqrt(count / most):.2f}" {tip}>{count:,}</td>')
            else:
                cells.append(f'<td class="none" {tip}>·</td>')
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return _table(["", *answers], rows, left=0, kind="confusion")


def _other_ink(e: Evaluation, other: dict[str, GlyphImages]) -> str:
    """The section on ink that is no digit; empty where none was measured."""
    if not e.separations:
        return ""
    told = (
        "by the network's eleventh output"
        if e.outputs > NOT_A_DIGIT
        else "by its doubt (it has no output for “not a digit”)"
    )
    rows = [_separation(s, other.get(s.kind)) for s in e.separations]
    heads = ["ink", "examples", "AUROC", "", "taken for a digit", "glyphs"]
    return (
        "<section><h2>Ink that is no digit</h2>"
        f'<p class="about">Drawn for this page, scanned-looking, and told from MNIST’s digits {told}. AUROC is the '
        "chance that such ink scores above a digit; the bar runs from 0.5, a coin’s, to 1.</p>"
        f'<div class="scroll">{_table(heads, rows, left=2)}</div></section>'
    )


def _separation(s: Separation, pictures: GlyphImages | None) -> str:
    some = () if pictures is None else pictures[:SAMPLES]
    examples = "".join(f'<img class="glyph" alt="" src="{_embedded(picture)}">' for picture in some)
    wide = 100 * max(0.0, 2 * s.auroc - 1)
    return (
        f'<tr{" class=whole" * (pictures is None)}><td class="left">{escape(s.kind)}</td><td class="left">{examples}</td>'
        f'<td>{s.auroc:.4f}</td><td class="track"><span><i style="width:{wide:.1f}%"></i></span></td>'
        f"<td>{percent(s.taken, 1)}</td><td>{s.count:,}</td></tr>"
    )


def _mistake(mistake: Mistake, image: GlyphImages) -> str:
    guess = "other" if mistake.guess == NOT_A_DIGIT else str(mistake.guess)
    tip = (
        f"test digit {mistake.index}: written {mistake.truth}, read {guess} with {mistake.confidence:.1%}; "
        f"{mistake.truth} got {mistake.truth_probability:.1%}"
    )
    return (
        f'<figure title="{tip}"><img class="glyph" alt="a {mistake.truth}" src="{_embedded(image)}">'
        f"<figcaption><b>{mistake.truth} → {guess}</b><br>{percent(mistake.confidence, 1)}</figcaption></figure>"
    )


def _embedded(picture: GlyphImages) -> str:
    """A picture as an address that holds it."""
    _, png = cv2.imencode(".png", picture)
    return "data:image/png;base64," + base64.b64encode(png.tobytes()).decode("ascii")


# plots --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Axes:
    """Axes from (0, 0) to (x_end, y_end), both shares, on a plot of WIDTH x HEIGHT."""

    x_end: float
    y_end: float

    def x(self, value: float) -> float:
        return LEFT + value / self.x_end * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - value / self.y_end * (HEIGHT - TOP - BOTTOM)

    def frame(self, x_name: str, y_name: str) -> str:
        """Grid, ticks and names."""
        parts = []
        for tick in _ticks(self.x_end):
            x = f"{self.x(tick):.1f}"
            parts.append(f'<line class="grid" x1="{x}" x2="{x}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
            parts.append(
                f'<text x="{x}" y="{HEIGHT - BOTTOM + 15}" text-anchor="middle">{_tick(tick, self.x_end)}</text>'
            )
        for tick in _ticks(self.y_end):
            y = f"{self.y(tick):.1f}"
            parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>')
            parts.append(
                f'<text x="{LEFT - 6}" y="{y}" dy=".35em" text-anchor="end">{_tick(tick, self.y_end)}</text>'
            )
        bottom, middle = HEIGHT - BOTTOM, (TOP + HEIGHT - BOTTOM) / 2
        parts.append(f'<path class="axis" fill="none" d="M{LEFT} {TOP}V{bottom}H{WIDTH - RIGHT}"/>')
        parts.append(
            f'<text class="label" x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 5}" text-anchor="middle">{x_name}</text>'
        )
        parts.append(
            f'<text class="label" transform="translate(11 {middle}) rotate(-90)" text-anchor="middle">{y_name}</text>'
        )
        return "".join(parts)

    def path(self, points: Sequence[tuple[float, float]]) -> str:
        """A line through points, as SVG draws it; nothing where there are none."""
        return "" if not points else "M" + "L".join(f"{self.x(x):.1f} {self.y(y):.1f}" for x, y in points)


def _svg(height: float, name: str, body: str) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{escape(name)}">{body}</svg>'


def _ticks(end: float) -> list[float]:
    """Round values from 0 to end, about five."""
    rough = end / TICKS
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * factor for factor in (1, 2, 2.5, 5, 10) if unit * factor >= rough * 0.999)
    return [step * n for n in range(math.floor(end / step + 1e-9) + 1)]


def _tick(value: float, end: float) -> str:
    """A share on an axis, with the decimals that its neighbours need."""
    places = max(0, -math.floor(math.log10(100 * end / TICKS)))
    text = f"{100 * value:.{places}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}{THIN}%"


def _risk_plot(curve: Sequence[tuple[float, float]]) -> str:
    first = curve[0][1]
    enough = next((share for share, error in curve if error <= FALLEN * first), 1.0)
    window = next(w for w in WINDOWS if w >= min(1.0, 1.2 * enough))
    axes = _Axes(window, max(1.08 * first, 1e-4))
    points = [(share, error) for share, error in curve if share <= window]
    line = axes.path(points)
    base = HEIGHT - BOTTOM
    area = f"{line}L{axes.x(points[-1][0]):.1f} {base}L{LEFT} {base}Z"
    marks = _marks(axes, points, first)
    body = axes.frame("share set aside, least sure first", "error among the accepted")
    body += f'<path class="area" d="{area}"/><path class="curve" d="{line}"/>{marks}'
    return _svg(HEIGHT, "error among the accepted against share set aside", body)


def _marks(axes: _Axes, points: Sequence[tuple[float, float]], first: float) -> str:
    """Dots where the error has fallen to a half and to a tenth, each with its words."""
    parts = []
    for share_of_first, words in ((0.5, "error halved"), (FALLEN, "a tenth of it")):
        reached = next(((s, e) for s, e in points if e <= share_of_first * first), None)
        if reached is None or not first:
            continue
        x, y = axes.x(reached[0]), axes.y(reached[1])
        far_right = reached[0] > ROOM_FOR_WORDS * axes.x_end
        anchor, beside, above = ("end", 4, 24) if far_right else ("start", 8, 9)
        parts.append(
            f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
            f'<text class="label" x="{x + beside:.1f}" y="{y - above:.1f}" text-anchor="{anchor}">'
            f"{words} at {percent(reached[0], 1)}</text>"
        )
    return "".join(parts)


def _reliability_plot(bins: Sequence[Bin]) -> str:
    axes = _Axes(1.0, 1.0)
    body = axes.frame("confidence", "share right")
    body += f'<path class="ideal" fill="none" d="{axes.path([(0, 0), (1, 1)])}"/>'
    body += (
        f'<path class="curve" d="{axes.path([(b.confidence, b.accuracy) for b in bins if b.count >= FEW])}"/>'
    )
    body += "".join(_whisker(axes, b) for b in bins) + "".join(_dot(axes, b) for b in bins)
    body += _histogram(axes.x, bins)
    return _svg(HEIGHT + HISTOGRAM + 20, "share right against confidence", body)


def _whisker(axes: _Axes, b: Bin) -> str:
    low, high = wilson_interval(round(b.accuracy * b.count), b.count)
    x = axes.x(b.confidence)
    return f'<line class="whisker" x1="{x:.1f}" x2="{x:.1f}" y1="{axes.y(low):.1f}" y2="{axes.y(high):.1f}"/>'


def _dot(axes: _Axes, b: Bin) -> str:
    return (
        f'<circle class="dot{" few" * (b.count < FEW)}" cx="{axes.x(b.confidence):.1f}" cy="{axes.y(b.accuracy):.1f}" r="4.5"><title>'
        f"{b.count:,} digits: mean confidence {percent(b.confidence, 1)}, {percent(b.accuracy, 1)} right"
        "</title></circle>"
    )


def _histogram(x: Callable[[float], float], bins: Sequence[Bin]) -> str:
    """How many answers each bin holds, in powers of ten, below the diagram."""
    base = HEIGHT + HISTOGRAM + 14
    tallest = math.log10(1 + max(b.count for b in bins))
    parts = [f'<path class="axis" fill="none" d="M{LEFT} {base}H{WIDTH - RIGHT}"/>']
    for b in bins:
        tall = HISTOGRAM * math.log10(1 + b.count) / tallest
        wide = x(b.high) - x(b.low) - 2
        parts.append(
            f'<rect class="bar" x="{x(b.low) + 1:.1f}" y="{base - tall:.1f}" width="{wide:.1f}" height="{tall:.1f}"/>'
            f'<text x="{x(b.low) + 1 + wide / 2:.1f}" y="{base - tall - 3:.1f}" text-anchor="middle" '
            f'font-size="9.5">{b.count:,}</text>'
        )
    return "".join(parts)
