// The WebSocket from the server: one JSON object per frame, reconnecting with back-off.

import type { Frame } from "./types";

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 8000;
// The server pings; a connection that stays silent longer than this is taken for dead.
const SILENCE_MS = 45_000;

interface Listeners {
  onOpen: () => void;
  onEvent: (frame: Frame) => void;
  onLost: () => void;
}

/**
 * Follows one person's live updates until the returned function is called.
 * `onOpen` runs at each connection, so that whatever was missed is loaded again.
 */
export function followLive(user: string, { onOpen, onEvent, onLost }: Listeners): () => void {
  let socket: WebSocket;
  let delay = FIRST_DELAY_MS;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let silenceTimer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;

  const heard = () => {
    clearTimeout(silenceTimer);
    silenceTimer = setTimeout(() => socket.close(), SILENCE_MS);
  };

  const connect = () => {
    const address = new URL(`/people/live?user=${encodeURIComponent(user)}`, location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    socket = new WebSocket(address);
    socket.onopen = () => {
      delay = FIRST_DELAY_MS;
      heard();
      onOpen();
    };
    socket.onmessage = ({ data }) => {
      heard();
      onEvent(JSON.parse(data));
    };
    socket.onclose = () => {
      clearTimeout(silenceTimer);
      if (ended) return;
      onLost();
      retryTimer = setTimeout(connect, delay);
      delay = Math.min(delay * 2, LONGEST_DELAY_MS);
    };
  };

  const retryNow = () => {
    if (ended || retryTimer === undefined || socket.readyState !== WebSocket.CLOSED) return;
    clearTimeout(retryTimer);
    connect();
  };
  addEventListener("online", retryNow);
  document.addEventListener("visibilitychange", retryNow);
  connect();

  return () => {
    ended = true;
    clearTimeout(retryTimer);
    clearTimeout(silenceTimer);
    removeEventListener("online", retryNow);
    document.removeEventListener("visibilitychange", retryNow);
    socket.close();
  };
}
