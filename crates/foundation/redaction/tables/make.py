"""Makes `src/dicom/profile/table.rs` from `basic-profile-2026c.csv`. Run it in this folder; a test holds the two together."""
import csv
import re

OPTIONS = {
    "retain_uids": "UIDS", "retain_device_id": "DEVICE", "retain_institution_id": "INSTITUTION",
    "retain_patient_chars": "PATIENT", "retain_long_full_dates": "FULL_DATES",
    "retain_long_modified_dates": "MODIFIED_DATES", "clean_descriptors": "DESCRIPTORS",
    "clean_structured_content": "STRUCTURED", "clean_graphics": "GRAPHICS",
}
CODES = {"X": "X", "Z": "Z", "D": "D", "U": "U", "Z/D": "ZD", "X/Z": "XZ", "X/D": "XD", "X/Z/D": "XZD", "X/Z/U*": "XZU"}


def flags(row, code):
    return " | ".join(name for column, name in OPTIONS.items() if row[column] == code) or "0"


def line(row):
    group, element = re.fullmatch(r"\(([0-9A-F]{4}),([0-9A-F]{4})\)", row["tag"]).groups()
    return f'    row(0x{group}_{element}, {CODES[row["basic"]]}, {flags(row, "K")}, {flags(row, "C")}),\n'


with open("basic-profile-2026c.csv", newline="") as file:
    rows = [row for row in csv.DictReader(file) if re.fullmatch(r"\([0-9A-F,]{9}\)", row["tag"])]
rows.sort(key=lambda row: row["tag"])
with open("../src/dicom/profile/table.rs", "w") as out:
    out.write(
        "//! The attributes of the basic profile and of its options: PS3.15, table E.1-1, edition 2026c (options: 2025b).\n"
        "//!\n"
        "//! Promises: one row for each single tag of the table, in order. Made by `tables/make.py` from\n"
        "//! `tables/basic-profile-2026c.csv`; a test compares them. Leaves out: private attributes and repeating groups,\n"
        "//! which `decide.rs` knows by their numbers.\n\n"
        "use super::row::{Code::*, Row, row};\n"
        "use super::row::{DESCRIPTORS, DEVICE, FULL_DATES, GRAPHICS, INSTITUTION, MODIFIED_DATES, PATIENT, STRUCTURED, UIDS};\n\n"
        "/// Tag, code, options that keep it, options that clean it; in the order of tags.\n"
        "#[rustfmt::skip]\n"
        "pub(super) const TABLE: &[Row] = &[\n"
    )
    out.writelines(line(row) for row in rows)
    out.write("];\n")
