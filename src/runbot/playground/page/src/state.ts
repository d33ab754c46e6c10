// What the page knows, and how each live frame changes it. Pure: a state and a frame give a state.

export const INITIAL = {
  phase: "loading", // loading | ready | failed
  failure: null,
  boot: null,
  people: new Map(), // by id, the bot too
  me: null,
  link: "connecting", // connecting | open | lost
  botConnected: true,
  conversations: [],
  place: null, // {kind: "conversation", channel} | {kind: "home"} | {kind: "mailbox"}
  wantedPlace: null, // where to go first, if it can be seen
  thread: null, // {channel, ts}
  highlight: null, // the ts of the message that a permalink led to
  lists: new Map(), // channel -> its messages, oldest first
  threads: new Map(), // channel:ts -> the root and its replies
  statuses: new Map(), // channel:ts -> "is thinking…"
  views: [], // the stack of modals, the visible one last
  home: undefined, // undefined until asked for, null while the app has published none
  mail: [],
  unreadMail: 0,
  notices: [],
  confirm: null, // {confirm, answer}: a question that stands over everything
  announcement: "",
  pane: "main", // which pane a narrow screen shows: nav | main | thread
};

export const threadKey = (channel, ts) => `${channel}:${ts}`;
export const isReply = (message) => Boolean(message.thread_ts) && message.thread_ts !== message.ts;

/** Whether a message stands in its channel's own list. */
const isTopLevel = (message) => !isReply(message) || message.subtype === "thread_broadcast";

/** The list with the message in its place by ts; the same ts is replaced. */
export function withMessage(list, message) {
  const at = list.findIndex((one) => one.ts >= message.ts);
  if (at < 0) return [...list, message];
  return list[at].ts === message.ts ? list.with(at, message) : list.toSpliced(at, 0, message);
}

const without = (list, ts) => list.filter((one) => one.ts !== ts);

function withEntry(map, key, value) {
  return new Map(map).set(key, value);
}

/** Applies `change` to every loaded list in which the message belongs. */
function inLists(state, message, change) {
  const next = { ...state };
  const list = state.lists.get(message.channel);
  if (list && isTopLevel(message))
    next.lists = withEntry(state.lists, message.channel, change(list));
  const key = threadKey(message.channel, message.thread_ts || message.ts);
  const thread = state.threads.get(key);
  if (thread) next.threads = withEntry(state.threads, key, change(thread));
  return next;
}

/** A reply also shows under its root, whether or not the root's own change was announced. */
function countReply(state, reply) {
  const list = state.lists.get(reply.channel);
  const root = list?.find((one) => one.ts === reply.thread_ts);
  if (!root || reply.ephemeral || (root.last_reply && root.last_reply >= reply.ts)) return state;
  const counted = {
    ...root,
    reply_count: (root.reply_count ?? 0) + 1,
    reply_users: [...new Set([...(root.reply_users ?? []), reply.user])],
    last_reply: reply.ts,
  };
  return inLists(state, counted, (messages) => withMessage(messages, counted));
}

export const isShown = (state, channel) =>
  state.place?.kind === "conversation" && state.place.channel === channel;

function countUnread(state, message) {
  const seen = isShown(state, message.channel) && document.visibilityState === "visible";
  if (message.user === state.me?.id || seen || isReply(message)) return state;
  const conversations = state.conversations.map((one) =>
    one.id === message.channel
      ? { ...one, unread: (one.unread ?? 0) + 1, last_ts: message.ts }
      : one,
  );
  return { ...state, conversations };
}

function withoutStatus(state, message) {
  const key = threadKey(message.channel, message.thread_ts || message.ts);
  if (!state.statuses.has(key) || message.user === state.me?.id) return state;
  const statuses = new Map(state.statuses);
  statuses.delete(key);
  return { ...state, statuses };
}

function addMessage(state, message) {
  let next = inLists(state, message, (list) => withMessage(list, message));
  if (isReply(message)) next = countReply(next, message);
  next = withoutStatus(countUnread(next, message), message);
  const here = isShown(state, message.channel) || state.thread?.ts === message.thread_ts;
  if (here && message.user !== state.me?.id) {
    const name = state.people.get(message.user)?.name ?? "Someone";
    next.announcement = `${name}: ${message.text.slice(0, 200)}`;
  }
  return next;
}

const changeMessage = (state, message) =>
  inLists(state, message, (list) =>
    list.some((one) => one.ts === message.ts) ? withMessage(list, message) : list,
  );

function removeMessage(state, channel, ts) {
  const next = { ...state };
  const list = state.lists.get(channel);
  if (list) next.lists = withEntry(state.lists, channel, without(list, ts));
  next.threads = new Map(
    [...state.threads].map(([key, thread]) => [
      key,
      key.startsWith(`${channel}:`) ? without(thread, ts) : thread,
    ]),
  );
  return next;
}

function setStatus(state, { channel, thread_ts: ts, status }) {
  const statuses = new Map(state.statuses);
  if (status) statuses.set(threadKey(channel, ts), status);
  else statuses.delete(threadKey(channel, ts));
  return { ...state, statuses };
}

export const withView = (state, view) => ({
  ...state,
  views: state.views.some((one) => one.id === view.id)
    ? state.views.map((one) => (one.id === view.id ? view : one))
    : [...state.views, view],
});

export const withoutView = (state, viewId) => ({
  ...state,
  views: state.views.filter((one) => one.id !== viewId),
});

function updateView(state, view) {
  if (view.type === "home") return { ...state, home: view };
  return state.views.some((one) => one.id === view.id) ? withView(state, view) : state;
}

let noticeCount = 0;

export function withNotice(state, message) {
  noticeCount += 1;
  return { ...state, notices: [...state.notices.slice(-3), { id: noticeCount, message }] };
}

function setConversation(state, conversation) {
  const known = state.conversations.some((one) => one.id === conversation.id);
  const conversations = known
    ? state.conversations.map((one) =>
        one.id === conversation.id ? { ...one, ...conversation } : one,
      )
    : [...state.conversations, conversation];
  return { ...state, conversations };
}

function addMail(state, mail) {
  const seen = state.place?.kind === "mailbox";
  return {
    ...state,
    mail: [mail, ...state.mail.filter((one) => one.id !== mail.id)],
    unreadMail: state.unreadMail + (seen ? 0 : 1),
    announcement: `New mail: ${mail.subject}`,
  };
}

const FRAMES = {
  message: (state, frame) => addMessage(state, frame.message),
  ephemeral: (state, frame) => addMessage(state, { ...frame.message, ephemeral: true }),
  message_changed: (state, frame) => changeMessage(state, frame.message),
  message_deleted: (state, frame) => removeMessage(state, frame.channel, frame.ts),
  ephemeral_deleted: (state, frame) => removeMessage(state, frame.channel, frame.ts),
  thread_status: setStatus,
  view_opened: (state, frame) => ({ ...state, views: [frame.view] }),
  view_pushed: (state, frame) => withView(state, frame.view),
  view_updated: (state, frame) => updateView(state, frame.view),
  view_closed: (state, frame) =>
    frame.all ? { ...state, views: [] } : withoutView(state, frame.view_id),
  home: (state, frame) => ({ ...state, home: frame.view }),
  mail: (state, frame) => addMail(state, frame.mail),
  bot: (state, frame) => ({ ...state, botConnected: frame.connected }),
  conversation: (state, frame) => setConversation(state, frame.conversation),
  notice: (state, frame) => withNotice(state, frame.message),
  ping: (state) => state,
};

/** A frame of a kind that this page doesn't know changes nothing. */
export const applyFrame = (state, frame) => FRAMES[frame.type]?.(state, frame) ?? state;

/** A freshly loaded list, with the ephemeral messages that only this page still holds. */
export function keepEphemerals(loaded, held = []) {
  return held
    .filter((one) => one.ephemeral)
    .reduce(
      (list, one) => (list.some((other) => other.ts === one.ts) ? list : withMessage(list, one)),
      loaded,
    );
}
