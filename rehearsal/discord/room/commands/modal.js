// Modals as dialogs. What a person wrote is kept until Discord took it: a failed submit changes nothing in the fields,
// and leaving with changed text asks first.

import { packed } from "../api.js";
import { Type, select } from "../messages/components.js";
import { el, freshId } from "../elements/dom.js";
import { field, textField } from "./fields.js";
import { outline, prose } from "../messages/prose.js";

const SELECTS = [Type.STRING_SELECT, Type.USER_SELECT, Type.ROLE_SELECT, Type.MENTIONABLE_SELECT, Type.CHANNEL_SELECT];

/** Opens `modal`; `submit(fields, files)` resolves to null when it was taken, else to a sentence on why not. */
export function openModal(modal, room, submit) {
  const fields = new Map(); // custom_id -> field
  const nodes = (modal.components ?? []).flatMap((part) => partOf(part, room, fields));
  const title = freshId("modal");
  const trouble = el("p", { class: "trouble", role: "alert" });
  const send = el("button", { class: "button primary" }, "Submit");
  const cancel = el("button", { type: "button", class: "button secondary", onclick: () => leave() }, "Cancel");
  const back = document.activeElement;

  const close = () => {
    dialog.close();
    dialog.remove();
    if (back?.isConnected) back.focus();
    else room.focusLine();
  };
  const leave = () => {
    if (![...fields.values()].some((one) => one.changed?.())) return close();
    const stay = () => {
      trouble.replaceChildren();
      [...fields.values()][0]?.focus();
    };
    const keep = el("button", { type: "button", class: "plain", onclick: stay }, "Keep writing");
    trouble.replaceChildren(
      "What you wrote is not sent and would be lost. ",
      el("button", { type: "button", class: "plain", onclick: close }, "Discard it"),
      " · ",
      keep,
    );
    keep.focus();
    return undefined;
  };
  const submitted = async (event) => {
    event.preventDefault();
    const answer = readAll(fields);
    if (!answer) return;
    trouble.textContent = "";
    send.disabled = true;
    send.textContent = "Sending…";
    try {
      const files = {};
      for (const [name, list] of Object.entries(answer.files)) files[name] = await Promise.all(list.map(packed));
      const refused = await submit(answer.values, files);
      if (refused === null) return close();
      trouble.textContent = `${refused} Your text is still here: try again.`;
    } catch (error) {
      trouble.textContent = `${error.message} Your text is still here: try again.`;
    }
    send.disabled = false;
    send.textContent = "Submit";
  };
  const keys = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    if (event.key !== "Escape") return;
    event.preventDefault(); // a browser lets `cancel` be refused only once
    leave();
  };
  const form = el(
    "form",
    { novalidate: true, onsubmit: submitted, onkeydown: keys },
    el("h2", { id: title }, modal.title),
    el("div", { class: "fields" }, nodes),
    trouble,
    el("footer", {}, cancel, send),
  );
  const dialog = el(
    "dialog",
    { class: "modal", "aria-labelledby": title, oncancel: (event) => (event.preventDefault(), leave()) },
    form,
  );
  outline(dialog, 2);
  document.body.append(dialog);
  dialog.showModal();
  [...fields.values()][0]?.focus();
}

function readAll(fields) {
  const values = {};
  const files = {};
  let first = null;
  for (const [id, one] of fields) {
    const { value, problem } = one.read();
    one.say(problem);
    if (problem) first ??= one;
    else (one.files ? files : values)[id] = value;
  }
  first?.focus();
  return first ? null : { values, files };
}

function partOf(part, room, fields) {
  const keep = (node, one) => {
    fields.set(node.custom_id, one);
    return one.node;
  };
  switch (part.type) {
    case Type.ROW:
      return part.components.map((node) => keep(node, inputField(node, node.label, "", room)));
    case Type.LABEL:
      return keep(part.component, inputField(part.component, part.label, part.description, room));
    case Type.TEXT:
      return prose(part.content, room);
    default:
      return el("p", { class: "quiet" }, `(The room cannot show this part of the form: type ${part.type}.)`);
  }
}

function inputField(node, label, description, room) {
  if (node.type === Type.TEXT_INPUT) return textField(node, label, description);
  if (SELECTS.includes(node.type)) return selectField(node, label, description, room);
  if (node.type === Type.UPLOAD) return uploadField(node, label, description);
  return choiceField(node, label, description);
}

const lacking = (node, count) => {
  const least = node.required === false && !count ? 0 : Math.max(node.min_values ?? 1, node.required === false ? 0 : 1);
  const most = node.max_values ?? 1;
  if (count < least)
    return { problem: least === 1 ? "This field is required. Choose one." : `Choose at least ${least}.` };
  return count > most ? { problem: `Choose at most ${most}; these are ${count}.` } : null;
};

function selectField(node, label, description, room) {
  const choices = room.choicesFor(node);
  let chosen = choices.filter((choice) => choice.default).map(({ value }) => value);
  const box = select({ ...node, name: label, min_values: 0 }, choices, (values) => {
    chosen = values;
    one.say();
  });
  const read = () => lacking(node, chosen.length) ?? { value: chosen };
  const one = field({
    label,
    description,
    required: node.required !== false,
    control: box.firstChild,
    around: box,
    read,
  });
  return one;
}

function uploadField(node, label, description) {
  const control = el("input", { type: "file", multiple: (node.max_values ?? 1) > 1 });
  const read = () => lacking(node, control.files.length) ?? { value: [...control.files] };
  return { ...field({ label, description, required: node.required !== false, control, read }), files: true };
}

/** Radio buttons, checkboxes, one checkbox. */
function choiceField(node, label, description) {
  const many = node.type !== Type.RADIO;
  const lone = node.type === Type.CHECKBOX;
  const name = freshId("choice");
  const choices = lone ? [{ value: "on", label: "Yes", default: node.default }] : (node.options ?? []);
  const inputs = choices.map(({ value, default: checked }) =>
    el("input", { type: many ? "checkbox" : "radio", name, value, checked }),
  );
  const group = el(
    "div",
    { class: "choices", role: many ? "group" : "radiogroup", "aria-label": label },
    choices.map((choice, i) =>
      el(
        "label",
        {},
        inputs[i],
        ` ${choice.label}`,
        choice.description && el("span", { class: "quiet" }, ` ${choice.description}`),
      ),
    ),
  );
  const read = () => {
    const chosen = inputs.filter((input) => input.checked).map((input) => input.value);
    if (lone) return { value: chosen.length > 0 };
    const short = lacking({ ...node, max_values: node.max_values ?? (many ? choices.length : 1) }, chosen.length);
    return short ?? { value: many ? chosen : (chosen[0] ?? null) };
  };
  const one = field({ label, description, required: !lone && node.required !== false, control: group, read });
  return { ...one, focus: () => inputs[0]?.focus() };
}
