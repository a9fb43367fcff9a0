"""The command line: verbs only, arguments in, exit code out.

Nothing heavy is imported until a verb needs it, so that `--help` answers at once. Results go to standard
output or the named file; progress, warnings and the summary to standard error. One handler turns errors into
a sentence and an exit code; a traceback takes `-vv`.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import BatchocrError, OutputError, UsageError

if TYPE_CHECKING:
    from typing import TypeGuard

    from .batch import File, Part, Settings
    from .elements import PageResult
    from .job import Counts, Job
    from .network.training import Order

INTERRUPTED = 130  # as a shell reports a program ended by Ctrl-C
SOME_FAILED = 3
SHOWN_FAILURES = 5  # failed pages named on standard error without -v; all are in the table
TRACEBACK_VERBOSITY = 2  # -vv
LONGEST_LIST = 16  # entries of a card's list that `model info` still shows
STANDARD_ERROR = 2  # its file descriptor
NO_HEAD_START = re.compile(r"-[a-z]*[hv]|--(help|verbose|cluster)")
NEEDED_TO_READ = ("batchocr.batch", "batchocr.pages", "batchocr.pipeline", "ai_edge_litert.interpreter")

# before numpy is imported: a process reads its pages on one core, and numpy's other threads would spin beside it
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

app = typer.Typer(
    help="Read the numbers on scanned pages into a table; every doubtful digit is marked for review.",
    epilog="Exit codes: 0 all pages read, 1 unexpected fault, 2 usage, 3 some pages failed, 4 model "
    "unusable, 5 output cannot be written, 130 interrupted.",
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
model_app = typer.Typer(help="The digit network.", rich_markup_mode=None, no_args_is_help=True)
app.add_typer(model_app, name="model")
data_app = typer.Typer(
    help="The digits that networks learn from.", rich_markup_mode=None, no_args_is_help=True
)
app.add_typer(data_app, name="data")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line on `arguments` (default: the process's own) and return the exit code."""
    _end_on_sigterm()
    try:
        with _head_start(sys.argv[1:] if arguments is None else arguments):
            command = typer.main.get_command(app)
            code = command.main(arguments, prog_name="batchocr", standalone_mode=False)
    except Exception as error:  # the parser's own errors, of typer's or of click's classes
        if not hasattr(error, "format_message"):
            raise
        return _refuse_arguments(error)
    return code if isinstance(code, int) else 0


def _head_start(arguments: Sequence[str]) -> AbstractContextManager[object]:
    """A child that gets ready to read while the arguments of a run are still looked at.

    A run that asks for help, a cluster or the chatter of libraries (-vv) goes without.
    """
    if arguments[:1] != ["run"] or any(map(NO_HEAD_START.match, arguments)):
        return nullcontext()
    from .workers import started_ahead

    return started_ahead(NEEDED_TO_READ)


def _refuse_arguments(error: Exception) -> int:
    """One sentence for arguments that could not be parsed; help where none were given."""
    message = str(error.format_message()) if hasattr(error, "format_message") else str(error)
    if "\n" in message:  # the help text, which stands in for a message when there are no arguments
        typer.echo(message, err=True)
    else:
        context = getattr(error, "ctx", None)
        path = context.command_path if context is not None else "batchocr"
        _say(f"{message.rstrip('.')}; see {path} --help")
    return UsageError.exit_code


def _end_on_sigterm() -> None:
    """Let a polite kill end a run as Ctrl-C does: workers stopped, nothing half-written."""
    import signal
    import threading

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def _say(message: str) -> None:
    typer.echo(f"batchocr: {message}", err=True)


def guarded(work: Callable[[], int], *, verbose: int = 0) -> int:
    """The exit code of `work`; what it raises becomes a sentence on standard error."""
    try:
        return work()
    except KeyboardInterrupt as interrupt:
        _say(str(interrupt) or "interrupted; an unfinished table is not kept, run the same command again")
        return INTERRUPTED
    except BrokenPipeError:
        _leave_standard_output()
        return OutputError.exit_code
    except BatchocrError as error:
        _show_traceback(verbose)
        _say(str(error))
        return error.exit_code
    except Exception as error:
        _show_traceback(verbose)
        _say(f"unexpected fault, {type(error).__name__}: {error}; -vv shows where, please report it")
        return BatchocrError.exit_code


def _show_traceback(verbose: int) -> None:
    if verbose >= TRACEBACK_VERBOSITY:
        import traceback

        traceback.print_exc()


def _leave_standard_output() -> None:
    """The reader has gone (`| head`): a program should end quietly, also when Python flushes at its exit."""
    with suppress(OSError, ValueError):  # standard output is no file where a test has caught it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _without_chatter(verbose: int) -> Iterator[None]:
    """Standard error for our own sentences only.

    C libraries (libtiff above all) print past Python, hundreds of lines for one damaged file. Their way out
    is shut, here and in the workers, unless -vv asks for everything.
    """
    caught = True  # by a test or a notebook: not the process's own standard error
    with suppress(OSError, ValueError, AttributeError):
        caught = sys.stderr.fileno() != STANDARD_ERROR
    if caught or verbose >= TRACEBACK_VERBOSITY:
        yield
        return
    before = sys.stderr
    before.flush()
    with (
        open(os.devnull, "wb") as nowhere,  # noqa: PTH123 (a device, not a path)
        os.fdopen(
            os.dup(STANDARD_ERROR), "w", 1, encoding=before.encoding, errors="backslashreplace"
        ) as ours,
    ):
        os.dup2(nowhere.fileno(), STANDARD_ERROR)
        sys.stderr = ours
        try:
            yield
        finally:
            ours.flush()
            os.dup2(ours.fileno(), STANDARD_ERROR)
            sys.stderr = before


def _version(wanted: bool) -> None:
    if wanted:
        import batchocr

        typer.echo(f"batchocr {batchocr.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


@app.command()
def run(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT...", help="Files, folders, or - for paths on standard input."),
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Table: .csv, .jsonl or .parquet; default: standard output."),
    ] = None,
    glyphs: Annotated[
        Path | None, typer.Option("--glyphs", help="Second table, one row per digit, same formats.")
    ] = None,
    model: Annotated[
        Path | None, typer.Option("--model", help="Model file; default: the one shipped.")
    ] = None,
    review_below: Annotated[
        float, typer.Option("--review-below", help="Confidence, 0 to 1, under which a string is for review.")
    ] = 0.95,
    calibration: Annotated[
        Path | None,
        typer.Option("--calibration", metavar="FILE", help="Make confidence true: what `calibrate` wrote."),
    ] = None,
    overlay: Annotated[
        Path | None,
        typer.Option("--overlay", metavar="DIR", help="Write each page with boxes and readings drawn."),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", help="Processes; default: the cores.", show_default=False)
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option("--cluster", metavar="ADDRESS", help="Read on a Dask cluster: tcp://scheduler:8786."),
    ] = None,
    page_seconds: Annotated[
        float, typer.Option("--page-seconds", help="Give a page up that takes longer.")
    ] = 120.0,
    page_memory: Annotated[
        int, typer.Option("--page-memory", help="Give a page up that takes more MiB (on Linux).")
    ] = 4096,
    restart: Annotated[
        bool, typer.Option("--restart", help="Read all again, though numbers.csv.job holds pages.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="No progress and no summary; errors still show.")
    ] = False,
    verbose: Annotated[
        int, typer.Option("-v", "--verbose", count=True, help="Say more; twice: show tracebacks.")
    ] = 0,
) -> None:
    """Read the numbers on pages into a table: batchocr run scans -o numbers.csv

    What is read is kept in numbers.csv.job: after any interruption the same command goes on from there.
    """

    def work() -> int:
        from .batch import Settings
        from .workers import Guard

        if calibration is not None:
            from .recalibration import load_calibration

        settings = Settings(
            model=None if model is None else str(model),
            review_below=review_below,
            overlay=overlay,
            guard=Guard(page_seconds, page_memory),
            calibration=None if calibration is None else load_calibration(calibration),
        )
        with _without_chatter(verbose):
            return read_into_tables(
                inputs,
                settings,
                output=output,
                glyphs=glyphs,
                jobs=jobs,
                cluster=cluster,
                restart=restart,
                quiet=quiet,
                verbose=verbose,
            )

    raise typer.Exit(guarded(work, verbose=verbose))


def read_into_tables(
    inputs: Sequence[str],
    settings: Settings,
    *,
    output: Path | None = None,
    glyphs: Path | None = None,
    jobs: int | None = None,
    cluster: str | None = None,
    restart: bool = False,
    quiet: bool = False,
    verbose: int = 0,
) -> int:
    """Read pages into the tables; the exit code: 0, or 3 if some pages failed. Raises BatchocrError."""
    from .batch import check_jobs, prepare_folder
    from .tables import check_table

    check_jobs(jobs)
    output = None if output is None or str(output) == "-" else output
    if output is not None and glyphs is not None and output.resolve() == glyphs.resolve():
        raise UsageError(f"{output}: is named for both tables; give --glyphs another name")
    for table in (output, glyphs):
        if table is not None:
            check_table(table)
    if settings.overlay is not None:
        prepare_folder(settings.overlay)
    wanted = _Wanted(inputs, settings, output, glyphs, jobs, cluster, restart)
    report = _Report(quiet=quiet, verbose=verbose, shares_screen=output is None)
    return _through_job(wanted, output, report) if _holds_a_job(output) else _straight_on(wanted, report)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a run was asked for."""

    inputs: Sequence[str]
    settings: Settings
    output: Path | None
    glyphs: Path | None
    jobs: int | None
    cluster: str | None
    restart: bool


def _holds_a_job(output: Path | None) -> TypeGuard[Path]:
    """Whether the table is a file that a job can stand beside, and not a device or a pipe."""
    return output is not None and (output.is_file() or not output.exists())


def _straight_on(wanted: _Wanted, report: _Report) -> int:
    """Read without a job: rows are written as the pages come, in input order."""
    from contextlib import ExitStack

    from .batch import File, check_model, chunk_size, chunks_of, read_chunks, with_overlay_names
    from .places import workplace
    from .sources import expand_stdin, find_sources
    from .tables import GLYPH_COLUMNS, WORD_COLUMNS, glyph_rows, open_table, word_rows

    paths = list(expand_stdin(wanted.inputs, sys.stdin.buffer))
    sources, skipped = find_sources(paths)
    _refuse_to_overwrite(wanted, {os.path.realpath(source.path) for source in sources})
    files = with_overlay_names(
        [File(key, source) for key, source in enumerate(sources)], wanted=wanted.settings.overlay is not None
    )
    settings = replace(wanted.settings, keep_readings=wanted.glyphs is not None)
    report.begin(len(files))
    with ExitStack() as stack:
        place = stack.enter_context(workplace(settings, wanted.jobs, wanted.cluster))
        place.executor.submit(check_model, place.settings).result()  # before anything is written
        words = stack.enter_context(open_table(wanted.output, WORD_COLUMNS))
        digits = stack.enter_context(open_table(wanted.glyphs, GLYPH_COLUMNS)) if wanted.glyphs else None
        stack.callback(report.clear)
        chunks = chunks_of(place.shipped(files), chunk_size(len(files), place.jobs))
        for part in read_chunks(chunks, place.settings, place.executor, window=place.window):
            for result in part.results:
                words.write(word_rows(result))
                if digits is not None:
                    digits.write(glyph_rows(result))
            report.part(part)
    report.end(
        skipped=skipped, repeated=len(paths) - len({os.path.realpath(path) for path in paths}), output=None
    )
    return SOME_FAILED if report.tally.failed else 0


def _through_job(wanted: _Wanted, output: Path, report: _Report) -> int:
    """Read what the job lacks, and write the tables from it."""
    from .job import open_job
    from .sources import Walk, expand_stdin

    walk = Walk(expand_stdin(wanted.inputs, sys.stdin.buffer))
    with open_job(output, _job_settings(wanted), restart=wanted.restart) as job:
        repeated = job.enrol(walk)
        _refuse_to_overwrite(wanted, job)
        job.hold_limits(wanted.settings.guard)
        report.begin_again(job.counts())
        try:
            _read_missing(wanted, job, report)
        except KeyboardInterrupt:
            kept = "no page was read yet" if job.is_empty() else f"what was read is kept in {job.path}"
            raise KeyboardInterrupt(f"interrupted; {kept}, run the same command again to go on") from None
        if wanted.glyphs is not None or not job.is_exported():
            job.export(glyphs=wanted.glyphs)
            job.note_export()
        report.end_of_job(job.counts(), skipped=walk.skipped, repeated=repeated, output=output)
    return SOME_FAILED if report.tally.failed else 0


def _job_settings(wanted: _Wanted) -> dict[str, str]:
    """What pages are read with: a page read otherwise would be another page."""
    from . import __version__
    from .network.card import hashes_of

    overlay, calibration = wanted.settings.overlay, wanted.settings.calibration
    return {
        "batchocr": __version__,
        "--model": hashes_of(wanted.settings.model),
        "--review-below": f"{wanted.settings.review_below:g}",
        "--calibration": "" if calibration is None else str(calibration),
        "--overlay": "" if overlay is None else str(overlay.resolve()),
    }


def _read_missing(wanted: _Wanted, job: Job, report: _Report) -> None:
    """Read the pages that the job lacks, each kept as it comes."""
    from .batch import chunk_size, chunks_of, read_chunks
    from .places import workplace

    missing = job.count_missing()
    if not missing:
        return
    settings = replace(wanted.settings, keep_readings=True, digests=True)
    with workplace(settings, wanted.jobs, wanted.cluster) as place, closing_progress(report):
        files = place.shipped(_files_to_read(job, named=settings.overlay is not None))
        chunks = chunks_of(files, chunk_size(missing, place.jobs))
        for part in read_chunks(chunks, place.settings, place.executor, window=place.window, ordered=False):
            job.add(part.file.key, part.results, stamp=part.stamp, finished=not part.then, lost=part.lost)
            report.part(part)


def _files_to_read(job: Job, *, named: bool) -> Iterator[File]:
    """The files that the job lacks; `named` looks at all its files, so that pictures have the same names again."""
    from .batch import File, with_overlay_names

    if not named:
        for file in job.missing():
            yield File(file.key, file.source, "", file.first, file.stamp)
        return
    names = {
        file.key: file.overlay_name
        for file in with_overlay_names([File(key, source) for key, source in job.sources()])
    }
    for file in job.missing():
        yield File(file.key, file.source, names[file.key], file.first, file.stamp)


@contextmanager
def closing_progress(report: _Report) -> Iterator[None]:
    """Wipe the progress line at the end, however it comes."""
    try:
        yield
    finally:
        report.clear()


def _refuse_to_overwrite(wanted: _Wanted, scans: Container[str]) -> None:
    """Raise UsageError where a table would be written over one of the pages, given by their resolved paths."""
    for table in (wanted.output, wanted.glyphs):
        if table is not None and os.path.realpath(table) in scans:
            raise UsageError(f"{table}: is one of the pages to read; name another file for the table")


class _Report:
    """What a run says on standard error."""

    def __init__(self, *, quiet: bool, verbose: int, shares_screen: bool) -> None:
        import time

        from .progress import Progress, Tally

        self.tally = Tally()
        self._quiet, self._verbose = quiet, verbose
        self._clock = time.monotonic
        self._start = self._clock()
        rows_on_screen = shares_screen and sys.stdout.isatty()
        self._progress = Progress(0, sys.stderr, wanted=not quiet and not rows_on_screen)
        self.clear = self._progress.clear
        self._kept = 0

    def begin(self, files: int) -> None:
        """The files are found."""
        self._progress.files = files

    def begin_again(self, counts: Counts) -> None:
        """The job is open, and holds so much already."""
        self._progress.files = counts.files - counts.finished
        self._kept = counts.pages

    def part(self, part: Part) -> None:
        """Pages of a file are there."""
        for result in part.results:
            self._page(result)
        self.tally.files += not part.then
        self._progress.update(self.tally)

    def _page(self, result: PageResult) -> None:
        self.tally.add(result)
        if result.error and (self.tally.failed <= SHOWN_FAILURES or self._verbose):
            self.clear()
            _say(_failure(result))
        elif self._verbose and not self._quiet:
            self.clear()
            _say(f"{result.source}, page {result.page}: {len(result.words)} strings")

    def end_of_job(self, counts: Counts, *, skipped: int, repeated: int, output: Path) -> None:
        """The table is written; it is of all that the job holds, not only of what was read now."""
        self.tally.pages, self.tally.strings = counts.pages, counts.strings
        self.tally.review, self.tally.failed = counts.review, counts.failed
        self.end(skipped=skipped, repeated=repeated, output=output)

    def end(self, *, skipped: int, repeated: int, output: Path | None) -> None:
        """Failures that were not named, and the summary."""
        from .progress import summary

        if self.tally.failed > SHOWN_FAILURES and not self._verbose:
            _say(f"{self.tally.failed - SHOWN_FAILURES} more failed; their rows have the status error")
        if not self._quiet:
            seconds = self._clock() - self._start
            typer.echo(
                summary(
                    self.tally, seconds, kept=self._kept, skipped=skipped, repeated=repeated,
                    output="" if output is None else str(output),
                ),
                err=True,
            )  # fmt: skip


def _failure(result: PageResult) -> str:
    """The sentence of a failed page, naming the file once."""
    if result.error.startswith(result.source):
        return result.error
    return f"{result.source}{f', page {result.page}' if result.page else ''}: {result.error}"


@app.command()
def review(
    table: Annotated[Path, typer.Argument(metavar="NUMBERS", help="A table that `run` wrote.")],
    port: Annotated[
        int | None, typer.Option("--port", help="Port of the page; default: a free one.", show_default=False)
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only print the address; open no browser.")
    ] = False,
    audit: Annotated[
        float,
        typer.Option("--audit", help="Share of the `ok` strings to mix in, 0 to 1, to measure the table."),
    ] = 0.0,
    verbose: Annotated[int, typer.Option("-v", "--verbose", count=True, help="Twice: tracebacks.")] = 0,
) -> None:
    """Look through the doubtful strings in the browser: batchocr review numbers.csv

    The page is served to this machine only. Ctrl-C ends it and writes the table with what was said.
    """

    def work() -> int:
        if not 0 <= audit <= 1:
            raise UsageError(f"--audit is a share from 0 to 1, such as 0.01, not {audit:g}")
        import webbrowser

        from .review.server import serve

        def nothing(address: str) -> bool:
            return False

        show = nothing if no_browser else webbrowser.open
        serve(table, port=port, audit=audit, tell=lambda said: typer.echo(said, err=True), show=show)
        return 0

    raise typer.Exit(guarded(work, verbose=verbose))


@app.command()
def score(
    words: Annotated[Path, typer.Argument(metavar="NUMBERS", help="A table that `run` wrote.")],
    truth: Annotated[
        Path | None,
        typer.Argument(
            metavar="[TRUTH]", help="What is written; without it: what `review --audit` measured."
        ),
    ] = None,
) -> None:
    """Measure a table against a truth table, or by its audit: batchocr score numbers.csv truth.csv"""

    def work() -> int:
        import json

        from .score import audited, score_files

        scores = (score_files(words, truth) if truth else {}) | audited(words)
        if not scores:
            raise UsageError(f"{words}: has no audit yet; name a truth table, or run `review --audit 0.01`")
        for name, value in scores.items():
            print(f"{name:16s} {value:.4f}" if isinstance(value, float) else f"{name:16s} {value}")
        print(json.dumps(scores), flush=True)
        return 0

    raise typer.Exit(guarded(work))


@model_app.command("info")
def model_info(
    model: Annotated[
        Path | None, typer.Argument(metavar="[MODEL]", help="Model file; default: the one shipped.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole card as JSON, long lists too.")] = False,
) -> None:
    """Show a model's card: architecture, size, hashes, figures."""

    def work() -> int:
        import json

        from .network.card import model_card
        from .network.model import load_model

        card = model_card(model)
        load_model(model)  # a file that cannot be used has no business with a card
        if as_json:
            print(json.dumps(card, indent=2, ensure_ascii=False), flush=True)
        else:
            print("\n".join(_card_lines(card)), flush=True)
        return 0

    raise typer.Exit(guarded(work))


def _card_lines(card: dict[str, object], indent: str = "") -> list[str]:
    """A card as lines `name: value`, what belongs to a name indented below it; long lists only counted."""
    lines = []
    for name, value in card.items():
        label = f"{indent}{name.replace('_', ' ')}:"
        if isinstance(value, (dict, list)) and len(value) > LONGEST_LIST:
            lines.append(f"{label} {len(value)} entries, shown by --json")
        elif isinstance(value, dict):
            lines += [label, *_card_lines(value, indent + "  ")]
        elif isinstance(value, list) and all(isinstance(entry, dict) for entry in value):
            lines += [label, *(f"{indent}  {_entry(entry)}" for entry in value)]
        elif isinstance(value, list):
            lines.append(f"{label} {', '.join(map(str, value))}")
        else:
            lines.append(f"{label} {value:,}" if type(value) is int else f"{label} {value}")
    return lines


def _entry(entry: dict[str, object]) -> str:
    """An entry of a card's list, on one line."""
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in entry.items())


MnistFolder = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Folder of MNIST's four files; default: downloaded."),
]


@data_app.command("show")
def data_show(
    name: Annotated[str, typer.Argument(metavar="mnist", help="The data set; there is one.")],
    data: MnistFolder = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FIGURE", help="Also draw digits: .png, .svg or .pdf."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Which digits are drawn at random.")] = 0,
    verbose: Annotated[int, typer.Option("-v", "--verbose", count=True, help="Twice: tracebacks.")] = 0,
) -> None:
    """Show what a data set holds: batchocr data show mnist --data mnist -o figure.png"""

    def work() -> int:
        from .network.dataset import describe, find_mnist

        if name != "mnist":
            raise UsageError(f"no data set {name!r}; there is mnist")
        if output is not None:
            from .network.figures import check_figure_name

            check_figure_name(output)
        mnist = find_mnist(data)
        print("\n".join(describe(mnist)), flush=True)
        if output is not None:
            from .network.figures import mnist_figure

            mnist_figure(mnist, output, seed=seed)
            _say(f"figure: {output}")
        return 0

    raise typer.Exit(guarded(_until_interrupted(work, "nothing was written"), verbose=verbose))


def _until_interrupted(work: Callable[[], int], consequence: str) -> Callable[[], int]:
    """The same work, whose Ctrl-C says what became of it."""

    def interruptible() -> int:
        try:
            return work()
        except KeyboardInterrupt:
            _say(f"interrupted; {consequence}")
            return INTERRUPTED

    return interruptible


@app.command()
def train(
    architecture: Annotated[
        str | None,
        typer.Option(
            "--architecture",
            help="sequential-64, functional-128, deep, conv or shipped; default: functional-128.",
            show_default=False,
        ),
    ] = None,
    data: MnistFolder = None,
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", metavar="MODEL", help="Written as .keras, .tflite, card .json and history .png."
        ),
    ] = Path("model.tflite"),
    epochs: Annotated[
        int | None, typer.Option("--epochs", help="Default: the recipe's.", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same model.")] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the checkpoint that every epoch leaves.")
    ] = False,
    fonts: Annotated[
        Path, typer.Option("--fonts", metavar="DIR", help="For shipped: fonts in hand/ and print/.")
    ] = Path("fonts"),
    add: Annotated[
        list[Path] | None,
        typer.Option(
            "--add",
            metavar="NUMBERS",
            help="Learn what was reviewed in this table; may be given more than once.",
        ),
    ] = None,
    model: Annotated[
        Path | None, typer.Option("--model", help="With --add: begin from this; default: the one shipped.")
    ] = None,
    verbose: Annotated[int, typer.Option("-v", "--verbose", count=True, help="Twice: tracebacks.")] = 0,
) -> None:
    """Train a digit network: batchocr train --data mnist -o model.tflite

    Ctrl-C after an epoch ends the training and keeps the best network so far. With --add both shipped readers
    learn from reviewed tables instead, and are written if they came out no worse.
    """

    def work() -> int:
        from importlib.util import find_spec

        if epochs is not None and epochs < 1:
            raise UsageError(f"--epochs is a number from 1 up, not {epochs}")
        if not all(find_spec(name) for name in ("tensorflow", "keras", "matplotlib")):
            raise UsageError("training needs TensorFlow and Matplotlib: pip install 'batchocr[train]'")
        from .network.training import Order, train

        order = Order(architecture or "functional-128", output, data, epochs, seed, resume, fonts)
        if add:
            if architecture is not None or resume:
                raise UsageError(
                    "--add goes on with the shipped readers; leave --architecture and --resume out"
                )
            return _add_review(add, order, model)
        if model is not None:
            raise UsageError(
                "--model is where --add begins from; name a reviewed table with --add, or leave it out"
            )
        outcome = train(order)
        if not outcome.finished:
            _say(f"interrupted after epoch {outcome.epochs}; --resume goes on, and meanwhile:")
        kept = "" if outcome.kept == outcome.epochs else f" (of epoch {outcome.kept}, the best so far)"
        accuracy = outcome.card["figures"]["mnist_test_accuracy"]
        _say(f"test accuracy {accuracy:.2%}{kept}: {', '.join(map(str, outcome.files))}")
        return 0 if outcome.finished else INTERRUPTED

    nothing = "no model was written; --resume goes on after the last whole epoch"
    raise typer.Exit(guarded(_until_interrupted(work, nothing), verbose=verbose))


def _add_review(tables: Sequence[Path], order: Order, model: Path | None) -> int:
    """Learn from reviewed tables; the exit code."""
    from .network.adding import Addition, learn_from_review

    try:
        added = learn_from_review(Addition(tables, order, model))
    except KeyboardInterrupt:
        _say("interrupted; no model was written")
        return INTERRUPTED
    _say(f"learnt from review: {', '.join(map(str, added.files))}")
    if not added.strings:
        _say("the sliding reader came out worse, so it stays as it was")
    return 0


@app.command()
def calibrate(
    table: Annotated[Path, typer.Argument(metavar="NUMBERS", help="A table that `run` wrote, reviewed.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="For `run --calibration`.")
    ] = Path("calibration.json"),
    verbose: Annotated[int, typer.Option("-v", "--verbose", count=True, help="Twice: tracebacks.")] = 0,
) -> None:
    """Make confidence true of your pages, from what was reviewed: batchocr calibrate numbers.csv

    Written if confidence gets truer by it, by more than chance, on pages that it was not fitted on.
    """

    def work() -> int:
        from .recalibration import calibrate_into

        for line in calibrate_into(table, output):
            _say(line)
        return 0

    raise typer.Exit(guarded(work, verbose=verbose))


@app.command()
def evaluate(
    model: Annotated[
        Path | None, typer.Argument(metavar="[MODEL]", help=".tflite or .keras; default: the one shipped.")
    ] = None,
    data: MnistFolder = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="Also write a page with plots, and JSON."),
    ] = None,
    fonts: Annotated[
        Path | None,
        typer.Option("--fonts", metavar="DIR", help="Draw letters from these; default: bundled fonts."),
    ] = None,
    verbose: Annotated[int, typer.Option("-v", "--verbose", count=True, help="Twice: tracebacks.")] = 0,
) -> None:
    """Measure a network on MNIST's test digits: batchocr evaluate model.tflite --data mnist -o report"""

    def work() -> int:
        from .network.card import model_card
        from .network.dataset import find_mnist
        from .network.evaluation import evaluate, in_words
        from .network.files import make_folder
        from .network.model import load_model
        from .network.other_ink import draw_other_ink

        card = model_card(model)
        predict = load_model(model)
        if output is not None:
            make_folder(output)
        mnist = find_mnist(data)
        other = draw_other_ink(mnist.test_images, mnist.test_labels, fonts)
        figures = evaluate(predict, mnist.test_images, mnist.test_labels, other)
        print("\n".join([f"model             {card['file']}", *in_words(figures)]), flush=True)
        if output is not None:
            from .network.report import subject_of, write_report

            subject = subject_of(
                card, f"MNIST's {figures.digits:,} test digits", _command(model, data, fonts)
            )
            page, numbers = write_report(output, figures, subject, mnist.test_images, other)
            _say(f"page: {page}, figures: {numbers}")
        return 0

    raise typer.Exit(guarded(_until_interrupted(work, "nothing was written"), verbose=verbose))


def _command(model: Path | None, data: Path | None, fonts: Path | None) -> str:
    """The command that measures a model again, as a person would type it."""
    import shlex

    words = ["batchocr", "evaluate", *([] if model is None else [str(model)])]
    for option, value in (("--data", data), ("--fonts", fonts)):
        words += [] if value is None else [option, str(value)]
    return shlex.join(words)
