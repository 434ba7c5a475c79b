"""The interface `rules` as the bindings look for it: its resource."""

from daemoneye.exported import Scan  # noqa: F401
