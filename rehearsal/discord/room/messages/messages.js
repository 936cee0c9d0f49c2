// Messages as a Discord client shows them. Each part of a message is drawn again only when its own data changed,
// so that an edit neither stops a player nor takes the focus from a button.

import { stamp } from "../elements/clock.js";
import { component } from "./components.js";
import { el, link, tint } from "../elements/dom.js";
import { face } from "../elements/faces.js";
import { Listbox } from "../elements/listbox.js";
import { attachment, picture } from "../elements/media.js";
import { line, outline, prose } from "./prose.js";

export const LOADING = 1 << 7; // the bot is thinking
const V2 = 1 << 15;
const CONTEXT_COMMAND = 23; // the type of a message that answers a message command

const nameOf = (user) => user?.global_name || user?.username || user?.name || "somebody";

/** The message's element. Call `draw` on it again with the edited message. */
export function messageNode(message, room) {
  const slots = Object.fromEntries(
    ["origin", "face", "head", "content", "embeds", "files", "rows", "note", "problem"].map((name) => [
      name,
      el("div", { class: name }),
    ]),
  );
  const node = el(
    "li",
    { class: "message", "data-id": message.id },
    slots.origin,
    slots.face,
    el(
      "div",
      { class: "body" },
      slots.head,
      slots.content,
      slots.embeds,
      slots.files,
      slots.rows,
      slots.note,
      slots.problem,
    ),
    appsMenu(message, room),
  );
  node.slots = slots;
  draw(node, message, room);
  return node;
}

/** Brings `node` to what the message now is. `message.problem` is the room's own line about a press that failed. */
export function draw(node, message, room) {
  const { slots } = node;
  const loading = Boolean(message.flags & LOADING);
  const layout = Boolean(message.flags & V2);
  const embeds = message.embeds ?? [];
  const inEmbeds = new Set(embeds.flatMap((embed) => [embed.image?.url, embed.thumbnail?.url]));
  const files = layout ? [] : (message.attachments ?? []).filter(({ url }) => !inEmbeds.has(url));
  node.classList.toggle("private", Boolean(message.ephemeral));
  node.classList.toggle(
    "mentioned",
    (message.mentions ?? []).some(({ id }) => id === room.member?.id),
  );
  part(slots.origin, originOf(message), ([sort, who, what]) => [
    el("strong", {}, who),
    sort,
    what && el("span", { class: "mention" }, what),
  ]);
  part(slots.face, nameOf(message.author), (name) => face(name));
  part(slots.head, [message.author, message.timestamp, message.edited_timestamp], () => head(message));
  part(slots.content, loading ? true : message.content || null, (text) =>
    text === true ? thinking(message) : prose(text, room),
  );
  parts(slots.embeds, embeds, (embed) => embedNode(embed, room));
  parts(slots.files, files, attachment);
  parts(slots.rows, message.components ?? [], (row) => component(row, message, room));
  part(slots.note, message.ephemeral || null, () => [
    "Only you can see this · ",
    el("button", { type: "button", class: "plain", onclick: () => room.dismiss(message) }, "Dismiss message"),
  ]);
  part(slots.problem, message.problem || null, (words) => el("span", { role: "alert" }, words));
  outline(node, 1);
}

/** Draws one part again if its data changed. */
function part(slot, data, make) {
  const now = JSON.stringify(data ?? null);
  if (slot.data === now) return;
  slot.data = now;
  const focused = slot.contains(document.activeElement) && document.activeElement.dataset.customId;
  slot.replaceChildren(...(data === null || data === undefined ? [] : [make(data)].flat()).filter(Boolean));
  if (focused) [...slot.querySelectorAll("[data-custom-id]")].find((one) => one.dataset.customId === focused)?.focus();
}

function parts(slot, list, make) {
  while (slot.children.length > list.length) slot.lastChild.remove();
  while (slot.children.length < list.length) slot.append(el("div", { class: "part" }));
  list.forEach((data, index) => part(slot.children[index], data, make));
}

/** "Ada used /compose", "replied to Ben": where the message comes from, or null. */
function originOf(message) {
  const by = message.interaction_metadata ?? message.interaction;
  if (by?.user) {
    const name = message.interaction?.name ?? by.name;
    const slash = message.type !== CONTEXT_COMMAND;
    return name ? ["used", nameOf(by.user), slash ? `/${name}` : name] : null;
  }
  const earlier = message.referenced_message;
  return earlier ? ["was answered:", nameOf(earlier.author), (earlier.content || "a message").slice(0, 80)] : null;
}

function head({ author, timestamp, edited_timestamp: edited }) {
  const date = new Date(timestamp);
  return [
    el("strong", { class: "author" }, nameOf(author)),
    author?.bot && el("span", { class: "tag" }, "APP"),
    el("time", { datetime: timestamp, title: date.toLocaleString("en-GB") }, stamp(date)),
    edited && el("span", { class: "quiet", title: new Date(edited).toLocaleString("en-GB") }, "(edited)"),
  ];
}

const thinking = ({ author }) =>
  el("p", { class: "thinking" }, `${nameOf(author)} is thinking`, el("span", { "aria-hidden": "true" }, "…"));

function embedNode(embed, room) {
  const title = embed.title && line(embed.title, room);
  const footer = [embed.footer?.text, embed.timestamp && stamp(new Date(embed.timestamp))].filter(Boolean).join(" · ");
  const node = el(
    "article",
    { class: "embed" },
    embed.thumbnail?.url &&
      el("div", { class: "thumbnail" }, picture(embed.thumbnail.url, embed.thumbnail.description, embed.thumbnail)),
    embed.author?.name &&
      el(
        "div",
        { class: "embed-author" },
        embed.author.url ? link(embed.author.url, embed.author.name) : embed.author.name,
      ),
    title &&
      el("div", { class: "embed-title", role: "heading", "data-level": 0 }, embed.url ? link(embed.url, title) : title),
    embed.description && prose(embed.description, room),
    embed.fields?.length &&
      el(
        "dl",
        {},
        embed.fields.map((field) => fieldNode(field, room)),
      ),
    embed.image?.url && picture(embed.image.url, embed.image.description, embed.image),
    footer && el("footer", {}, footer),
  );
  return tint(node, embed.color);
}

const fieldNode = (field, room) =>
  el(
    "div",
    { class: field.inline ? "inline" : "" },
    el("dt", {}, line(field.name, room)),
    el("dd", {}, prose(field.value, room)),
  );

function appsMenu(message, room) {
  const button = el(
    "button",
    { type: "button", class: "apps", "aria-label": `Apps: commands for this message by ${nameOf(message.author)}` },
    "⋯ Apps",
  );
  const menu = new Listbox(button, { label: "Apps", picked: ({ command }) => void room.context(command, message) });
  button.addEventListener("click", () => {
    if (menu.open) menu.hide();
    else
      menu.show(
        room.messageCommands().map((command) => ({ command, label: command.label })),
        "No app has a command for messages.",
      );
  });
  return message.ephemeral ? null : el("div", { class: "tools" }, button);
}

/** A row of the room's own: a command on its way, or what became of it. `again` offers to write it once more. */
export function pendingNode({ who, what, state, again, dismiss }) {
  const failed = state !== "sending";
  return el(
    "li",
    { class: `message ${failed ? "failed" : "sending"}` },
    el("div", { class: "origin" }, el("strong", {}, who), "used", el("span", { class: "mention" }, what)),
    el("div", { class: "face" }, el("span", { class: "avatar", "aria-hidden": "true" }, failed ? "!" : "…")),
    el(
      "div",
      { class: "body" },
      el("p", { role: failed && "alert" }, failed ? state : "Sending the command…"),
      failed &&
        el(
          "div",
          { class: "note" },
          "Only you can see this · ",
          again && el("button", { type: "button", class: "plain", onclick: again }, "Write it again"),
          again && " · ",
          el("button", { type: "button", class: "plain", onclick: dismiss }, "Dismiss"),
        ),
    ),
  );
}
