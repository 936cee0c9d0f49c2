// Attachments: players for audio and video, pictures, and everything else as a file to download.

import { bytes } from "./clock.js";
import { address, el, link } from "./dom.js";
import { player } from "./player.js";

const ENDINGS = {
  audio: /\.(mp3|wav|flac|ogg|opus|m4a)$/i,
  image: /\.(png|jpe?g|gif|webp)$/i,
  video: /\.(mp4|webm|mov)$/i,
};

function sortOf({ content_type: type, filename = "" }) {
  return Object.keys(ENDINGS).find((sort) => (type ? type.startsWith(`${sort}/`) : ENDINGS[sort].test(filename)));
}

/** One attachment, as its sort is best met. */
export function attachment(file) {
  if (file.filename?.startsWith("SPOILER_")) return covered(shown(file), "spoiler: show the attachment");
  return shown(file);
}

function shown(file) {
  const source = address(file.url);
  if (!source) return el("p", { class: "quiet" }, file.filename);
  switch (sortOf(file)) {
    case "audio":
      return el("figure", { class: "file" }, label(file), player(source, file.title || file.filename));
    case "video":
      return el("figure", { class: "file" }, label(file), video(source, file.filename));
    case "image":
      return picture(file.url, file.description, file);
    default:
      return el("figure", { class: "file" }, label(file));
  }
}

const label = (file) =>
  el(
    "figcaption",
    {},
    el("a", { href: address(file.url), download: file.filename }, file.filename),
    el("span", { class: "quiet" }, file.size ? bytes(file.size) : ""),
  );

const video = (src, name) => el("video", { controls: true, preload: "metadata", src, "aria-label": name });

/** A picture that opens in full, its alt text behind "ALT"; says so in words where it cannot be loaded. */
export function picture(url, description, { width, height, filename } = {}) {
  const src = address(url);
  if (!src) return null;
  const words = description || filename;
  const failed = () =>
    node.replaceChildren(
      `${words || "Picture"} (not shown: ${new URL(src, location.href).host} is not in the rehearsal)`,
    );
  const image = el("img", { src, alt: words || "", width, height, loading: "lazy", onerror: failed });
  const node = link(url, image);
  node.classList.add("picture");
  if (!words) node.setAttribute("aria-label", "picture, opens in full");
  if (!description) return node;
  return el("div", { class: "described" }, node, el("details", {}, el("summary", {}, "ALT"), el("p", {}, description)));
}

/** Hides `node` behind a button until it is asked for. */
export function covered(node, words) {
  const button = el("button", { type: "button", class: "cover", onclick: () => button.replaceWith(node) }, words);
  return button;
}

/** One piece at a time: what starts to play pauses what played. */
export function onePlayerAtATime(root) {
  const started = ({ target }) =>
    root.querySelectorAll("audio, video").forEach((other) => other === target || other.pause());
  root.addEventListener("play", started, true); // "play" does not bubble
}
