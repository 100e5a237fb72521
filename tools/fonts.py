"""Cut the two families down to Latin and write them as woff2 into app/static/built/fonts (not in git)."""

import importlib
import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

BUILT = Path(__file__).resolve().parents[1] / "app" / "static" / "built" / "fonts"
# English and Spanish, names of Western Europe, typographic signs, arrows, check marks.
LATIN = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),
    *(0x2C6, 0x2DA, 0x2DC, 0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2018, 0x2019, 0x201A, 0x201C, 0x201D),
    *(0x201E, 0x2020, 0x2022, 0x2026, 0x2030, 0x2032, 0x2033, 0x2039, 0x203A, 0x2044, 0x20AC, 0x2116, 0x2122),
    *(0x2190, 0x2191, 0x2192, 0x2193, 0x2212, 0x2248, 0x2260, 0x2264, 0x2265, 0x25CF, 0x2713, 0x2717),
]
FONTS = {
    "atkinson-regular": ("fontpkg_atkinson_hyperlegible", "AtkinsonHyperlegible-Regular.ttf"),
    "atkinson-bold": ("fontpkg_atkinson_hyperlegible", "AtkinsonHyperlegible-Bold.ttf"),
    "atkinson-italic": ("fontpkg_atkinson_hyperlegible", "AtkinsonHyperlegible-Italic.ttf"),
    "fraunces": ("fontpkg_fraunces", "Fraunces[SOFT,WONK,opsz,wght].ttf"),
}
# Only the large heading uses it: one optical size (a sturdy one, for phones), plain shapes, the weights 400 to 700.
FRAUNCES_AXES = {"SOFT": 0, "WONK": 0, "opsz": 30, "wght": (400, 700)}


def build(name: str, package: str, file: str) -> Path:
    """Write one subset and return its path."""
    source = Path(importlib.import_module(package).ROOT) / "files" / file
    font = TTFont(source)
    options = Options(flavor="woff2", layout_features=["kern", "liga", "mark", "mkmk", "locl", "tnum", "lnum"])
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=LATIN)
    subsetter.subset(font)
    if "fvar" in font:
        font = instantiateVariableFont(font, FRAUNCES_AXES)
    font.flavor = "woff2"
    target = BUILT / f"{name}.woff2"
    font.save(target)
    return target


def main() -> int:
    """Build them all; a family that is not installed is left out."""
    BUILT.mkdir(parents=True, exist_ok=True)
    for name, (package, file) in FONTS.items():
        try:
            build(name, package, file)
        except (ImportError, FileNotFoundError) as error:
            print(f"No {name}: {error}")
    (BUILT / ".complete").touch()
    return 0


if __name__ == "__main__":
    sys.exit(main())
