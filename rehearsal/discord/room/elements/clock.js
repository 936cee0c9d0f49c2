// Says moments the way Discord does: <t:…> timestamps and the time beside a message's author. Pure.

const STEPS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

const FORMATS = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
  s: { dateStyle: "short", timeStyle: "short" },
  S: { dateStyle: "short", timeStyle: "medium" },
};

const HERE = "en-GB"; // of this page, whose English counts to 24

/** "in 2 minutes", "vor 5 Sekunden"; `unix` and `now` in seconds. */
export function relative(unix, now, locale = HERE) {
  const seconds = Math.round(unix - now);
  const [unit, size] = STEPS.find(([, step]) => Math.abs(seconds) >= step) ?? STEPS.at(-1);
  return new Intl.RelativeTimeFormat(locale, { numeric: "always" }).format(Math.trunc(seconds / size), unit);
}

/** A timestamp in one of Discord's styles (t T d D f F s S R), as a Discord in that language says it; `unix` in seconds. */
export function moment(unix, style, language, now = Date.now() / 1000) {
  const locale = !language || language.startsWith("en") ? HERE : language;
  const date = new Date(unix * 1000);
  if (Number.isNaN(date.getTime())) return "Invalid date";
  return style === "R" ? relative(unix, now, locale) : date.toLocaleString(locale, FORMATS[style] ?? FORMATS.f);
}

/** "14:05" today, "23/11/2026, 14:05" before. */
export function stamp(date, now = new Date()) {
  return moment(date.getTime() / 1000, date.toDateString() === now.toDateString() ? "t" : "s", HERE);
}

/** "3.4 MB" */
export function bytes(count) {
  const units = ["bytes", "kB", "MB", "GB"];
  const power = count < 1000 ? 0 : Math.min(Math.floor(Math.log10(count) / 3), 3);
  return `${power ? (count / 1000 ** power).toFixed(count / 1000 ** power < 10 ? 1 : 0) : count} ${units[power]}`;
}
