// What a person does: each act is one call, and the page changes by the frames that follow from it.

import * as api from "./api";
import type { Session } from "./session";
import { isReply, withEntry, withView, withoutView } from "./state";
import type { Message } from "./types";

const TYPING_EVERY_MS = 3000;

export class Acts {
  private typed = new Map<string, number>();

  constructor(private readonly session: Session) {}

  private get me(): string {
    return this.session.state.me!.id;
  }

  say(said: { channel: string; text: string; threadTs?: string; files?: string[] }) {
    const { channel, text, threadTs, files } = said;
    return api.postMessage(this.me, {
      channel,
      text,
      ...(threadTs && { thread_ts: threadTs }),
      ...(files?.length && { files }),
    });
  }

  command(channel: string, command: string, text: string) {
    return api.postCommand(this.me, { channel, command, text });
  }

  shortcut(callbackId: string, message?: Message) {
    const on = message && { channel: message.channel, ts: message.ts };
    const call = api.postShortcut(this.me, { callback_id: callbackId, ...on });
    return this.session.telling(call);
  }

  click(click: object) {
    return api.postClick(this.me, click);
  }

  suggest(asked: object) {
    return api.postSuggest(this.me, asked);
  }

  upload(file: File, onProgress: (part: number) => void) {
    return api.uploadFile(this.me, file, onProgress);
  }

  /** Tells the others that one types, now and then; that it can't be told stops nobody. */
  typing(channel: string, threadTs?: string): void {
    const key = `${channel} ${threadTs ?? ""}`;
    const now = Date.now();
    if (now - (this.typed.get(key) ?? 0) < TYPING_EVERY_MS) return;
    this.typed.set(key, now);
    const place = { channel, ...(threadTs && { thread_ts: threadTs }) };
    api.postTyping(this.me, place).catch((error) => {
      if (!(error instanceof api.ApiError)) throw error;
    });
  }

  /** Asks the app to leave off what it thinks or writes in a thread. */
  stop(channel: string, threadTs: string) {
    return this.session.telling(api.postStop(this.me, { channel, thread_ts: threadTs }));
  }

  /** Adds one's reaction, or takes it away where one has given it. */
  react({ channel, ts, reactions }: Message, name: string) {
    const given = reactions?.find((one) => one.name === name)?.users.includes(this.me);
    return this.session.telling(api.postReaction(this.me, { channel, ts, name, on: !given }));
  }

  /** Opens the editor on one's own message, with its text as it was typed. */
  async startEditing({ channel, ts }: Message): Promise<void> {
    const source = await this.session.telling(api.fetchSource(this.me, channel, ts));
    if (source) this.session.set({ editing: { channel, ts, text: source.text } });
  }

  async edit(channel: string, ts: string, text: string): Promise<void> {
    await api.postEdit(this.me, { channel, ts, text });
    this.session.set({ editing: null });
  }

  async remove({ channel, ts }: Message): Promise<void> {
    const sure = await this.session.confirm({
      title: "Delete message",
      text: "Are you sure you want to delete this message? This can’t be undone.",
      confirm: "Delete",
      deny: "Cancel",
      style: "danger",
    });
    if (sure) await this.session.telling(api.postDelete(this.me, { channel, ts }));
  }

  /** All from this message on counts as unread, until one goes away and comes back. */
  markUnread({ channel, ts }: Message) {
    this.session.set((state) => {
      const later = (state.lists.get(channel) ?? []).filter(
        (one) => one.ts >= ts && !isReply(one) && one.user !== this.me,
      );
      const unread = Math.max(1, later.length);
      return {
        ...state,
        heldUnread: channel,
        fresh: withEntry(state.fresh, channel, ts),
        conversations: state.conversations.map((one) =>
          one.id === channel ? { ...one, unread } : one,
        ),
      };
    });
    return this.session.telling(api.postUnread(this.me, { channel, ts }));
  }

  /** Sends a view's values; answers with the errors per block, if the app gave any. */
  async submit(viewId: string, values: object): Promise<Record<string, string> | null> {
    const answer = await api.postSubmission(this.me, { view_id: viewId, values });
    this.session.set((state) => {
      switch (answer.response_action) {
        case "errors":
          return state;
        case "update":
        case "push":
          return answer.view ? withView(state, answer.view) : state;
        case "clear":
          return { ...state, views: [] };
        default:
          return withoutView(state, viewId);
      }
    });
    return answer.errors ?? null;
  }

  async close(viewId: string): Promise<void> {
    this.session.set((state) => withoutView(state, viewId));
    await this.session.telling(api.postClose(this.me, viewId));
  }
}
