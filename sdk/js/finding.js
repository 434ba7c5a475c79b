/** What a rule finds, and why. */
import { encodedLength } from "./utf8.js";

/** The longest value in evidence, bytes: what wit/rules.wit allows. */
const MAX_VALUE_BYTES = 1024;
/** Ends a value that was cut. */
const CUT = "\u2026";

/** That an event matches a rule. */
export class Finding {
  evidence = [];

  /** A finding: what is wrong in the author's words, the field that shows it, and its value. */
  static because(clause, field, value) {
    return new Finding().and(clause, field, value);
  }

  /** The same finding with one more reason. */
  and(clause, field, value) {
    this.evidence.push({ clause, field, value: cut(String(value)) });
    return this;
  }
}

/** At most as many bytes as evidence may have, cut at a character. */
function cut(value) {
  if (value.length * 3 <= MAX_VALUE_BYTES) return value;
  const room = MAX_VALUE_BYTES - encodedLength(CUT);
  let [bytes, kept] = [0, 0];
  let fits = true;
  for (const character of value) {
    bytes += encodedLength(character);
    fits &&= bytes <= room;
    if (fits) kept += character.length;
    if (bytes > MAX_VALUE_BYTES) return value.slice(0, kept) + CUT;
  }
  return value;
}
