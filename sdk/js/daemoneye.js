/**
 * For authors of DaemonEye rules in JavaScript: a rule is one function over one event.
 *
 *     import { Finding, plugin, rule } from "./vendor/sdk/js/daemoneye.js";
 *
 *     export const daemonFromTmp = rule("daemon-from-tmp", ["name", "executable_path"], (event) => {
 *       const path = event.executable_path;
 *       if (path?.startsWith("/tmp/") && event.name?.endsWith("d")) {
 *         return Finding.because("a daemon runs from /tmp", "executable_path", path);
 *       }
 *     });
 *
 *     export const rules = plugin(daemonFromTmp);
 *
 * Each field is a property of the event: a string or a number, or undefined where the event does not
 * have it; absence is never an empty text. A field that no event has, or that the rule does not name,
 * is an error. Tests need no sandbox:
 *
 *     assert(judge(daemonFromTmp, { name: "sshd", executable_path: "/tmp/sshd" }));
 */
import { Columns, check, view } from "./event.js";
import { Finding } from "./finding.js";

export { Finding };

/**
 * A rule: its id, the fields that it reads, and a function that returns a finding or nothing.
 * The same event must always have the same answer: after a fault the agent asks again.
 */
export function rule(id, reads, find) {
  reads.forEach(check);
  return { id, reads: [...new Set(reads)], find };
}

/** What a rule finds in an event that has these values and no others: for tests. */
export function judge({ id, reads, find }, values) {
  Object.keys(values).forEach(check);
  return answer(id, find(view(reads, (name) => values[name])));
}

/** What the component exports: all rules of the plugin over the columns of a batch. */
export function plugin(...rules) {
  const columns = [...new Set(rules.flatMap((rule) => rule.reads))];
  // One event for each rule, which is at one row after the other: making one costs more than a row.
  const at = { columns: undefined, row: 0 };
  const events = rules.map(({ reads }) => view(reads, (name) => at.columns.read(name, at.row)));

  /** One open batch. */
  class Scan {
    constructor(batch) {
      this.rows = Array.from({ length: batch.rows }, (_, row) => row);
      this.columns = new Columns(batch, columns);
    }

    /** Every row, for every rule: an author who wants an index writes a prefilter. */
    candidates() {
      return rules.map((_, rule) => ({ rule, rows: this.rows }));
    }

    /** Judges the rows of one rule. */
    evaluate(candidate) {
      const { id, find } = rules[candidate.rule];
      const findings = [];
      at.columns = this.columns;
      for (const row of candidate.rows) {
        at.row = row;
        const found = answer(id, find(events[candidate.rule]));
        if (found) findings.push({ row, evidence: found.evidence });
      }
      return { findings, overBudget: [] };
    }
  }

  const number = (name) => columns.indexOf(name);
  const load = () => ({
    columns,
    rules: rules.map(({ id, reads }) => ({ id, columns: reads.map(number) })),
  });
  return { load, Scan };
}

function answer(id, found) {
  if (found === undefined || found === null) return undefined;
  if (found instanceof Finding) return found;
  throw new TypeError(`rule "${id}" returned ${found}, which is neither a Finding nor nothing`);
}
