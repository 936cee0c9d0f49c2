// A player that shows the sound itself: its waveform, how far it has come, and a place to go to.

import { el } from "./dom.js";

const BARS = 96;
const RATE = 8000; // samples a second are enough for bars that are pixels wide
const still = matchMedia("(prefers-reduced-motion: reduce)");

const clock = (seconds) => {
  const whole = Number.isFinite(seconds) ? Math.floor(seconds) : 0;
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};

/** A player for the sound at `src`, called `name`. */
export function player(src, name) {
  const audio = el("audio", { preload: "metadata", src });
  const play = el("button", { type: "button", class: "play", "aria-label": `Play ${name}` }, "▶");
  const canvas = el("canvas", { "aria-hidden": "true" });
  const seek = el("input", { type: "range", min: 0, max: 0, step: 0.1, value: 0, "aria-label": `Place in ${name}` });
  const time = el("span", { class: "clock" }, "0:00");
  let bars = new Array(BARS).fill(0.08);

  const draw = () => {
    const scale = devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth * scale, canvas.clientHeight * scale];
    if (!width) return;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const paper = canvas.getContext("2d");
    const { color, accentColor } = getComputedStyle(canvas);
    const done = audio.duration ? audio.currentTime / audio.duration : 0;
    const step = width / BARS;
    paper.clearRect(0, 0, width, height);
    bars.forEach((bar, index) => {
      const beat = audio.paused || still.matches ? 1 : 1 + 0.12 * Math.sin(audio.currentTime * 9 + index / 2);
      const tall = Math.min(height, Math.max(2 * scale, bar * height * beat));
      paper.fillStyle = (index + 0.5) / BARS <= done ? accentColor : color;
      paper.fillRect(index * step, (height - tall) / 2, Math.max(1, step * 0.65), tall);
    });
  };
  const say = () => {
    const words = `${clock(audio.currentTime)} / ${clock(audio.duration)}`;
    time.textContent = words;
    seek.max = Number.isFinite(audio.duration) ? audio.duration : 0;
    seek.value = audio.currentTime;
    seek.setAttribute("aria-valuetext", words.replace("/", "of"));
    draw();
  };
  const move = () => {
    if (audio.paused || !audio.isConnected) return;
    draw();
    if (!still.matches) requestAnimationFrame(move);
  };
  const turned = () => {
    play.textContent = audio.paused ? "▶" : "❚❚";
    play.setAttribute("aria-label", `${audio.paused ? "Play" : "Pause"} ${name}`);
    move();
  };
  play.addEventListener("click", () => (audio.paused ? audio.play() : audio.pause()));
  seek.addEventListener("input", () => (audio.currentTime = Number(seek.value)));
  for (const event of ["play", "pause", "ended"]) audio.addEventListener(event, turned);
  for (const event of ["timeupdate", "loadedmetadata", "seeked"]) audio.addEventListener(event, say);

  const seen = new IntersectionObserver(async ([entry]) => {
    if (!entry.isIntersecting) return;
    seen.disconnect();
    bars = await barsOf(src).catch(() => bars); // a sound that cannot be decoded is still played, or says why not
    canvas.dataset.bars = bars.length;
    draw();
  });
  seen.observe(canvas);
  new ResizeObserver(draw).observe(canvas);
  return el("div", { class: "player" }, play, el("div", { class: "wave" }, canvas, seek), time, audio);
}

const known = new Map(); // address -> its bars

/** How loud each bar's part of the sound is, 0 to 1. */
function barsOf(src) {
  if (!known.has(src)) known.set(src, decoded(src));
  return known.get(src);
}

async function decoded(src) {
  const data = await (await fetch(src)).arrayBuffer();
  const sound = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(data);
  const samples = sound.getChannelData(0);
  const each = Math.max(1, Math.floor(samples.length / BARS));
  const loud = Array.from({ length: BARS }, (_, index) => {
    const part = samples.subarray(index * each, (index + 1) * each);
    return Math.sqrt(part.reduce((sum, sample) => sum + sample * sample, 0) / (part.length || 1));
  });
  const most = Math.max(...loud, 1e-6);
  return loud.map((one) => Math.max(0.04, one / most));
}
