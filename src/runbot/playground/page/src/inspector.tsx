// The inspector: what passes between Slack and the app, as it happens, and one exchange whole.

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { ApiError } from "./api";
import { Json } from "./json";
import { Log, fetchEntry, type Entry, type Filter, type Line } from "./log";
import { openPanel, type Subject } from "./panel";
import type { State } from "./state";

const KINDS: [string, string][] = [
  ["", "All"],
  ["call", "Calls"],
  ["interaction", "Clicks and commands"],
  ["event", "Events"],
  ["response_url", "Answers by URL"],
  ["connection", "Connection"],
  ["file", "Files"],
  ["mail", "Mail"],
];
const TYPED_MS = 200;

const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
});

const STATES = {
  ok: "",
  waiting: "waiting",
  refused: "refused",
  unanswered: "not answered",
};

/** One line of the list, or of a chain. */
function Row({
  line,
  current,
  depth,
  why,
  onOpen,
}: {
  line: Line;
  current: boolean;
  depth?: number;
  why?: string;
  onOpen: (id: number) => void;
}) {
  return (
    <li class="log-row" style={depth ? { paddingLeft: `${depth * 14}px` } : undefined}>
      <button
        type="button"
        class={`log-line ${line.state}${line.fault ? " met" : ""}`}
        aria-current={current ? "true" : undefined}
        onClick={() => onOpen(line.id)}
        title={why ? `Follows by ${why}` : undefined}
      >
        <span class="log-way" aria-label={line.to_app ? "to the app" : "from the app"}>
          {line.to_app ? "→" : "←"}
        </span>
        <span class="log-words">
          <b>{line.name}</b> {line.words}
        </span>
        <span class="log-outcome">
          {STATES[line.state] && <b class="log-state">{STATES[line.state]}</b>} {line.outcome}
          {line.fault && <i class="log-fault">{line.fault}</i>}
        </span>
        <time class="log-time">{clock.format(line.at * 1000)}</time>
      </button>
    </li>
  );
}

function Refusal({ refusal }: { refusal: NonNullable<Entry["refusal"]> }) {
  return (
    <div class="log-refusal" role="note">
      <p>
        <b>{refusal.code}</b> {refusal.why}
      </p>
      {refusal.messages.map((message) => (
        <p key={message}>
          <code>{message}</code>
        </p>
      ))}
      {refusal.url && (
        <a href={refusal.url} target="_blank" rel="noreferrer">
          What Slack says about it
        </a>
      )}
    </div>
  );
}

/** The chain may be long: the one that is looked at stands in the middle of it. */
function seeCurrent(list: HTMLElement | null) {
  const current = list?.querySelector<HTMLElement>("[aria-current]");
  if (current) list!.scrollTop = current.offsetTop - list!.offsetTop - list!.clientHeight / 3;
}

function Whole({ entry, onOpen }: { entry: Entry; onOpen: (id: number) => void }) {
  const { lesson, refusal, chain } = entry;
  const line = entry.entry;
  return (
    <>
      <h3 class="log-title">
        <span>{line.name}</span> <span>{line.words}</span>
      </h3>
      <p class={`log-came ${line.state}`}>
        {clock.format(line.at * 1000)} · {line.outcome}
        {line.fault && (
          <>
            {" "}
            · met <i class="log-fault">{line.fault}</i>
          </>
        )}
      </p>
      <p class="log-lesson">
        {lesson.sentence}{" "}
        {lesson.url && (
          <a href={lesson.url} target="_blank" rel="noreferrer">
            Slack’s page
          </a>
        )}
      </p>
      {refusal && <Refusal refusal={refusal} />}
      {chain.length > 1 && (
        <details class="log-chain" open>
          <summary>What it came from, and what followed</summary>
          <ul ref={seeCurrent}>
            {chain.map((one) => (
              <Row
                key={one.entry.id}
                line={one.entry}
                current={one.entry.id === line.id}
                depth={one.depth}
                why={one.why}
                onOpen={onOpen}
              />
            ))}
          </ul>
        </details>
      )}
      {entry.sections.map(({ title, value }) => (
        <Json key={`${line.id} ${title}`} title={title} value={value} />
      ))}
    </>
  );
}

/** One exchange; read again when more of it is known. */
function Detail({
  id,
  version,
  onOpen,
  onBack,
}: {
  id: number;
  version: number;
  onOpen: (id: number) => void;
  onBack: () => void;
}) {
  const [entry, setEntry] = useState<Entry | null>(null);
  const [failure, setFailure] = useState("");
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let gone = false;
    fetchEntry(id).then(
      (found) => {
        if (!gone) [setEntry(found), setFailure("")];
      },
      (error) => {
        if (!(error instanceof ApiError)) throw error;
        if (!gone) setFailure(error.message);
      },
    );
    return () => {
      gone = true;
    };
  }, [id, version]);
  useEffect(() => {
    box.current!.scrollTop = 0;
    box.current!.focus();
  }, [id]);
  return (
    <div class="log-detail" ref={box} tabIndex={-1} role="region" aria-label="One exchange">
      <button type="button" class="log-back" onClick={onBack}>
        ← All exchanges
      </button>
      {failure && <p class="act-error">{failure}</p>}
      {entry?.entry.id === id ? <Whole entry={entry} onOpen={onOpen} /> : !failure && <p>…</p>}
    </div>
  );
}

function useLog(filter: Filter) {
  const [, draw] = useState(0);
  const log = useMemo(() => new Log(filter, () => draw((count) => count + 1)), [filter]);
  useEffect(() => {
    log.start();
    return () => log.stop();
  }, [log]);
  return log;
}

/** The list keeps to its end while one is there, and stays where one is otherwise. */
function useEndOf(list: { current: HTMLElement | null }, count: number) {
  const atEnd = useRef(true);
  useLayoutEffect(() => {
    if (atEnd.current && list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [count]);
  return () => {
    const { scrollTop, scrollHeight, clientHeight } = list.current!;
    atEnd.current = scrollHeight - scrollTop - clientHeight < 40;
  };
}

function moveBy(event: KeyboardEvent) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const rows = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>(".log-line")];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  if (at < 0) return;
  event.preventDefault();
  rows[at + step]?.focus();
}

interface ListProps {
  log: Log;
  narrowed: boolean; // only what fits a filter is listed
  chosen: number | null;
  onOpen: (id: number) => void;
}

function List({ log, narrowed, chosen, onOpen }: ListProps) {
  const list = useRef<HTMLDivElement>(null);
  const { lines, older, failure } = log.state;
  const onScroll = useEndOf(list, lines.length);
  return (
    <div class="log-list" ref={list} onScroll={onScroll} onKeyDown={moveBy}>
      {failure && (
        <p class="act-error" role="alert">
          {failure}
        </p>
      )}
      {older && (
        <button type="button" class="button small log-older" onClick={() => log.loadOlder()}>
          Older ones
        </button>
      )}
      {!lines.length && !failure && (
        <p class="log-none muted">
          {narrowed
            ? "Nothing fits. What does comes up here as it happens."
            : "Nothing yet. Whatever passes between Slack and the app comes up here."}
        </p>
      )}
      <ul aria-label="Exchanges">
        {lines.map((line) => (
          <Row key={line.id} line={line} current={line.id === chosen} onOpen={onOpen} />
        ))}
      </ul>
    </div>
  );
}

function Tools({
  filter,
  setFilter,
  log,
}: {
  filter: Filter;
  setFilter: (change: Partial<Filter>) => void;
  log: Log;
}) {
  const [text, setText] = useState(filter.text);
  const [paused, setPaused] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => setPaused(false), [log]);
  const type = (typed: string) => {
    setText(typed);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setFilter({ text: typed.trim() }), TYPED_MS);
  };
  const pause = () => {
    setPaused(!paused);
    log.pause(!paused);
  };
  const { held } = log.state;
  return (
    <div class="log-tools">
      <select
        aria-label="Kind"
        value={filter.kind}
        onChange={(event) => setFilter({ kind: event.currentTarget.value })}
      >
        {KINDS.map(([kind, label]) => (
          <option key={kind} value={kind}>
            {label}
          </option>
        ))}
      </select>
      <input
        type="search"
        aria-label="Search the exchanges"
        placeholder="Method, words, person, error…"
        value={text}
        onInput={(event) => type(event.currentTarget.value)}
      />
      <label class="log-only">
        <input
          type="checkbox"
          checked={filter.refused}
          onChange={(event) => setFilter({ refused: event.currentTarget.checked })}
        />
        Only refusals
      </label>
      <button type="button" class="button small" aria-pressed={paused} onClick={pause}>
        {paused ? `Go on${held ? ` (${held})` : ""}` : "Pause"}
      </button>
      <button type="button" class="button small" onClick={() => log.clear()}>
        Clear
      </button>
    </div>
  );
}

/** The blocks as they are now: those of a message or view that the page still has. */
function blocksNow({ lists, threads, views, home }: State, subject: Subject): unknown {
  if (subject.view) {
    const view = [...views, home].find((one) => one?.id === subject.view);
    return view?.blocks ?? subject.blocks;
  }
  const held = [lists.get(subject.channel!) ?? [], ...threads.values()].flat();
  const message = held.find((one) => one.ts === subject.ts && one.channel === subject.channel);
  return message ? (message.blocks ?? { text: message.text }) : subject.blocks;
}

/** One message or view: its payload, and what concerned it. */
export function SubjectView({ subject, state }: { subject: Subject; state: State }) {
  const { channel, ts, view } = subject;
  const filter = useMemo<Filter>(
    () => ({ kind: "", text: "", refused: false, channel, ts, view }),
    [channel, ts, view],
  );
  const log = useLog(filter);
  const [chosen, setChosen] = useState<number | null>(null);
  const { lines } = log.state;
  if (chosen !== null) {
    const version = lines.find((line) => line.id === chosen)?.version ?? 0;
    return (
      <Detail id={chosen} version={version} onOpen={setChosen} onBack={() => setChosen(null)} />
    );
  }
  return (
    <div class="log-subject">
      <Json title="Blocks as they are now" value={blocksNow(state, subject)} />
      <h4>Exchanges that concerned it</h4>
      {!lines.length && <p class="muted">None in the record: it came before the last start.</p>}
      <ul>
        {lines.map((line) => (
          <Row key={line.id} line={line} current={false} onOpen={setChosen} />
        ))}
      </ul>
    </div>
  );
}

export function Inspector({ subject, state }: { subject: Subject | null; state: State }) {
  const [filter, setFilter] = useState<Filter>({ kind: "", text: "", refused: false });
  const [chosen, setChosen] = useState<number | null>(null);
  const log = useLog(filter);
  if (subject) {
    return (
      <div class="inspector">
        <div class="log-about">
          <button type="button" class="log-back" onClick={() => openPanel("inspector")}>
            ← All exchanges
          </button>
          <h3>{subject.title}</h3>
        </div>
        <SubjectView
          key={`${subject.channel} ${subject.ts} ${subject.view}`}
          subject={subject}
          state={state}
        />
      </div>
    );
  }
  const version = log.state.lines.find((line) => line.id === chosen)?.version ?? 0;
  const back = () => {
    setChosen(null);
    requestAnimationFrame(() =>
      document.querySelector<HTMLElement>(".log-list [aria-current]")?.focus(),
    );
  };
  return (
    <div class={chosen === null ? "inspector" : "inspector has-entry"}>
      <div class="log-side">
        <Tools
          filter={filter}
          setFilter={(change) => setFilter((now) => ({ ...now, ...change }))}
          log={log}
        />
        <List
          narrowed={Boolean(filter.kind || filter.text || filter.refused)}
          log={log}
          chosen={chosen}
          onOpen={setChosen}
        />
      </div>
      {chosen !== null && <Detail id={chosen} version={version} onOpen={setChosen} onBack={back} />}
    </div>
  );
}
