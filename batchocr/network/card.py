"""What is known of a model without running it: which file, its size and hash, and the card beside it."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from batchocr.errors import ModelError

SHIPPED = Path(__file__).parent / "weights" / "digits.tflite"
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
    data = model.read_bytes()
    return card | {"file": model.name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def existing_model(path: str | os.PathLike[str] | None) -> Path:
    """The path, or the shipped model's. Raises ModelError if there is no such file."""
    model = SHIPPED if path is None else Path(path)
    if not model.is_file():
        raise ModelError(f"{model}: no such model file; {REMEDY}")
    return model
