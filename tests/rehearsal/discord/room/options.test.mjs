// What a Discord client refuses before it sends a slash command. Run by test_room_page.py, or: node --test tests/rehearsal/discord/room/
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Kind,
  allowed,
  hint,
  ofLength,
  readLine,
  readValue,
  runnable,
  suited,
} from "../../../../rehearsal/discord/room/commands/options.js";

const tags = {
  type: Kind.STRING,
  name: "tags",
  description: "how it sounds",
  required: true,
  autocomplete: true,
  max_length: 20,
};
const duration = { type: Kind.INTEGER, name: "duration", description: "seconds", min_value: 5, max_value: 240 };
const vocals = {
  type: Kind.STRING,
  name: "vocals",
  description: "",
  choices: [{ name: "Write lyrics", value: "write" }],
};
const commands = [
  { type: 1, name: "queue", description: "who waits" },
  { type: 1, name: "compose", description: "make a track", options: [tags, duration, vocals] },
  {
    type: 1,
    name: "budget",
    options: [
      { type: 1, name: "show" },
      { type: 2, name: "limits", options: [{ type: 1, name: "set", options: [duration] }] },
    ],
  },
  { type: 3, name: "Remix seed" },
];

test("sub-commands are run by their whole path, message commands are not typed", () => {
  assert.deepEqual(
    runnable(commands).map(({ path }) => path),
    ["queue", "compose", "budget show", "budget limits set"],
  );
});

test("what is typed narrows the list, names first", () => {
  const found = (typed) => suited(runnable(commands), typed).map(({ path }) => path);
  assert.deepEqual(found("q"), ["queue"]);
  assert.deepEqual(found("budget s"), ["budget show"]);
  assert.deepEqual(found("track"), ["compose"]);
  assert.deepEqual(found("zzz"), []);
});

test("a whole line says command and values, commas and spaces included", () => {
  const { entry, values } = readLine("/compose tags:funk, slow brass duration:30", runnable(commands));
  assert.equal(entry.path, "compose");
  assert.deepEqual(values, { tags: "funk, slow brass", duration: "30" });
  assert.equal(readLine("/budget limits set", runnable(commands)).entry.path, "budget limits set");
  assert.equal(readLine("/composer", runnable(commands)), null);
});

test("an empty required option is a problem, an empty optional one is not sent", () => {
  assert.match(readValue(tags, "  ").problem, /required/);
  assert.deepEqual(readValue(duration, ""), {});
  assert.match(readValue({ type: Kind.ATTACHMENT, required: true }, null).problem, /required/);
});

test("numbers are whole and in range", () => {
  assert.deepEqual(readValue(duration, " 240 "), { value: 240 });
  assert.deepEqual(readValue({ ...duration, min_value: -9 }, "-5"), { value: -5 });
  for (const wrong of ["4", "241", "7.5", "1e2", "ten", "٣"]) assert.ok(readValue(duration, wrong).problem, wrong);
  assert.deepEqual(readValue({ type: Kind.NUMBER, min_value: 0 }, "1.25"), { value: 1.25 });
  assert.ok(readValue({ type: Kind.NUMBER, min_value: 0 }, "-1").problem);
});

test("text is measured in characters as people count them", () => {
  assert.deepEqual(readValue(tags, "🎷".repeat(20)), { value: "🎷".repeat(20) });
  assert.match(readValue(tags, "x".repeat(21)).problem, /at most 20 .* 21/);
  assert.match(ofLength({ min_length: 3 }, "ab").problem, /at least 3/);
});

test("choices send their value, an autocomplete pick too, free text itself", () => {
  assert.deepEqual(readValue(vocals, "write"), { value: "write" });
  assert.ok(readValue(vocals, "shout").problem);
  const track = { type: Kind.INTEGER, name: "track", autocomplete: true };
  assert.deepEqual(readValue(track, "Slow funk", { name: "Slow funk", value: 12 }), { value: 12 });
  assert.deepEqual(readValue(track, "12"), { value: 12 });
  assert.ok(readValue(track, "Slow funk").problem);
});

test("commands are offered to those who may use them, where they may be used", () => {
  const here = { guild: "1", nsfw: false };
  const purge = { name: "purge", default_member_permissions: "32" };
  assert.equal(allowed(purge, { permissions: "311388654657" }, here), false);
  assert.equal(allowed(purge, { permissions: String(32 + 2048) }, here), true);
  assert.equal(allowed({ ...purge, default_member_permissions: "0" }, { permissions: "32" }, here), false);
  assert.equal(allowed({ ...purge, default_member_permissions: "0" }, { permissions: "8" }, here), true);
  assert.equal(allowed({ name: "x", default_member_permissions: null, contexts: [0] }, {}, here), true);
  assert.equal(allowed({ name: "x", contexts: [0] }, {}, { guild: null }), false);
  assert.equal(allowed({ name: "x", contexts: [0, 1] }, {}, { guild: null }), true);
  assert.equal(allowed({ name: "x", nsfw: true }, {}, here), false);
  assert.equal(allowed({ name: "x", guild_id: "1" }, {}, { guild: "2" }), false);
});

test("the hint says what is taken, once", () => {
  assert.equal(hint(duration), "whole number, 5 to 240");
  assert.equal(hint({ ...duration, description: "5 to 240 seconds" }), "");
  assert.equal(hint(tags), "up to 20 characters");
});
