// What the page knows, and the pure steps that lead from one state to the next.

import type {
  Boot,
  Conversation,
  Mail,
  Me,
  Message,
  Person,
  Place,
  ThreadSummary,
  View,
} from "./types";

export type Older = "more" | "loading" | "none";

export interface Typist {
  user: string;
  until: number; // ms of the clock
}

/** A question that stands over everything. */
export interface Question {
  confirm: { title: unknown; text: unknown; confirm: unknown; deny: unknown; style?: string };
  answer: (agreed: boolean) => void;
}

/** Where a picker of emoji hangs, and what its choice does. */
export interface EmojiPicker {
  anchor: HTMLElement;
  onPick: (name: string, character: string) => void;
}

export interface State {
  phase: "loading" | "ready" | "failed";
  failure: string | null;
  boot: Boot | null;
  people: Map<string, Person>; // by id, the bot too
  me: Me | null;
  link: "connecting" | "open" | "lost";
  botConnected: boolean;
  conversations: Conversation[];
  place: Place | null;
  wantedPlace: Place | null; // where to go first, if it can be seen
  thread: { channel: string; ts: string } | null;
  highlight: string | null; // the ts of the message that a permalink led to
  lists: Map<string, Message[]>; // channel -> its messages, oldest first
  threads: Map<string, Message[]>; // channel:ts -> the root and its replies
  older: Map<string, Older>; // channel or channel:ts -> whether the server has older ones
  fresh: Map<string, string>; // channel -> the ts over which its "New" line stands
  heldUnread: string | null; // the channel that one has marked unread, and still looks at
  myThreads: ThreadSummary[] | null; // null until the place is opened
  unreadThreads: Set<string>; // keys of threads that one is in, with replies not seen yet
  titles: Map<string, string>; // channel:ts -> the title that the app gave a thread
  statuses: Map<string, string>; // channel:ts -> "is thinking…"
  typing: Map<string, Typist[]>; // channel or channel:ts -> who types there
  editing: { channel: string; ts: string; text: string } | null;
  views: View[]; // the stack of modals, the visible one last
  home: View | null | undefined; // undefined until asked for, null while none is published
  mail: Mail[];
  unreadMail: number;
  notices: { id: number; message: string }[];
  confirm: Question | null;
  picker: EmojiPicker | null;
  dialog: "switcher" | "help" | null;
  announcement: string;
  pane: "nav" | "main" | "thread"; // which pane a narrow screen shows
}

export const INITIAL: State = {
  phase: "loading",
  failure: null,
  boot: null,
  people: new Map(),
  me: null,
  link: "connecting",
  botConnected: true,
  conversations: [],
  place: null,
  wantedPlace: null,
  thread: null,
  highlight: null,
  lists: new Map(),
  threads: new Map(),
  older: new Map(),
  fresh: new Map(),
  heldUnread: null,
  myThreads: null,
  unreadThreads: new Set(),
  titles: new Map(),
  statuses: new Map(),
  typing: new Map(),
  editing: null,
  views: [],
  home: undefined,
  mail: [],
  unreadMail: 0,
  notices: [],
  confirm: null,
  picker: null,
  dialog: null,
  announcement: "",
  pane: "main",
};

export const threadKey = (channel: string, ts: string): string => `${channel}:${ts}`;
/** Where something is said: the channel itself, or one of its threads. */
export const placeKey = (channel: string, threadTs?: string | null): string =>
  threadTs ? threadKey(channel, threadTs) : channel;

export const isReply = (message: Message): boolean =>
  Boolean(message.thread_ts) && message.thread_ts !== message.ts;

/** The list with the message in its place by ts; the same ts is replaced. */
export function withMessage(list: Message[], message: Message): Message[] {
  const at = list.findIndex((one) => one.ts >= message.ts);
  if (at < 0) return [...list, message];
  return list[at].ts === message.ts ? list.with(at, message) : list.toSpliced(at, 0, message);
}

export function withEntry<K, V>(map: Map<K, V>, key: K, value: V): Map<K, V> {
  return new Map(map).set(key, value);
}

export const isShown = (state: State, channel: string): boolean =>
  state.place?.kind === "conversation" && state.place.channel === channel;

export const withView = (state: State, view: View): State => ({
  ...state,
  views: state.views.some((one) => one.id === view.id)
    ? state.views.map((one) => (one.id === view.id ? view : one))
    : [...state.views, view],
});

export const withoutView = (state: State, viewId: string): State => ({
  ...state,
  views: state.views.filter((one) => one.id !== viewId),
});

let noticeCount = 0;

export function withNotice(state: State, message: string): State {
  noticeCount += 1;
  return { ...state, notices: [...state.notices.slice(-3), { id: noticeCount, message }] };
}

/** A freshly loaded list, with the ephemeral messages that only this page still holds. */
export function keepEphemerals(loaded: Message[], held: Message[] = []): Message[] {
  return held
    .filter((one) => one.ephemeral)
    .reduce(
      (list, one) => (list.some((other) => other.ts === one.ts) ? list : withMessage(list, one)),
      loaded,
    );
}
