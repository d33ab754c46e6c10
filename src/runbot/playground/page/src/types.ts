// What the server sends: the shapes of the person API and of its live frames.

import type { Guide } from "./guide";

/** A part of Block Kit as the app sent it. Its fields differ by type, and the drawing reads them. */
export type Block = { type: string; block_id?: string; [field: string]: any };
export type Element = { type: string; action_id?: string; [field: string]: any };

export interface Person {
  id: string;
  name: string;
  real_name: string;
  title: string;
  tz: string;
  color: string;
  initials: string | null;
  is_admin?: boolean;
  is_guest?: boolean;
  is_bot?: boolean;
}

/** The person whom this page acts as; `zone` is theirs where the browser knows it. */
export interface Me extends Person {
  zone: string;
}

export interface Conversation {
  id: string;
  kind: "channel" | "private" | "im";
  name: string;
  topic?: string;
  with?: string;
  member: boolean;
  bot_member?: boolean;
  unread?: number;
  mentions?: number;
  last_ts?: string;
  archived?: boolean;
  prompts?: Prompts | null;
  read?: string; // the ts up to which one has read
}

/** Sentences that an agent offers to start from. */
export interface Prompts {
  title: string;
  prompts: { title: string; message: string }[];
}

export interface FileInfo {
  id: string;
  name: string;
  title: string;
  mimetype: string;
  pretty_type: string;
  size: number;
  user: string;
  created: number;
  inline: boolean;
  deleted: boolean;
}

export interface Reaction {
  name: string;
  users: string[];
}

export interface Message {
  ts: string;
  channel: string;
  user: string;
  bot_id?: string | null;
  text: string;
  blocks?: Block[] | null;
  thread_ts?: string | null;
  reply_count?: number;
  reply_users?: string[];
  last_reply?: string | null;
  edited?: boolean;
  ephemeral?: boolean;
  streaming?: boolean;
  subtype?: string | null;
  reactions?: Reaction[];
  files?: FileInfo[];
}

export interface View {
  id: string;
  callback_id?: string;
  type: "modal" | "home";
  title?: unknown;
  submit?: unknown;
  close?: unknown;
  blocks: Block[];
}

export interface Mail {
  id: string;
  from: string;
  to: string[];
  subject: string;
  date: string;
  text?: string;
  html?: string;
  headers?: Record<string, unknown>;
}

export interface Shortcut {
  type: "global" | "message";
  name: string;
  callback_id: string;
  description: string;
}

export interface Boot {
  team: { id: string; name: string };
  people: Person[];
  bot: { user_id: string; name: string; connected: boolean };
  commands: { command: string; description: string; usage_hint: string }[];
  shortcuts?: Shortcut[];
  mailbox: boolean;
  guide: Guide | null;
  faults?: string[];
}

export interface Page {
  messages: Message[];
  has_more?: boolean;
}

export type Place =
  | { kind: "conversation"; channel: string }
  | { kind: "home" }
  | { kind: "mailbox" }
  | { kind: "threads" };

/** A thread that one is in: its root, its last replies, and how many of them are unread. */
export interface ThreadSummary {
  root: Message;
  replies: Message[];
  unread: number;
}

export type Frame =
  | { type: "message"; message: Message }
  | { type: "ephemeral"; message: Message }
  | { type: "message_changed"; message: Message }
  | { type: "message_deleted"; channel: string; ts: string }
  | { type: "ephemeral_deleted"; channel: string; ts: string }
  | { type: "thread_status"; channel: string; thread_ts: string; status: string }
  | { type: "thread_title"; channel: string; thread_ts: string; title: string }
  | { type: "suggested_prompts"; channel: string; title: string; prompts: Prompts["prompts"] }
  | { type: "typing"; user: string; channel: string; thread_ts: string | null; seconds: number }
  | { type: "view_opened"; view: View }
  | { type: "view_pushed"; view: View }
  | { type: "view_updated"; view: View }
  | { type: "view_closed"; view_id: string; all?: boolean }
  | { type: "home"; view: View }
  | { type: "mail"; mail: Mail }
  | { type: "bot"; connected: boolean }
  | { type: "conversation"; conversation: Conversation }
  | { type: "notice"; message: string }
  | { type: "guide"; guide: Guide | null }
  | { type: "faults"; on: string[] }
  | { type: "ping" };
