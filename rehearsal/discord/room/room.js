// The rehearsal room: who is here, what is shown, what is sent. It holds what it was told by the server and nothing else;
// messages.js and its neighbours draw it, api.js carries it.

import * as api from "./api.js";
import { Type } from "./messages/components.js";
import { composer } from "./commands/composer.js";
import { consolePanel } from "./console.js";
import { messageLog } from "./messages/log.js";
import { openModal } from "./commands/modal.js";
import { MESSAGE_COMMAND, allowed, displayed, runnable } from "./commands/options.js";
import { panel, theme } from "./panels.js";
import { people } from "./people.js";
import { side } from "./side.js";
import { tour } from "./tour.js";
import { typing } from "./commands/typing.js";
import { voice } from "./voice.js";

const $ = (id) => document.getElementById(id);
const NOT_FOR_TEXT = [4, 13, 14, 15]; // category, stage, directory, forum
const NO_ANSWER = "The application did not respond";

const room = {
  world: { guilds: [], commands: [], present: [], application: null },
  guild: null,
  channel: null,
  member: null,
  unread: new Set(), // channel ids
  watchers: new Set(), // are called with each message that comes or changes

  members: () => (room.guild?.members ?? []).filter(({ bot }) => !bot),
  channels: () => (room.guild?.channels ?? []).filter(({ type }) => !NOT_FOR_TEXT.includes(type)),
  places: () => [...room.channels(), ...room.direct()],
  direct() {
    const own = (room.world.direct ?? []).filter(({ recipients }) => recipients.includes(room.member?.id));
    return own.map(({ id }) => ({ id, name: room.world.application.name, direct: true }));
  },
  at: () => ({ guild: room.channel.direct ? null : room.guild.id, channel: room.channel.id }),
  here: () => room.channel && { ...room.channel, guild: room.channel.direct ? null : room.guild?.id },
  commands: () => runnable(room.usable(), room.member?.locale),
  messageCommands: () =>
    room
      .usable()
      .filter(({ type }) => type === MESSAGE_COMMAND)
      .map((command) => ({ ...command, label: displayed(command, room.member?.locale).label })),
  usable: () => room.world.commands.filter((command) => allowed(command, room.member, room.here())),
  channelName: (id) => room.world.guilds.flatMap(({ channels }) => channels).find((channel) => channel.id === id)?.name,
  userName(id) {
    const { application, guilds } = room.world;
    if (id === application?.id) return application.name;
    return guilds.flatMap(({ members }) => members).find((member) => member.id === id)?.name;
  },
  choicesFor(node) {
    const people = () => (room.guild?.members ?? []).map(({ id, name }) => ({ label: name, value: id }));
    const roles = () => (room.guild?.roles ?? []).map(({ id, name }) => ({ label: `@${name.replace(/^@/, "")}`, value: id }));
    const places = () =>
      room
        .channels()
        .filter(({ type }) => !node.channel_types?.length || node.channel_types.includes(type))
        .map(({ id, name }) => ({ label: `#${name}`, value: id }));
    const known = {
      [Type.USER_SELECT]: people,
      [Type.ROLE_SELECT]: roles,
      [Type.MENTIONABLE_SELECT]: () => [...people(), ...roles()],
      [Type.CHANNEL_SELECT]: places,
    };
    const chosen = new Set((node.default_values ?? []).map(({ id }) => id));
    const found = known[node.type]?.().map((choice) => ({ ...choice, default: chosen.has(choice.value) }));
    return node.options ?? found ?? [];
  },

  openCommand: (path, values) => line.open(path, values),
  wrote: () => typists.wrote(),
  focusLine: () => line.focus(),

  /** Goes to a channel, and there to a message if it can be seen. */
  async jump(channel, message) {
    const guild = room.world.guilds.find(({ channels }) => channels.some(({ id }) => id === channel));
    await room.enter({ guild: guild?.id, channel, member: room.member.id });
    if (message && !log.find(message)) $("said").textContent = "The message is no longer here.";
  },

  dismiss(message) {
    log.remove(message.id);
    line.focus();
    api.dismiss(message, room.member.id).catch((error) => status(error.message));
  },

  /** Says something as the member. */
  async say(content) {
    take(await api.say(room.channel.id, room.member.id, content));
    log.toEnd();
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
    drawPeople();
    drawVoice();
    line.moved();
    if (room.channel?.id !== was) typists.clear();
    if (room.member && room.member.id !== before) {
      room.unread.clear();
      hear();
    } else if (room.channel?.id !== was) await load();
  },

  /** Sets the language of the member's Discord: one of its locales. */
  async speak(locale) {
    if (room.member.locale === locale) return;
    room.member.locale = locale;
    drawSide();
    await api.setLocale(room.member.id, locale);
  },

  /** Sends a slash command; the row that stands for it goes when the bot has answered. */
  async run(entry, options, files, raw) {
    const row = log.waitingRow(`/${entry.path}`, () => line.open(entry.path, raw));
    try {
      const attachments = {};
      for (const [name, file] of Object.entries(files)) attachments[name] = await api.packed(file);
      await follow({ kind: "command", name: entry.path, options, attachments }, row);
    } catch (error) {
      row.fail(error.message);
    }
  },

  async context(command, message) {
    const row = log.waitingRow(command.label);
    const body = { kind: "context", name: command.name, message: message.id };
    await follow(body, row).catch((error) => row.fail(error.message));
  },

  async press(message, node, values) {
    const problem = (words) => {
      const now = log.get(message.id);
      if (now) log.show({ ...now, problem: words });
    };
    problem(null);
    log.busy(message.id, node.custom_id, true);
    const body = { kind: "component", message: message.id, custom_id: node.custom_id, ...(values && { values }) };
    await follow(body, { fail: problem, done() {} }).catch((error) => problem(error.message));
    log.busy(message.id, node.custom_id, false);
  },

  async suggest(entry, option, options) {
    const id = await api.interact(place({ kind: "autocomplete", name: entry.path, options, focused: option.name }));
    const found = await api.outcome(id);
    if (found.state === "failed") throw new api.Refused(found.error ?? NO_ANSWER);
    return found.choices ?? [];
  },
};

const place = (body) => ({ ...room.at(), member: room.member.id, ...body });

/** Sends an interaction and does what its answer asks for. `row.fail(words)` or `row.done()` ends it. */
async function follow(body, row) {
  const id = await api.interact(place(body));
  const found = await api.outcome(id);
  if (found.state === "failed") return row.fail(found.error ?? NO_ANSWER);
  row.done(); // the message itself comes as an event
  if (found.kind === "message") log.toEnd(); // one's own answer is what one wants to see
  if (found.modal) openModal(found.modal, room, (fields, files) => submitModal(found.modal, id, fields, files));
  return undefined;
}

async function submitModal(modal, answers, fields, files) {
  let refused = null;
  const body = { kind: "modal", custom_id: modal.custom_id, answers, fields, files };
  await follow(body, { fail: (words) => (refused = `${words.replace(/\.$/, "")}.`), done() {} });
  return refused;
}

/** A message came or changed: here it is shown, elsewhere its channel is marked. */
function take(message) {
  typists.ended(message.author?.id);
  if (message.channel_id === room.channel?.id) log.show(message);
  else {
    room.unread.add(message.channel_id);
    drawSide();
  }
  room.watchers.forEach((watch) => watch(message));
}

let shown = ""; // which channel, as which member
let loads = 0;

async function load() {
  const turn = (loads += 1);
  const before = shown;
  shown = `${room.channel?.id} ${room.member?.id}`;
  log.clear(shown !== before); // the room's own rows belong to where they were sent from
  if (!room.channel || !room.member) return;
  try {
    const messages = await api.getMessages(room.channel.id, room.member.id);
    if (turn !== loads) return;
    messages.filter(({ id }) => !log.get(id)).forEach((message) => log.show(message, { quiet: true }));
    status("");
  } catch (error) {
    if (turn === loads) status(error.message);
  }
  log.toEnd();
}

let deafen = () => {};

/** Listens as the member; each time the line opens, everything is read again, so that nothing was missed. */
function hear() {
  deafen();
  deafen = api.listen(room.member.id, heard, async (open) => {
    if (!open)
      return status("The line to the rehearsal is broken; trying again. If this stays: is `make run` still running?");
    await readWorld();
    return load();
  });
}

function heard({ t, d }) {
  if (t === "MESSAGE_CREATE" || t === "MESSAGE_UPDATE")
    take({ ...(t === "MESSAGE_UPDATE" && log.get(d.id)), problem: null, ...d });
  else if (t === "MESSAGE_DELETE") log.remove(d.id);
  else if (t === "TYPING_START") typists.heard(d);
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
  log.drawHint();
}

function status(words) {
  $("status").textContent = words;
  $("status").hidden = !words;
}

const line = composer(room);
const log = messageLog(room);
const drawSide = side(room);
const drawPeople = people(room);
const drawVoice = voice(room);
const typists = typing(room);

/** Who is not yet played in another tab. */
function somebodyElse() {
  const people = room.world.guilds[0]?.members.filter(({ bot }) => !bot) ?? [];
  return people.find(({ id }) => !room.world.present.includes(id))?.id;
}

async function start() {
  const [guild, channel, member] = location.hash.slice(1).split("/");
  try {
    room.world = await api.getWorld();
    await room.enter({ guild, channel, member: member ?? somebodyElse() });
  } catch (error) {
    status(error.message);
    setTimeout(start, 2000);
  }
}
theme();
const turnPeople = panel("people", undefined, true);
consolePanel(() => innerWidth < 1500 && turnPeople(false)); // beside both the channel would have no room
room.startTour = tour(room, log);
start();
