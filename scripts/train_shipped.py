"""Rebuild the shipped network from data and seed: digits.tflite and its card digits.json.

    python scripts/train_shipped.py --data ../shared/data/mnist --fonts fonts -o batchocr/network/weights

Trains (40 minutes on two cores with bfloat16; a killed run goes on where it was), calibrates on writers
and fonts held out, has Keras export for LiteRT, and measures the written file: MNIST's test set, fonts and
hands never trained on, other people's data sets where they lie beside MNIST's folder. Those measure only.
With --narrow a wide network's file is begun from, its layers seen through narrow ones; --epochs 0 leaves it at that, and
with --begin-from too the wide network only teaches.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from batchocr.elements import NOT_A_DIGIT, Predict
from batchocr.network import synthesis
from batchocr.network.adapting import digit_weights
from batchocr.network.architectures import SHIPPED_OUTPUTS, SHIPPED_WIDTHS, dense_network, folded, wide
from batchocr.network.card import model_card
from batchocr.network.dataset import Mnist, load_mnist
from batchocr.network.litert_weights import Weights
from batchocr.network.metrics import auroc, error_rate, expected_calibration_error, risk_at_coverage
from batchocr.network.model import load_model
from batchocr.network.training import (
    TEACHER,
    Material,
    Recipe,
    calibrate,
    earlier_log,
    export,
    first_shown,
    gather,
    gather_held,
    keras_predict,
    narrowed_digits,
    provenance,
    train_shipped,
    train_teacher,
    write_card,
)
from batchocr.normalize import normalize_glyphs
from batchocr.stamps import digest_of

DIGITS_A_FONT, OTHERS_A_FONT = 200, 120
AT_300_DPI = 84  # px that a scan at 300 dpi gives a digit's picture
LOOK_ALIKES = "OoIl|SsZzqgBb"
DAMAGE = {  # scanners for MNIST's test digits
    "thin pen": {"weight": 0.0, "low": 40, "high": 80, "damage": 0.0, "erode": 1},
    "thick pen": {"weight": 0.0, "low": 40, "high": 80, "damage": 0.0, "dilate": 1},
    "200 dpi": {"weight": 0.3, "low": 18, "high": 26, "damage": 0.0},
    "150 dpi": {"weight": 0.3, "low": 13, "high": 19, "damage": 0.0},
    "breaks, specks, rules": {"weight": 0.5, "low": 30, "high": 60, "damage": 1.0},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of MNIST's IDX files and writers")
    parser.add_argument("--fonts", type=Path, default=Path("fonts"))
    parser.add_argument("-o", "--output", type=Path, default=Path("batchocr/network/weights"))
    parser.add_argument("--work", type=Path, default=Path("train-data"), help="cache and checkpoints")
    parser.add_argument("--run", default="run", help="name of the checkpoint's folder in --work")
    parser.add_argument("--begin-from", help="an earlier run's folder in --work, or a .tflite file")
    parser.add_argument(
        "--narrow",
        type=Path,
        metavar="FILE",
        help="a wide network's .tflite file, to narrow and to learn from",
    )
    parser.add_argument("--policy", default=Recipe().policy, help="of the hidden layers while training")
    parser.add_argument("--rate", type=float, default=Recipe().rate, help="AdamW's highest rate")
    parser.add_argument("--epochs", type=int, default=Recipe().epochs)
    parser.add_argument(
        "--drawn", type=float, default=Recipe().drawn, help="share of the drawn glyphs that an epoch takes"
    )
    parser.add_argument("--teachers", type=int, default=1, help="convolutional networks to learn doubt from")
    parser.add_argument("--seed", type=int, default=Recipe().seed)
    parser.add_argument("--weights", choices=("float32", "float16", "int8"), default="int8")
    parser.add_argument(
        "--recalibrate", action="store_true", help="train nothing: calibrate the --begin-from file anew"
    )
    parser.add_argument(
        "--average",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="train nothing: the mean of these files' weights, calibrated anew; the first one's card is gone on with",
    )
    parser.add_argument("--note", default="", help="a sentence for the model card")
    arguments = parser.parse_args()

    recipe = Recipe(
        epochs=arguments.epochs,
        seed=arguments.seed,
        rate=arguments.rate,
        policy=arguments.policy,
        drawn=arguments.drawn,
    )
    mnist = load_mnist(arguments.data)
    if arguments.recalibrate or arguments.average:
        recalibrate(arguments, recipe, mnist, arguments.average or [Path(arguments.begin_from)])
        return
    material = gather(mnist, arguments.fonts, arguments.work, recipe, say)
    earlier: Path | Weights | None = Path(arguments.begin_from) if arguments.begin_from else None
    if isinstance(earlier, Path) and earlier.suffix != ".tflite":
        earlier = arguments.work / earlier
    if arguments.narrow:
        wider = uncalibrated(arguments.narrow)
        if earlier is None:
            earlier = narrowed_digits(wider, SHIPPED_WIDTHS, first_shown(material, recipe))
        teachers = [keras_predict(dense_network(wider))]
        log_of_teachers = model_card(arguments.narrow).get("log_of_teachers", [])
    else:
        teachers, log_of_teachers = teach(material, recipe, arguments.teachers, arguments.work)
    trained, log = train_shipped(
        material, recipe, arguments.work / arguments.run, say, begin_from=earlier, teachers=teachers
    )
    if arguments.narrow:
        log = [*([] if arguments.begin_from else earlier_log(arguments.narrow)), *log]
    whole = wide(SHIPPED_WIDTHS, SHIPPED_OUTPUTS)
    whole.set_weights(trained.get_weights())
    temperature, offset = calibrate(folded(whole), material)
    model = folded(whole, temperature, offset)
    model.save(arguments.work / arguments.run / "digits.keras")
    target = arguments.output / "digits.tflite"
    validation = {}
    for kind in ("float32", "float16", "int8"):
        path = (
            target if kind == arguments.weights else arguments.work / arguments.run / f"digits-{kind}.tflite"
        )
        export(model, path, weights=kind)
        validation[kind] = validation_figures(load_model(path), material)
        say(f"{kind} {path.stat().st_size} bytes {validation[kind]}")
    card: dict[str, Any] = {"name": "digits", "date": date.today().isoformat()}
    card |= provenance("shipped", model, mnist, recipe.seed)
    card |= {
        "command": "python scripts/train_shipped.py --data ../shared/data/mnist --fonts fonts"
        f" -o batchocr/network/weights --epochs {recipe.epochs} --seed {recipe.seed} --rate {recipe.rate}"
        f" --drawn {recipe.drawn} --teachers {arguments.teachers} --policy {recipe.policy}"
        + (f" --begin-from {arguments.begin_from}" if arguments.begin_from else "")
        + (f" --narrow {arguments.narrow}" if arguments.narrow else ""),
        "recipe": asdict(recipe),
        "recipe_of_teachers": asdict(TEACHER),
        "weights": arguments.weights,
        "calibration": {"temperature": round(temperature, 4), "not_a_digit_offset": round(offset, 4)},
        "trained_on": {
            "mnist_digits": len(material.images),
            "drawn_digits": int((material.drawn_labels != NOT_A_DIGIT).sum()),
            "not_a_digit": int((material.drawn_labels == NOT_A_DIGIT).sum()),
            "fonts_sha256": material.fonts,
        },
        "validation": validation,
        "figures": measure(load_model(target), mnist, arguments.fonts, arguments.data.parent),
        "note": arguments.note,
        "log_of_teachers": log_of_teachers,
        "log": log,
    }
    write_card(arguments.output / "digits.json", card)
    say(str(card["figures"]))


def recalibrate(arguments: argparse.Namespace, recipe: Recipe, mnist: Mnist, files: Sequence[Path]) -> None:
    """Fit temperature and offset of a written file, or of the mean of several, anew, measure it, and keep the rest of
    the first one's card."""
    begin = files[0]
    held = gather_held(mnist, arguments.fonts, arguments.work, recipe, say)
    kernels = [np.mean(same, axis=0) for same in zip(*map(digit_weights, files), strict=True)]
    temperature, offset = calibrate(dense_network(kernels), held)
    *inner, kernel, bias = kernels
    last = bias / temperature
    last[NOT_A_DIGIT] += offset
    target = arguments.output / "digits.tflite"
    card = json.loads(begin.with_suffix(".json").read_text("utf-8"))
    export(dense_network([*inner, kernel / temperature, last]), target, weights=arguments.weights)
    figures = validation_figures(load_model(target), held)
    say(str(figures))
    card |= {
        "calibration": {
            **card["calibration"],
            "then_temperature": round(temperature, 4),
            "then_not_a_digit_offset": round(offset, 4),
        },
        "validation": {arguments.weights: figures},
        "figures": measure(load_model(target), mnist, arguments.fonts, arguments.data.parent),
        "note": f"{card['note']} {arguments.note}".strip(),
    }
    if len(files) > 1:
        card["mean_of"] = {file.name: digest_of(file) for file in files}
    write_card(target.with_suffix(".json"), card)
    say(str(card["figures"]))


def uncalibrated(path: Path) -> Weights:
    """The weights of a written network, "not a digit" as likely as it was while it learnt."""
    weights = digit_weights(path)
    fitted = json.loads(path.with_suffix(".json").read_text("utf-8"))["calibration"]
    offset = fitted["not_a_digit_offset"] / fitted.get("then_temperature", 1.0)
    weights[-1][NOT_A_DIGIT] -= offset + fitted.get("then_not_a_digit_offset", 0.0)
    return weights


def teach(material: Material, recipe: Recipe, count: int, work: Path) -> tuple[list[Predict], list[str]]:
    """So many teachers, each of another seed, and their logs."""
    teachers, log = [], []
    for seed in range(recipe.seed, recipe.seed + count):
        learner, lines = train_teacher(material, replace(TEACHER, seed=seed), work / f"teacher-{seed}", say)
        teachers.append(learner)
        log += [f"teacher {seed}: {line}" for line in lines]
    return teachers, log


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def validation_figures(predict: Predict, material: Material) -> dict[str, float]:
    """Errors in percent on writers and fonts held out."""
    probs = predict(material.held_images)
    kinds, labels = material.held_kinds, material.held_labels
    figures = {}
    for kind in ("MNIST", "rescanned MNIST", "penned digits", "hand digits", "print digits"):
        at = kinds == kind
        figures[f"{kind} error %"] = percent(error_rate(probs[at], labels[at]))
    other = labels == NOT_A_DIGIT
    figures["other ink taken for a digit %"] = percent(error_rate(probs[other], labels[other]))
    return figures


def percent(share: float) -> float:
    return round(100 * share, 3)


def measure(predict: Predict, mnist: Mnist, fonts: Path, others: Path) -> dict[str, Any]:
    """All figures of the model card, through the written file."""
    probs = predict(mnist.test_images)
    labels = mnist.test_labels
    figures: dict[str, Any] = {
        "mnist_test_error_percent": percent(error_rate(probs, labels)),
        "mnist_test_error_percent_digits_only": percent(error_rate(probs, labels, digits_only=True)),
        "mnist_test_ece_percent": percent(expected_calibration_error(probs, labels)),
        "mnist_test_error_percent_at_98_percent_accepted": percent(risk_at_coverage(probs, labels, 0.98)),
    }
    figures |= font_figures(predict, fonts, probs)
    figures["mnist_test_damaged_error_percent"] = {
        name: damaged_error(predict, mnist, dict(how)) for name, how in DAMAGE.items()
    }
    figures["mnist_test_renormalised_error_percent"] = percent(
        error_rate(
            predict(normalize_glyphs([synthesis.enlarged(x, AT_300_DPI) > 127 for x in mnist.test_images])),
            labels,
        )
    )
    figures |= foreign_figures(predict, others)
    began = time.process_time()
    predict(mnist.test_images)
    figures["digits_per_second_of_one_core"] = round(len(labels) / (time.process_time() - began))
    return figures


def font_figures(predict: Predict, fonts: Path, mnist_probs: NDArray[np.float32]) -> dict[str, Any]:
    """Digits and letters of families never trained on, scanned-looking."""
    figures: dict[str, Any] = {}
    scores: dict[str, list[NDArray[np.float32]]] = {}
    kinds = {"letters": synthesis.LETTERS, "look_alikes": LOOK_ALIKES, "marks": synthesis.MARKS}
    for folder, how in (("print-test", synthesis.PRINTED), ("hand-test", synthesis.HANDWRITTEN)):
        probs, labels = [], []
        paths = sorted((fonts / folder).glob("*.ttf"))
        for number, path in enumerate(paths):
            images, truth = synthesis.font_digits(path, DIGITS_A_FONT, how, 1000 + number)
            probs.append(predict(images))
            labels.append(truth)
            for kind, characters in kinds.items():
                seed = 2000 + number
                drawn, _ = synthesis.font_characters(path, list(characters), OTHERS_A_FONT, how, seed)
                scores.setdefault(kind, []).append(predict(drawn)[:, NOT_A_DIGIT])
        whole, truth = np.concatenate(probs), np.concatenate(labels)
        name = folder.replace("-", "_")
        figures[f"{name}_families"] = len(paths)
        figures[f"{name}_digits_accuracy_percent"] = percent(1 - error_rate(whole, truth))
        figures[f"{name}_digits_only_accuracy_percent"] = percent(
            1 - error_rate(whole, truth, digits_only=True)
        )
        figures[f"{name}_ece_percent"] = percent(expected_calibration_error(whole, truth))
        scores.setdefault("digits", []).append(whole[:, NOT_A_DIGIT])
    digits = np.concatenate([*scores.pop("digits"), mnist_probs[:, NOT_A_DIGIT]])
    ink = {kind: np.concatenate(of) for kind, of in scores.items()}
    ink |= drawn_ink(predict, fonts)
    figures["not_a_digit_auroc"] = {kind: round(auroc(score, digits), 4) for kind, score in ink.items()}
    figures["not_a_digit_auroc"]["letters with look-alikes"] = round(
        auroc(np.concatenate([ink["letters"], ink["look_alikes"]]), digits), 4
    )
    return figures


def drawn_ink(predict: Predict, fonts: Path) -> dict[str, NDArray[np.float32]]:
    """Fragments, pairs and the like put together from fonts never trained on."""
    paths = sorted((fonts / "print-test").glob("*.ttf")) + sorted((fonts / "hand-test").glob("*.ttf"))
    made = synthesis.font_digits(paths[-1], 200, synthesis.HANDWRITTEN, 7)
    ink = {}
    for kind in ("fragments", "pairs", "stubs", "blobs", "crosses and ticks", "crossed out"):
        drawn, _ = synthesis.other_ink(kind, *made, paths, 600, 3000)
        ink[kind] = predict(drawn)[:, NOT_A_DIGIT]
    return ink


def damaged_error(predict: Predict, mnist: Mnist, how: dict[str, float]) -> float:
    """MNIST test error after a scanner's damage, in percent."""
    rng = np.random.default_rng(5)
    pen = (int(how.pop("dilate", 0)), int(how.pop("erode", 0)))
    scanner = synthesis.Scanner(rotation=0, slant=0, stretch=0, **how)
    masks = []
    for image in mnist.test_images:
        master = synthesis.mnist_master(image)
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
        if pen[0]:
            master = np.asarray(cv2.dilate(np.pad(master, 3), kernel), np.uint8)
        thin = np.asarray(cv2.erode(master, kernel), np.uint8) if pen[1] else master
        masks.append(synthesis.scan(thin if (thin > 127).sum() > 80 else master, scanner, rng))
    return percent(error_rate(predict(normalize_glyphs(masks)), mnist.test_labels))


def foreign_figures(predict: Predict, folder: Path) -> dict[str, float]:
    """Accuracy in percent on other people's digits, where they are at hand; never trained on."""
    figures = {}
    for name, read in (("semeion", read_semeion), ("nsysu_digits", read_nsysu), ("orand_car_a", read_orand)):
        if not (folder / name).is_dir():
            continue
        crops, labels = read(folder / name)
        probs = predict(normalize_glyphs(crops))
        figures[f"{name}_accuracy_percent"] = percent(1 - error_rate(probs, labels))
        figures[f"{name}_digits_only_accuracy_percent"] = percent(
            1 - error_rate(probs, labels, digits_only=True)
        )
    return figures


Crops = tuple[list[NDArray[np.bool_]], NDArray[np.uint8]]


def read_semeion(folder: Path) -> Crops:
    table = np.loadtxt(folder / "semeion.data")
    return list(table[:, :256].reshape(-1, 16, 16) > 0.5), table[:, 256:].argmax(1).astype(np.uint8)


def read_nsysu(folder: Path) -> Crops:
    rows = [
        row for row in csv.reader((folder / "nsysu-digits.csv").open()) if row and row[0].endswith(".png")
    ]
    crops = []
    with zipfile.ZipFile(folder / "images.zip") as archive:
        names = {Path(name).name: name for name in archive.namelist()}
        for row in rows:
            crops.append(otsu(np.asarray(Image.open(BytesIO(archive.read(names[row[0]]))).convert("L"))))
    return crops, np.array([int(float(row[1])) for row in rows], np.uint8)


def read_orand(folder: Path) -> Crops:
    crops, labels = [], []
    for row in csv.DictReader((folder / "digits.csv").open()):
        grey = np.asarray(Image.open(folder / "images" / row["source"]).convert("L"))
        left, top, right, bottom = (int(row[side]) for side in ("left", "top", "right", "bottom"))
        crops.append(otsu(np.ascontiguousarray(grey[top:bottom, left:right])))
        labels.append(int(row["text"]))
    return crops, np.array(labels, np.uint8)


def otsu(grey: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Dark ink on light paper, by Otsu's threshold of this picture alone."""
    _, mask = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    return np.asarray(mask > 0)


if __name__ == "__main__":
    main()
