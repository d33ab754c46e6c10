// The guide: a bar over the workspace that says what to do next, and an outline around it.

import { useEffect, useRef, useState } from "preact/hooks";
import { targetOf, postGuide, type Guide, type GuideStep } from "./guide";
import { Icon } from "./icons";
import { openPanel } from "./panel";
import type { Session } from "./session";
import type { State } from "./state";

const TOLD = "guide-told";

/** Outlines what is to be pressed next, and ties the guide's sentence to it, wherever it comes up. */
function useOutline(guide: Guide, session: Session): void {
  useEffect(() => {
    let marked: HTMLElement | undefined;
    let due = 0;
    const unmark = () => {
      marked?.removeAttribute("data-guided");
      marked?.removeAttribute("aria-describedby");
    };
    const mark = () => {
      due = 0;
      const target = guide.dismissed ? undefined : targetOf(guide, session.state);
      if (target === marked && target?.hasAttribute("data-guided")) return;
      unmark();
      marked = target;
      marked?.setAttribute("data-guided", "");
      if (!marked?.hasAttribute("aria-describedby")) marked?.setAttribute("aria-describedby", TOLD);
    };
    const soon = () => {
      if (!due) due = requestAnimationFrame(mark);
    };
    const observer = new MutationObserver(soon);
    observer.observe(document.body, { childList: true, subtree: true });
    addEventListener("input", soon);
    mark();
    return () => {
      cancelAnimationFrame(due);
      observer.disconnect();
      removeEventListener("input", soon);
      unmark();
    };
  }, [guide, session]);
}

function show(guide: Guide, session: Session): void {
  const { insert, place } = guide;
  if (place === "mailbox" || place === "home") session.goTo({ kind: place });
  else if (place === "inspector") openPanel("inspector");
  else if (insert) {
    session.goTo({ kind: "conversation", channel: insert.channel });
    if (insert.thread_ts) session.openThread(insert.channel, insert.thread_ts);
  } else {
    const target = targetOf(guide, session.state);
    if (target) {
      target.scrollIntoView({ block: "center" });
      target.focus();
    } else session.notify("Open the conversation where the app answered: it is there.");
  }
}

function labelOf(guide: Guide): string {
  if (guide.place === "mailbox") return "Open the mailbox";
  if (guide.place === "inspector") return "Open the inspector";
  return guide.insert ? "Take me there" : "Show me";
}

function Steps({ steps, current }: { steps: GuideStep[]; current: string | null }) {
  return (
    <ol class="guide-steps">
      {steps.map((step) => (
        <li key={step.name} aria-current={step.name === current ? "step" : undefined}>
          <span class="guide-mark" aria-hidden="true">
            {step.done ? "✓" : ""}
          </span>
          <span class={step.done ? "muted" : undefined}>
            {step.title}
            {step.done && <span class="visually-hidden"> (done)</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}

function Bar({ guide, session }: { guide: Guide; session: Session }) {
  const [all, setAll] = useState(false);
  const bar = useRef<HTMLElement>(null);
  useOutline(guide, session);
  const { steps, current } = guide;
  const step = steps.find((one) => one.name === current);
  const canShow = step && (guide.insert || guide.place || guide.press.length);
  const done = steps.filter((one) => one.done).length;
  const dismiss = () => {
    session.telling(postGuide({ dismissed: true }));
    document.querySelector<HTMLElement>(".main-pane [data-composer]")?.focus();
  };
  return (
    <section class="guide" aria-label="Guide" ref={bar}>
      <button
        type="button"
        class="guide-count"
        aria-expanded={all}
        onClick={() => setAll(!all)}
        title="All steps"
      >
        <span class="guide-progress" aria-hidden="true">
          <i style={{ width: `${(100 * done) / steps.length}%` }}></i>
        </span>
        {done} of {steps.length}
        <span class="visually-hidden"> steps done. All steps</span>
        <Icon name="down" size={14} />
      </button>
      <div class="guide-told" role="status">
        {step ? (
          <>
            <b>{step.title}.</b> <span id={TOLD}>{step.sentence}</span>
          </>
        ) : (
          <>
            <b>That was all.</b> <span>What comes now is up to you.</span>
          </>
        )}
      </div>
      <div class="guide-acts">
        {canShow && (
          <button type="button" class="button" onClick={() => show(guide, session)}>
            {labelOf(guide)}
          </button>
        )}
        {!step && (
          <button
            type="button"
            class="button"
            onClick={() => session.telling(postGuide({ again: true }))}
          >
            From the beginning
          </button>
        )}
        <button
          type="button"
          class="icon-button"
          aria-label="Put the guide away"
          title="Put the guide away (the sidebar brings it back)"
          onClick={dismiss}
        >
          <Icon name="close" size={16} />
        </button>
      </div>
      {all && <Steps steps={steps} current={current} />}
    </section>
  );
}

/** Tells the server of places that are opened, since only the page knows. */
function useOpened(state: State, session: Session): void {
  const place = state.place?.kind;
  const { guide } = state.boot!;
  const awaited = Boolean(guide && guide.steps.some((step) => !step.done));
  useEffect(() => {
    if (awaited && (place === "mailbox" || place === "home"))
      session.telling(postGuide({ opened: place }));
  }, [place, awaited]);
}

export function GuideBar({ state, session }: { state: State; session: Session }) {
  useOpened(state, session);
  const { guide } = state.boot!;
  if (!guide || guide.dismissed) return null;
  return <Bar guide={guide} session={session} />;
}
