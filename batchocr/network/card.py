"""What is known of a model without running it: which file, its size and hash, and the card beside it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from batchocr.errors import ModelError
from batchocr.stamps import digest_of

SHIPPED = Path(__file__).parent / "weights" / "digits.tflite"
SHIPPED_STRINGS = SHIPPED.with_name("strings.tflite")
SHIPPED_LETTERS = SHIPPED.with_name("letters.tflite")
REMEDY = "train one with `batchocr train`, or leave --model out to use the one shipped"


def model_card(path: str | os.PathLike[str] | None = None) -> dict[str, Any]:
    """What is known of a model: the card beside it (same name, `.json`), and the file's size and hash."""
    model = existing_model(path)
    card_path = model.with_suffix(".json")
    card: dict[str, Any] = {}
    if card_path.is_file():
        try:
            card = json.loads(card_path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ModelError(f"{card_path}: not a model card ({error}); delete it or train again") from None
        if not isinstance(card, dict):
            raise ModelError(f"{card_path}: not a model card; delete it or train again")
    return card | {"file": model.name, "bytes": model.stat().st_size, "sha256": digest_of(model)}


def existing_model(path: str | os.PathLike[str] | None) -> Path:
    """The path, or the shipped model's. Raises ModelError if there is no such file."""
    model = SHIPPED if path is None else Path(path)
    if not model.is_file():
        raise ModelError(f"{model}: no such model file; {REMEDY}")
    return model


def sliding_beside(model: Path | None) -> Path:
    """The sliding network that belongs to a digit network: MODEL-strings.tflite beside it, else the shipped one."""
    if model is not None:
        beside = model.with_name(f"{model.stem}-strings.tflite")
        if beside.is_file():
            return beside
    return SHIPPED_STRINGS


def hashes_of(model: str | os.PathLike[str] | None) -> str:
    """SHA-256 of a digit network, and of the sliding network beside it where one lies there, in hexadecimal."""
    path = existing_model(model)
    files = [path, *(beside for beside in [sliding_beside(path)] if beside != SHIPPED_STRINGS)]
    return " ".join(digest_of(file) for file in files)
