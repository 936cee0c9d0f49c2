// The form of one slash command: its options as fields, checked as a Discord client checks them before anything is sent.

import { el } from "../elements/dom.js";
import { optionField } from "./fields.js";
import { Kind } from "./options.js";

/** A browser that tells the page what is pressed within an open list says also that it is open. */
const isOpen = (select) => CSS.supports("selector(:open)") && select.matches(":open");

/**
 * `values` prefill the fields. `suggest(option, options)` gives autocomplete choices; `send(options, files, raw)` runs the
 * command, with files as {option: File} and `raw` to fill the form again; `close(raw)` is called when the person
 * steps out.
 */
export function commandForm(entry, values, { room, suggest, send, close }) {
  const options = [...entry.options].sort((a, b) => Number(b.required ?? false) - Number(a.required ?? false));
  const fields = new Map();
  const ask = (focused) => {
    const known = {};
    for (const option of options) {
      const { value } = fields.get(option).read();
      if (option === focused) known[option.name] = fields.get(option).typed();
      else if (value !== undefined && option.type !== Kind.ATTACHMENT) known[option.name] = value;
    }
    return suggest(focused, known);
  };
  for (const option of options) fields.set(option, optionField(option, values[option.name], room, ask));

  const submit = (event) => {
    event.preventDefault();
    const given = {};
    const files = {};
    const raw = {};
    let first = null;
    for (const [option, field] of fields) {
      const { value, problem } = field.read();
      field.say(problem);
      raw[option.name] = field.raw();
      if (problem) first ??= field;
      else if (value !== undefined) (option.type === Kind.ATTACHMENT ? files : given)[option.name] = value;
    }
    if (first) first.focus();
    else send(given, files, raw);
  };
  const leave = () => close(Object.fromEntries([...fields].map(([option, field]) => [option.name, field.raw()])));
  const key = (event) => {
    const sends = event.key === "Enter" && event.target.tagName === "SELECT" && !isOpen(event.target); // as in any other field
    if (event.key !== "Escape" && !sends) return;
    event.preventDefault();
    if (sends) node.requestSubmit();
    else leave();
  };
  const node = el(
    "form",
    { class: "command-form", novalidate: true, "aria-label": `/${entry.path}`, onsubmit: submit, onkeydown: key },
    el(
      "header",
      {},
      el("div", {}, el("strong", {}, `/${entry.path}`), el("span", { class: "quiet" }, ` ${entry.description}`)),
      el("button", { type: "button", class: "plain close", "aria-label": "Close the command", onclick: leave }, "✕"),
    ),
    el(
      "div",
      { class: "fields" },
      options.length
        ? options.map((option) => fields.get(option).node)
        : el("p", { class: "quiet" }, "Nothing to fill in."),
    ),
    el(
      "footer",
      {},
      el("span", { class: "quiet" }, "Enter sends, Escape closes"),
      el("button", { class: "button primary" }, "Send"),
    ),
  );
  return {
    node,
    focus: () => (options.length ? fields.get(options[0]).focus() : node.querySelector("footer button").focus()),
  };
}
