// The list of a channel or a thread: only what is near the window is drawn, and it keeps its place.

import { useCallback, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import { Message, type MessageProps } from "./message";
import { whenReleased } from "./press";
import { keyOnMessage } from "./tools";
import type { Session } from "./session";
import { threadKey, type State } from "./state";
import { useDirectory } from "./text";
import { dateOfTs, dayName, dayOf } from "./time";
import type { Message as MessageData } from "./types";

const GROUPED_WITHIN_S = 300;
const AT_BOTTOM_PX = 48;
const OLDER_WITHIN_PX = 900;
// Drawn beyond the window on either side, so that fast scrolling shows no gaps.
const BUFFER_PX = 1600;
const FOCUS_FRAMES = 30;

const follows = (message: MessageData, before: MessageData | undefined, zone: string): boolean =>
  before !== undefined &&
  before.user === message.user &&
  !before.subtype &&
  !before.ephemeral &&
  !message.ephemeral &&
  !message.subtype &&
  !before.reply_count &&
  Number(message.ts) - Number(before.ts) < GROUPED_WITHIN_S &&
  dayOf(dateOfTs(before.ts), zone) === dayOf(dateOfTs(message.ts), zone);

/** Keeps a list at its end as long as it was there (what one says leads there too). */
function useStickToEnd(resetKey: string, newest: string | undefined, newestIsMine: boolean) {
  const box = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const last = useRef({ top: 0, height: 0 });
  const [missed, setMissed] = useState(false);
  /** Only scrolling up leaves the end. A list that shrinks or grows moves it, but nobody left it. */
  const look = useCallback(() => {
    const { scrollHeight: height, scrollTop: top, clientHeight } = box.current!;
    const up = last.current.top - top;
    const shrunk = Math.max(0, last.current.height - height);
    if (height - top - clientHeight < AT_BOTTOM_PX) atEnd.current = true;
    else if (up > shrunk + 1) atEnd.current = false;
    last.current = { top, height };
    if (atEnd.current) setMissed(false);
  }, []);
  const toEnd = useCallback(() => {
    const list = box.current!;
    list.scrollTop = list.scrollHeight;
    last.current = { top: list.scrollTop, height: list.scrollHeight };
    atEnd.current = true;
    setMissed(false);
  }, []);
  const leave = useCallback(() => {
    atEnd.current = false;
  }, []);
  const catchUp = useCallback(() => {
    if (!box.current) return; // Left while a button was held down.
    look();
    if (atEnd.current) toEnd();
  }, []);
  const follow = useCallback(() => whenReleased(catchUp), []);
  useLayoutEffect(toEnd, [resetKey]);
  useLayoutEffect(follow);
  useLayoutEffect(() => {
    if (newestIsMine) toEnd();
    else if (!atEnd.current) setMissed(true);
  }, [newest]);
  useLayoutEffect(() => {
    // Pictures that load, rows that are measured and a window that changes its size move the end.
    const observer = new ResizeObserver(follow);
    observer.observe(content.current!);
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  return { box, content, look, missed, toEnd, leave };
}

/** Whether this drawing has more messages at the front and the same at the end: then it stays put. */
function useGrowsAtFront(listKey: string, messages: MessageData[]): boolean {
  const before = useRef({ listKey, first: "", count: 0 });
  const first = messages[0]?.ts ?? "";
  const { current } = before;
  const grows =
    current.listKey === listKey &&
    current.first !== "" &&
    first < current.first &&
    messages.length > current.count;
  useLayoutEffect(() => {
    before.current = { listKey, first, count: messages.length };
  });
  return grows;
}

/** The arrow keys go from message to message; other keys act on the one that has the focus. */
function useListKeys(
  messages: MessageData[],
  box: { current: HTMLElement | null },
  virtualizer: { current: VirtualizerHandle | null },
  base: Omit<MessageProps, "message" | "compact" | "highlit" | "editing" | "status">,
  leaveEnd: () => void,
) {
  const [focused, setFocused] = useState<string | null>(null);
  const wanted = useRef<string | null>(null);
  /** A message that is far away is drawn a few frames later, and drawing may move the focus once. */
  const focusWhenDrawn = (ts: string, frames: number) => {
    if (wanted.current !== ts || !box.current) return;
    const found = box.current.querySelector<HTMLElement>(`[data-ts="${ts}"]`);
    const active = document.activeElement;
    const free = active === document.body || box.current.contains(active);
    if (found && active !== found && free) found.focus({ preventScroll: true });
    if (frames && free) requestAnimationFrame(() => focusWhenDrawn(ts, frames - 1));
  };
  const focusAt = (index: number) => {
    const message = messages[index];
    if (!message) return;
    if (index < messages.length - 1) leaveEnd();
    wanted.current = message.ts;
    setFocused(message.ts);
    virtualizer.current?.scrollToIndex(index, { align: "nearest" });
    focusWhenDrawn(message.ts, FOCUS_FRAMES);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    const list = event.currentTarget as HTMLElement;
    const own = target === list || target.matches("article[data-ts]");
    wanted.current = null;
    if (!own) return;
    const at = messages.findIndex((one) => one.ts === target.dataset.ts);
    const steps: Record<string, number> = {
      ArrowUp: at < 0 ? messages.length - 1 : at - 1,
      ArrowDown: at < 0 ? messages.length - 1 : at + 1,
      Home: 0,
      End: messages.length - 1,
    };
    if (event.key in steps && !event.altKey) {
      event.preventDefault();
      focusAt(Math.max(0, Math.min(messages.length - 1, steps[event.key])));
    } else if (at >= 0) {
      const props = { ...base, message: messages[at] } as MessageProps;
      if (keyOnMessage(event, messages[at], props)) event.preventDefault();
    }
  };
  const onFocusIn = (event: FocusEvent) => {
    const article = (event.target as HTMLElement).closest<HTMLElement>("article[data-ts]");
    setFocused(article?.dataset.ts ?? null);
  };
  const index = focused === null ? -1 : messages.findIndex((one) => one.ts === focused);
  return { onKeyDown, onFocusIn, keepMounted: index < 0 ? undefined : [index] };
}

interface ListProps {
  label: string;
  listKey: string;
  messages: MessageData[] | undefined;
  place: "list" | "thread";
  session: Session;
  state: State;
  fresh?: string;
  intro?: ComponentChildren; // over the very first message
  afterRoot?: ComponentChildren;
  onNearStart?: () => void;
}

const Line = ({ kind, children }: { kind: string; children: ComponentChildren }) => (
  <div class={kind} role="separator">
    <span>{children}</span>
  </div>
);

export function MessageList(props: ListProps) {
  const { label, listKey, place, session, state, fresh, intro, afterRoot, onNearStart } = props;
  const { people, me, zone } = useDirectory();
  const messages = props.messages ?? [];
  const { statuses, highlight, editing } = state;
  const newest = messages.at(-1);
  const { box, content, look, missed, toEnd, leave } = useStickToEnd(
    listKey,
    newest?.ts,
    newest?.user === me.id,
  );
  const virtualizer = useRef<VirtualizerHandle>(null);
  const shift = useGrowsAtFront(listKey, messages);
  const base = { place, session, people, me, zone };
  const keys = useListKeys(messages, box, virtualizer, base, leave);
  const wanted = highlight ? messages.findIndex((one) => one.ts === highlight) : -1;
  useLayoutEffect(() => {
    if (wanted < 0) return;
    leave();
    virtualizer.current!.scrollToIndex(wanted, { align: "center" });
  }, [wanted >= 0, highlight]);
  const onScroll = () => {
    look();
    if (box.current!.scrollTop < OLDER_WITHIN_PX) onNearStart?.();
  };
  useLayoutEffect(() => {
    // A first page that doesn't fill the window is followed by the next.
    if (box.current!.scrollHeight <= box.current!.clientHeight + OLDER_WITHIN_PX) onNearStart?.();
  }, [messages.length, listKey]);
  const row = (message: MessageData, index: number) => {
    const before = messages[index - 1];
    const day = dayOf(dateOfTs(message.ts), zone);
    const newDay = place === "list" && (!before || day !== dayOf(dateOfTs(before.ts), zone));
    const isFresh = message.ts === fresh;
    const compact =
      follows(message, before, zone) && !isFresh && !newDay && !(place === "thread" && index === 1);
    return (
      <div class="row" key={message.ts}>
        {index === 0 && intro}
        {newDay && <Line kind="day">{dayName(dateOfTs(message.ts), zone)}</Line>}
        {isFresh && <Line kind="fresh">New</Line>}
        <Message
          {...base}
          message={message}
          compact={compact}
          status={statuses.get(threadKey(message.channel, message.ts))}
          highlit={message.ts === highlight}
          editing={editing?.ts === message.ts ? editing.text : null}
        />
        {place === "thread" && index === 0 && afterRoot}
      </div>
    );
  };
  return (
    <div class="list-frame">
      <div
        class="list"
        role="log"
        aria-live="off"
        aria-label={label}
        tabIndex={0}
        ref={box}
        onScroll={onScroll}
        onKeyDown={keys.onKeyDown}
        onFocusIn={keys.onFocusIn}
      >
        <div class="list-content" ref={content}>
          {!props.messages && <p class="muted loading">Loading messages…</p>}
          {props.messages && !messages.length && intro}
          <Virtualizer
            key={listKey}
            ref={virtualizer}
            scrollRef={box as never}
            shift={shift}
            bufferSize={BUFFER_PX}
            keepMounted={keys.keepMounted}
            data={messages}
          >
            {row as never /* its types are React's, what it draws are Preact's */}
          </Virtualizer>
          <div class="list-end" />
        </div>
      </div>
      {missed && (
        <button type="button" class="to-end" onClick={toEnd}>
          New messages ↓
        </button>
      )}
    </div>
  );
}
