/** UTF-8, which the engine of rules has no library for. */

/** Bytes of a text. */
export function encodedLength(text) {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0);
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** How many arguments one call is given: far below what the engine's stack holds. */
const PART = 1024;

/** The text that valid UTF-8 stands for; the agent has checked it. */
export function decode(bytes, from, to) {
  let text = "";
  for (let at = from; at < to; ) {
    const codes = [];
    while (at < to && codes.length < PART) {
      const first = bytes[at++];
      if (first < 0x80) {
        codes.push(first);
        continue;
      }
      const more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
      let code = first & (0x3f >> more);
      for (let i = 0; i < more; i++) code = (code << 6) | (bytes[at++] & 0x3f);
      codes.push(code);
    }
    text += String.fromCodePoint(...codes);
  }
  return text;
}
