"""Pages that are read twice, the second time with fainter ink."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from batchocr import pipeline
from batchocr.elements import Grey, Predict
from batchocr.imaging.binarize import Faint
from batchocr.network.slider import Slide
from batchocr.pipeline import PageStrings
from batchocr.segmentation.fine import FinePrint


def seen_as(
    monkeypatch: pytest.MonkeyPatch, faint: Faint, *, first: Grey | None = None, again: Grey | None = None
) -> list[Faint | None]:
    """Has every page read twice, and these pages seen in its stead at first and then; which fainter ink each reading takes, as they
    come."""
    tried: list[Faint | None] = []
    read_in = pipeline._read_in

    def seen(
        images: Sequence[Grey],
        predict: Predict,
        slide: Slide,
        *,
        fine: FinePrint | None,
        faint: Faint | None = None,
    ) -> list[PageStrings]:
        tried.append(faint)
        other = again if faint else first
        return read_in(images if other is None else [other], predict, slide, faint=faint, fine=fine)

    monkeypatch.setattr(pipeline, "fainter_ink", lambda paper: (faint,))
    monkeypatch.setattr(pipeline, "_read_in", seen)
    return tried
