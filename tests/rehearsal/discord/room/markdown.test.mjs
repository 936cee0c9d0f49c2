// What a Discord client makes of a message's text. Run by test_room_page.py, or: node --test tests/rehearsal/discord/room/
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse, parseInline } from "../../../../rehearsal/discord/room/messages/markdown.js";

const bold = (...children) => ({ kind: "bold", children });
const italic = (...children) => ({ kind: "italic", children });
const text = (...children) => [{ kind: "text", children }];

test("marks, alone, nested and across lines", () => {
  assert.deepEqual(parseInline("a **b** c"), ["a ", bold("b"), " c"]);
  assert.deepEqual(parseInline("***both***"), [bold(italic("both"))]);
  assert.deepEqual(parseInline("**a *b***"), [bold("a ", italic("b"))]);
  assert.deepEqual(parse("**one\ntwo**"), text(bold("one\ntwo")));
  assert.deepEqual(
    parseInline("__u__ ~~s~~ ||x||")
      .filter((node) => node.kind)
      .map(({ kind }) => kind),
    ["underline", "strike", "spoiler"],
  );
});

test("what only looks like a mark stays text", () => {
  for (const words of [
    "2 * 3 * 4",
    "snake_case_name",
    "**open",
    "a_b_c_d",
    "****",
    "`open",
    "[x](javascript:alert(1))",
    "[x](data:text/html,y)",
  ]) {
    assert.deepEqual(parseInline(words), [words]);
  }
  assert.deepEqual(parseInline("\\*not\\*"), ["*not*"]);
});

test("code keeps what is in it", () => {
  assert.deepEqual(parseInline("`**a** <@1>`"), [{ kind: "code", text: "**a** <@1>" }]);
  assert.deepEqual(parseInline("``a ` b``"), [{ kind: "code", text: "a ` b" }]);
  assert.deepEqual(parseInline("**a `**` b**"), [bold("a ", { kind: "code", text: "**" }, " b")]);
  assert.deepEqual(parse("x\n```py\n# <b>\n\n- y\n```\nz"), [
    { kind: "text", children: ["x"] },
    { kind: "fence", language: "py", text: "# <b>\n\n- y" },
    { kind: "text", children: ["z"] },
  ]);
});

test("HTML is text", () => {
  assert.deepEqual(parse("<img src=x onerror=alert(1)>"), text("<img src=x onerror=alert(1)>"));
});

test("mentions, timestamps, emoji", () => {
  assert.deepEqual(parseInline("<@1><@!2><@&3><#4></budget set:5><:wave:6><t:7:R><t:8>@everyone"), [
    { kind: "user", id: "1" },
    { kind: "user", id: "2" },
    { kind: "role", id: "3" },
    { kind: "channel", id: "4" },
    { kind: "command", name: "budget set", id: "5" },
    { kind: "emoji", name: "wave" },
    { kind: "time", unix: 7, style: "R" },
    { kind: "time", unix: 8, style: "f" },
    { kind: "everyone", text: "@everyone" },
  ]);
});

test("links: bare, in angle brackets, with words; never with words that are another address", () => {
  const link = (url, ...children) => ({ kind: "link", url, children });
  assert.deepEqual(parseInline("see https://a.example/x_y."), [
    "see ",
    link("https://a.example/x_y", "https://a.example/x_y"),
    ".",
  ]);
  assert.deepEqual(parseInline("<https://a.example>"), [link("https://a.example", "https://a.example")]);
  assert.deepEqual(parseInline("[**b**](https://a.example/p_(q))"), [link("https://a.example/p_(q)", bold("b"))]);
  assert.ok(
    !parseInline("[https://good.example](https://evil.example)").some((node) => node.url === "https://evil.example"),
  );
});

test("headings, small print, quotes and lists", () => {
  assert.deepEqual(parse("# One\n### Three\n-# small"), [
    { kind: "heading", level: 1, children: ["One"] },
    { kind: "heading", level: 3, children: ["Three"] },
    { kind: "small", children: ["small"] },
  ]);
  assert.deepEqual(parse("> a\n> **b**\nc"), [{ kind: "quote", children: text("a\n", bold("b")) }, ...text("c")]);
  assert.deepEqual(parse(">>> a\nb"), [{ kind: "quote", children: text("a\nb") }]);
  const [bullets, numbers] = parse("- a\n  - b\n- c\n3. d");
  assert.deepEqual(
    bullets.items.map(({ children }) => children[0]),
    ["a", "c"],
  );
  assert.equal(bullets.items[0].lists[0].items[0].children[0], "b");
  assert.deepEqual([numbers.ordered, numbers.start], [true, 3]);
  assert.deepEqual(parse("#nospace"), text("#nospace"));
});

test("a message of 4000 characters made to be slow is read in a moment", () => {
  for (const piece of ["**", "*a", "[", "[a](", "||_", "`", "``a`", "> ", "```", "<t:", "\\"]) {
    const before = process.cpuUsage(); // the processor's time, which a busy machine does not lengthen
    parse(piece.repeat(4000 / piece.length));
    assert.ok(process.cpuUsage(before).user < 1_000_000, piece);
  }
});
