// The person API over HTTP: one function per call that the page makes.

import type { Block, Boot, Conversation, FileInfo, Mail, Page, ThreadSummary, View } from "./types";

/** A refusal, with a sentence that can be shown to the person as it is. */
export class ApiError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "ApiError";
    this.code = code;
  }
}

const UNREACHABLE = "The server can't be reached. Is it still running?";
// No other site's page can send this header: its browser would ask here first.
const OWN_HEADERS = { "X-Playground": "page" };

function refusalIn(status: number, answer: any): ApiError {
  const code = answer?.error ?? `http_${status}`;
  return new ApiError(code, answer?.message ?? `The server refused this (${code}).`);
}

export async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/people/api/${path}`, {
      method,
      headers: {
        ...OWN_HEADERS,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ApiError("unreachable", UNREACHABLE);
  }
  let answer: any;
  try {
    answer = await response.json();
  } catch {
    throw new ApiError(
      "unreadable",
      `The server answered ${response.status} with something unreadable.`,
    );
  }
  if (!response.ok || answer?.ok === false) throw refusalIn(response.status, answer);
  return answer;
}

const at = (user: string, path: string) => `${encodeURIComponent(user)}/${path}`;

function get<T>(user: string, path: string, query: Record<string, string | undefined> = {}) {
  const given = Object.entries(query).filter((pair): pair is [string, string] => Boolean(pair[1]));
  const search = given.length ? `?${new URLSearchParams(given)}` : "";
  return call<T>("GET", at(user, path) + search);
}

const post = <T = object>(user: string, path: string, body: object) =>
  call<T>("POST", at(user, path), body);

export const fetchBoot = () => call<Boot>("GET", "boot");
export const fetchMail = () => call<Mail[]>("GET", "mail");
export const fetchConversations = (user: string) => get<Conversation[]>(user, "conversations");
export const fetchThreads = (user: string) => get<{ threads: ThreadSummary[] }>(user, "threads");

/** The newest messages, or those before a ts; oldest first. */
export const fetchMessages = (
  user: string,
  channel: string,
  { threadTs, before }: { threadTs?: string; before?: string } = {},
) => get<Page>(user, "messages", { channel, thread_ts: threadTs, before });

export const fetchSource = (user: string, channel: string, ts: string) =>
  get<{ text: string }>(user, "source", { channel, ts });

export interface Said {
  channel: string;
  text: string;
  thread_ts?: string;
  files?: string[];
}

export const postMessage = (user: string, message: Said) =>
  post<{ ts: string }>(user, "say", message);
export const postCommand = (user: string, command: object) => post(user, "command", command);
export const postShortcut = (user: string, shortcut: object) => post(user, "shortcut", shortcut);
export const postClick = (user: string, click: object) => post(user, "click", click);
export const postSubmission = (user: string, submission: object) =>
  post<{ response_action?: string; view?: View; errors?: Record<string, string> }>(
    user,
    "view/submit",
    submission,
  );
export const postClose = (user: string, viewId: string) =>
  post(user, "view/close", { view_id: viewId });
export const postHome = (user: string) => post<{ view: View | null }>(user, "home", {});
/** `came` is false where the person was already looking: then it is only marked read. */
export const postOpen = (user: string, channel: string, came: boolean) =>
  post(user, "open", { channel, came });
export const postThreadRead = (user: string, channel: string, threadTs: string) =>
  post(user, "open", { channel, thread_ts: threadTs });
export const postStop = (user: string, place: { channel: string; thread_ts: string }) =>
  post(user, "stop", place);
export const postTyping = (user: string, place: object) => post(user, "typing", place);
export const postReaction = (
  user: string,
  reaction: { channel: string; ts: string; name: string; on: boolean },
) => post(user, "react", reaction);
export const postEdit = (user: string, edit: { channel: string; ts: string; text: string }) =>
  post(user, "edit", edit);
export const postDelete = (user: string, message: { channel: string; ts: string }) =>
  post(user, "delete", message);
export const postUnread = (user: string, message: { channel: string; ts: string }) =>
  post(user, "unread", message);

export interface Suggested {
  options?: Block[];
  option_groups?: { label: Block; options: Block[] }[];
}

export const postSuggest = (user: string, asked: object) => post<Suggested>(user, "suggest", asked);

export const fileAddress = (user: string, id: string, inline = false) =>
  `/people/api/${at(user, `files/${id}`)}${inline ? "?inline=1" : ""}`;

export interface Upload {
  done: Promise<FileInfo>;
  cancel: () => void;
}

/** Sends one file; fetch can't tell how far it has come, so it is the older kind of request. */
export function uploadFile(user: string, file: File, onProgress: (part: number) => void): Upload {
  const request = new XMLHttpRequest();
  const done = new Promise<FileInfo>((resolve, reject) => {
    request.open("POST", `/people/api/${at(user, "files")}?name=${encodeURIComponent(file.name)}`);
    for (const [name, value] of Object.entries(OWN_HEADERS)) request.setRequestHeader(name, value);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    request.onload = () =>
      request.status < 300 && request.response?.file
        ? resolve(request.response.file)
        : reject(refusalIn(request.status, request.response));
    request.onerror = () => reject(new ApiError("unreachable", UNREACHABLE));
    request.onabort = () => reject(new ApiError("cancelled", "The upload was cancelled."));
    request.send(file);
  });
  return { done, cancel: () => request.abort() };
}
