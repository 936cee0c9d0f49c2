// The line at the bottom: a slash opens the list of commands, a command opens its form.

import { commandForm } from "./command-form.js";
import { Listbox } from "../elements/listbox.js";
import { readLine, suited } from "./options.js";

const $ = (id) => document.getElementById(id);

/** Returns {open(path, values), focus(), moved()}. */
export function composer(room) {
  const input = $("line");
  let last = null; // what was sent last: {path, raw}
  const drafts = new Map(); // path -> what was written and not sent
  const note = (words = "") => ($("line-note").textContent = words);
  const list = new Listbox(input, {
    label: "Commands",
    enterPicksFirst: true,
    picked: ({ entry }) => void open(entry),
  });

  const offer = () => {
    note();
    if (!input.value.startsWith("/")) return list.hide();
    const typed = input.value.slice(1);
    const entries = suited(room.commands(), typed);
    if (!entries.length && readLine(input.value, room.commands())) return list.hide();
    return list.show(
      entries.map((entry) => ({ entry, label: `/${entry.path}`, note: entry.description })),
      room.commands().length ? "No command is called that." : "The bot has no commands here yet. Is it connected?",
    );
  };

  const leave = (entry, raw) => {
    drafts.set(entry.path, raw);
    close();
  };
  const close = () => {
    $("form-place").replaceChildren();
    $("line-form").hidden = false;
    input.value = "";
    input.focus();
  };

  function open(entry, values = drafts.get(entry.path) ?? {}) {
    note();
    const form = commandForm(entry, values, {
      room,
      close: (raw) => leave(entry, raw),
      suggest: (option, options) => room.suggest(entry, option, options),
      send(options, files, raw) {
        last = { path: entry.path, raw };
        drafts.delete(entry.path);
        close();
        room.run(entry, options, files, raw);
      },
    });
    $("form-place").replaceChildren(form.node);
    $("line-form").hidden = true;
    form.focus();
  }

  const submit = (event) => {
    event.preventDefault();
    const text = input.value.trim();
    const meant = text.startsWith("/") && readLine(text, room.commands());
    if (meant) open(meant.entry, meant.values);
    else if (text.startsWith("/")) note("There is no such command. Type / to see them.");
    else if (text) say(text);
  };
  const say = async (text) => {
    input.value = "";
    await room.say(text).catch((error) => {
      input.value ||= text;
      note(error.message);
    });
  };

  input.addEventListener("input", () => {
    offer();
    if (input.value && !input.value.startsWith("/")) room.wrote();
  });
  input.addEventListener("focus", () => input.value.startsWith("/") && offer());
  input.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowUp" || input.value || !last) return;
    event.preventDefault();
    api.open(last.path, last.raw);
  });
  $("line-form").addEventListener("submit", submit);
  $("slash").addEventListener("pointerdown", (event) => event.preventDefault());
  $("slash").addEventListener("click", () => {
    input.value = "/";
    input.focus();
    offer();
  });

  const api = {
    open(path, values) {
      const entry = room.commands().find((one) => one.path === path);
      if (entry) open(entry, values);
      else note(`/${path} cannot be used here.`);
    },
    focus: () => input.focus(),
    moved() {
      if ($("line-form").hidden && !$("form-place").contains(document.activeElement)) close();
      input.placeholder = room.channel
        ? `Type / for the commands in ${room.channel.direct ? "" : "#"}${room.channel.name}`
        : "Type / for the commands";
    },
  };
  return api;
}
