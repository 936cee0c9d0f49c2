// Labelled controls, as the command form and modals need them. Each field is {node, read(), say(problem), focus()};
// `read` gives {value}, {} when it was left empty, or {problem}.

import { el, freshId } from "../elements/dom.js";
import { Listbox } from "../elements/listbox.js";
import { Kind, hint, ofLength, readValue } from "./options.js";

const REST = 200; // milliseconds without a key before autocomplete is asked

/** Puts label, description and the place for a problem around a control. */
export function field({ label, description, required, control, around = control, extra, read }) {
  const id = freshId("field");
  const problem = el("p", { class: "problem", id: `${id}-problem` });
  control.id = id;
  control.setAttribute("aria-describedby", `${id}-about ${id}-problem`);
  if (required) control.setAttribute("aria-required", "true");
  const say = (words = "") => {
    problem.textContent = words;
    if (words) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
  };
  control.addEventListener("input", () => say());
  control.addEventListener("change", () => say());
  const node = el(
    "div",
    { class: "field" },
    el("label", { for: id }, label, required && el("span", { class: "required" }, " required")),
    el("p", { class: "quiet", id: `${id}-about` }, description ?? ""),
    around,
    extra,
    problem,
  );
  return { node, read, say, focus: () => control.focus() };
}

/**
 * The field for a slash command's option. `raw` fills it: a text, or the autocomplete choice that was picked.
 * `suggest(option)` asks the bot for autocomplete choices.
 */
export function optionField(option, raw, room, suggest) {
  const about = [option.description, hint(option)].filter(Boolean).join(" · ");
  const wrap = (control, read, around) => ({
    ...field({ label: option.label, description: about, required: option.required, control, around, read }),
    raw: () => control.value,
  });
  if (option.type === Kind.ATTACHMENT) {
    const control = el("input", { type: "file" });
    return wrap(control, () => readValue(option, control.files[0] ?? null));
  }
  const choices = listed(option, room);
  if (choices) {
    const chosen =
      choices.find(({ label, value }) => [value, label, label.replace(/^#/, "")].includes(raw))?.value ?? "";
    const control = el("select", {}, el("option", { value: "" }, option.required ? "Choose…" : "(not given)"));
    control.append(...choices.map(({ label, value }) => el("option", { value }, label)));
    control.value = chosen;
    return wrap(control, () => readValue(option, control.value));
  }
  const numeric = option.type === Kind.INTEGER || option.type === Kind.NUMBER;
  const control = el("input", {
    type: "text",
    value: raw?.name ?? raw ?? "",
    autocomplete: "off",
    inputmode: numeric && "decimal",
    spellcheck: numeric && "false",
  });
  if (!option.autocomplete) return wrap(control, () => readValue(option, control.value));
  return completed(option, control, raw?.name === undefined ? null : raw, wrap, suggest);
}

/** What a select offers: {label, value as text}; null where the option is typed. */
function listed(option, room) {
  if (option.choices?.length) return option.choices.map(({ name, value }) => ({ label: name, value: String(value) }));
  switch (option.type) {
    case Kind.BOOLEAN:
      return ["True", "False"].map((label) => ({ label, value: label.toLowerCase() }));
    case Kind.USER:
    case Kind.MENTIONABLE:
      return room.members().map(({ id, name }) => ({ label: name, value: id }));
    case Kind.CHANNEL:
      return room.channels().map(({ id, name }) => ({ label: `#${name}`, value: id }));
    default:
      return null;
  }
}

function completed(option, control, before, wrap, suggest) {
  let picked = before; // the choice behind the text, while the text is still the choice's name
  let timer;
  let asked = 0;
  const list = new Listbox(control, {
    label: `${option.name}: suggestions`,
    picked: ({ choice }) => {
      picked = choice;
      control.value = choice.name;
      control.dispatchEvent(new Event("change"));
    },
  });
  const ask = async () => {
    const turn = (asked += 1);
    const choices = await suggest(option).catch(() => null);
    if (turn !== asked || document.activeElement !== control) return;
    if (choices)
      list.show(
        choices.map((choice) => ({ choice, label: choice.name })),
        "No suggestions. You can write your own.",
      );
    else list.show([], "The suggestions did not come. You can still write your own.");
  };
  const typed = () => {
    if (picked?.name !== control.value) picked = null;
    clearTimeout(timer);
    timer = setTimeout(ask, REST);
  };
  control.setAttribute("aria-autocomplete", "list");
  control.addEventListener("input", typed);
  control.addEventListener("focus", () => control.value || typed()); // what is filled in needs none before it is changed
  control.addEventListener("blur", () => clearTimeout(timer));
  const read = () => readValue(option, control.value, picked);
  return {
    ...wrap(control, read, el("div", { class: "completed" }, control)),
    raw: () => picked ?? control.value,
    typed: () => control.value,
  };
}

/** A modal's text input; `node` is Discord's component of type 4, `label` its own or that of the label around it. */
export function textField(node, label, description) {
  const paragraph = node.style === 2;
  const required = node.required !== false;
  const control = el(paragraph ? "textarea" : "input", {
    rows: paragraph && "8",
    placeholder: node.placeholder,
    autocomplete: "off",
  });
  control.value = node.value ?? "";
  const most = node.max_length ?? 4000;
  const counter = el("p", { class: "counter" });
  const count = () => {
    const length = [...control.value].length;
    counter.textContent = `${length} / ${most}`;
    counter.classList.toggle("over", length > most);
  };
  control.addEventListener("input", count);
  count();
  const read = () => {
    if (!control.value.trim())
      return required ? { problem: "This field is required. Write something." } : { value: "" };
    return ofLength({ min_length: node.min_length, max_length: most }, control.value);
  };
  const changed = () => control.value !== (node.value ?? "");
  return { ...field({ label, description, required, control, extra: counter, read }), changed };
}
