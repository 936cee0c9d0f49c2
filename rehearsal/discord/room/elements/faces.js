// Pictures for people and guilds: drawn ones for those that the rehearsal starts with, coloured initials for the others.

import { el } from "./dom.js";

const DRAWN = { "The Porch": "porch", Rooftop: "rooftop", Jamboree: "jamboree" };
const COLOURS = ["#8a3b52", "#7a4a1e", "#3f6212", "#155e63", "#1e4f8f", "#5b3a8c", "#86308a", "#4b5563"]; // white reads on each

/** The first letters of a name's words, without articles. */
export const initials = (name) =>
  name
    .split(/\s+/)
    .filter((word) => !/^(the|a)$/i.test(word))
    .map((word) => [...word][0] ?? "")
    .join("")
    .slice(0, 2)
    .toUpperCase() || "?";

/** The same colour for the same name, always. */
const colourOf = (name) => COLOURS[[...name].reduce((sum, sign) => sum + sign.codePointAt(0), 0) % COLOURS.length];

/** A name's picture; what is read aloud is the name beside it. */
export function face(name, shape = "avatar") {
  if (DRAWN[name]) return el("img", { class: shape, src: `room/icons/${DRAWN[name]}.svg`, alt: "" });
  const node = el("span", { class: shape, "aria-hidden": "true" }, initials(name));
  node.style.setProperty("--own", colourOf(name));
  return node;
}
