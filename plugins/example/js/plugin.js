/** A word of the command line is base64 for a command that reaches out: src/lib.rs, in JavaScript. */
import { Finding, plugin, rule } from "./vendor/sdk/js/daemoneye.js";

/** What nobody hides without a reason. */
const MARKS = ["/dev/tcp/", "curl ", "wget ", "nc -e"];
/** Shorter words are too often base64 by chance. */
const WORDS = /[A-Za-z0-9+/=]{16,}/g;

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES = new Map(Array.from(LETTERS, (letter, value) => [letter, value]));

/** What the word stands for, if it is the base64 (RFC 4648) of a text. */
function decode(word) {
  let [bits, count, encoded] = [0, 0, ""];
  for (const letter of word.replace(/=+$/, "")) {
    const value = VALUES.get(letter);
    if (value === undefined) return undefined;
    bits = (bits << 6) | value;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    encoded += "%" + (bits >> count).toString(16).padStart(2, "0");
    bits &= (1 << count) - 1;
  }
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined; // no UTF-8
  }
}

export const hiddenCommand = rule(
  "example-hidden-command-js",
  ["command_line", "user_name"],
  (event) => {
    for (const [word] of (event.command_line ?? "").matchAll(WORDS)) {
      const text = decode(word);
      const mark = MARKS.find((mark) => text?.includes(mark));
      if (mark === undefined) continue;
      const trimmed = text.replace(/^[ \t\n\f\r]+|[ \t\n\f\r]+$/g, "");
      const finding = Finding.because(`base64 that hides "${mark}"`, "command_line", trimmed);
      const user = event.user_name;
      return user === undefined ? finding : finding.and("run by", "user_name", user);
    }
  },
);

export const rules = plugin(hiddenCommand);
