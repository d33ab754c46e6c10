// How each live frame changes what the page knows. Pure: a state and a frame give a state.

import { spoken } from "./spoken";
import {
  isReply,
  isShown,
  placeKey,
  threadKey,
  withEntry,
  withMessage,
  withNotice,
  withView,
  withoutView,
  type State,
} from "./state";
import type { Conversation, Frame, Mail, Me, Message, View } from "./types";

type FrameOf<K extends Frame["type"]> = Extract<Frame, { type: K }>;

/** Whether a message stands in its channel's own list. */
const isTopLevel = (message: Message): boolean =>
  !isReply(message) || message.subtype === "thread_broadcast";

const without = (list: Message[], ts: string) => list.filter((one) => one.ts !== ts);

/** Applies `change` to every loaded list in which the message belongs. */
function inLists(state: State, message: Message, change: (list: Message[]) => Message[]): State {
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
function countReply(state: State, reply: Message): State {
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

const names = (message: Message, me: Me): boolean =>
  message.text.includes(`<@${me.id}>`) || /<!(here|channel|everyone)/.test(message.text);

function countUnread(state: State, message: Message): State {
  const { me } = state;
  if (!me || message.user === me.id || message.subtype === "channel_join") return state;
  if (isReply(message)) return countUnreadReply(state, message, me);
  const seen = isShown(state, message.channel) && document.visibilityState === "visible";
  if (seen && state.heldUnread !== message.channel) return state;
  const conversations = state.conversations.map((one) => {
    if (one.id !== message.channel) return one;
    const mentioned = one.kind === "im" || names(message, me) ? 1 : 0;
    const mentions = (one.mentions ?? 0) + mentioned;
    return { ...one, unread: (one.unread ?? 0) + 1, mentions, last_ts: message.ts };
  });
  // What comes while one is away gets its line when one is back.
  const fresh = state.fresh.has(message.channel)
    ? state.fresh
    : withEntry(state.fresh, message.channel, message.ts);
  return { ...state, conversations, fresh };
}

/** A reply is news to those who are in its thread, and to those whom it names. */
function countUnreadReply(state: State, reply: Message, me: Me): State {
  const key = threadKey(reply.channel, reply.thread_ts!);
  const open = state.thread && threadKey(state.thread.channel, state.thread.ts) === key;
  const root = state.lists.get(reply.channel)?.find((one) => one.ts === reply.thread_ts);
  const mine = root && (root.user === me.id || root.reply_users?.includes(me.id));
  const known = state.myThreads?.some((one) => one.root.ts === reply.thread_ts);
  if (open || !(mine || known || names(reply, me))) return state;
  return { ...state, unreadThreads: new Set(state.unreadThreads).add(key) };
}

/** Who has said something is no longer typing it. */
function withoutTypist(state: State, message: Message): State {
  const key = placeKey(message.channel, message.thread_ts);
  const typists = state.typing.get(key)?.filter((one) => one.user !== message.user);
  return typists ? { ...state, typing: withEntry(state.typing, key, typists) } : state;
}

function setTyping(state: State, frame: FrameOf<"typing">): State {
  if (frame.user === state.me?.id) return state;
  const key = placeKey(frame.channel, frame.thread_ts);
  const others = (state.typing.get(key) ?? []).filter((one) => one.user !== frame.user);
  const typist = { user: frame.user, until: Date.now() + frame.seconds * 1000 };
  return { ...state, typing: withEntry(state.typing, key, [...others, typist]) };
}

function withoutStatus(state: State, message: Message): State {
  const key = threadKey(message.channel, message.thread_ts || message.ts);
  if (!state.statuses.has(key) || message.user === state.me?.id) return state;
  const statuses = new Map(state.statuses);
  statuses.delete(key);
  return { ...state, statuses };
}

function addMessage(state: State, message: Message): State {
  let next = inLists(state, message, (list) => withMessage(list, message));
  if (isReply(message)) next = countReply(next, message);
  next = withoutTypist(withoutStatus(countUnread(next, message), message), message);
  const here = isShown(state, message.channel) || state.thread?.ts === message.thread_ts;
  if (here && message.user !== state.me?.id) {
    const name = state.people.get(message.user)?.name ?? "Someone";
    next.announcement = `${name}: ${spoken(message.text, state).slice(0, 200)}`;
  }
  return next;
}

const changeMessage = (state: State, message: Message): State =>
  inLists(state, message, (list) =>
    list.some((one) => one.ts === message.ts) ? withMessage(list, message) : list,
  );

function removeMessage(state: State, channel: string, ts: string): State {
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

function setStatus(
  state: State,
  { channel, thread_ts: ts, status }: FrameOf<"thread_status">,
): State {
  const statuses = new Map(state.statuses);
  if (status) statuses.set(threadKey(channel, ts), status);
  else statuses.delete(threadKey(channel, ts));
  return { ...state, statuses };
}

function updateView(state: State, view: View): State {
  if (view.type === "home") return { ...state, home: view };
  return state.views.some((one) => one.id === view.id) ? withView(state, view) : state;
}

function setConversation(state: State, conversation: Conversation): State {
  const known = state.conversations.some((one) => one.id === conversation.id);
  const conversations = known
    ? state.conversations.map((one) =>
        one.id === conversation.id ? { ...one, ...conversation } : one,
      )
    : [...state.conversations, conversation];
  return { ...state, conversations };
}

function addMail(state: State, mail: Mail): State {
  const seen = state.place?.kind === "mailbox";
  return {
    ...state,
    mail: [mail, ...state.mail.filter((one) => one.id !== mail.id)],
    unreadMail: state.unreadMail + (seen ? 0 : 1),
    announcement: `New mail: ${mail.subject}`,
  };
}

type Reducers = { [K in Frame["type"]]: (state: State, frame: FrameOf<K>) => State };

const FRAMES: Reducers = {
  message: (state, frame) => addMessage(state, frame.message),
  ephemeral: (state, frame) => addMessage(state, { ...frame.message, ephemeral: true }),
  message_changed: (state, frame) => changeMessage(state, frame.message),
  message_deleted: (state, frame) => removeMessage(state, frame.channel, frame.ts),
  ephemeral_deleted: (state, frame) => removeMessage(state, frame.channel, frame.ts),
  thread_status: setStatus,
  thread_title: (state, { channel, thread_ts: ts, title }) => ({
    ...state,
    titles: withEntry(state.titles, threadKey(channel, ts), title),
  }),
  suggested_prompts: (state, { channel, title, prompts }) => ({
    ...state,
    conversations: state.conversations.map((one) =>
      one.id === channel ? { ...one, prompts: { title, prompts } } : one,
    ),
  }),
  typing: setTyping,
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
  guide: (state, { guide }) => ({ ...state, boot: { ...state.boot!, guide } }),
  faults: (state, { on }) => ({ ...state, boot: { ...state.boot!, faults: on } }),
  ping: (state) => state,
};

/** A frame of a kind that this page doesn't know changes nothing. */
export function applyFrame(state: State, frame: Frame): State {
  const apply = FRAMES[frame.type] as ((state: State, frame: Frame) => State) | undefined;
  return apply ? apply(state, frame) : state;
}
