"""Images as files: what is accepted as one, and what the files of an image series are called."""

from __future__ import annotations

import io
import re
import uuid
from pathlib import Path, PurePosixPath
from typing import Any, Final

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.base.optional import optional

LOGGED_IMAGES_TAG: Final = "mlflow.loggedImages"
FOLDER: Final = "images"
THUMBNAIL_PIXELS: Final = 256
"""The longer side of the small copy that is stored beside each image of a series."""

_KEY = re.compile(r"[a-zA-Z0-9_\-./ ]+")


class Image:
    """An image to log or to put into a table: a NumPy array, a PIL image, nested lists, or the path of a file."""

    def __init__(self, image: Any) -> None:
        if isinstance(image, str | Path):
            with _pillow("Image()").open(image) as opened:
                self.image = opened.copy()
        elif isinstance(image, list):
            self.image = to_pil(optional("numpy", "Image()").array(image))
        else:
            self.image = to_pil(image)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        width, height = self.image.size
        return int(width), int(height)

    def to_pil(self) -> Any:
        """The image as a PIL image."""
        return self.image

    def to_array(self) -> Any:
        """The image as a NumPy array."""
        return optional("numpy", "Image.to_array()").array(self.image)

    def to_list(self) -> list[Any]:
        """The pixels as nested lists."""
        pixels: list[Any] = self.to_array().tolist()
        return pixels

    def resize(self, size: tuple[int, int]) -> Image:
        """A copy of that width and height."""
        return Image(self.image.resize(size))

    def save(self, path: str | Path) -> None:
        """Writes the image in the format that the suffix names."""
        self.image.save(path)


class SeriesFiles(msgspec.Struct, frozen=True, kw_only=True):
    """The two files of one image of a series."""

    image: str
    thumbnail: str


def series_files(key: str, step: int, timestamp: int) -> SeriesFiles:
    """The names of one image of the series `key`, of the form that MLflow's UI and client read.

    Raises:
        InvalidParameter: The key has characters that file names must not have.
    """
    if _KEY.fullmatch(key) is None:
        raise InvalidParameter(
            "The `key` parameter may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), "
            f"and slashes (/). The provided key {key!r} contains others."
        )
    stem = f"{FOLDER}/{key.replace('/', '~')}+step+{step}+timestamp+{timestamp}+{uuid.uuid4()}"
    return SeriesFiles(image=f"{stem}.png", thumbnail=f"{stem}+compressed.webp")


def to_pil(image: Any) -> Any:
    """What was given as an image, as a PIL image.

    An array has the shape (height, width) or (height, width, channels) with 1, 3 or 4 channels. Booleans become black
    and white, integers are 0 to 255, floats 0.0 to 1.0; floats beyond are stretched so that the least is black and the
    greatest white.

    Raises:
        InvalidParameter: It is not an image.
        MissingDependency: Pillow is not installed.
    """
    if isinstance(image, Image):
        return image.image
    pillow = _pillow("log_image()")
    if isinstance(image, pillow.Image):
        return image
    if hasattr(image, "__array_interface__") and hasattr(image, "dtype"):
        return pillow.fromarray(_pixels(image))
    raise InvalidParameter(
        f"Unsupported image object type: {type(image).__name__}. `image` must be one of numpy.ndarray, "
        "PIL.Image.Image, and kiseki.Image."
    )


def encoded(image: Any, suffix: str) -> bytes:
    """A PIL image as the content of a file with that suffix.

    Raises:
        InvalidParameter: There is no image format of that suffix.
    """
    pillow = _pillow("log_image()")
    name = pillow.registered_extensions().get(suffix.lower())
    if name is None:
        raise InvalidParameter(f"No image format has the suffix {suffix!r}; expected one such as .png or .jpg.")
    written = io.BytesIO()
    # JPEG has no transparency.
    if name == "JPEG" and image.mode not in {"L", "RGB", "CMYK"}:
        image = image.convert("RGB")
    image.save(written, format=name)
    return written.getvalue()


def thumbnail(image: Any) -> bytes:
    """A small copy of a PIL image, as WebP."""
    small = image.copy()
    small.thumbnail((THUMBNAIL_PIXELS, THUMBNAIL_PIXELS))
    return encoded(small if small.mode in {"RGB", "RGBA"} else small.convert("RGBA"), ".webp")


def decoded(data: bytes, path: str) -> Any:
    """The content of an image file as a PIL image.

    Raises:
        InvalidParameter: It is not an image.
    """
    pillow = _pillow("load_image()")
    try:
        image = pillow.open(io.BytesIO(data))
        image.load()
    except (OSError, ValueError, SyntaxError) as error:
        raise InvalidParameter(f"The artifact {path!r} is not an image that Pillow reads: {error}.") from error
    return image


def check_arguments(artifact_file: str | None, key: str | None, step: int | None, timestamp: int | None) -> None:
    """Raises InvalidParameter unless an image is either a file of a path or one of a series."""
    if artifact_file is not None and (key is not None or step is not None or timestamp is not None):
        raise InvalidParameter(
            "The `artifact_file` parameter cannot be used in conjunction with `key`, `step`, or `timestamp`. Give "
            "`artifact_file` alone for a single image, or `key` for a series."
        )
    if artifact_file is None and key is None:
        raise InvalidParameter("Give `artifact_file` for a single image, or `key` for a series of images.")
    if artifact_file is not None and not PurePosixPath(artifact_file).suffix:
        raise InvalidParameter(f"The image file {artifact_file!r} has no suffix to tell its format, such as .png.")


def _pixels(array: Any) -> Any:
    import numpy as np

    array = np.asarray(array)
    if array.ndim not in {2, 3}:
        raise InvalidParameter(f"`image` must be a 2D or 3D array but got image shape: {array.shape}")
    if array.ndim == 3 and array.shape[2] not in {1, 3, 4}:
        raise InvalidParameter(f"Invalid channel length: {array.shape[2]}. Must be one of [1, 3, 4]")
    if array.size == 0:
        raise InvalidParameter(f"`image` has no pixels: its shape is {array.shape}.")
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.dtype == bool:
        return array.astype(np.uint8) * 255
    if np.issubdtype(array.dtype, np.integer):
        low, high = int(array.min()), int(array.max())
        if low < 0 or high > 255:
            raise InvalidParameter(
                "Integer pixel values out of acceptable range [0, 255]. "
                f"Found minimum value {low} and maximum value {high}."
            )
        return array.astype(np.uint8)
    if not np.issubdtype(array.dtype, np.floating):
        raise InvalidParameter(f"Pixels of type {array.dtype} are not numbers; expected bool, int or float.")
    array = np.nan_to_num(array.astype(np.float64), nan=0.0, posinf=1.0, neginf=0.0)
    least, greatest = float(array.min()), float(array.max())
    if least < 0.0 or greatest > 1.0:
        array = (array - least) / (greatest - least) if greatest > least else np.clip(array, 0.0, 1.0)
    return (array * 255).astype(np.uint8)


def _pillow(needed_for: str) -> Any:
    return optional("PIL.Image", needed_for, "pillow")
