"""Writes the common passwords of at least eight characters, sorted, from zxcvbn's source (see README.md)."""

import re
import sys

source = open(sys.argv[1], encoding="utf-8").read()
words = re.search(r'const PASSWORDS: &str = "([^"]*)"', source).group(1).split(",")
for word in sorted({word.lower().encode() for word in words if len(word) >= 8}):
    sys.stdout.buffer.write(word + b"\n")
