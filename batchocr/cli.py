"""The command line: verbs only, arguments in, exit code out.

Nothing heavy is imported until a verb needs it, so that `--help` answers at once. Results go to standard
output or the named file; progress, warnings and the summary to standard error. One handler turns errors into
a sentence and an exit code; a traceback takes `-vv`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import BatchocrError, OutputError, UsageError

if TYPE_CHECKING:
    from .batch import Settings
    from .elements import PageResult
    from .pages import Source

INTERRUPTED = 130  # as a shell reports a program ended by Ctrl-C
SOME_FAILED = 3
SHOWN_FAILURES = 5  # failed pages named on standard error without -v; all are in the table
TRACEBACK_VERBOSITY = 2  # -vv
LONGEST_LIST = 16  # entries of a card's list that `model info` still shows
STANDARD_ERROR = 2  # its file descriptor

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
    command = typer.main.get_command(app)
    try:
        code = command.main(arguments, prog_name="batchocr", standalone_mode=False)
    except Exception as error:  # the parser's own errors, of typer's or of click's classes
        if not hasattr(error, "format_message"):
            raise
        return _refuse_arguments(error)
    return code if isinstance(code, int) else 0


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
    except KeyboardInterrupt:
        _say("interrupted; an unfinished table is not kept, run the same command again")
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
    overlay: Annotated[
        Path | None,
        typer.Option("--overlay", metavar="DIR", help="Write each page with boxes and readings drawn."),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", help="Processes; default: the cores.", show_default=False)
    ] = None,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="No progress and no summary; errors still show.")
    ] = False,
    verbose: Annotated[
        int, typer.Option("-v", "--verbose", count=True, help="Say more; twice: show tracebacks.")
    ] = 0,
) -> None:
    """Read the numbers on pages into a table: batchocr run scans -o numbers.csv"""

    def work() -> int:
        from .batch import Settings

        settings = Settings(
            model=None if model is None else str(model),
            review_below=review_below,
            overlay=overlay,
            keep_readings=glyphs is not None,
        )
        with _without_chatter(verbose):
            return read_into_tables(
                inputs, settings, output=output, glyphs=glyphs, jobs=jobs, quiet=quiet, verbose=verbose
            )

    raise typer.Exit(guarded(work, verbose=verbose))


def read_into_tables(
    inputs: Sequence[str],
    settings: Settings,
    *,
    output: Path | None = None,
    glyphs: Path | None = None,
    jobs: int | None = None,
    quiet: bool = False,
    verbose: int = 0,
) -> int:
    """Read pages into the tables; the exit code: 0, or 3 if some pages failed. Raises BatchocrError."""
    from contextlib import ExitStack, closing

    from .batch import read_sources, use_one_thread
    from .pages import expand_stdin, find_sources
    from .tables import GLYPH_COLUMNS, WORD_COLUMNS, glyph_rows, open_table, word_rows

    paths = expand_stdin(inputs, sys.stdin.buffer)
    sources, skipped = find_sources(paths)
    output = None if output is None or str(output) == "-" else output
    _refuse_to_overwrite(output, glyphs, sources)
    use_one_thread()
    report = _Report(len(sources), quiet=quiet, verbose=verbose, shares_screen=output is None)
    with ExitStack() as stack:
        results = stack.enter_context(closing(read_sources(sources, settings, jobs=jobs)))
        words = stack.enter_context(open_table(output, WORD_COLUMNS))
        digits = stack.enter_context(open_table(glyphs, GLYPH_COLUMNS)) if glyphs else None
        stack.callback(report.clear)
        for result in results:
            words.write(word_rows(result))
            if digits is not None:
                digits.write(glyph_rows(result))
            report.page(result)
    report.end(
        skipped=skipped, repeated=len(paths) - len({os.path.realpath(path) for path in paths}), output=output
    )
    return SOME_FAILED if report.tally.failed else 0


def _refuse_to_overwrite(output: Path | None, glyphs: Path | None, sources: Sequence[Source]) -> None:
    """Raise UsageError where a table would be written over a page or over the other table."""
    if output is not None and glyphs is not None and output.resolve() == glyphs.resolve():
        raise UsageError(f"{output}: is named for both tables; give --glyphs another name")
    scans = {os.path.realpath(source.path) for source in sources}
    for table in (output, glyphs):
        if table is not None and os.path.realpath(table) in scans:
            raise UsageError(f"{table}: is one of the pages to read; name another file for the table")


class _Report:
    """What a run says on standard error."""

    def __init__(self, files: int, *, quiet: bool, verbose: int, shares_screen: bool) -> None:
        import time

        from .progress import Progress, Tally

        self.tally = Tally()
        self._quiet, self._verbose = quiet, verbose
        self._clock = time.monotonic
        self._start = self._clock()
        rows_on_screen = shares_screen and sys.stdout.isatty()
        self._progress = Progress(files, sys.stderr, wanted=not quiet and not rows_on_screen)
        self.clear = self._progress.clear

    def page(self, result: PageResult) -> None:
        self.tally.add(result)
        if result.error and (self.tally.failed <= SHOWN_FAILURES or self._verbose):
            self.clear()
            _say(_failure(result))
        elif self._verbose and not self._quiet:
            self.clear()
            _say(f"{result.source}, page {result.page}: {len(result.words)} strings")
        self._progress.update(self.tally)

    def end(self, *, skipped: int, repeated: int, output: Path | None) -> None:
        from .progress import summary

        if self.tally.failed > SHOWN_FAILURES and not self._verbose:
            _say(f"{self.tally.failed - SHOWN_FAILURES} more failed; their rows have the status error")
        if not self._quiet:
            seconds = self._clock() - self._start
            table = "" if output is None else str(output)
            typer.echo(
                summary(self.tally, seconds, skipped=skipped, repeated=repeated, output=table), err=True
            )


def _failure(result: PageResult) -> str:
    """The sentence of a failed page, naming the file once."""
    if result.error.startswith(result.source):
        return result.error
    return f"{result.source}{f', page {result.page}' if result.page else ''}: {result.error}"


@app.command()
def score(
    words: Annotated[Path, typer.Argument(metavar="NUMBERS", help="A table that `run` wrote.")],
    truth: Annotated[Path, typer.Argument(metavar="TRUTH", help="What is written: see the documentation.")],
) -> None:
    """Measure a table against a truth table: batchocr score numbers.csv truth.csv"""

    def work() -> int:
        import json

        from .score import score_files

        scores = score_files(words, truth)
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

        from .network.model import load_model, model_card

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


@data_app.command("show")
def data_show(
    name: Annotated[str, typer.Argument(metavar="mnist", help="The data set; there is one.")],
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="Folder of MNIST's four files; default: downloaded."),
    ] = None,
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
        str,
        typer.Option("--architecture", help="sequential-64, functional-128, deep, conv or shipped."),
    ] = "functional-128",
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="Folder of MNIST's four files; default: downloaded."),
    ] = None,
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
    verbose: Annotated[int, typer.Option("-v", "--verbose", count=True, help="Twice: tracebacks.")] = 0,
) -> None:
    """Train a digit network: batchocr train --data mnist -o model.tflite

    Ctrl-C after an epoch ends the training and keeps the best network so far.
    """

    def work() -> int:
        from importlib.util import find_spec

        if epochs is not None and epochs < 1:
            raise UsageError(f"--epochs is a number from 1 up, not {epochs}")
        if not all(find_spec(name) for name in ("tensorflow", "keras", "matplotlib")):
            raise UsageError("training needs TensorFlow and Matplotlib: pip install 'batchocr[train]'")
        from .network.training import Order, train

        outcome = train(Order(architecture, output, data, epochs, seed, resume, fonts))
        if not outcome.finished:
            _say(f"interrupted after epoch {outcome.epochs}; --resume goes on, and meanwhile:")
        kept = "" if outcome.kept == outcome.epochs else f" (of epoch {outcome.kept}, the best so far)"
        accuracy = outcome.card["figures"]["mnist_test_accuracy"]
        _say(f"test accuracy {accuracy:.2%}{kept}: {', '.join(map(str, outcome.files))}")
        return 0 if outcome.finished else INTERRUPTED

    nothing = "no model was written; --resume goes on after the last whole epoch"
    raise typer.Exit(guarded(_until_interrupted(work, nothing), verbose=verbose))


@app.command()
def evaluate(
    model: Annotated[
        Path | None, typer.Argument(metavar="[MODEL]", help=".tflite or .keras; default: the one shipped.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="Folder of MNIST's four files; default: downloaded."),
    ] = None,
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
        from .network.dataset import find_mnist
        from .network.evaluation import evaluate, in_words
        from .network.files import make_folder
        from .network.model import load_model, model_card
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
