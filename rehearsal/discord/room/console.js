// The console: what passes between the bot and its two providers, and hands to disturb it. It asks once a second while it
// is open.

import { getConsole, turnConsole } from "./api.js";
import { el } from "./elements/dom.js";
import { panel } from "./panels.js";

const $ = (id) => document.getElementById(id);
const REST = 1000; // milliseconds between two questions
const BOT = { connected: "is connected", away: "is not connected", restarting: "is being started anew" };
const speedOf = (times) =>
  times === 1 ? "as fast as the real one" : times < 1 ? `${1 / times} times slower` : `${times} times as fast`;
const dollars = (micro) => `$${(micro / 1e6).toFixed(4)}`;

/** Wires the console once; `opened()` is told. */
export function consolePanel(opened) {
  let timer;
  const refused = (error) => ($("console-trouble").textContent = error.message);
  const turn = (what, body) => turnConsole(what, body).then(look, refused);
  const look = async () => {
    clearTimeout(timer);
    if ($("console").hidden) return;
    try {
      show(await getConsole());
      $("console-trouble").textContent = "";
    } catch (error) {
      refused(error);
    }
    timer = setTimeout(look, REST);
  };

  const show = (now) => {
    $("console-bot").textContent = `The bot ${BOT[now.bot]}.`;
    $("restart").disabled = now.bot === "restarting";
    if (!$("speed").options.length)
      $("speed").append(...now.speeds.map((one) => el("option", { value: one }, speedOf(one))));
    if (document.activeElement !== $("speed")) $("speed").value = String(now.speed);
    if (!$("troubles").children.length) $("troubles").append(...["Discord", "WaveSpeed"].map((at) => side(at, now)));
    for (const one of now.troubles) if (!one.once) $(`trouble-${one.name}`).checked = one.on;
    const amounts = [dollars(now.billed), dollars(now.spent), dollars(now.reserved)];
    ["billed", "spent", "reserved"].forEach((id, index) => ($(id).textContent = amounts[index]));
    const same = now.billed === now.spent;
    const differs = "They differ: what is under way is billed first, and spent when it is delivered.";
    $("money-said").textContent = same ? "Bill and ledger agree." : differs;
    $("requests").replaceChildren(...now.requests.map(request));
  };
  const trouble = (one) => {
    if (one.once) {
      const press = () => turn("trouble", { name: one.name, on: true });
      return el("button", { type: "button", class: "button", onclick: press }, one.says);
    }
    const input = el("input", { type: "checkbox", id: `trouble-${one.name}` });
    input.addEventListener("change", () => turn("trouble", { name: one.name, on: input.checked }));
    return el("label", {}, input, ` ${one.says}`);
  };
  const side = (at, { troubles }) =>
    el("fieldset", {}, el("legend", {}, at), troubles.filter((one) => one.at === at).map(trouble));
  const request = ({ to, method, path, status }) =>
    el("tr", { class: status >= 400 || status === null ? "wrong" : "" }, [
      el("td", {}, to),
      el("td", {}, `${method} ${path}`),
      el("td", {}, status ?? "no answer"),
    ]);

  $("speed").addEventListener("change", () => turn("speed", { speed: Number($("speed").value) }));
  $("restart").addEventListener("click", () => turn("restart", {}));
  panel("console", (open) => open && (opened(), look()));
}
