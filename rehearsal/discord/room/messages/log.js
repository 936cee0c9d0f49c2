// The log of the channel that is shown: its messages in their order, the room's own rows among them, and its end kept in
// sight until somebody scrolls up.

import { el } from "../elements/dom.js";
import { onePlayerAtATime } from "../elements/media.js";
import { draw, messageNode, pendingNode } from "./messages.js";
import { keepTime } from "./prose.js";

const $ = (id) => document.getElementById(id);
const NEAR = 80; // pixels from the end that still count as the end
const SAID = 160; // characters of a new message that a screen reader is told

/** Wires the log once. Its methods take Discord's message objects, or ids. */
export function messageLog(room) {
  const box = $("log");
  const rows = $("messages");
  const messages = new Map(); // id -> message
  const nodes = new Map(); // id -> its element
  let top = 0;
  let following = true;

  const toEnd = () => {
    box.scrollTop = box.scrollHeight;
    $("latest").hidden = following = true;
  };

  /** Shows a message, or what it became. A `quiet` one is not announced. */
  function show(message, { quiet = false } = {}) {
    const known = nodes.get(message.id);
    messages.set(message.id, message);
    if (known) return draw(known, message, room);
    const node = messageNode(message, room);
    nodes.set(message.id, node);
    rows.insertBefore(node, rowAfter(message.id));
    if (!following) $("latest").hidden = false;
    if (!quiet) announce(node);
    return drawHint();
  }

  /** The row that a new message goes before: the first with a later id, or a command still on its way. */
  function rowAfter(id) {
    let next = rows.querySelector(".sending");
    for (let row = next?.previousSibling ?? (next ? null : rows.lastChild); row; row = row.previousSibling) {
      if (!row.dataset.id) continue;
      if (BigInt(row.dataset.id) < BigInt(id)) break;
      next = row;
    }
    return next;
  }

  function remove(id) {
    nodes.get(id)?.remove();
    nodes.delete(id);
    messages.delete(id);
    drawHint();
  }

  /** Empties the log; `all`: of the room's own rows too. */
  function clear(all) {
    nodes.forEach((node) => node.remove());
    nodes.clear();
    messages.clear();
    if (all) rows.replaceChildren();
    drawHint();
  }

  function announce(node) {
    const words = ["content", "embeds", "rows"].map((name) => node.slots[name].innerText).join(" ");
    const author = node.querySelector(".author")?.textContent ?? "Message";
    $("said").textContent = `${author}: ${words.replace(/\s+/g, " ").trim().slice(0, SAID)}`;
  }

  /** A row for a command on its way; `again`, if given, opens the command to be written once more. */
  function waitingRow(what, again) {
    const make = (state) => {
      const own = pendingNode({
        who: room.member.name,
        what,
        state,
        again: again && (() => (own.remove(), again())),
        dismiss: () => (own.remove(), drawHint(), room.focusLine()),
      });
      return own;
    };
    let node = make("sending");
    rows.append(node);
    drawHint();
    toEnd();
    return {
      done() {
        node.remove();
        drawHint();
      },
      fail(words) {
        const next = make(words);
        node.replaceWith(next);
        node = next;
        toEnd();
      },
    };
  }

  /** Marks a component as being pressed. */
  function busy(id, customId, on) {
    const found = [...(nodes.get(id)?.querySelectorAll("[data-custom-id]") ?? [])];
    found.find((one) => one.dataset.customId === customId)?.toggleAttribute("data-busy", on);
  }

  function drawHint() {
    const empty = !rows.children.length && room.channel;
    $("hint").hidden = !empty;
    if (empty) $("hint").replaceChildren(...firstWords(room));
  }

  $("latest").addEventListener("click", toEnd);
  box.addEventListener("scroll", () => {
    const up = box.scrollTop < top - 1; // only a person scrolls up; what grows below does not count
    top = box.scrollTop;
    if (box.scrollHeight - top - box.clientHeight < NEAR) $("latest").hidden = following = true;
    else if (up) following = false;
  });
  const grown = new ResizeObserver(() => following && toEnd());
  grown.observe(rows);
  grown.observe(box);
  onePlayerAtATime(rows);
  keepTime(rows, () => room.member?.locale);

  /** Brings a message into sight; false where it is not here. */
  function find(id) {
    const node = nodes.get(id);
    if (!node) return false;
    following = false;
    node.scrollIntoView({ block: "center" });
    node.classList.add("found");
    node.addEventListener("animationend", () => node.classList.remove("found"), { once: true });
    node.querySelector("button, a, audio")?.focus({ preventScroll: true });
    return true;
  }

  const get = (id) => messages.get(id);
  const node = (id) => nodes.get(id);
  return { show, remove, clear, get, node, find, waitingRow, busy, drawHint, toEnd };
}

/** What an empty channel says to somebody who is here for the first time. */
function firstWords(room) {
  const commands = room.commands();
  const tour = el("button", { type: "button", class: "mention", onclick: () => room.startTour() }, "take the tour");
  const first = commands.find(({ path }) => path === "compose") ?? commands[0];
  const key = el("kbd", {}, "/");
  const opener = () =>
    el("button", { type: "button", class: "mention", onclick: () => room.openCommand(first.path) }, first.path);
  const title = el("h2", {}, `This is the beginning of ${room.channel.direct ? "" : "#"}${room.channel.name}.`);
  if (!first) {
    const words = "The bot has no commands here yet. Once it is connected (make run), they appear when you type ";
    return [title, el("p", {}, words, key, ".")];
  }
  if (first.path !== "compose")
    return [title, el("p", {}, "Type ", key, " below and choose a command, such as ", opener(), ".")];
  const hope = ", write what it should sound like (funk, brass, upbeat) and send. It lands here, with a player.";
  return [
    title,
    el("p", {}, "Make the first track: type ", key, " below and choose ", opener(), hope),
    el("p", {}, "Or ", tour, ": two minutes, from the first song to a jam with two others and a limit being hit."),
  ];
}
