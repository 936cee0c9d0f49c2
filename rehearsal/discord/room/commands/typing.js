// "Ben is typing…": what is told of the others, and told to them.

import { type } from "../api.js";

const LASTS = 8000; // milliseconds that one notice counts, as Discord has it
const AGAIN = 5000; // milliseconds until it is told anew

export function typing(room) {
  const box = document.getElementById("typing");
  const until = new Map(); // user id -> a timer that ends it
  let told = 0;

  const draw = () => {
    const names = [...until.keys()].map((id) => room.userName(id)).filter(Boolean);
    const who = names.length > 2 ? "Several people" : names.join(" and ");
    box.textContent = who && `${who} ${names.length > 1 ? "are" : "is"} typing…`;
  };
  const ended = (id) => {
    clearTimeout(until.get(id));
    if (until.delete(id)) draw();
  };
  return {
    ended,
    heard({ channel_id: channel, user_id: id }) {
      if (channel !== room.channel?.id || id === room.member?.id) return;
      clearTimeout(until.get(id));
      until.set(id, setTimeout(ended, LASTS, id));
      draw();
    },
    clear() {
      [...until.keys()].forEach(ended);
    },
    /** The member wrote a letter. */
    wrote() {
      if (!room.channel || !room.member || Date.now() - told < AGAIN) return;
      told = Date.now();
      type(room.channel.id, room.member.id).catch(() => {}); // whoever is not told misses nothing
    },
  };
}
