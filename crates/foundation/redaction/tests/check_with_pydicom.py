"""Compares originals with what `redact_folder` made of them, with pydicom alone: nothing here is shared with the crate.

    cargo run -p redaction --example redact_folder -- ORIGINALS CLEANED cleaned-pixels
    python check_with_pydicom.py ORIGINALS CLEANED

For the basic profile without options that retain anything. At every depth, of every file that was cleaned:
what the table (../tables/basic-profile-2026c.csv) removes is absent, what it empties is empty, what it replaces has no
value that the original had there, no private attribute, curve or overlay is left, no unique identifier of the original
is left anywhere and each has one new one in all files, names and numbers of patients stand nowhere in the bytes outside
the pixels, the meta information and preamble are new, the methods are named, and the pixels are the same.
Prints what it counted, and each thing that survived; exits with 1 if anything did.
"""
import csv
import pathlib
import re
import sys
import warnings
import zlib

import pydicom

warnings.simplefilter("ignore")
TABLE = pathlib.Path(__file__).parent.parent / "tables" / "basic-profile-2026c.csv"
STANDARD = "1.2.840.10008."
# Values that say nothing: the same ones mean the same for everybody.
DUMMIES = {"REMOVED", "99REMOVED", "19000101", "19000101000000", "000000", "0", "000Y", "", "TEXT", "CONTAINS"}
# Identifiers of kinds of things (classes, syntaxes, schemes): they say nothing about an instance.
KINDS = re.compile("SOPClass|TransferSyntax|CodingSchemeUID|ContextUID|MappingResourceUID|SOPClasses")
CODES = {}
with open(TABLE, newline="") as file:
    for row in csv.DictReader(file):
        if re.fullmatch(r"\([0-9A-F]{4},[0-9A-F]{4}\)", row["tag"]):
            CODES[int(row["tag"][1:5] + row["tag"][6:10], 16)] = row["basic"]


def elements(dataset, path=()):
    """Every element at every depth, with the way to it."""
    for element in dataset:
        yield path + (element.tag,), element
        if element.VR == "SQ":
            for number, item in enumerate(element.value):
                yield from elements(item, path + (element.tag, number))


def values(element):
    """The values of an element as text."""
    if element.value is None or element.VR == "SQ":
        return []
    value = element.value
    many = value if isinstance(value, (list, pydicom.multival.MultiValue)) else [value]
    return [one.hex() if isinstance(one, bytes) else str(one).strip(" \0") for one in many]


def before_pixels(path, cleaned):
    """The bytes of a file, unpacked, without its pixels."""
    raw = pathlib.Path(path).read_bytes()
    if cleaned.file_meta.TransferSyntaxUID.is_deflated:
        start = 132 + 12 + cleaned.file_meta.FileMetaInformationGroupLength
        raw = zlib.decompress(raw[start:], -zlib.MAX_WBITS)
    pixels = cleaned.get("PixelData")
    return raw.replace(bytes(pixels), b"") if pixels else raw


class Check:
    def __init__(self):
        self.files = self.elements = self.deepest = self.uids = 0
        self.new_uids, self.survivors, self.unreadable = {}, [], 0

    def fail(self, path, what):
        self.survivors.append(f"{path}: {what}")

    def file(self, original_path, cleaned_path):
        try:
            original = pydicom.dcmread(original_path, force=True)
            before = list(elements(original))
        except Exception:
            self.unreadable += 1
            return
        cleaned = pydicom.dcmread(cleaned_path)
        after = list(elements(cleaned))
        self.files += 1
        old = {}
        for _, element in before:
            old.setdefault(element.tag, set()).update(values(element))
        for path, element in after:
            self.elements += 1
            self.deepest = max(self.deepest, len(path) // 2)
            self.one(cleaned_path, path, element, old)
        self.identifiers(cleaned_path, before, after)
        self.names(cleaned_path, before, cleaned)
        self.head(original, cleaned, cleaned_path)

    def one(self, file, path, element, old):
        tag, code = element.tag, CODES.get(int(element.tag))
        left = [one for one in values(element) if one not in DUMMIES and one in old.get(tag, ())]
        where = " > ".join(str(step) for step in path)
        if tag.is_private:
            self.fail(file, f"private {where}")
        elif 0x5000 <= tag.group <= 0x50FF or 0x6000 <= tag.group <= 0x60FF:
            self.fail(file, f"curve or overlay {where}")
        elif code == "X":
            self.fail(file, f"not removed: {where}")
        elif code == "Z" and values(element) not in ([], [""]):
            self.fail(file, f"not emptied: {where}")
        elif code in ("Z", "X/Z") and element.VR == "SQ" and len(element.value):
            self.fail(file, f"not emptied: {where}")
        elif code is not None and any(not one.startswith(STANDARD) for one in left):
            self.fail(file, f"original value left: {where}")
        elif element.VR in ("DA", "DT", "TM", "PN") and left:
            self.fail(file, f"original date, time or name left: {where}")

    def identifiers(self, file, before, after):
        was = {path: values(element) for path, element in before if element.VR == "UI" and not KINDS.search(element.keyword)}
        old = {uid for uids in was.values() for uid in uids if uid and not uid.startswith(STANDARD)}
        self.uids += len(old)
        for path, element in after:
            if element.VR != "UI":
                continue
            for uid in values(element):
                if uid in old and not KINDS.search(element.keyword):
                    self.fail(file, f"original unique identifier left: {path}")
            for one, new in zip(was.get(path, []), values(element)):
                if self.new_uids.setdefault(one, new) != new:
                    self.fail(file, f"two new identifiers for one: {path}")
                if (one == new) != (one.startswith(STANDARD) or not one):
                    self.fail(file, f"wrong identifier: {path}")

    def names(self, file, before, cleaned):
        raw = before_pixels(file, cleaned).lower()
        # A patient called "Perfusion" does not make the type of an image a name.
        terms = {one for _, element in before if element.keyword in ("ImageType", "FrameType", "ValueType") for one in values(element)}
        terms = {one.lower() for one in terms}
        for _, element in before:
            if element.VR == "PN":
                words = {word for one in values(element) for word in re.split(r"[\^=]", one) if len(word) > 5}
            elif element.tag in (0x00100020, 0x00080050, 0x00101000):
                words = {one for one in values(element) if len(one) > 5 and re.search(r"\d", one)}
            else:
                continue
            for word in words - DUMMIES - {word for word in words if word.lower() in terms}:
                if word.lower().encode("utf-8", "replace") in raw and word.lower() not in ("anonymous", "anonymized"):
                    self.fail(file, f"a value of {element.keyword} stands in the bytes")

    def head(self, original, cleaned, file):
        if cleaned.preamble != bytes(128):
            self.fail(file, "the preamble is not empty")
        if {element.tag.element for element in cleaned.file_meta} - {0, 1, 2, 3, 0x10, 0x12, 0x13}:
            self.fail(file, "more meta information than is needed")
        if cleaned.file_meta.MediaStorageSOPClassUID == "1.2.840.10008.1.3.10":
            return
        instance = cleaned.file_meta.get("MediaStorageSOPInstanceUID", "")
        if instance != cleaned.get("SOPInstanceUID", instance):
            self.fail(file, "the meta information names another instance")
        codes = [item.CodeValue for item in cleaned.get("DeidentificationMethodCodeSequence", [])]
        if cleaned.get("PatientIdentityRemoved") != "YES" or "113100" not in codes:
            self.fail(file, "the method is not named")
        for keyword in ("PixelData", "FloatPixelData", "DoubleFloatPixelData"):
            if original.get(keyword) != cleaned.get(keyword):
                self.fail(file, "the pixels differ")


def main(originals, cleaned):
    check = Check()
    for path in sorted(pathlib.Path(cleaned).rglob("*")):
        if path.is_file():
            check.file(pathlib.Path(originals) / path.relative_to(cleaned), path)
    print(f"{check.files} files, {check.elements} elements down to depth {check.deepest}, {check.uids} identifiers of instances")
    print(f"{check.unreadable} originals that pydicom does not read")
    print(f"{len(check.survivors)} survivors")
    for survivor in check.survivors:
        print("  ", survivor)
    return 1 if check.survivors else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
