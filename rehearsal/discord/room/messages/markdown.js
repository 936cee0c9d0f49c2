// Reads Discord's markdown into a tree of plain objects; prose.js turns the tree into elements.
// Pure: no document, no HTML. What is not understood stays the text it was.

const MARKS = [
  ["**", "bold"],
  ["__", "underline"],
  ["~~", "strike"],
  ["||", "spoiler"],
  ["*", "italic"],
  ["_", "italic"],
];

// Everything that is recognised by its own shape. Each is tried where the text stands (sticky).
const SHAPES = [
  [/<(https?:\/\/[^\s<>]+)>/y, ([, url]) => ({ kind: "link", url, children: [url] })],
  [/<@!?(\d+)>/y, ([, id]) => ({ kind: "user", id })],
  [/<@&(\d+)>/y, ([, id]) => ({ kind: "role", id })],
  [/<#(\d+)>/y, ([, id]) => ({ kind: "channel", id })],
  [/<\/([^:<>\n]{1,100}):(\d+)>/y, ([, name, id]) => ({ kind: "command", name, id })],
  [/<a?:(\w{2,32}):\d+>/y, ([, name]) => ({ kind: "emoji", name })],
  [
    /<t:(-?\d{1,13})(?::([tTdDfFsSR]))?>/y,
    ([, unix, style]) => ({ kind: "time", unix: Number(unix), style: style ?? "f" }),
  ],
  [/@(everyone|here)\b/y, ([text]) => ({ kind: "everyone", text })],
  [/https?:\/\/[^\s<>"*|]+[^\s<>"*|.,:;!?)\]'_]/y, ([url]) => ({ kind: "link", url, children: [url] })],
];

/** Blocks and inline marks of a message's content, an embed's description or a text display. */
export function parse(text) {
  const blocks = [];
  let from = 0;
  for (const found of text.matchAll(/```([\s\S]*?)```\n?/g)) {
    const [, language = "", code] = /^(?:([\w+#.-]+)\n)?\n*([\s\S]*?)\n*$/.exec(found[1]);
    if (!code.trim()) continue;
    blocks.push(...parseLines(text.slice(from, found.index).replace(/\n$/, "")));
    blocks.push({ kind: "fence", language, text: code });
    from = found.index + found[0].length;
  }
  blocks.push(...parseLines(text.slice(from)));
  return blocks;
}

/** Inline marks only: an embed's title, the name of a field. */
export function parseInline(text) {
  const nodes = [];
  let plain = "";
  const add = (node) => {
    if (plain) nodes.push(plain);
    plain = "";
    nodes.push(node);
  };
  for (let at = 0; at < text.length;) {
    const found =
      readEscape(text, at) ?? readCode(text, at) ?? readLink(text, at) ?? readShape(text, at) ?? readMark(text, at);
    if (!found) {
      plain += text[at];
      at += 1;
      continue;
    }
    if (typeof found.node === "string") plain += found.node;
    else add(found.node);
    at = found.end;
  }
  if (plain) nodes.push(plain);
  return nodes;
}

function readEscape(text, at) {
  if (text[at] !== "\\" || !/[^\w\s]/.test(text[at + 1] ?? "")) return null;
  return { node: text[at + 1], end: at + 2 };
}

function codeEnd(text, at) {
  const ticks = /^`+/.exec(text.slice(at, at + 3))?.[0];
  if (!ticks) return null;
  for (let end = text.indexOf(ticks, at + ticks.length); end > 0; end = text.indexOf(ticks, end + 1)) {
    if (text[end + ticks.length] !== "`" && text[end - 1] !== "`")
      return { from: at + ticks.length, to: end, end: end + ticks.length };
  }
  return null;
}

function readCode(text, at) {
  if (text[at] !== "`") return null;
  const code = codeEnd(text, at);
  return code && { node: { kind: "code", text: text.slice(code.from, code.to).trim() }, end: code.end };
}

function readLink(text, at) {
  if (text[at] !== "[") return null;
  const close = matching(text, at, "[", "]");
  if (close < 0 || text[close + 1] !== "(") return null;
  const end = matching(text, close + 1, "(", ")");
  if (end < 0) return null;
  const target = /^\s*<?(https?:\/\/[^\s<>]+)>?(?:\s+"[^"]*")?\s*$/.exec(text.slice(close + 2, end));
  const words = text.slice(at + 1, close);
  // A link whose words look like another address would lie about where it leads: Discord leaves those as text.
  if (!target || !words.trim() || /https?:\/\//.test(words)) return null;
  return { node: { kind: "link", url: target[1], children: parseInline(words) }, end: end + 1 };
}

function matching(text, at, open, close) {
  let depth = 0;
  for (let i = at; i < text.length && text[i] !== "\n"; i += 1) {
    if (text[i] === "\\") i += 1;
    else if (text[i] === open) depth += 1;
    else if (text[i] === close && (depth -= 1) === 0) return i;
  }
  return -1;
}

function readShape(text, at) {
  if (!"<@h".includes(text[at])) return null;
  for (const [shape, make] of SHAPES) {
    shape.lastIndex = at;
    const found = shape.exec(text);
    if (found) return { node: make(found), end: at + found[0].length };
  }
  return null;
}

function readMark(text, at) {
  for (const [mark, kind] of MARKS) {
    if (!text.startsWith(mark, at)) continue;
    const from = at + mark.length;
    if (mark.length === 1 && (/\s/.test(text[from] ?? " ") || text[from] === mark)) continue;
    if (mark === "_" && /\w/.test(text[at - 1] ?? "")) continue; // a word_with_underscores
    const to = markEnd(text, from, mark);
    if (to > 0) return { node: { kind, children: parseInline(text.slice(from, to)) }, end: to + mark.length };
  }
  return null;
}

function markEnd(text, from, mark) {
  for (let i = from; i < text.length; i += 1) {
    if (text[i] === "\\") i += 1;
    else if (text[i] === "`") i = (codeEnd(text, i)?.end ?? i + 1) - 1;
    else if (!text.startsWith(mark, i)) continue;
    else if (mark.length === 1) {
      if (text[i + 1] === mark)
        i += 1; // one of a pair: it belongs to bold or underline
      else if (i > from && !/\s/.test(text[i - 1]) && !(mark === "_" && /\w/.test(text[i + 1] ?? ""))) return i;
    } else if (i > from) {
      while (text[i + mark.length] === mark[0]) i += 1; // ***both***: the inner mark closes first
      return i;
    }
  }
  return -1;
}

function parseLines(text) {
  const blocks = [];
  const lines = text ? text.split("\n") : [];
  let plain = [];
  const flush = () => {
    if (plain.length) blocks.push({ kind: "text", children: parseInline(plain.join("\n")) });
    plain = [];
  };
  const block = (node) => {
    flush();
    blocks.push(node);
  };
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i];
    const heading = /^(#{1,3}) +(.*\S)/.exec(line);
    const small = /^-# +(.*\S)/.exec(line);
    if (line.startsWith(">>> ")) {
      block({ kind: "quote", children: parseLines([line.slice(4), ...lines.slice(i + 1)].join("\n")) });
      break;
    }
    if (/^> /.test(line) || line === ">") {
      const quoted = [];
      for (; i < lines.length && (/^> /.test(lines[i]) || lines[i] === ">"); i += 1) quoted.push(lines[i].slice(2));
      i -= 1;
      block({ kind: "quote", children: parseLines(quoted.join("\n")) });
    } else if (heading) block({ kind: "heading", level: heading[1].length, children: parseInline(heading[2]) });
    else if (small) block({ kind: "small", children: parseInline(small[1]) });
    else if (itemOf(line)) {
      const items = [];
      for (; i < lines.length && itemOf(lines[i]); i += 1) items.push(itemOf(lines[i]));
      i -= 1;
      flush();
      blocks.push(...listsOf(items));
    } else plain.push(line);
  }
  flush();
  return blocks;
}

function itemOf(line) {
  const found = /^( *)([-*]|\d{1,9}\.) +(\S.*)$/.exec(line);
  return (
    found && { depth: found[1].length, number: /\d/.test(found[2]) ? parseInt(found[2], 10) : null, text: found[3] }
  );
}

/** Items of one depth and kind make a list; deeper ones hang below the item before them. */
function listsOf(items) {
  const lists = [];
  for (let i = 0; i < items.length;) {
    const ordered = items[i].number !== null;
    if (lists.at(-1)?.ordered !== ordered)
      lists.push({ kind: "list", ordered, start: items[i].number ?? 1, items: [] });
    let next = i + 1;
    while (next < items.length && items[next].depth > items[0].depth) next += 1;
    lists.at(-1).items.push({ children: parseInline(items[i].text), lists: listsOf(items.slice(i + 1, next)) });
    i = next;
  }
  return lists;
}
