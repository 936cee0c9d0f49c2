// The places and people to choose from: guilds, their channels, the member one acts as.

import { el } from "./elements/dom.js";
import { face } from "./elements/faces.js";
import { isVoice } from "./voice.js";

const $ = (id) => document.getElementById(id);
const mark = (channel) => (channel.direct ? "@ " : isVoice(channel) ? "♫ " : "# ");

/** Wires the side once; returns the function that draws it. */
export function side(room) {
  const go = (change) =>
    room.enter({ guild: room.guild?.id, channel: room.channel?.id, member: room.member?.id, ...change });
  const open = (on) => {
    document.body.classList.toggle("side-open", on);
    $("menu").setAttribute("aria-expanded", String(on));
  };
  $("menu").addEventListener("click", () => open(!document.body.classList.contains("side-open")));
  $("log").addEventListener("click", () => open(false));
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || !document.body.classList.contains("side-open")) return;
    open(false);
    $("menu").focus();
  });
  $("member").addEventListener("change", ({ target }) => go({ member: target.value }));
  $("language").addEventListener("change", ({ target }) => room.speak(target.value));

  const guild = (one) => {
    const current = one.id === room.guild?.id;
    const fresh = one.channels.some(({ id }) => room.unread.has(id));
    const props = {
      type: "button",
      class: `guild ${fresh ? "fresh" : ""}`,
      title: one.name,
      "aria-label": one.name + (fresh ? ", new messages" : ""),
    };
    return el(
      "button",
      {
        ...props,
        "aria-current": current && "true",
        "data-key": one.id,
        onclick: () => go({ guild: one.id, channel: null }),
      },
      face(one.name, "guild-icon"),
    );
  };
  const person = (id) => el("li", {}, face(room.userName(id) ?? "?"), room.userName(id) ?? "Somebody");
  const channel = (one) => {
    const current = one.id === room.channel?.id;
    const fresh = room.unread.has(one.id);
    const choose = () => {
      open(false);
      go({ channel: one.id });
    };
    return el(
      "li",
      {},
      el(
        "button",
        {
          type: "button",
          class: `channel ${fresh ? "fresh" : ""}`,
          "aria-current": current && "page",
          "data-key": one.id,
          onclick: choose,
        },
        el("span", { class: "quiet", "aria-hidden": "true" }, mark(one)),
        one.name,
        isVoice(one) && el("span", { class: "unseen" }, ", voice"),
        one.nsfw && el("span", { class: "tag" }, "18+"),
        fresh && el("span", { class: "unseen" }, ", new messages"),
      ),
      one.status && el("p", { class: "voice-line quiet" }, one.status),
      one.in_voice?.length > 0 && el("ul", { class: "in-voice" }, one.in_voice.map(person)),
    );
  };
  return () => {
    const focused = document.activeElement?.dataset?.key;
    $("guild-name").textContent = room.guild?.name ?? "Rehearsal room";
    $("guilds").replaceChildren(...room.world.guilds.map(guild));
    $("channels").replaceChildren(...room.places().map(channel));
    $("member").replaceChildren(
      ...room.members().map((one) => el("option", { value: one.id }, one.name + (one.moderator ? " (moderator)" : ""))),
    );
    if (room.member) $("member").value = room.member.id;
    $("language").value = room.member?.locale ?? "en-US";
    $("channel-name").textContent = room.channel
      ? `${mark(room.channel)}${room.channel.name}`
      : "No channel";
    $("acting").textContent = room.member ? `as ${room.member.name}` : "";
    if (focused) [...$("side").querySelectorAll("[data-key]")].find((one) => one.dataset.key === focused)?.focus();
  };
}
