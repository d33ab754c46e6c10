// The person API over HTTP: one function per call that the page makes.

/** A refusal, with a sentence that can be shown to the person as it is. */
export class ApiError extends Error {
  constructor(code, message) {
    super(message);
    this.name = "ApiError";
    this.code = code;
  }
}

async function call(method, path, body) {
  let response;
  try {
    response = await fetch(`/people/api/${path}`, {
      method,
      // No other site's page can send X-Playground: its browser would ask here first.
      headers: {
        "X-Playground": "page",
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ApiError("unreachable", "The server can't be reached. Is it still running?");
  }
  let answer;
  try {
    answer = await response.json();
  } catch {
    throw new ApiError(
      "unreadable",
      `The server answered ${response.status} with something unreadable.`,
    );
  }
  if (!response.ok || answer?.ok === false) {
    const code = answer?.error ?? `http_${response.status}`;
    throw new ApiError(code, answer?.message ?? `The server refused this (${code}).`);
  }
  return answer;
}

const at = (user, path) => `${encodeURIComponent(user)}/${path}`;

export const fetchBoot = () => call("GET", "boot");
export const fetchMail = () => call("GET", "mail");
export const fetchConversations = (user) => call("GET", at(user, "conversations"));

export function fetchMessages(user, channel, threadTs) {
  const query = new URLSearchParams({ channel });
  if (threadTs) query.set("thread_ts", threadTs);
  return call("GET", at(user, `messages?${query}`));
}

export const postMessage = (user, message) => call("POST", at(user, "say"), message);
export const postCommand = (user, command) => call("POST", at(user, "command"), command);
export const postClick = (user, click) => call("POST", at(user, "click"), click);
export const postSubmission = (user, submission) =>
  call("POST", at(user, "view/submit"), submission);
export const postClose = (user, viewId) =>
  call("POST", at(user, "view/close"), { view_id: viewId });
export const postHome = (user) => call("POST", at(user, "home"), {});
/** `came` is false where the person was already looking: then it is only marked read. */
export const postOpen = (user, channel, came) => call("POST", at(user, "open"), { channel, came });
