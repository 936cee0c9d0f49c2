// Message components: action rows with buttons and selects, and the layouts of Components V2.
// Numbers are Discord's component types. `room.press(message, component, values)` sends what a person did.

import { el, link, tint } from "../elements/dom.js";
import { Listbox } from "../elements/listbox.js";
import { attachment, covered, picture } from "../elements/media.js";
import { prose } from "./prose.js";

export const Type = {
  ROW: 1,
  BUTTON: 2,
  STRING_SELECT: 3,
  TEXT_INPUT: 4,
  USER_SELECT: 5,
  ROLE_SELECT: 6,
  MENTIONABLE_SELECT: 7,
  CHANNEL_SELECT: 8,
  SECTION: 9,
  TEXT: 10,
  THUMBNAIL: 11,
  GALLERY: 12,
  FILE: 13,
  SEPARATOR: 14,
  CONTAINER: 17,
  LABEL: 18,
  UPLOAD: 19,
  RADIO: 21,
  CHECKBOXES: 22,
  CHECKBOX: 23,
};

const BUTTON_STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link" };
const LINK_BUTTON = 5;

/** One component of a message, and what it holds. */
export function component(node, message, room) {
  const inside = () => (node.components ?? []).map((child) => component(child, message, room));
  switch (node.type) {
    case Type.ROW:
      return el("div", { class: "row", role: "group" }, inside());
    case Type.BUTTON:
      return button(node, message, room);
    case Type.STRING_SELECT:
    case Type.USER_SELECT:
    case Type.ROLE_SELECT:
    case Type.MENTIONABLE_SELECT:
    case Type.CHANNEL_SELECT:
      return select(node, room.choicesFor(node), (values) => room.press(message, node, values));
    case Type.SECTION:
      return el(
        "div",
        { class: "section" },
        el("div", {}, inside()),
        node.accessory && component(node.accessory, message, room),
      );
    case Type.TEXT:
      return prose(node.content, room);
    case Type.THUMBNAIL:
      return el("div", { class: "thumbnail" }, hiddenIf(node.spoiler, picture(node.media?.url, node.description)));
    case Type.GALLERY:
      return el(
        "div",
        { class: "gallery" },
        (node.items ?? []).map((item) => hiddenIf(item.spoiler, picture(item.media?.url, item.description))),
      );
    case Type.FILE:
      return hiddenIf(node.spoiler, file(node, message));
    case Type.SEPARATOR:
      return el("hr", { class: `${node.divider === false ? "bare" : ""} ${node.spacing === 2 ? "wide" : ""}` });
    case Type.CONTAINER:
      return tint(hiddenIf(node.spoiler, el("div", { class: "container" }, inside())), node.accent_color);
    default:
      return el("p", { class: "quiet" }, `(The room cannot show this component: type ${node.type}.)`);
  }
}

const hiddenIf = (spoiler, node) => (spoiler && node ? covered(node, "spoiler: show") : node);

function file(node, message) {
  const url = node.file?.url ?? "";
  const name = node.name ?? decodeURIComponent(url.split(/[?#]/)[0].split("/").at(-1) ?? "file");
  const known = (message.attachments ?? []).find((one) => one.url === url || one.filename === name);
  return attachment({
    ...known,
    url,
    filename: name,
    size: node.size ?? known?.size,
    content_type: node.file?.content_type ?? known?.content_type,
  });
}

function button(node, message, room) {
  const words = [node.emoji && el("span", { "aria-hidden": node.label && "true" }, node.emoji.name), node.label];
  const style = `button ${BUTTON_STYLES[node.style] ?? "secondary"}`;
  if (node.style === LINK_BUTTON) {
    const out = link(node.url, words, el("span", { "aria-label": "(opens outside)" }, " ↗"));
    out.className = style;
    return out;
  }
  const pressed = () => room.press(message, node, undefined);
  return el(
    "button",
    { type: "button", class: style, disabled: node.disabled, "data-custom-id": node.custom_id, onclick: pressed },
    words,
  );
}

/**
 * A select menu: a button with a list. One value is sent when it is picked, several when the list closes.
 * `choices` are {label, value, description?, default?}; `changed(values)` gets the chosen values.
 */
export function select(node, choices, changed) {
  const least = node.min_values ?? 1;
  const most = Math.min(node.max_values ?? 1, choices.length || 1);
  let chosen = new Set(choices.filter((choice) => choice.default).map((choice) => choice.value));
  let before = [...chosen].join("\n");
  const placeholder = node.placeholder || "Make a selection";
  const shown = el("span", {});
  const face = el(
    "button",
    {
      type: "button",
      class: "select",
      disabled: node.disabled,
      "data-custom-id": node.custom_id,
      "aria-label": node.name ?? placeholder,
    },
    shown,
    el("span", { "aria-hidden": "true" }, "▾"),
  );
  const say = () => {
    const labels = choices.filter(({ value }) => chosen.has(value)).map((choice) => choice.label);
    shown.textContent = labels.join(", ") || placeholder;
    shown.classList.toggle("quiet", !labels.length);
  };
  const items = () =>
    choices.map((choice) => ({
      value: choice.value,
      label: `${chosen.has(choice.value) ? "✓ " : ""}${choice.emoji?.name ? `${choice.emoji.name} ` : ""}${choice.label}`,
      note: choice.description,
      chosen: chosen.has(choice.value),
    }));
  const settle = () => {
    const now = [...chosen].join("\n");
    if (now === before || chosen.size < least) return;
    before = now;
    changed([...chosen]);
  };
  const picked = ({ value }) => {
    if (chosen.has(value)) {
      if (most > 1 || least === 0) chosen.delete(value);
    } else if (most === 1) chosen = new Set([value]);
    else if (chosen.size < most) chosen.add(value);
    say();
    if (most === 1) return false;
    const at = list.at;
    list.show(items());
    list.at = at;
    list.mark();
    return true;
  };
  const list = new Listbox(face, { label: placeholder, picked, closed: settle });
  face.addEventListener("click", () => (list.open ? list.hide() : list.show(items(), "There is nothing to choose.")));
  say();
  return el("div", { class: "select-box" }, face);
}
