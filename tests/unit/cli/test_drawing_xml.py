#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The drawings that test_drawing makes, read by a real parser of XML. The program is the argument. Prints TAP."""

import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {SVG + tag for tag in ("svg", "title", "defs", "marker", "path", "rect", "text", "line")}
DRAWINGS = {"secure", "insecure", "bogus", "path", "denied", "hostile", "roll"}


def faults(path):
    """What is wrong with one drawing."""
    root = xml.etree.ElementTree.parse(path).getroot()
    width, height = int(root.get("width")), int(root.get("height"))
    for element in root.iter():
        if element.tag not in SHAPES:
            yield "there is a %s" % element.tag
        for name in element.keys():
            if name.startswith("on") or "href" in name:
                yield "%s has a %s" % (element.tag, name)
        if element.tag in (SVG + "rect", SVG + "text"):
            x, y = int(element.get("x", 0)), int(element.get("y", 0))
            right = x + int(element.get("width", 0))
            if not (0 <= x <= right <= width and 0 <= y + int(element.get("height", 0)) <= height):
                yield "%s at %d, %d stands outside" % (element.tag, x, y)
    if not any("</text><script>" in (text.text or "") for text in root.iter(SVG + "text")) and path.stem == "hostile":
        yield "the hostile name is not there as text"


def main():
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([sys.argv[1], directory], check=True, capture_output=True)
        results = {path.stem: list(faults(path)) for path in pathlib.Path(directory).glob("*.svg")}
    results.update({name: ["it was not drawn"] for name in DRAWINGS - results.keys()})
    for number, (name, wrong) in enumerate(sorted(results.items()), 1):
        print("%s %d - %s" % ("not ok" if wrong else "ok", number, name))
        for line in wrong:
            print("# " + line)
    print("1..%d" % len(results))
    return any(results.values())


if __name__ == "__main__":
    sys.exit(main())
