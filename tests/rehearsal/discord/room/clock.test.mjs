// Moments and sizes in words. Run by test_room_page.py, or: node --test tests/rehearsal/discord/room/
import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, moment, relative, stamp } from "../../../../rehearsal/discord/room/elements/clock.js";

test("relative time, both ways, in the largest whole unit", () => {
  assert.equal(relative(1000, 1000), "in 0 seconds");
  assert.equal(relative(1059, 1000), "in 59 seconds");
  assert.equal(relative(1125, 1000), "in 2 minutes");
  assert.equal(relative(1000 - 7300, 1000), "2 hours ago");
  assert.equal(relative(1000 + 86_400 * 400, 1000), "in 1 year");
});

test("a Discord in German says it in German", () => {
  assert.equal(moment(1125, "R", "de", 1000), "in 2 Minuten");
  assert.equal(moment(1125, "R", "en-US", 1000), "in 2 minutes");
  assert.match(moment(0, "D", "de"), /^(1\. Januar|31\. Dezember) /);
});

test("a time that no calendar has is said to be invalid", () => {
  assert.equal(moment(9e15, "F"), "Invalid date");
  assert.match(moment(0, "D"), /19(69|70)/);
});

test("today needs no date", () => {
  const now = new Date(2026, 10, 24, 14, 5);
  assert.equal(stamp(now, now), "14:05");
  assert.match(stamp(new Date(2026, 10, 23, 9, 0), now), /23\/11\/2026/);
});

test("sizes", () => {
  assert.deepEqual([0, 999, 1000, 1_440_000, 25_000_000].map(bytes), [
    "0 bytes",
    "999 bytes",
    "1.0 kB",
    "1.4 MB",
    "25 MB",
  ]);
});
