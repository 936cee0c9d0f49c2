// What a Discord client knows about slash commands before it sends one: which can be run, what a typed line means,
// whether a value is allowed. Pure; the rules and numbers are Discord's ("Application Commands" in its documentation).

export const Kind = {
  SUB_COMMAND: 1,
  SUB_COMMAND_GROUP: 2,
  STRING: 3,
  INTEGER: 4,
  BOOLEAN: 5,
  USER: 6,
  CHANNEL: 7,
  ROLE: 8,
  MENTIONABLE: 9,
  NUMBER: 10,
  ATTACHMENT: 11,
};
export const CHAT_INPUT = 1;
export const MESSAGE_COMMAND = 3;
const LONGEST_STRING = 6000;
const [GUILD, BOT_DM] = [0, 1]; // where a command may be used

const ADMINISTRATOR = 8n;

/** May `member` use `command` in `channel`? `channel.guild` is its guild's id, null for direct messages. */
export function allowed(command, member, channel) {
  if (command.guild_id && command.guild_id !== channel?.guild) return false;
  if (command.nsfw && !channel?.nsfw) return false;
  if (!channel?.guild) return command.contexts ? command.contexts.includes(BOT_DM) : command.dm_permission !== false;
  if (command.contexts && !command.contexts.includes(GUILD)) return false;
  const wanted = BigInt(command.default_member_permissions ?? 0);
  const has = BigInt(member?.permissions ?? 0);
  if (command.default_member_permissions === "0") return Boolean(has & ADMINISTRATOR);
  return Boolean(has & ADMINISTRATOR) || (has & wanted) === wanted;
}

/** What a client in that language shows of a command, an option or a choice: {label, description}; the name is sent. */
export function displayed(node, locale) {
  return {
    label: node.name_localizations?.[locale] ?? node.name,
    description: node.description_localizations?.[locale] ?? node.description ?? "",
  };
}

const localised = (option, locale) => ({
  ...option,
  ...displayed(option, locale),
  ...(option.choices && { choices: option.choices.map((one) => ({ ...one, name: displayed(one, locale).label })) }),
});

/** Slash commands as they are typed, in the bot's order: one entry for each sub-command, `path` like "budget set". */
export function runnable(commands, locale) {
  const found = [];
  const walk = (node, path) => {
    const below = (node.options ?? []).filter((option) => option.type <= Kind.SUB_COMMAND_GROUP);
    if (below.length) below.forEach((option) => walk(option, `${path} ${option.name}`));
    else {
      const options = (node.options ?? []).map((option) => localised(option, locale));
      found.push({ path, description: displayed(node, locale).description, options });
    }
  };
  commands
    .filter((command) => (command.type ?? CHAT_INPUT) === CHAT_INPUT)
    .forEach((command) => walk(command, command.name));
  return found;
}

/** Entries for what stands after the slash: names that begin so, then names and descriptions that contain it. */
export function suited(entries, typed) {
  const words = typed.trim().toLowerCase();
  const rank = ({ path, description }) => {
    if (path.startsWith(words)) return 0;
    if (path.includes(words)) return 1;
    return description.toLowerCase().includes(words) ? 2 : 3;
  };
  return entries.filter((entry) => rank(entry) < 3).sort((a, b) => rank(a) - rank(b));
}

/** "/compose tags:funk, brass duration:30" -> its entry and the raw values; null where no command is meant. */
export function readLine(line, entries) {
  const text = line.replace(/^\//, "").trimStart();
  const entry = entries
    .filter(({ path }) => text === path || text.startsWith(`${path} `))
    .sort((a, b) => b.path.length - a.path.length)[0];
  if (!entry) return null;
  const rest = text.slice(entry.path.length);
  const names = entry.options.map((option) => option.name).join("|");
  const values = {};
  if (names) {
    const starts = [...rest.matchAll(new RegExp(`(?:^|\\s)(${names}):`, "g"))];
    starts.forEach((start, i) => {
      values[start[1]] = rest.slice(start.index + start[0].length, starts[i + 1]?.index).trim();
    });
  }
  return { entry, values };
}

/**
 * One option's raw text as the value that is sent: `{value}`, `{}` when it was left empty, or `{problem}`.
 * `picked` is the choice that autocomplete gave for this very text, if any.
 */
export function readValue(option, raw, picked = null) {
  const text = typeof raw === "string" ? raw.trim() : raw;
  if (text === "" || text === null || text === undefined) {
    return option.required ? { problem: "This option is required. Give it a value." } : {};
  }
  if (picked) return { value: picked.value };
  if (option.choices?.length) {
    const choice = option.choices.find(({ name, value }) => String(value) === text || name === text);
    return choice ? { value: choice.value } : { problem: "Pick one of the choices." };
  }
  switch (option.type) {
    case Kind.INTEGER:
      return /^[-+]?\d{1,16}$/.test(text) ? inRange(option, Number(text)) : { problem: "Enter a whole number." };
    case Kind.NUMBER:
      return Number.isFinite(Number(text)) ? inRange(option, Number(text)) : { problem: "Enter a number." };
    case Kind.BOOLEAN:
      return { value: text === true || text === "true" || text === "True" };
    case Kind.STRING:
      return ofLength(option, text);
    default:
      return { value: text };
  }
}

function inRange({ min_value: least, max_value: most }, value) {
  const low = least ?? -(2 ** 53);
  const high = most ?? 2 ** 53;
  if (value >= low && value <= high) return { value };
  if (least !== undefined && most !== undefined) return { problem: `Enter a number from ${least} to ${most}.` };
  return { problem: value < low ? `Enter a number of at least ${low}.` : `Enter a number of at most ${high}.` };
}

/** Checks the length of a text against `min_length` and `max_length` (of an option or a modal's text input). */
export function ofLength({ min_length: least = 0, max_length: most = LONGEST_STRING }, text) {
  const length = [...text].length;
  if (length < least) return { problem: `Write at least ${least} characters; this has ${length}.` };
  if (length > most) return { problem: `Write at most ${most} characters; this has ${length}.` };
  return { value: text };
}

/** In words, what an option takes: "whole number, 5 to 240". Empty where there is nothing to say. */
export function hint(option) {
  if (option.choices?.length || option.type > Kind.NUMBER) return "";
  const { min_value: low, max_value: high, min_length: short, max_length: long } = option;
  if (new RegExp(`\\b(${high ?? long ?? low})\\b`).test(option.description)) return ""; // it says so itself
  if (option.type === Kind.INTEGER || option.type === Kind.NUMBER) {
    const what = option.type === Kind.INTEGER ? "whole number" : "number";
    if (low !== undefined && high !== undefined) return `${what}, ${low} to ${high}`;
    if (low !== undefined) return `${what}, ${low} or more`;
    return high !== undefined ? `${what}, ${high} or less` : what;
  }
  if (option.type !== Kind.STRING) return "";
  if (short > 1 && long) return `${short} to ${long} characters`;
  return long ? `up to ${long} characters` : "";
}
