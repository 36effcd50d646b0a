"""Tesseract on rendered pages of text, one page a round: an ordinary program that knows nothing of us.

    pages.py ROUNDS

Four pages are rendered with Pillow from words drawn from a seed, and recognised in turn through the C interface of
libtesseract, all by one engine. Prints one line: a digest of all the text that was read, and how much of the first page
was read right.
"""

import ctypes
import difflib
import hashlib
import random
import sys

from PIL import Image, ImageDraw, ImageFont

from rounds import Rounds, run_streams

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
WORDS = """memory plan block page round thread arena stack offset height load size time free trace server image tensor
layer network request answer table figure machine process kernel window river winter garden letter number question""".split()
PAGES, LINES, WORDS_A_LINE = 4, 6, 6


def text_of(page: int) -> str:
    draw = random.Random(page)
    return "\n".join(" ".join(draw.choices(WORDS, k=WORDS_A_LINE)) for _ in range(LINES))


def render(text: str) -> Image.Image:
    image = Image.new("L", (800, 256), 255)
    ImageDraw.Draw(image).multiline_text((24, 24), text, fill=0, font=ImageFont.truetype(FONT, 22), spacing=8)
    return image


class Engine:
    """One recogniser. Not for two threads at once."""

    def __init__(self) -> None:
        self._library = library = ctypes.CDLL("libtesseract.so.5")
        library.TessBaseAPICreate.restype = ctypes.c_void_p
        library.TessBaseAPIGetUTF8Text.restype = ctypes.c_void_p
        self._engine = ctypes.c_void_p(library.TessBaseAPICreate())
        if library.TessBaseAPIInit3(self._engine, None, b"eng") != 0:
            sys.exit("pages.py: Tesseract finds no English data")

    def read(self, pixels: bytes, width: int, height: int) -> str:
        self._library.TessBaseAPISetImage(self._engine, pixels, width, height, 1, width)
        self._library.TessBaseAPISetSourceResolution(self._engine, 150)
        text = ctypes.c_void_p(self._library.TessBaseAPIGetUTF8Text(self._engine))
        answer = ctypes.string_at(text).decode()
        self._library.TessDeleteText(text)
        return answer

    def close(self) -> None:
        self._library.TessBaseAPIDelete(self._engine)


def main() -> None:
    count = int(sys.argv[1])
    texts = [text_of(page) for page in range(PAGES)]
    images = [render(text) for text in texts]
    pages = [(image.tobytes(), *image.size) for image in images]
    engine = Engine()
    digest = hashlib.sha256()
    first = ""

    def stream(_: int, rounds: Rounds) -> float:
        nonlocal first
        for i in range(count):
            with rounds:
                text = engine.read(*pages[i % PAGES])
            digest.update(text.encode())
            first = first or text
        return 0.0

    run_streams(1, stream)
    engine.close()
    right = difflib.SequenceMatcher(None, texts[0].split(), first.split()).ratio()
    print(f"output: {count} pages, text {digest.hexdigest()[:16]}, {100 * right:.1f} % of page 1 right")


main()
