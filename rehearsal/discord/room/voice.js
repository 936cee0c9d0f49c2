// Voice: who is in a channel and what stands below its name; joining, hearing, leaving.

import { leaveVoice, voiceLine } from "./api.js";
import { canDecode, speaker } from "./sound.js";

const $ = (id) => document.getElementById(id);
const METER = 100; // milliseconds between two looks at how loud it is
const DEAF = "You are in the channel, but this browser cannot decode its sound: a newer Chromium, Firefox or Safari can.";

/** Of the channels, those in which one can speak. */
export const isVoice = (channel) => channel?.type === 2;

/** Wires the voice channel's bar once; returns the function that draws it. */
export function voice(room) {
  let line = null; // while the member is in a channel by this page
  let shown = null; // the channel that the bar is about
  const problem = (words) => ($("voice-trouble").textContent = words);
  const name = (id) => room.userName(id) ?? "Somebody";
  const here = () => Boolean(shown?.in_voice.includes(room.member?.id));

  const join = () => {
    problem("");
    line?.close();
    const sound = canDecode() ? speaker() : null;
    const timer = setInterval(() => ($("voice-level").value = sound?.loudness() ?? 0), METER);
    const mine = voiceLine(
      room.member.id,
      shown.id,
      (opus) => sound?.hear(opus),
      (reason) => {
        clearInterval(timer);
        sound?.close();
        if (line !== mine) return;
        line = null;
        problem(reason);
        draw();
      },
    );
    line = Object.assign(mine, { member: room.member.id });
    if (!sound) problem(DEAF);
  };
  const leave = async () => {
    problem("");
    const own = line;
    line = null;
    own?.close();
    if (!own) await leaveVoice(room.member.id).catch((error) => problem(error.message));
    draw();
  };
  $("voice-turn").addEventListener("click", () => (here() ? leave() : join()));

  const draw = () => {
    if (line && line.member !== room.member?.id) leave(); // whoever one was is no longer there
    const voices = (room.guild?.channels ?? []).filter(isVoice);
    const own = voices.find((one) => one.in_voice.includes(room.member?.id));
    shown = (isVoice(room.channel) && voices.find(({ id }) => id === room.channel.id)) || own || null;
    $("voice").hidden = !shown;
    if (!shown) return;
    const people = shown.in_voice.map(name);
    $("voice-title").textContent = `♫ ${shown.name}`;
    $("voice-status").textContent = shown.status ?? "";
    $("voice-people").textContent = people.length ? `Here: ${people.join(", ")}` : "Nobody is here.";
    $("voice-loudness").hidden = !line;
    $("voice-turn").textContent = here() ? "Leave" : "Join";
    $("voice-turn").classList.toggle("danger", here());
  };
  return draw;
}
