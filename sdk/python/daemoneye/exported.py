"""Rules as the agent asks them: all rules of a plugin over the columns of a batch."""

from wit_world.exports import rules as wit

from daemoneye import RULES
from daemoneye.event import Columns, Event

# Every column that any rule reads, each once.
COLUMNS = []


class Rules:
    """What the component exports, besides the scan."""

    def load(self, plans):
        """Tells which rules there are, and what they read."""
        for rule in RULES:
            COLUMNS.extend(name for name in rule.reads if name not in COLUMNS)
        number = COLUMNS.index
        rules = [wit.Rule(rule.id, [number(name) for name in rule.reads]) for rule in RULES]
        return wit.Declaration(COLUMNS, rules)


class Scan:
    """One open batch."""

    def __init__(self, batch):
        self.rows = batch.rows
        self.columns = Columns(batch, COLUMNS)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def candidates(self):
        """Every row, for every rule: an author who wants an index writes a prefilter."""
        rows = list(range(self.rows))
        return [wit.Candidate(number, rows) for number in range(len(RULES))]

    def evaluate(self, candidate, steps):
        """Judges the rows of one rule."""
        rule = RULES[candidate.rule]
        findings = []
        for row in candidate.rows:
            found = rule(Event(self.columns, row, rule.reads))
            if found is not None:
                evidence = [wit.Evidence(*reason) for reason in found.evidence]
                findings.append(wit.Finding(row, evidence))
        return wit.Verdict(findings, [])
