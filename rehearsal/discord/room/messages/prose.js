// Markdown trees as elements. `room` answers for names: room.userName(id), room.channelName(id), room.openCommand(name).

import { moment } from "../elements/clock.js";
import { el, link } from "../elements/dom.js";
import { parse, parseInline } from "./markdown.js";

const TAGS = { bold: "strong", italic: "em", underline: "u", strike: "s" };

/** A whole text with its headings, lists, quotes and code. */
export const prose = (text, room) =>
  el(
    "div",
    { class: "prose" },
    parse(text ?? "").map((node) => block(node, room)),
  );

/** One line: marks and mentions, no blocks. */
export const line = (text, room) => parseInline(text ?? "").map((node) => inline(node, room));

function block(node, room) {
  const inside = () => node.children.map((child) => (node.kind === "quote" ? block(child, room) : inline(child, room)));
  switch (node.kind) {
    case "heading":
      return el(
        "div",
        { class: `heading heading-${node.level}`, role: "heading", "data-level": node.level },
        inside(),
      );
    case "small":
      return el("small", {}, inside());
    case "quote":
      return el("blockquote", {}, inside());
    case "fence":
      return el(
        "pre",
        { tabindex: 0, "aria-label": node.language ? `code, ${node.language}` : "code" },
        el("code", {}, node.text),
      );
    case "list":
      return list(node, room);
    default:
      return el("p", {}, inside());
  }
}

function list(node, room) {
  const items = node.items.map((item) =>
    el(
      "li",
      {},
      item.children.map((child) => inline(child, room)),
      item.lists.map((below) => list(below, room)),
    ),
  );
  return node.ordered ? el("ol", { start: node.start }, items) : el("ul", {}, items);
}

function inline(node, room) {
  if (typeof node === "string") return node;
  const inside = () => node.children.map((child) => inline(child, room));
  switch (node.kind) {
    case "code":
      return el("code", {}, node.text);
    case "link":
      return jump(node, room) ?? link(node.url, inside());
    case "user":
      return el("span", { class: "mention" }, `@${room.userName(node.id) ?? "unknown-user"}`);
    case "role":
      return el("span", { class: "mention" }, `@${room.guild?.roles?.find(({ id }) => id === node.id)?.name ?? "role"}`);
    case "channel":
      return el("span", { class: "mention" }, `#${room.channelName(node.id) ?? "unknown"}`);
    case "command":
      return el(
        "button",
        { type: "button", class: "mention", onclick: () => room.openCommand(node.name) },
        `/${node.name}`,
      );
    case "emoji":
      return `:${node.name}:`;
    case "everyone":
      return el("span", { class: "mention" }, node.text);
    case "time":
      return time(node, room.member?.locale);
    case "spoiler":
      return spoiler(inside());
    default:
      return el(TAGS[node.kind], {}, inside());
  }
}

/** Discord's own address of a message leads there without leaving the room. */
function jump({ url, children }, room) {
  const [, channel, message] =
    /^https:\/\/(?:\w+\.)?discord\.com\/channels\/(?:\d+|@me)\/(\d+)(?:\/(\d+))?$/.exec(url) ?? [];
  if (!channel) return null;
  const name = room.channelName(channel);
  const words =
    children[0] === url
      ? `#${name ?? "unknown"}${message ? " › message" : ""}`
      : children.map((child) => inline(child, room));
  return el(
    "button",
    { type: "button", class: "mention", disabled: !name, onclick: () => room.jump(channel, message) },
    words,
  );
}

function time({ unix, style }, locale) {
  const date = new Date(unix * 1000);
  const valid = !Number.isNaN(date.getTime());
  const relative = style === "R" && { "data-unix": String(unix) };
  const shown = { title: moment(unix, "F", locale), datetime: valid && date.toISOString() };
  return el("time", { class: "moment", ...shown, ...relative }, moment(unix, style, locale));
}

function spoiler(children) {
  const inside = el("span", {}, children);
  inside.inert = true;
  const reveal = () => {
    node.classList.add("revealed");
    node.removeAttribute("role");
    node.removeAttribute("aria-label");
    inside.inert = false;
  };
  const key = (event) => (event.key === "Enter" || event.key === " ") && (event.preventDefault(), reveal());
  const node = el(
    "span",
    { class: "spoiler", role: "button", tabindex: 0, "aria-label": "spoiler: show", onclick: reveal, onkeydown: key },
    inside,
  );
  return node;
}

/** Gives the headings within `root` the levels of an outline below `above`: none jumps, whatever its writer counted. */
export function outline(root, above) {
  const open = [];
  for (const heading of root.querySelectorAll("[data-level]")) {
    while (open.at(-1) >= heading.dataset.level) open.pop();
    open.push(heading.dataset.level);
    heading.setAttribute("aria-level", above + open.length);
  }
}

/** Keeps "in 2 minutes" true while it is looked at, in the language that `locale()` tells. */
export function keepTime(root, locale) {
  return setInterval(() => {
    for (const node of root.querySelectorAll("time[data-unix]")) {
      const words = moment(Number(node.dataset.unix), "R", locale());
      if (node.textContent !== words) node.textContent = words;
    }
  }, 1000);
}
