"""A word of the command line is base64 for a command that reaches out: src/lib.rs, in Python."""

import base64
import re

from daemoneye import Finding, rule

# What nobody hides without a reason.
MARKS = ("/dev/tcp/", "curl ", "wget ", "nc -e")
# Shorter words are too often base64 by chance.
WORDS = re.compile(r"[A-Za-z0-9+/=]{16,}")


def decode(word):
    """What the word stands for, if it is the base64 (RFC 4648) of a text."""
    digits = word.rstrip("=")
    if "=" in digits:
        return None
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    try:
        return base64.b64decode(digits + "=" * (-len(digits) % 4)).decode()
    except UnicodeDecodeError:
        return None


@rule("example-hidden-command-python", reads=["command_line", "user_name"])
def hidden_command(event):
    for word in WORDS.findall(event.command_line or ""):
        text = decode(word)
        mark = next((mark for mark in MARKS if text is not None and mark in text), None)
        if mark is None:
            continue
        trimmed = text.strip(" \t\n\f\r")
        finding = Finding.because(f'base64 that hides "{mark}"', "command_line", trimmed)
        user = event.user_name
        return finding if user is None else finding.also("run by", "user_name", user)
    return None
