"""Where the component begins: the author's rules, and what the agent calls."""

import plugin  # noqa: F401  its rules are registered by this

from daemoneye.exported import Rules  # noqa: F401
