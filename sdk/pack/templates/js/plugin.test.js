/** `npm test` needs no sandbox. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { {{camel}} } from "./plugin.js";
import { judge } from "./vendor/sdk/js/daemoneye.js";

test("a program in /tmp is found and one in /usr/bin is not", () => {
  const finds = (executable_path) => judge({{camel}}, { executable_path }) !== undefined;
  assert.ok(finds("/tmp/x"));
  assert.ok(!finds("/usr/bin/tmp"));
});
