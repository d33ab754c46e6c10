// Times as a reader sees them, in the reader's own zone.

const formats = new Map();

function format(zone, options) {
  const key = zone + JSON.stringify(options);
  if (!formats.has(key)) {
    formats.set(key, new Intl.DateTimeFormat("en-US", { ...options, timeZone: zone }));
  }
  return formats.get(key);
}

/** The zone itself where this browser knows it, else the browser's own. */
export function knownZone(zone) {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return Intl.DateTimeFormat().resolvedOptions().timeZone;
  }
}

export const dateOfTs = (ts) => new Date(Number.parseFloat(ts) * 1000);

export const clock = (date, zone) =>
  format(zone, { hour: "numeric", minute: "2-digit" }).format(date);

const clockWithSeconds = (date, zone) =>
  format(zone, { hour: "numeric", minute: "2-digit", second: "2-digit" }).format(date);

function parts(date, zone) {
  const options = { year: "numeric", month: "2-digit", day: "2-digit" };
  const found = {};
  for (const { type, value } of format(zone, options).formatToParts(date)) found[type] = value;
  return found;
}

/** The day as YYYY-MM-DD; equal for two moments of the same day in that zone. */
export function dayOf(date, zone) {
  const { year, month, day } = parts(date, zone);
  return `${year}-${month}-${day}`;
}

function ordinal(day) {
  const suffix =
    day % 100 > 10 && day % 100 < 14 ? "th" : (["th", "st", "nd", "rd"][day % 10] ?? "th");
  return `${day}${suffix}`;
}

function longDay(date, zone, { weekday = false, year = true } = {}) {
  const month = format(zone, { month: "long" }).format(date);
  const { day, year: number } = parts(date, zone);
  const named = weekday ? `${format(zone, { weekday: "long" }).format(date)}, ` : "";
  return `${named}${month} ${ordinal(Number(day))}${year ? `, ${number}` : ""}`;
}

function relativeDay(date, zone) {
  const day = dayOf(date, zone);
  const now = Date.now();
  if (day === dayOf(new Date(now), zone)) return "today";
  if (day === dayOf(new Date(now - 86_400_000), zone)) return "yesterday";
  if (day === dayOf(new Date(now + 86_400_000), zone)) return "tomorrow";
  return null;
}

const capitalised = (word) => word && word[0].toUpperCase() + word.slice(1);

/** What stands on the line between two days. */
export function dayName(date, zone) {
  const relative = relativeDay(date, zone);
  if (relative) return capitalised(relative);
  const sameYear = parts(date, zone).year === parts(new Date(), zone).year;
  return longDay(date, zone, { weekday: true, year: !sameYear });
}

export const fullMoment = (date, zone) =>
  `${longDay(date, zone, { weekday: true })} at ${clockWithSeconds(date, zone)}`;

/** "5 minutes ago", "in 2 hours". */
export function ago(date) {
  const seconds = Math.round((date.getTime() - Date.now()) / 1000);
  const names = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  for (const [unit, size] of [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
  ]) {
    if (Math.abs(seconds) >= size) return names.format(Math.round(seconds / size), unit);
  }
  return Math.abs(seconds) < 10 ? "just now" : names.format(seconds, "second");
}

const shortDay = (date, zone) =>
  format(zone, { month: "short", day: "numeric", year: "numeric" }).format(date);

// https://docs.slack.dev/messaging/formatting-message-text/#date-formatting
const DATE_TOKENS = {
  date_num: (date, zone) => dayOf(date, zone),
  date_slash: (date, zone) =>
    parts(date, zone).month + "/" + parts(date, zone).day + "/" + parts(date, zone).year,
  date: (date, zone) => longDay(date, zone),
  date_short: shortDay,
  date_long: (date, zone) => longDay(date, zone, { weekday: true }),
  date_long_full: (date, zone) => longDay(date, zone, { weekday: true }),
  date_pretty: (date, zone) => relativeDay(date, zone) ?? longDay(date, zone),
  date_short_pretty: (date, zone) => relativeDay(date, zone) ?? shortDay(date, zone),
  date_long_pretty: (date, zone) =>
    relativeDay(date, zone) ?? longDay(date, zone, { weekday: true }),
  day_divider_pretty: (date, zone) =>
    relativeDay(date, zone) ?? longDay(date, zone, { weekday: true }),
  time: clock,
  time_secs: clockWithSeconds,
  ago: (date) => ago(date),
};

/** Fills Slack's date tokens; null where the pattern holds none that Slack knows. */
export function fillDate(pattern, seconds, zone) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return null;
  let filled = false;
  const text = pattern.replace(/\{([a-z_]+)\}/g, (token, name) => {
    const fill = DATE_TOKENS[name];
    if (!fill) return token;
    filled = true;
    return fill(date, zone);
  });
  return filled ? text : null;
}

/** A moment's wall-clock in a zone, as <input type="datetime-local"> wants it. */
export function localInputOf(seconds, zone) {
  const date = new Date(seconds * 1000);
  const time = format(zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(date);
  return `${dayOf(date, zone)}T${time}`;
}

/** The reverse: the epoch seconds of a wall-clock reading in a zone. */
export function secondsOfLocalInput(reading, zone) {
  const asUtc = Date.parse(`${reading}:00Z`) / 1000;
  let guess = asUtc;
  // Twice, since the first correction may cross a change of the zone's offset.
  for (let round = 0; round < 2; round += 1) {
    const shown = Date.parse(`${localInputOf(guess, zone)}:00Z`) / 1000;
    guess += asUtc - shown;
  }
  return guess;
}
