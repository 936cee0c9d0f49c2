// The member's side of the rehearsal Discord: what this page asks of the server, and what it hears from it.

const WAIT = 10; // seconds that one question about an interaction's outcome is held open

/** The server refused or could not be reached; `message` is a sentence for the person. */
export class Refused extends Error {}

async function ask(path, body, method = body ? "POST" : "GET") {
  const init = { method };
  if (body) Object.assign(init, { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  let answer;
  try {
    answer = await fetch(path, init);
  } catch {
    throw new Refused(
      "The rehearsal room's server does not answer. Is it still running? Start it again with: make run",
    );
  }
  const said = await answer.json().catch(() => null);
  if (!answer.ok)
    throw new Refused(said?.error ?? said?.message ?? `The server answered ${answer.status} ${answer.statusText}.`);
  return said;
}

const wire = () => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}`;

export const getWorld = () => ask("/rehearsal/world");

export const getMessages = (channel, member) => ask(`/rehearsal/channels/${channel}/messages?member=${member}`);

/** Posts a message as a member; returns it. */
export const say = (channel, member, content) => ask(`/rehearsal/channels/${channel}/messages`, { member, content });

/** Takes away a message that only this member sees. */
export const dismiss = ({ id, channel_id: channel }, member) =>
  ask(`/rehearsal/channels/${channel}/messages/${id}?member=${member}`, undefined, "DELETE");

/** Tells that the member is writing. */
export const type = (channel, member) => ask(`/rehearsal/channels/${channel}/typing`, { member });

/** Sets the language of a member's Discord: one of Discord's locales. */
export const setLocale = (member, locale) => ask("/rehearsal/world/set_locale", { who: member, locale });

/** What the console shows (see rehearsal/console.py). */
export const getConsole = () => ask("/rehearsal/console");

/** Has the console do something: "speed", "trouble" or "restart". */
export const turnConsole = (what, body) => ask(`/rehearsal/console/${what}`, body);

/** Has a member leave the voice channel in which they are. */
export const leaveVoice = (member) => ask("/rehearsal/voice/leave", { member });

/**
 * Has a member join a voice channel, for as long as the line is open: `heard(bytes)` gets each frame of Opus; `ended(reason)`
 * is told when it is closed from there. `close()` leaves.
 */
export function voiceLine(member, channel, heard, ended) {
  const socket = new WebSocket(`${wire()}/rehearsal/voice?member=${member}&channel=${channel}`);
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => heard(data);
  socket.onclose = ({ reason }) => ended(reason);
  return { close: () => socket.close() };
}

/** Starts an interaction (see `POST /rehearsal/interactions`); returns its id. */
export const interact = async (body) => (await ask("/rehearsal/interactions", body)).interaction;

/** Waits until the bot acknowledged the interaction or Discord gave up on it. */
export async function outcome(id) {
  for (;;) {
    const found = await ask(`/rehearsal/interactions/${id}?wait=${WAIT}`);
    if (found.state !== "waiting") return found;
  }
}

/**
 * Hears the events that `member` may see: `heard({t, d})`; `turned(true|false)` when the line opens or breaks.
 * A broken line is taken up again by itself. Returns a function that ends it.
 */
export function listen(member, heard, turned) {
  let socket;
  let timer;
  let ended = false;
  let pause = 500; // milliseconds, doubled up to 8 s
  const open = () => {
    socket = new WebSocket(`${wire()}/rehearsal/events?member=${member}`);
    socket.onopen = () => {
      pause = 500;
      turned(true);
    };
    socket.onmessage = ({ data }) => ended || heard(JSON.parse(data));
    socket.onclose = () => {
      if (ended) return;
      turned(false);
      timer = setTimeout(open, pause);
      pause = Math.min(pause * 2, 8000);
    };
  };
  open();
  return () => {
    ended = true;
    clearTimeout(timer);
    socket.close();
  };
}

/** A file as the API takes it: {filename, content_type, data_base64}. */
export function packed(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onerror = () => reject(new Refused(`The file ${file.name} could not be read. Choose it again.`));
    reader.onload = () => {
      const data = reader.result.slice(reader.result.indexOf(",") + 1);
      resolve({ filename: file.name, content_type: file.type || "application/octet-stream", data_base64: data });
    };
    reader.readAsDataURL(file);
  });
}
