// Who is here: the members of the guild, whose page is open, and a page as each of them.

import { el } from "./elements/dom.js";
import { face } from "./elements/faces.js";

const $ = (id) => document.getElementById(id);

const about = (one, own, here) =>
  [own && "you", one.moderator && !one.bot && "moderates", !here && "away"]
    .filter(Boolean)
    .map((word, index) => (index ? ", " : " ") + word)
    .join("");

/** Returns the function that draws the list. */
export function people(room) {
  const address = (one) => `#${[room.guild.id, room.channel?.id ?? "", one.id].join("/")}`;
  const row = (one) => {
    const own = one.id === room.member?.id;
    const here = one.bot ? room.world.shards_connected > 0 : room.world.present.includes(one.id);
    const name = one.bot ? room.world.application.name : one.name;
    return el(
      "li",
      { class: `person ${here ? "here" : ""}` },
      face(name),
      el(
        "span",
        { class: "name" },
        el("strong", {}, name),
        one.bot && el("span", { class: "tag" }, "APP"),
        el("span", { class: "quiet" }, about(one, own, here)),
      ),
      !one.bot &&
        !own &&
        el("a", { href: address(one), target: "_blank", "aria-label": `Be ${name} in a new tab` }, `Be ${name} ↗`),
    );
  };
  return () => {
    const members = [...(room.guild?.members ?? [])].sort((a, b) => Number(a.bot) - Number(b.bot));
    $("people-list").replaceChildren(...members.map(row));
  };
}
