// The rehearsal room: who is here, what is shown, what is sent. It holds what it was told by the server and nothing else;
// messages.js and its neighbours draw it, api.js carries it.

import * as api from "./api.js";
import { composer } from "./composer.js";
import { el } from "./dom.js";
import { onePlayerAtATime } from "./media.js";
import { draw, messageNode, pendingNode } from "./messages.js";
import { openModal } from "./modal.js";
import { MESSAGE_COMMAND, allowed, runnable } from "./options.js";
import { keepTime } from "./prose.js";
import { side } from "./side.js";
import { Type } from "./components.js";

const $ = (id) => document.getElementById(id);
const NOT_FOR_TEXT = [2, 4, 13, 14, 15]; // voice, category, stage, directory, forum
const NO_ANSWER = "The application did not respond";

const room = {
  world: { guilds: [], commands: [], application: null },
  guild: null,
  channel: null,
  member: null,
  unread: new Set(), // channel ids
  messages: new Map(), // id -> message, of the channel that is shown
  nodes: new Map(), // id -> its element

  members: () => (room.guild?.members ?? []).filter(({ bot }) => !bot),
  channels: () => (room.guild?.channels ?? []).filter(({ type }) => !NOT_FOR_TEXT.includes(type)),
  places: () => [...room.channels(), ...room.direct()],
  direct() {
    const own = (room.world.direct ?? []).filter(({ recipients }) => recipients.includes(room.member?.id));
    return own.map(({ id }) => ({ id, name: room.world.application.name, direct: true }));
  },
  here: () => room.channel && { ...room.channel, guild: room.channel.direct ? null : room.guild?.id },
  commands: () => runnable(room.usable()),
  messageCommands: () => room.usable().filter(({ type }) => type === MESSAGE_COMMAND),
  usable: () => room.world.commands.filter((command) => allowed(command, room.member, room.here())),
  channelName: (id) => room.world.guilds.flatMap(({ channels }) => channels).find((channel) => channel.id === id)?.name,
  userName(id) {
    const { application, guilds } = room.world;
    if (id === application?.id) return application.name;
    return guilds.flatMap(({ members }) => members).find((member) => member.id === id)?.name;
  },
  choicesFor(node) {
    const people = () => (room.guild?.members ?? []).map(({ id, name }) => ({ label: name, value: id }));
    const places = () => room.channels().map(({ id, name }) => ({ label: `#${name}`, value: id }));
    const known = { [Type.USER_SELECT]: people, [Type.MENTIONABLE_SELECT]: people, [Type.CHANNEL_SELECT]: places };
    return node.options ?? known[node.type]?.() ?? [];
  },

  openCommand: (path) => line.open(path),
  focusLine: () => line.focus(),
  dismiss(message) {
    remove(message.id);
    line.focus();
    api.dismiss(message, room.member.id).catch((error) => status(error.message));
  },

  /** Says something as the member. */
  async say(content) {
    hearMessage(await api.say(room.channel.id, room.member.id, content));
    toEnd();
  },

  /** Takes up a place: `guild`, `channel`, `member` are ids; what does not exist falls back to the first there is. */
  async enter({ guild, channel, member }) {
    const before = room.member?.id;
    const was = room.channel?.id;
    room.guild = room.world.guilds.find(({ id }) => id === guild) ?? room.world.guilds[0] ?? null;
    room.member = room.members().find(({ id }) => id === member) ?? room.members()[0] ?? null;
    room.channel = room.places().find(({ id }) => id === channel) ?? room.channels()[0] ?? null;
    const place = [room.guild?.id, room.channel?.id, room.member?.id];
    if (place.every(Boolean)) history.replaceState(null, "", `#${place.join("/")}`);
    room.unread.delete(room.channel?.id);
    drawSide();
    line.moved();
    if (room.member && room.member.id !== before) {
      room.unread.clear();
      hear();
    } else if (room.channel?.id !== was) await load();
  },

  /** Sends a slash command; the row that stands for it goes when the bot has answered. */
  async run(entry, options, files, raw) {
    const row = pending(`/${entry.path}`, () => line.open(entry.path, raw));
    try {
      const attachments = {};
      for (const [name, file] of Object.entries(files)) attachments[name] = await api.packed(file);
      await follow({ kind: "command", name: entry.path, options, attachments }, row);
    } catch (error) {
      row.fail(error.message);
    }
  },

  async context(command, message) {
    const row = pending(command.name);
    await follow({ kind: "context", name: command.name, message: message.id }, row).catch((error) => row.fail(error.message));
  },

  async press(message, node, values) {
    const problem = (words) => {
      const shown = room.messages.get(message.id);
      if (shown) put({ ...shown, problem: words });
    };
    const busy = (on) => {
      const found = [...(room.nodes.get(message.id)?.querySelectorAll("[data-custom-id]") ?? [])];
      found.find((one) => one.dataset.customId === node.custom_id)?.toggleAttribute("data-busy", on);
    };
    problem(null);
    busy(true);
    try {
      await follow({ kind: "component", message: message.id, custom_id: node.custom_id, ...(values && { values }) }, { fail: problem, done() {} });
    } catch (error) {
      problem(error.message);
    }
    busy(false);
  },

  async suggest(entry, option, options) {
    const id = await api.interact(place({ kind: "autocomplete", name: entry.path, options, focused: option.name }));
    const found = await api.outcome(id);
    if (found.state === "failed") throw new api.Refused(found.error ?? NO_ANSWER);
    return found.choices ?? [];
  },
};

const place = (body) => ({ guild: room.channel.direct ? null : room.guild.id, channel: room.channel.id, member: room.member.id, ...body });

/** Sends an interaction and does what its answer asks for. `row.fail(words)` or `row.done()` ends it. */
async function follow(body, row) {
  const id = await api.interact(place(body));
  const found = await api.outcome(id);
  if (found.state === "failed") return row.fail(found.error ?? NO_ANSWER);
  row.done(); // the message itself comes as an event
  if (found.modal) openModal(found.modal, room, (fields, files) => submitModal(found.modal, id, fields, files));
  return undefined;
}

async function submitModal(modal, answers, fields, files) {
  let refused = null;
  const body = { kind: "modal", custom_id: modal.custom_id, answers, fields, files };
  await follow(body, { fail: (words) => (refused = `${words.replace(/\.$/, "")}.`), done() {} });
  return refused;
}

/** A row at the end of the log for a command on its way. */
function pending(what, again) {
  const who = room.member.name;
  const show = (state) => {
    const next = pendingNode({ who, what, state, again: again && (() => (next.remove(), again())), dismiss: () => (next.remove(), line.focus()) });
    return next;
  };
  let node = show("sending");
  $("messages").append(node);
  toEnd();
  return {
    done: () => node.remove(),
    fail(words) {
      const next = show(words);
      node.replaceWith(next);
      node = next;
      toEnd();
    },
  };
}

// ---- messages -------------------------------------------------------------------------------------------------------

const earlier = (a, b) => (BigInt(a) < BigInt(b) ? -1 : 1);
const atEnd = () => $("log").scrollHeight - $("log").scrollTop - $("log").clientHeight < 80;
let top = 0;
let following = true; // the end is in sight, and stays so when messages come or pictures load
const toEnd = () => {
  $("log").scrollTop = $("log").scrollHeight;
  $("latest").hidden = true;
  following = true;
};

function hearMessage(message) {
  if (message.channel_id !== room.channel?.id) {
    room.unread.add(message.channel_id);
    drawSide();
  } else put(message);
}

/** Shows a message, or what it became. */
function put(message) {
  const known = room.nodes.get(message.id);
  room.messages.set(message.id, message);
  if (known) draw(known, message, room);
  else {
    const node = messageNode(message, room);
    room.nodes.set(message.id, node);
    const after = [...room.nodes.keys()].filter((id) => earlier(message.id, id) < 0).sort(earlier)[0];
    const rows = $("messages");
    rows.insertBefore(node, after ? room.nodes.get(after) : rows.querySelector(".pending:not(.failed)"));
    if (!loading) say(message, node);
  }
  if (!following && !known) $("latest").hidden = false;
  drawHint();
}

function remove(id) {
  room.nodes.get(id)?.remove();
  room.nodes.delete(id);
  room.messages.delete(id);
  drawHint();
}

function say(message, node) {
  const words = ["content", "embeds", "rows"].map((name) => node.slots[name].textContent).join(" ").trim();
  $("said").textContent = `${node.querySelector(".author")?.textContent ?? "Message"}: ${words.slice(0, 160)}`;
}

let loading = false;
let loaded = "";
let loads = 0;

async function load() {
  const turn = (loads += 1);
  for (const id of [...room.nodes.keys()]) remove(id);
  const here = `${room.channel?.id} ${room.member?.id}`;
  if (loaded !== here) $("messages").replaceChildren(); // the room's own rows belong to where they were sent
  loaded = here;
  if (!room.channel || !room.member) return;
  loading = true;
  try {
    const messages = await api.getMessages(room.channel.id, room.member.id);
    if (turn !== loads) return;
    messages.filter(({ id }) => !room.nodes.has(id)).forEach(put);
    status("");
  } catch (error) {
    if (turn === loads) status(error.message);
  } finally {
    if (turn === loads) loading = false;
  }
  drawHint();
  toEnd();
}

// ---- what the server tells ------------------------------------------------------------------------------------------

let deafen = () => {};

/** Listens as the member; each time the line opens, everything is read again, so that nothing was missed. */
function hear() {
  deafen();
  deafen = api.listen(room.member.id, heard, async (open) => {
    if (!open) return status("The line to the rehearsal is broken; trying again. If this stays: is `make run` still running?");
    await readWorld();
    return load();
  });
}

function heard({ t, d }) {
  if (t === "MESSAGE_CREATE" || t === "MESSAGE_UPDATE") hearMessage({ ...(t === "MESSAGE_UPDATE" && room.messages.get(d.id)), problem: null, ...d });
  else if (t === "MESSAGE_DELETE") remove(d.id);
  else if (t !== "INTERACTION") readWorld();
}

async function readWorld() {
  try {
    room.world = await api.getWorld();
    status("");
  } catch (error) {
    status(error.message);
    return;
  }
  await room.enter({ guild: room.guild?.id, channel: room.channel?.id, member: room.member?.id });
  drawHint();
}

// ---- around the messages --------------------------------------------------------------------------------------------

function status(words) {
  $("status").textContent = words;
  $("status").hidden = !words;
}

function drawHint() {
  const empty = !room.nodes.size && !$("messages").children.length && room.channel;
  $("hint").hidden = !empty;
  if (!empty) return;
  const commands = room.commands();
  const first = commands.find(({ path }) => path === "compose") ?? commands[0];
  $("hint").replaceChildren(
    el("h3", {}, `This is the beginning of ${room.channel.direct ? "" : "#"}${room.channel.name}.`),
    first
      ? el(
          "p",
          {},
          "Make the first track: type ",
          el("kbd", {}, "/"),
          " below and choose ",
          el("button", { type: "button", class: "mention", onclick: () => line.open(first.path) }, first.path),
          ", write what it should sound like (funk, brass, upbeat) and send. It lands here, with a player.",
        )
      : el("p", {}, "The bot has no commands here yet. Once it is connected (make run), they appear when you type ", el("kbd", {}, "/"), "."),
  );
}

const line = composer(room);
const drawSide = side(room);

$("latest").addEventListener("click", toEnd);
$("log").addEventListener("scroll", () => {
  const up = $("log").scrollTop < top - 1; // only a person scrolls up; what grows below does not count
  top = $("log").scrollTop;
  if (atEnd()) $("latest").hidden = following = true;
  else if (up) following = false;
});
const held = new ResizeObserver(() => following && toEnd());
held.observe($("messages"));
held.observe($("log"));
onePlayerAtATime($("messages"));
keepTime($("messages"));

const [guild, channel, member] = location.hash.slice(1).split("/");
api.getWorld().then(
  (world) => {
    room.world = world;
    room.enter({ guild, channel, member });
  },
  (error) => status(error.message),
);
