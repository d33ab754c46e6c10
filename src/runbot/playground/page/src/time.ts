// Times as a reader sees them, in the reader's own zone.

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options);
  if (!formats.has(key)) {
    formats.set(key, new Intl.DateTimeFormat("en-US", { ...options, timeZone: zone }));
  }
  return formats.get(key)!;
}

/** The zone itself where this browser knows it, else the browser's own. */
export function knownZone(zone: string): string {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return Intl.DateTimeFormat().resolvedOptions().timeZone;
  }
}

export const dateOfTs = (ts: string): Date => new Date(Number.parseFloat(ts) * 1000);

export const clock = (date: Date, zone: string) =>
  format(zone, { hour: "numeric", minute: "2-digit" }).format(date);

const clockWithSeconds = (date: Date, zone: string) =>
  format(zone, { hour: "numeric", minute: "2-digit", second: "2-digit" }).format(date);

function parts(date: Date, zone: string): Record<string, string> {
  const options: Intl.DateTimeFormatOptions = { year: "numeric", month: "2-digit", day: "2-digit" };
  const found: Record<string, string> = {};
  for (const { type, value } of format(zone, options).formatToParts(date)) found[type] = value;
  return found;
}

/** The day as YYYY-MM-DD; equal for two moments of the same day in that zone. */
export function dayOf(date: Date, zone: string) {
  const { year, month, day } = parts(date, zone);
  return `${year}-${month}-${day}`;
}

function ordinal(day: number): string {
  const suffix =
    day % 100 > 10 && day % 100 < 14 ? "th" : (["th", "st", "nd", "rd"][day % 10] ?? "th");
  return `${day}${suffix}`;
}

function longDay(date: Date, zone: string, { weekday = false, year = true } = {}) {
  const month = format(zone, { month: "long" }).format(date);
  const { day, year: number } = parts(date, zone);
  const named = weekday ? `${format(zone, { weekday: "long" }).format(date)}, ` : "";
  return `${named}${month} ${ordinal(Number(day))}${year ? `, ${number}` : ""}`;
}

function relativeDay(date: Date, zone: string) {
  const day = dayOf(date, zone);
  const now = Date.now();
  if (day === dayOf(new Date(now), zone)) return "today";
  if (day === dayOf(new Date(now - 86_400_000), zone)) return "yesterday";
  if (day === dayOf(new Date(now + 86_400_000), zone)) return "tomorrow";
  return null;
}

const capitalised = (word) => word && word[0].toUpperCase() + word.slice(1);

/** What stands on the line between two days. */
export function dayName(date: Date, zone: string) {
  const relative = relativeDay(date, zone);
  if (relative) return capitalised(relative);
  const sameYear = parts(date, zone).year === parts(new Date(), zone).year;
  return longDay(date, zone, { weekday: true, year: !sameYear });
}

export const fullMoment = (date: Date, zone: string) =>
  `${longDay(date, zone, { weekday: true })} at ${clockWithSeconds(date, zone)}`;

/** "5 minutes ago", "in 2 hours". */
export function ago(date: Date): string {
  const seconds = Math.round((date.getTime() - Date.now()) / 1000);
  const names = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  const units: [Intl.RelativeTimeFormatUnit, number][] = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
  ];
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return names.format(Math.round(seconds / size), unit);
  }
  return Math.abs(seconds) < 10 ? "just now" : names.format(seconds, "second");
}

const shortDay = (date: Date, zone: string) =>
  format(zone, { month: "short", day: "numeric", year: "numeric" }).format(date);

// https://docs.slack.dev/messaging/formatting-message-text/#date-formatting
const DATE_TOKENS: Record<string, (date: Date, zone: string) => string> = {
  date_num: (date: Date, zone: string) => dayOf(date, zone),
  date_slash: (date: Date, zone: string) =>
    parts(date, zone).month + "/" + parts(date, zone).day + "/" + parts(date, zone).year,
  date: (date: Date, zone: string) => longDay(date, zone),
  date_short: shortDay,
  date_long: (date: Date, zone: string) => longDay(date, zone, { weekday: true }),
  date_long_full: (date: Date, zone: string) => longDay(date, zone, { weekday: true }),
  date_pretty: (date: Date, zone: string) => relativeDay(date, zone) ?? longDay(date, zone),
  date_short_pretty: (date: Date, zone: string) => relativeDay(date, zone) ?? shortDay(date, zone),
  date_long_pretty: (date: Date, zone: string) =>
    relativeDay(date, zone) ?? longDay(date, zone, { weekday: true }),
  day_divider_pretty: (date: Date, zone: string) =>
    relativeDay(date, zone) ?? longDay(date, zone, { weekday: true }),
  time: clock,
  time_secs: clockWithSeconds,
  ago: (date) => ago(date),
};

/** Fills Slack's date tokens; null where the pattern holds none that Slack knows. */
export function fillDate(pattern: string, seconds: number, zone: string): string | null {
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
export function localInputOf(seconds: number, zone: string): string {
  const date = new Date(seconds * 1000);
  const time = format(zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(date);
  return `${dayOf(date, zone)}T${time}`;
}

/** The reverse: the epoch seconds of a wall-clock reading in a zone. */
export function secondsOfLocalInput(reading: string, zone: string): number {
  const asUtc = Date.parse(`${reading}:00Z`) / 1000;
  let guess = asUtc;
  // Twice, since the first correction may cross a change of the zone's offset.
  for (let round = 0; round < 2; round += 1) {
    const shown = Date.parse(`${localInputOf(guess, zone)}:00Z`) / 1000;
    guess += asUtc - shown;
  }
  return guess;
}
