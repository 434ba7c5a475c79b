"""One event, as a rule sees it: from a batch of the agent, or given by a test."""

from daemoneye.fields import FIELDS


class UnknownField(Exception):
    """A field that no event has, or that the rule does not name."""


def check(name):
    """Refuses a name that no field has."""
    if name not in FIELDS:
        raise UnknownField(f"no event has a field {name!r}: docs/events.md lists all")


class Columns:
    """The columns of one batch, in Arrow's layout: wit/rules.wit says where what is."""

    def __init__(self, batch, names):
        self.batch = batch
        self.width = (batch.rows + 7) // 8
        self.places = {name: (number, place) for number, (name, place) in
                       enumerate(zip(names, batch.columns))}

    def read(self, name, row):
        """The value of a row; None if it has none."""
        batch = self.batch
        number, place = self.places[name]
        if not batch.validity[number * self.width + row // 8] >> (row % 8) & 1:
            return None
        kind = type(place).__name__
        if kind == "Place_Text":
            at = place.value * (batch.rows + 1) + row
            return str(batch.bytes[batch.offsets[at]:batch.offsets[at + 1]], "utf-8")
        values = batch.integers if kind == "Place_Integers" else batch.floats
        return values[place.value * batch.rows + row]


class Event:
    """A row of a batch. What the rule does not ask for is never read."""

    def __init__(self, columns, row, reads):
        self._columns = columns
        self._row = row
        self._reads = reads

    def __getattr__(self, name):
        if name not in self._reads:
            raise unread(name, self._reads)
        return self._columns.read(name, self._row)


class Given:
    """An event with these values and no others."""

    def __init__(self, reads, values):
        for name in values:
            check(name)
        self._reads = reads
        self._values = values

    def __getattr__(self, name):
        if name not in self._reads:
            raise unread(name, self._reads)
        return self._values.get(name)


def unread(name, reads):
    """Why there is no such attribute."""
    check(name)
    return UnknownField(f"the rule reads {name!r}, and names only {', '.join(reads)}")
