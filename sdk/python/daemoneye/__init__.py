"""For authors of DaemonEye rules in Python: a rule is one function over one event.

    from daemoneye import Finding, rule

    @rule("daemon-from-tmp", reads=["name", "executable_path"])
    def daemon_from_tmp(event):
        path = event.executable_path
        if path and path.startswith("/tmp/") and (event.name or "").endswith("d"):
            return Finding.because("a daemon runs from /tmp", "executable_path", path)

Each field is an attribute of the event: a str, int or float, or None where the event does not have
it; absence is never an empty text. A field that no event has, or that the rule does not name, is an
error. Tests need no sandbox:

    assert judge(daemon_from_tmp, name="sshd", executable_path="/tmp/sshd")
"""

from daemoneye.event import Given, UnknownField, check
from daemoneye.finding import Finding

__all__ = ["Finding", "RULES", "Rule", "UnknownField", "judge", "rule"]


class Rule:
    """A function, the rule's id, and the fields that it reads."""

    def __init__(self, rule_id, reads, function):
        self.id = rule_id
        self.reads = reads
        self.function = function

    def __call__(self, event):
        """What the function finds; anything but a finding or nothing is an error."""
        found = self.function(event)
        if found is not None and not isinstance(found, Finding):
            raise TypeError(f"rule {self.id!r} returned {found!r}, which is neither a Finding nor None")
        return found


"""The rules of this plugin, in the order in which they are written."""
RULES = []


def rule(rule_id, *, reads):
    """Makes a rule of the function below it.

    The same event must always have the same answer: after a fault the agent asks again.
    """
    for name in reads:
        check(name)

    def register(function):
        made = Rule(rule_id, list(dict.fromkeys(reads)), function)
        RULES.append(made)
        return made

    return register


def judge(asked, **values):
    """What a rule finds in an event that has these values and no others: for tests."""
    return asked(Given(asked.reads, values))
