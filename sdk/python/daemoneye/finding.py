"""What a rule finds, and why."""

# The longest value in evidence, bytes: what wit/rules.wit allows.
MAX_VALUE_BYTES = 1024
# Ends a value that was cut.
CUT = "…"


class Finding:
    """That an event matches a rule."""

    def __init__(self):
        self.evidence = []

    @classmethod
    def because(cls, clause, field, value):
        """A finding: what is wrong in the author's words, the field that shows it, and its value."""
        return cls().also(clause, field, value)

    def also(self, clause, field, value):
        """The same finding with one more reason."""
        self.evidence.append((clause, field, cut(str(value))))
        return self


def cut(value):
    """At most as many bytes as evidence may have, cut at a character."""
    encoded = value.encode()
    if len(encoded) <= MAX_VALUE_BYTES:
        return value
    room = MAX_VALUE_BYTES - len(CUT.encode())
    return encoded[:room].decode(errors="ignore") + CUT
