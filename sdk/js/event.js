/** One event, as a rule sees it: from a batch of the agent, or given by a test. */
import { FIELDS } from "./fields.js";
import { decode } from "./utf8.js";

/** Refuses a name that no field has. */
export function check(name) {
  if (!Object.hasOwn(FIELDS, name)) {
    throw new RangeError(`no event has a field "${name}": docs/events.md lists all`);
  }
}

/** An event whose properties are read when they are asked for, and not before. */
export function view(reads, read) {
  const event = {};
  for (const name of Object.keys(FIELDS)) {
    const get = reads.includes(name) ? () => read(name) : () => unread(name, reads);
    Object.defineProperty(event, name, { get });
  }
  return new Proxy(event, {
    get(target, name) {
      check(String(name));
      return target[name];
    },
  });
}

function unread(name, reads) {
  throw new RangeError(`the rule reads "${name}", and names only ${reads.join(", ")}`);
}

/** The columns of one batch, in Arrow's layout: wit/rules.wit says where what is. */
export class Columns {
  constructor(batch, names) {
    this.batch = batch;
    this.width = (batch.rows + 7) >> 3;
    this.numbers = new Map(names.map((name, number) => [name, number]));
  }

  /** The value of a row; undefined if it has none. */
  read(name, row) {
    const { batch, width, numbers } = this;
    const number = numbers.get(name);
    if (!((batch.validity[number * width + (row >> 3)] >> (row & 7)) & 1)) return undefined;
    const { tag, val } = batch.columns[number];
    if (tag === "text") {
      const at = val * (batch.rows + 1) + row;
      return decode(batch.bytes, batch.offsets[at], batch.offsets[at + 1]);
    }
    return (tag === "integers" ? batch.integers : batch.floats)[val * batch.rows + row];
  }
}
