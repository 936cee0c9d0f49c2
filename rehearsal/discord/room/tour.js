// The tour: what to do next, from the first song to a limit. It fills in forms and plays Ben and Cleo; the person sends.
// A step: `words`, what its `button` does (`act`, also done on the way in unless `waits`), what Ben and Cleo do as they see a
// message (`plays`), how it is known to be `done`, and what is said where it is `stuck`. One that is `optional` is left by Go on.

import { interact, outcome } from "./api.js";
import { LOADING } from "./messages/messages.js";
import { panel } from "./panels.js";

const $ = (id) => document.getElementById(id);
const TINY = "0.001"; // dollars a day
const LINES = ["And the cat conducts from under the chairs", "Till the rain has run out of all its tears"];

const isSong = ({ attachments = [] }) => attachments.some(({ filename }) => filename.endsWith(".mp3"));
const isAfter = (message, other) => BigInt(message.id) > BigInt(other.id);
const numberOf = (song) => /#\d+/.exec(song.embeds?.[0]?.footer?.text ?? "")?.[0];
const titleOf = (song) => song.embeds?.[0]?.title;
const written = (message) => JSON.stringify([message.content, message.embeds, message.components]);

/** What one member may spend a day, in dollars as text, where a message tells of it. */
const memberLimit = ({ embeds = [] }) =>
  /of \D*([\d.]+)/.exec(embeds[0]?.fields?.find(({ name }) => name.startsWith("You, today"))?.value ?? "")?.[1];

/** The custom id of the message's button that begins so, or undefined. */
function buttonOf(message, start) {
  const all = (message?.components ?? []).flatMap(function inside(node) {
    return [node, ...(node.components ?? []).flatMap(inside), ...(node.accessory ? [node.accessory] : [])];
  });
  return all.find(({ custom_id: id }) => id?.startsWith(start))?.custom_id;
}

const STEPS = [
  {
    words: "A song begins with a few tags. They are written into the form below: press Send, and wait a few seconds.",
    button: "Open the form",
    act: ({ open }) => open("compose", { tags: "folk, acoustic guitar, warm vocals", duration: "20", title: "Porch Light" }),
    done: (message, trip) => isSong(message) && (trip.song = message),
  },
  {
    words: "There it is: made on this machine, paid for with play money. Press ▶ and listen for a moment.",
    button: "Play it",
    waits: true,
    act: ({ trip, node }) => node(trip.song)?.querySelector(".play")?.click(),
    heard: true,
  },
  {
    words: "Now the same seed in other clothes: remix it. The tags are changed to reggae; press Send.",
    button: "Open the form",
    act: ({ open, trip }) =>
      open("remix-seed", { track: numberOf(trip.song) ?? titleOf(trip.song), tags: "reggae, offbeat guitar, warm vocals" }),
    done: (message, trip) => isSong(message) && isAfter(message, trip.song),
  },
  {
    words: "Make one together: press Send to open a jam. Ben and Cleo, who are played by this page, will join it.",
    button: "Open the form",
    act: ({ open }) =>
      open("jam start", { theme: "Porch Swing", tags: "folk, slow, harmonica", duration: "15" }),
    done: (message, trip) => buttonOf(message, "jam:agree:") && (trip.jam = message),
    stuck: (message) =>
      buttonOf(message, "jam:next:") && "There is a jam here already. End it on its panel; then open the form again.",
  },
  {
    words:
      "Ben and Cleo are in. On the panel all may change it; who likes it as it is locks in, and when most have, it is " +
      "made. Let the two lock in.",
    button: "Ben and Cleo lock in",
    act: async ({ trip, others, press, pressed }) => {
      for (const member of others) await press(member, trip.jam, pressed ? "jam:agree:" : "jam:here:");
    },
    done: (message, trip) => isSong(message) && isAfter(message, trip.jam),
  },
  {
    words:
      "Evenings together: there are contests, albums, parties in voice, and songs that are written a line each, with only the " +
      "line before in sight. Press Send to open one of those: Ben and Cleo take their seats, and write after you. Go on " +
      "whenever you like.",
    button: "Open the form",
    optional: true,
    act: ({ open }) => open("relay start", { theme: "Gutter Song", seats: "3", rounds: "1" }),
    async plays(message, { trip, others, press, write }) {
      if (buttonOf(message, "relay:sit:") && !trip.relay) {
        trip.relay = message;
        for (const member of others) await press(member, message, "relay:sit:");
      }
      const writer = others.findIndex((id) => message.content?.includes(`<@${id}>`));
      if (!buttonOf(message, "relay:pass:") || writer < 0 || trip.lines.has(writer)) return;
      trip.lines.add(writer);
      await write(others[writer], message, "relay:write:", { line: LINES[writer % LINES.length] });
    },
    stuck: (message, trip) =>
      !trip.relay && /A relay goes on/.test(written(message)) && "There is one here already. End it; then open the form again.",
  },
  {
    words: "Whoever hosts the bot pays for every second, so there are limits. Press Send to see them.",
    button: "Open the form",
    act: ({ open }) => open("budget", {}),
    done: (message, trip) => message.ephemeral && (trip.before ??= memberLimit(message)),
  },
  {
    words: `Ada moderates, and may set them: let a member spend $${TINY} a day. Press Send.`,
    button: "Open the form",
    act: ({ open }) => open("moderation budget", { member: TINY }),
    done: (message) => message.ephemeral && written(message).includes(`$${TINY}`),
  },
  {
    words: "And now one song more. Press Send: it is refused before anything is spent, and says why.",
    button: "Open the form",
    act: ({ open }) => open("compose", { tags: "ska, trumpets", duration: "60", title: "Too Dear" }),
    done: (message) => message.ephemeral && /nothing was charged/i.test(written(message)),
  },
  {
    words:
      "That was the limit; it is put back to what it was, and what you have opened is ended. The rest is yours: type / for " +
      "all that the bot can do, open this page in a second tab to be two people, and disturb it all in the console.",
    button: "End the tour",
    waits: true,
    act: ({ end }) => end(),
    enter: async ({ trip, restore, endJam, press, me }) => {
      if (trip.before) await restore(trip.before);
      if (trip.jam) await endJam(trip.jam);
      if (trip.relay) await press(me, trip.relay, "relay:end:");
    },
  },
];

/** Wires the tour once. `log.node(id)` gives a message's element. */
export function tour(room, log) {
  let at = -1;
  let trip = {};

  const as = async (member, body) => outcome(await interact({ ...room.at(), member, ...body }));
  /** Presses the message's button that begins so, if it has one; returns the answer's message. */
  const pressAs = async (member, message, start) => {
    const button = buttonOf(message, start);
    const found = button && (await as(member, { kind: "component", message: message.id, custom_id: button }));
    if (found?.state === "failed") throw new Error(found.error);
    return found;
  };
  /** The same with a button that opens a form, which is filled in and sent. */
  const writeAs = async (member, message, start, fields) => {
    const { id, modal } = await pressAs(member, message, start);
    await as(member, { kind: "modal", custom_id: modal.custom_id, answers: id, fields });
  };
  /** The message once it says something: the bot often answers first that it is thinking. */
  const thought = (id) =>
    new Promise((resolve) => {
      const look = (message) => {
        if (message?.id !== id || message.flags & LOADING) return;
        room.watchers.delete(look);
        resolve(message);
      };
      room.watchers.add(look);
      look(log.get(id));
    });
  const hands = {
    open: (path, values) => room.openCommand(path, values),
    node: (message) => log.node(message.id),
    press: (member, { id }, start) => pressAs(member, log.get(id), start),
    write: writeAs,
    restore: (member) =>
      as(room.member.id, { kind: "command", name: "moderation budget", options: { member: Number(member) } }),
    async endJam({ id }) {
      const asked = await pressAs(room.member.id, log.get(id), "jam:end:");
      if (asked) await pressAs(room.member.id, await thought(asked.message.id), "jam:over:");
    },
    end: () => turn(false),
  };
  const context = (pressed) => ({
    ...hands,
    trip,
    pressed,
    me: room.member.id,
    others: room.members().filter(({ id }) => id !== room.member.id).map(({ id }) => id),
  });
  const attempt = async (work) => {
    $("tour-trouble").textContent = "";
    $("tour-do").disabled = true;
    try {
      await work();
    } catch (error) {
      $("tour-trouble").textContent = `${error.message.replace(/\.$/, "")}. Try it again.`;
    }
    $("tour-do").disabled = false;
  };
  const show = (index) => {
    at = index;
    const step = STEPS[at];
    $("tour-words").textContent = step.words;
    $("tour-do").textContent = step.button;
    $("tour-count").textContent = `${at + 1} of ${STEPS.length}`;
    $("tour-next").hidden = !step.optional;
    $("tour-skip").hidden = at === STEPS.length - 1;
    attempt(async () => {
      await step.enter?.(context(false));
      if (!step.waits) await step.act(context(false));
    });
  };
  const next = () => at < STEPS.length - 1 && show(at + 1);

  room.watchers.add((message) => {
    if (at < 0) return;
    $("tour-trouble").textContent = STEPS[at].stuck?.(message, trip) || "";
    STEPS[at].plays?.(message, context(false)).catch((error) => ($("tour-trouble").textContent = error.message));
    if (STEPS[at].done?.(message, trip)) next();
  });
  $("log").addEventListener(
    "timeupdate",
    ({ target }) => at >= 0 && STEPS[at].heard && target.currentTime > 1 && next(),
    true, // what a player tells does not bubble
  );
  $("tour-do").addEventListener("click", () => attempt(() => STEPS[at].act(context(true))));
  $("tour-next").addEventListener("click", next);
  $("tour-skip").addEventListener("click", () => turn(false));

  const turn = panel("tour", async (open) => {
    if (!open) return (at = -1);
    trip = { lines: new Set() };
    const [guild] = room.world.guilds; // The Porch, with Ada, who moderates, Ben and Cleo
    const [channel, moderator] = [guild.channels[0], guild.members.find((one) => one.moderator && !one.bot)];
    await room.enter({ guild: guild.id, channel: channel.id, member: moderator?.id });
    await room.speak("en-US"); // as this page does: the tour knows the bot's answers by their words
    return show(0);
  });
  return () => turn(true);
}
