"""Rules that are code. Each is one function over one event."""

from daemoneye import Finding, rule

# Folders to which anybody may write.
OPEN_FOLDERS = ("/tmp/", "/var/tmp/", "/dev/shm/")


@rule("{{name}}", reads=["name", "executable_path"])
def {{snake}}(event):
    """A program that runs from a folder to which anybody may write."""
    path = event.executable_path
    if path is None:
        return None
    for folder in OPEN_FOLDERS:
        if path.startswith(folder):
            finding = Finding.because(f"runs from {folder}", "executable_path", path)
            return finding if event.name is None else finding.also("is called", "name", event.name)
    return None
