// The lists of messages: loaded by pages, kept whole while live frames arrive, loaded again after a gap.

import * as api from "./api";
import { applyFrame } from "./frames";
import type { Session } from "./session";
import { keepEphemerals, placeKey, withEntry, withMessage, type State } from "./state";
import type { Frame, Message } from "./types";

// A permalink may lead far back; past this many pages one is better served by scrolling.
const MOST_PAGES = 40;

interface Where {
  channel: string;
  threadTs?: string;
}

export class Lists {
  // Frames that arrive while a list is being fetched are applied to it once more afterwards,
  // since the answer may have been written before them.
  private readonly recordings = new Set<Frame[]>();

  constructor(private readonly session: Session) {}

  hear(frame: Frame): void {
    for (const recording of this.recordings) recording.push(frame);
  }

  /** Runs a fetch and stores its answer, unless one acts as somebody else by then. */
  private async recorded<T>(fetching: Promise<T>, store: (state: State, answer: T) => State) {
    const frames: Frame[] = [];
    const me = this.session.state.me;
    this.recordings.add(frames);
    try {
      const answer = await fetching;
      if (this.session.state.me !== me) return;
      this.session.set((state) => {
        const stored = store(state, answer);
        const seen = frames.filter((frame) => /^(message|ephemeral)/.test(frame.type));
        // Unread marks and announcements were counted the first time.
        const { lists, threads } = seen.reduce(applyFrame, stored);
        return { ...stored, lists, threads };
      });
    } finally {
      this.recordings.delete(frames);
    }
  }

  /** The newest messages, back to `since` where one had already read further. */
  private async fetched({ channel, threadTs }: Where, since?: string) {
    const user = this.session.state.me!.id;
    const key = placeKey(channel, threadTs);
    let { messages, has_more: more } = await api.fetchMessages(user, channel, { threadTs });
    const wanted = threadTs ?? since;
    for (let page = 1; more && messages.length && page < MOST_PAGES; page += 1) {
      if (!wanted || messages[0].ts <= wanted) break;
      const before = messages[0].ts;
      const older = await api.fetchMessages(user, channel, { threadTs, before });
      messages = [...older.messages, ...messages];
      more = older.has_more;
    }
    return { key, messages, older: more ? ("more" as const) : ("none" as const) };
  }

  loadList(channel: string, since = this.session.state.lists.get(channel)?.[0]?.ts): Promise<void> {
    const fetching = this.fetched({ channel }, since);
    const storing = this.recorded(fetching, (state, { messages, older }) => ({
      ...state,
      lists: withEntry(state.lists, channel, keepEphemerals(messages, state.lists.get(channel))),
      older: withEntry(state.older, channel, older),
    }));
    return this.session.telling(storing);
  }

  loadThread(channel: string, threadTs: string): Promise<void> {
    const fetching = this.fetched({ channel, threadTs });
    const storing = this.recorded(fetching, (state, { key, messages }) => ({
      ...state,
      threads: withEntry(state.threads, key, keepEphemerals(messages, state.threads.get(key))),
    }));
    return this.session.telling(storing);
  }

  /** One page further back; asked for by scrolling up, so that it may be asked for often. */
  async loadOlder(channel: string): Promise<void> {
    const { state } = this.session;
    const first = state.lists.get(channel)?.find((one) => !one.ephemeral);
    if (!first || state.older.get(channel) !== "more") return;
    this.session.set({ older: withEntry(state.older, channel, "loading") });
    const fetching = api.fetchMessages(state.me!.id, channel, { before: first.ts });
    try {
      await this.session.telling(
        this.recorded(fetching, (now, { messages, has_more: more }) => ({
          ...now,
          lists: withEntry(now.lists, channel, merged(messages, now.lists.get(channel) ?? [])),
          older: withEntry(now.older, channel, more ? "more" : "none"),
        })),
      );
    } finally {
      const { older } = this.session.state;
      if (older.get(channel) === "loading") {
        this.session.set({ older: withEntry(older, channel, "more") });
      }
    }
  }
}

/** Two stretches of one list, where they may overlap; the second is the newer knowledge. */
function merged(older: Message[], list: Message[]): Message[] {
  const first = list[0]?.ts;
  if (!first || !older.length || older.at(-1)!.ts < first) return [...older, ...list];
  return list.reduce(withMessage, older);
}
