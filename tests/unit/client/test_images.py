import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kiseki.base.errors import InvalidParameter
from kiseki.client.images import Image, check_arguments, decoded, encoded, series_files, thumbnail, to_pil

PIL = pytest.importorskip("PIL.Image", reason="Pillow is not installed: images are not tested")


@pytest.mark.parametrize(
    ("array", "pixels"),
    [
        (np.array([[0.0, 0.5], [1.0, 0.25]]), [[0, 127], [255, 63]]),
        (np.array([[0.0, 0.5], [3.0, 0.25]]), [[0, 42], [255, 21]]),
        (np.array([[-1.0, 0.5], [0.7, 0.25]]), [[0, 225], [255, 187]]),
        (np.array([[True, False]]), [[255, 0]]),
        (np.array([[np.nan, 1.0]]), [[0, 255]]),
        (np.array([[0.0, 255.0]]), [[0, 255]]),
        (np.array([[7, 255]], dtype=np.int64), [[7, 255]]),
        (np.array([[[7], [9]]], dtype=np.uint8), [[7, 9]]),
    ],
)
def test_arrays_become_the_pixels_that_mlflow_makes(array: Any, pixels: list[list[int]]) -> None:
    assert np.array(to_pil(array)).tolist() == pixels


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (np.full((2, 2), 300), "maximum value 300"),
        (np.full((2, 2), -1), "minimum value -1"),
        (np.zeros((2, 2, 2), np.uint8), "channel length: 2"),
        (np.zeros((2, 2, 5), np.uint8), "channel length: 5"),
        (np.zeros(4, np.uint8), "2D or 3D"),
        (np.zeros((0, 4), np.uint8), "no pixels"),
        (np.array([["a"]]), "not numbers"),
        ("x.png", "type: str"),
        ([[1]], "type: list"),
    ],
)
def test_what_is_no_image(given: Any, words: str) -> None:
    with pytest.raises(InvalidParameter, match=words):
        to_pil(given)


def test_names_of_a_series() -> None:
    names = series_files("dogs/small", 3, 99)
    assert names.image.startswith("images/dogs~small+step+3+timestamp+99+")
    assert names.thumbnail == names.image.removesuffix(".png") + "+compressed.webp"
    for bad in ("a#b", "", "a+b", "日本"):
        with pytest.raises(InvalidParameter, match="alphanumerics"):
            series_files(bad, 0, 0)


@pytest.mark.parametrize(
    "given",
    [
        (None, None, None, None),
        ("a.png", "key", None, None),
        ("a.png", None, 1, None),
        ("a.png", None, None, 1),
        ("no suffix", None, None, None),
    ],
)
def test_a_file_or_a_series(given: tuple[Any, Any, Any, Any]) -> None:
    with pytest.raises(InvalidParameter):
        check_arguments(*given)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "CMYK"])
def test_thumbnails_of_every_mode(mode: str) -> None:
    found = decoded(thumbnail(PIL.new(mode, (1000, 10))), "t.webp")
    assert found.size == (256, 3)


def test_formats() -> None:
    image = PIL.new("RGBA", (3, 2))
    for suffix in (".png", ".jpg", ".JPEG", ".webp", ".bmp"):
        assert decoded(encoded(image, suffix), suffix).size == (3, 2)
    with pytest.raises(InvalidParameter, match="suffix"):
        encoded(image, ".xyz")
    with pytest.raises(InvalidParameter, match="not an image"):
        decoded(b"nothing", "x.png")


def test_the_image_class(tmp_path: Path) -> None:
    image = Image(np.zeros((2, 3, 3), np.uint8))
    assert image.size == (3, 2)
    assert image.resize((6, 4)).size == (6, 4)
    assert image.to_list() == np.zeros((2, 3, 3), np.uint8).tolist()
    assert image.to_pil() is to_pil(image)
    image.save(tmp_path / "i.png")
    assert Image(tmp_path / "i.png").size == (3, 2)
    assert Image([[0, 255]]).to_array().tolist() == [[0, 255]]
    assert Image(PIL.open(io.BytesIO(encoded(image.to_pil(), ".png")))).size == (3, 2)
