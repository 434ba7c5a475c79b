/** Rules that are code. Each is one function over one event; `plugin` at the end lists them. */
import { Finding, plugin, rule } from "./vendor/sdk/js/daemoneye.js";

/** Folders to which anybody may write. */
const OPEN_FOLDERS = ["/tmp/", "/var/tmp/", "/dev/shm/"];

/** A program that runs from a folder to which anybody may write. */
export const {{camel}} = rule("{{name}}", ["name", "executable_path"], (event) => {
  const path = event.executable_path;
  const folder = OPEN_FOLDERS.find((folder) => path?.startsWith(folder));
  if (!folder) return undefined;
  const finding = Finding.because(`runs from ${folder}`, "executable_path", path);
  return event.name === undefined ? finding : finding.and("is called", "name", event.name);
});

export const rules = plugin({{camel}});
