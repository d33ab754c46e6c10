// One person's session: where they are, what is loaded for it, and what changes it.

import { Acts } from "./acts";
import * as api from "./api";
import { applyFrame } from "./frames";
import { Lists } from "./lists";
import { followLive } from "./live";
import { INITIAL, isShown, threadKey, withEntry, withNotice, type State } from "./state";
import { knownZone } from "./time";
import type { Conversation, Frame, Message, Place } from "./types";

export interface Target {
  channel: string;
  ts: string;
  threadTs?: string | null;
}

/** The message that a permalink led here for; taken out of the address, so that it is followed once. */
function takeTarget(): Target | null {
  const address = new URL(location.href);
  const { channel, ts, thread_ts: threadTs } = Object.fromEntries(address.searchParams);
  for (const name of ["channel", "ts", "thread_ts"]) address.searchParams.delete(name);
  history.replaceState(null, "", address);
  return channel && ts ? { channel, ts, threadTs } : null;
}

export class Session {
  state: State = INITIAL;
  readonly acts = new Acts(this);
  readonly lists = new Lists(this);
  private unfollow = () => {};

  constructor(private readonly onChange: () => void) {}

  set(change: Partial<State> | ((state: State) => State)): void {
    const next = typeof change === "function" ? change(this.state) : { ...this.state, ...change };
    if (next === this.state) return;
    this.state = next;
    this.onChange();
  }

  notify(message: string): void {
    this.set((state) => withNotice(state, message));
  }

  dismiss(id: number): void {
    const notices = this.state.notices.filter((one) => one.id !== id);
    this.set({ notices });
  }

  /** Runs a call whose failure the person should read in a notice. */
  async telling<T>(promise: Promise<T>): Promise<T | undefined> {
    try {
      return await promise;
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error;
      this.notify(error.message);
      return undefined;
    }
  }

  async start(as: string | null): Promise<void> {
    let boot;
    try {
      boot = await api.fetchBoot();
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error;
      this.set({ phase: "failed", failure: error.message });
      return;
    }
    const { bot } = boot;
    const people: State["people"] = new Map(boot.people.map((person) => [person.id, person]));
    people.set(bot.user_id, {
      id: bot.user_id,
      name: bot.name,
      real_name: bot.name,
      title: "App",
      tz: "",
      color: "5b3f8c",
      initials: null,
      is_bot: true,
    });
    this.set({ boot, people, botConnected: bot.connected });
    const wanted = boot.people.find((one) => one.name === as || one.id === as);
    this.actAs((wanted ?? boot.people[0]).id);
    if (as && !wanted) {
      this.notify(`There is no “${as}” here, so you act as ${this.state.me!.name}.`);
    }
  }

  /** Become another person: everything that belongs to the one before is dropped. */
  actAs(id: string): void {
    this.unfollow();
    const { boot, people, botConnected, place, mail, unreadMail } = this.state;
    const person = people.get(id)!;
    const me = { ...person, zone: knownZone(person.tz) };
    this.set({ ...INITIAL, boot, people, botConnected, mail, unreadMail, me, wantedPlace: place });
    const address = new URL(location.href);
    address.searchParams.set("as", person.name);
    history.replaceState(null, "", address);
    this.unfollow = followLive(id, {
      onOpen: () => this.reload(),
      onEvent: (frame: Frame) => this.receive(frame),
      onLost: () => this.set({ link: "lost" }),
    });
  }

  receive(frame: Frame): void {
    this.lists.hear(frame);
    this.set((state) => applyFrame(state, frame));
    if (frame.type === "message") this.readAtOnce(frame.message);
  }

  /** What arrives where one is looking is read, unless one keeps it unread. */
  private readAtOnce({ channel, thread_ts: threadTs, ts }: Message): void {
    const { heldUnread, thread, me } = this.state;
    if (document.visibilityState !== "visible") return;
    if (threadTs && threadTs !== ts) {
      const shown = thread?.channel === channel && thread.ts === threadTs;
      if (shown) this.telling(api.postThreadRead(me!.id, channel, threadTs));
    } else if (isShown(this.state, channel) && heldUnread !== channel) {
      this.markRead(channel, { came: false });
    }
  }

  /** One is back at this window: what came meanwhile is read now, its line stays. */
  lookedAt(): void {
    const { place, phase, conversations } = this.state;
    if (phase !== "ready" || place?.kind !== "conversation") return;
    const shown = conversations.find((one) => one.id === place.channel);
    if (shown?.unread && this.state.heldUnread !== place.channel) {
      this.markRead(place.channel, { came: false });
    }
  }

  async reload(): Promise<void> {
    const me = this.state.me!;
    let loaded;
    try {
      loaded = await Promise.all([
        api.fetchConversations(me.id),
        api.fetchMail(),
        api.fetchBoot(),
        api.fetchThreads(me.id),
      ]);
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error;
      // Without its first load the page has nothing to show; later, what it shows stays.
      if (this.state.phase === "ready") this.notify(error.message);
      else this.set({ phase: "failed", failure: error.message });
      return;
    }
    if (this.state.me !== me) return;
    const [conversations, mail, boot, { threads }] = loaded;
    const unread = threads.filter((one) => one.unread);
    this.set({
      link: "open",
      boot,
      conversations,
      mail,
      botConnected: boot.bot.connected,
      myThreads: threads,
      unreadThreads: new Set(unread.map(({ root }) => threadKey(root.channel, root.ts))),
    });
    if (this.state.phase === "ready") await this.catchUp();
    else this.arrive();
  }

  private arrive(): void {
    this.set({ phase: "ready" });
    const target = takeTarget();
    if (target) this.goToMessage(target);
    if (!this.state.place) this.goTo(this.firstPlace());
  }

  /** After a gap: what is shown is loaded afresh; the rest when it is opened. */
  private async catchUp(): Promise<void> {
    const { place, thread } = this.state;
    const channel = place?.kind === "conversation" ? place.channel : null;
    const shown = channel ? this.state.lists.get(channel) : undefined;
    const lists = new Map(channel && shown ? [[channel, shown]] : []);
    this.set({ lists, statuses: new Map(), typing: new Map() });
    if (channel) {
      await this.lists.loadList(channel);
      if (!this.state.heldUnread) await this.markRead(channel, { came: false });
    }
    if (place?.kind === "home") await this.loadHome();
    if (thread) await this.lists.loadThread(thread.channel, thread.ts);
  }

  private firstPlace(): Place {
    const { wantedPlace: wanted, conversations } = this.state;
    const named = location.hash.slice(1);
    if (named === "home" || named === "mailbox" || named === "threads") return { kind: named };
    const visible = (channel: string) => conversations.some((one) => one.id === channel);
    if (wanted && (wanted.kind !== "conversation" || visible(wanted.channel))) return wanted;
    const found =
      conversations.find((one) => one.id === named || encodeURIComponent(one.name) === named) ??
      conversations.find((one) => one.name === "general") ??
      conversations[0];
    return { kind: "conversation", channel: found?.id };
  }

  conversation(id: string): Conversation | undefined {
    return this.state.conversations.find((one) => one.id === id);
  }

  /** `since`: how far back the messages there must reach. */
  goTo(place: Place, since?: string): void {
    this.set((state) => ({
      ...state,
      place,
      pane: "main",
      thread: null,
      highlight: null,
      heldUnread: null,
      editing: null,
      dialog: null,
    }));
    const name =
      place.kind === "conversation"
        ? this.conversation(place.channel)?.name || place.channel
        : place.kind;
    history.replaceState(null, "", `#${encodeURIComponent(name)}`);
    if (place.kind === "conversation") this.enter(place.channel, since);
    if (place.kind === "home") this.loadHome();
    if (place.kind === "mailbox") this.set({ unreadMail: 0 });
    if (place.kind === "threads") this.loadThreads();
  }

  /** The "New" line stands over the first message that wasn't read when one came in. */
  private async enter(channel: string, since?: string): Promise<void> {
    const { unread = 0, read = "" } = this.conversation(channel) ?? {};
    if (!unread) {
      const fresh = new Map(this.state.fresh);
      fresh.delete(channel);
      this.set({ fresh });
    }
    this.markRead(channel, { came: true });
    await this.lists.loadList(channel, since);
    if (!unread || this.state.fresh.has(channel)) return;
    const first = this.state.lists
      .get(channel)
      ?.find((one) => one.ts > read && one.user !== this.state.me?.id && !one.ephemeral)?.ts;
    if (first) this.set({ fresh: withEntry(this.state.fresh, channel, first) });
  }

  /** Follows a permalink's target: the channel, the thread where it is a reply, and the message. */
  goToMessage({ channel, ts, threadTs }: Target): void {
    if (!this.conversation(channel)) {
      this.notify("That message is in a conversation that you can’t see.");
      return;
    }
    const inThread = threadTs && threadTs !== ts;
    this.goTo({ kind: "conversation", channel }, inThread ? undefined : ts);
    if (inThread) this.openThread(channel, threadTs);
    this.set({ highlight: ts });
  }

  goToPerson(id: string): void {
    const im = this.state.conversations.find((one) => one.kind === "im" && one.with === id);
    if (im) this.goTo({ kind: "conversation", channel: im.id });
  }

  openThread(channel: string, ts: string): void {
    this.set((state) => {
      const unreadThreads = new Set(state.unreadThreads);
      unreadThreads.delete(threadKey(channel, ts));
      return { ...state, unreadThreads, thread: { channel, ts }, pane: "thread" };
    });
    this.lists.loadThread(channel, ts);
    this.telling(api.postThreadRead(this.state.me!.id, channel, ts));
  }

  closeThread(): void {
    this.set({ thread: null, pane: "main" });
  }

  private async loadHome(): Promise<void> {
    const before = this.state.home;
    const answer = await this.telling(api.postHome(this.state.me!.id));
    // What the app publishes on being told may overtake the answer, which is then the older one.
    if (!answer || this.state.home !== before) return;
    this.set({ home: answer.view ?? before ?? null });
  }

  async loadThreads(): Promise<void> {
    const answer = await this.telling(api.fetchThreads(this.state.me!.id));
    if (answer) this.set({ myThreads: answer.threads });
  }

  markRead(channel: string, { came }: { came: boolean }) {
    const conversations = this.state.conversations.map((one) =>
      one.id === channel ? { ...one, unread: 0, mentions: 0 } : one,
    );
    this.set({ conversations });
    return this.telling(api.postOpen(this.state.me!.id, channel, came));
  }

  /** Asks over everything else; resolves to whether the person agreed. */
  confirm(confirm: NonNullable<State["confirm"]>["confirm"]): Promise<boolean> {
    return new Promise((resolve) => {
      const answer = (agreed: boolean) => {
        this.set({ confirm: null });
        resolve(agreed);
      };
      this.set({ confirm: { confirm, answer } });
    });
  }
}
