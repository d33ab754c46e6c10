// One person's session: loads what is shown, follows what changes, and sends what the person does.

import * as api from "./api";
import { followLive } from "./live";
import {
  INITIAL,
  applyFrame,
  isReply,
  isShown,
  keepEphemerals,
  threadKey,
  withNotice,
  withView,
  withoutView,
} from "./state";
import { knownZone } from "./time";

/** The message that a permalink led here for; taken out of the address, so that it is followed once. */
function takeTarget() {
  const address = new URL(location.href);
  const { channel, ts, thread_ts: threadTs } = Object.fromEntries(address.searchParams);
  for (const name of ["channel", "ts", "thread_ts"]) address.searchParams.delete(name);
  history.replaceState(null, "", address);
  return channel && ts ? { channel, ts, threadTs } : null;
}

export class Session {
  constructor(onChange) {
    this.state = INITIAL;
    this.onChange = onChange;
    this.unfollow = () => {};
    // Frames that arrive while a list is being fetched are applied to it once more afterwards,
    // since the answer may have been written before them.
    this.recordings = new Set();
  }

  set(change) {
    const next = typeof change === "function" ? change(this.state) : { ...this.state, ...change };
    if (next === this.state) return;
    this.state = next;
    this.onChange(next);
  }

  notify(message) {
    this.set((state) => withNotice(state, message));
  }

  dismiss(id) {
    this.set((state) => ({ ...state, notices: state.notices.filter((one) => one.id !== id) }));
  }

  /** Runs a call whose failure the person should read in a notice. */
  async telling(promise) {
    try {
      return await promise;
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error;
      this.notify(error.message);
      return undefined;
    }
  }

  async start(as) {
    let boot;
    try {
      boot = await api.fetchBoot();
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error;
      this.set({ phase: "failed", failure: error.message });
      return;
    }
    const { bot } = boot;
    const people = new Map(boot.people.map((person) => [person.id, person]));
    people.set(bot.user_id, {
      id: bot.user_id,
      name: bot.name,
      real_name: bot.name,
      title: "App",
      color: "5b3f8c",
      initials: null,
      is_bot: true,
    });
    this.set({ boot, people, botConnected: bot.connected });
    const wanted = boot.people.find((one) => one.name === as || one.id === as);
    this.actAs((wanted ?? boot.people[0]).id);
    if (as && !wanted)
      this.notify(`There is no “${as}” here, so you act as ${this.state.me.name}.`);
  }

  /** Become another person: everything that belongs to the one before is dropped. */
  actAs(id) {
    this.unfollow();
    const { boot, people, botConnected, place, mail, unreadMail } = this.state;
    const person = people.get(id);
    const zone = knownZone(person.tz);
    this.set({
      ...INITIAL,
      boot,
      people,
      botConnected,
      mail,
      unreadMail,
      me: { ...person, zone },
      wantedPlace: place,
    });
    const address = new URL(location.href);
    address.searchParams.set("as", person.name);
    history.replaceState(null, "", address);
    this.unfollow = followLive(id, {
      onOpen: () => this.reload(),
      onEvent: (frame) => this.receive(frame),
      onLost: () => this.set({ link: "lost" }),
    });
  }

  receive(frame) {
    for (const recording of this.recordings) recording.push(frame);
    this.set((state) => applyFrame(state, frame));
    const { message } = frame;
    if (
      frame.type === "message" &&
      isShown(this.state, message.channel) &&
      message.user !== this.state.me.id &&
      !isReply(message)
    ) {
      this.markRead(message.channel, { came: false });
    }
  }

  async reload() {
    const me = this.state.me;
    let loaded;
    try {
      loaded = await Promise.all([api.fetchConversations(me.id), api.fetchMail(), api.fetchBoot()]);
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error;
      // Without its first load the page has nothing to show; later, what it shows stays.
      if (this.state.phase === "ready") this.notify(error.message);
      else this.set({ phase: "failed", failure: error.message });
      return;
    }
    if (this.state.me !== me) return;
    const [conversations, mail, boot] = loaded;
    this.set({ link: "open", conversations, mail, botConnected: boot.bot.connected });
    const first = this.state.phase !== "ready";
    if (first) {
      this.set({ phase: "ready" });
      const target = takeTarget();
      if (target) this.goToMessage(target);
      if (!this.state.place) this.goTo(this.firstPlace());
      return;
    }
    // Lists that aren't shown are loaded afresh when they are opened.
    const { place, thread } = this.state;
    this.set({
      lists: this.only(this.state.lists, place.channel),
      threads: new Map(),
      statuses: new Map(),
    });
    if (place.kind === "conversation") await this.loadList(place.channel);
    if (place.kind === "home") await this.loadHome();
    if (thread) await this.loadThread(thread.channel, thread.ts);
  }

  only(map, key) {
    return new Map(map.has(key) ? [[key, map.get(key)]] : []);
  }

  firstPlace() {
    const { wantedPlace: wanted, conversations } = this.state;
    const named = location.hash.slice(1);
    if (named === "home" || named === "mailbox") return { kind: named };
    const visible = (channel) => conversations.some((one) => one.id === channel);
    if (wanted && (wanted.kind !== "conversation" || visible(wanted.channel))) return wanted;
    const found =
      conversations.find((one) => one.id === named || encodeURIComponent(one.name) === named) ??
      conversations.find((one) => one.name === "general") ??
      conversations[0];
    return { kind: "conversation", channel: found?.id };
  }

  conversation(id) {
    return this.state.conversations.find((one) => one.id === id);
  }

  conversationWith(user) {
    return this.state.conversations.find((one) => one.kind === "im" && one.with === user);
  }

  goTo(place) {
    this.set((state) => ({ ...state, place, pane: "main", thread: null, highlight: null }));
    const name =
      place.kind === "conversation"
        ? this.conversation(place.channel)?.name || place.channel
        : place.kind;
    history.replaceState(null, "", `#${encodeURIComponent(name)}`);
    if (place.kind === "conversation") {
      this.markRead(place.channel, { came: true });
      this.loadList(place.channel);
    }
    if (place.kind === "home") this.loadHome();
    if (place.kind === "mailbox") this.set({ unreadMail: 0 });
  }

  /** Follows a permalink's target: the channel, the thread where it is a reply, and the message. */
  goToMessage({ channel, ts, threadTs }) {
    if (!this.conversation(channel)) {
      this.notify("That message is in a conversation that you can’t see.");
      return;
    }
    this.goTo({ kind: "conversation", channel });
    if (threadTs && threadTs !== ts) this.openThread(channel, threadTs);
    this.set({ highlight: ts });
  }

  goToPerson(id) {
    const im = this.conversationWith(id);
    if (im) this.goTo({ kind: "conversation", channel: im.id });
  }

  showPane(pane) {
    this.set({ pane });
  }

  openThread(channel, ts) {
    this.set({ thread: { channel, ts }, pane: "thread" });
    this.loadThread(channel, ts);
  }

  closeThread() {
    this.set({ thread: null, pane: "main" });
  }

  async recorded(fetching, store) {
    const frames = [];
    const me = this.state.me;
    this.recordings.add(frames);
    try {
      const { messages } = await fetching;
      if (this.state.me !== me) return;
      this.set((state) => {
        const stored = store(state, messages);
        const seen = frames.filter((frame) => /^(message|ephemeral)/.test(frame.type));
        // Unread marks and announcements were counted the first time.
        const { lists, threads } = seen.reduce(applyFrame, stored);
        return { ...stored, lists, threads };
      });
    } finally {
      this.recordings.delete(frames);
    }
  }

  loadList(channel) {
    return this.telling(
      this.recorded(api.fetchMessages(this.state.me.id, channel), (state, messages) => ({
        ...state,
        lists: new Map(state.lists).set(
          channel,
          keepEphemerals(messages, state.lists.get(channel)),
        ),
      })),
    );
  }

  loadThread(channel, ts) {
    const key = threadKey(channel, ts);
    return this.telling(
      this.recorded(api.fetchMessages(this.state.me.id, channel, ts), (state, messages) => ({
        ...state,
        threads: new Map(state.threads).set(key, keepEphemerals(messages, state.threads.get(key))),
      })),
    );
  }

  async loadHome() {
    const answer = await this.telling(api.postHome(this.state.me.id));
    if (answer) this.set((state) => ({ ...state, home: answer.view ?? state.home ?? null }));
  }

  markRead(channel, { came }) {
    this.set((state) => ({
      ...state,
      conversations: state.conversations.map((one) =>
        one.id === channel ? { ...one, unread: 0 } : one,
      ),
    }));
    return this.telling(api.postOpen(this.state.me.id, channel, came));
  }

  say(channel, text, threadTs) {
    return api.postMessage(this.state.me.id, {
      channel,
      text,
      ...(threadTs && { thread_ts: threadTs }),
    });
  }

  command(channel, command, text) {
    return api.postCommand(this.state.me.id, { channel, command, text });
  }

  click(click) {
    return api.postClick(this.state.me.id, click);
  }

  /** Sends a view's values; answers with the errors per block, if the app gave any. */
  async submit(viewId, values) {
    const answer = await api.postSubmission(this.state.me.id, { view_id: viewId, values });
    this.set((state) => {
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

  async close(viewId) {
    this.set((state) => withoutView(state, viewId));
    await this.telling(api.postClose(this.state.me.id, viewId));
  }

  /** Asks over everything else; resolves to whether the person agreed. */
  confirm(confirm) {
    return new Promise((resolve) => {
      const answer = (agreed) => {
        this.set({ confirm: null });
        resolve(agreed);
      };
      this.set({ confirm: { confirm, answer } });
    });
  }
}
