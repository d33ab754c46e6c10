// The record of what passed between Slack and the app: read in pages, and followed while it is seen.

import { ApiError, call } from "./api";

export interface Line {
  id: number;
  at: number; // seconds since the epoch
  version: number;
  bytes: number;
  kind: string;
  to_app: boolean;
  name: string;
  words: string;
  outcome: string;
  state: "ok" | "waiting" | "refused" | "unanswered";
  error: string;
  fault: string;
}

export interface Entry {
  entry: Line;
  sections: { title: string; value: unknown }[];
  lesson: { sentence: string; url: string };
  refusal: { code: string; why: string; messages: string[]; url: string } | null;
  chain: { entry: Line; depth: number; why: string }[];
}

export interface Filter {
  kind: string; // "" for all
  text: string;
  refused: boolean;
  channel?: string;
  ts?: string;
  view?: string;
}

interface Found {
  entries: Line[];
  has_more: boolean;
  last: number;
}

const KEPT = 500;
const RETRY_MS = 1000;

function queryOf(filter: Filter): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of ["kind", "text", "channel", "ts", "view"] as const) {
    const value = filter[name];
    if (value) query.set(name, value);
  }
  if (filter.refused) query.set("refused", "1");
  return query;
}

export const fetchEntry = (id: number) => call<Entry>("GET", `log/${id}`);

export interface LogState {
  lines: Line[]; // oldest first
  older: boolean;
  failure: string;
  held: number; // how many came while it was paused
}

/** One filter's lines, from the first look on. */
export class Log {
  state: LogState = { lines: [], older: false, failure: "", held: 0 };
  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private paused = false;
  private ended = false;
  private cleared = false; // while the first look is on its way
  private held = new Map<number, Line>();

  constructor(
    private readonly filter: Filter,
    private readonly onChange: () => void,
  ) {}

  async start(): Promise<void> {
    this.cleared = false;
    try {
      const found = await call<Found>("GET", `log?${queryOf(this.filter)}`);
      if (this.ended) return;
      const lines = this.cleared ? [] : found.entries.toReversed();
      this.set({ lines, older: !this.cleared && found.has_more, failure: "" });
      this.follow(found.last);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (this.ended) return;
      this.set({ failure: error.message });
      this.timer = setTimeout(() => this.start(), RETRY_MS);
    }
  }

  stop(): void {
    this.ended = true;
    clearTimeout(this.timer);
    this.socket?.close();
  }

  async loadOlder(): Promise<void> {
    const query = queryOf(this.filter);
    query.set("before", String(this.state.lines[0]?.id ?? 0));
    const found = await call<Found>("GET", `log?${query}`);
    this.set({
      lines: [...found.entries.toReversed(), ...this.state.lines],
      older: found.has_more,
    });
  }

  pause(paused: boolean): void {
    this.paused = paused;
    if (paused) return;
    this.take([...this.held.values()]);
    this.held.clear();
    this.set({ held: 0 });
  }

  /** Empties the view; the record itself stays. */
  clear(): void {
    this.cleared = true;
    this.held.clear();
    this.set({ lines: [], older: false, held: 0 });
  }

  private follow(after: number): void {
    const query = queryOf(this.filter);
    query.set("after", String(after));
    const address = new URL(`/people/live/log?${query}`, location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    this.socket = new WebSocket(address);
    this.socket.onmessage = ({ data }) => {
      const { entries } = JSON.parse(data) as { entries: Line[] };
      if (!this.paused) return this.take(entries);
      for (const line of entries) this.held.set(line.id, line);
      this.set({ held: this.held.size });
    };
    // A new first look: the server may have begun anew, with other numbers.
    this.socket.onclose = () => {
      if (!this.ended) this.timer = setTimeout(() => this.start(), RETRY_MS);
    };
  }

  private take(lines: Line[]): void {
    if (!lines.length) return;
    const byId = new Map(this.state.lines.map((line) => [line.id, line]));
    for (const line of lines) byId.set(line.id, line);
    const all = [...byId.values()].sort((a, b) => a.id - b.id);
    this.set({ lines: all.slice(-KEPT), older: this.state.older || all.length > KEPT });
  }

  private set(change: Partial<LogState>): void {
    this.state = { ...this.state, ...change };
    this.onChange();
  }
}
