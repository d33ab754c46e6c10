// Views: the stack of modals, the app's Home, and the questions that stand over everything.

import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { ApiError } from "./api";
import { Blocks } from "./blocks";
import { Surface, collectValues, useForm } from "./forms";
import { Dialog } from "./popups";
import type { Session } from "./session";
import type { Question } from "./state";
import { BlocksButton, ViewBlocks } from "./subjects";
import { Mrkdwn, PlainText, TextObject, plainOf, type Text } from "./text";
import type { View } from "./types";

/** The surface of one view: its form, and clicks that carry all that is typed so far. */
function useViewSurface(view: View, session: Session, errors: Record<string, string> | null) {
  const form = useForm();
  const latest = useRef(view);
  latest.current = view;
  const surface = useMemo(
    () => ({
      key: view.id,
      values: () => collectValues(latest.current.blocks, form.valueOf),
      click: (click) =>
        session.acts.click({
          view_id: view.id,
          ...click,
          values: collectValues(latest.current.blocks, form.valueOf),
        }),
      session,
      where: { view_id: view.id },
    }),
    [view.id],
  );
  return { ...surface, ...form, errors };
}

/** The input that the app names, or the first one. */
function focusFirst(body: HTMLElement, blocks: View["blocks"]) {
  const wanted = blocks.find((block) => block.element?.focus_on_load);
  const input =
    wanted &&
    body.querySelector<HTMLElement>(
      `[data-block-id="${CSS.escape(wanted.block_id ?? "")}"][data-action-id]`,
    );
  (input ?? body.querySelector<HTMLElement>("input, textarea, select"))?.focus();
}

interface ModalProps {
  view: View;
  session: Session;
  below: boolean; // there is one under it
  onBlocks: () => void;
  onClose: () => void;
}

function Modal({ view, session, below, onBlocks, onClose }: ModalProps) {
  const [errors, setErrors] = useState<any>(null);
  const [failure, setFailure] = useState<any>(null);
  const [busy, setBusy] = useState(false);
  const body = useRef<HTMLDivElement>(null);
  const surface = useViewSurface(view, session, errors);
  // Apps often open an empty modal at once and fill it a moment later: its inputs get the focus then.
  // (The very first modal gets it from its dialog, which isn't shown yet at this point.)
  const fillable = view.blocks.some((block) => block.type === "input");
  useLayoutEffect(() => {
    if (fillable) focusFirst(body.current!, view.blocks);
  }, [fillable]);
  useLayoutEffect(() => {
    if (errors)
      body.current!.querySelector<HTMLElement>(".has-error :is(input, textarea, select)")?.focus();
  }, [errors]);
  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailure(null);
    setErrors(null);
    try {
      setErrors(await session.acts.submit(view.id, surface.values()));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailure(error.message);
    }
    setBusy(false);
  };
  return (
    <form class="modal" data-view-id={view.id} noValidate onSubmit={submit}>
      <header class="modal-head">
        {below && (
          <button type="button" class="icon-button" aria-label="Back" onClick={onClose}>
            ←
          </button>
        )}
        <h2>{plainOf(view.title)}</h2>
        <BlocksButton onPress={onBlocks} />
        <button type="button" class="icon-button" aria-label="Close" onClick={onClose}>
          ✕
        </button>
      </header>
      <div class="modal-body" ref={body}>
        <Surface.Provider value={surface}>
          <Blocks blocks={view.blocks} />
        </Surface.Provider>
      </div>
      <footer class="modal-foot">
        {failure && (
          <span class="act-error" role="alert">
            {failure}
          </span>
        )}
        <button type="button" class="button" onClick={onClose}>
          {plainOf(view.close) || (view.submit ? "Cancel" : "Close")}
        </button>
        {view.submit && (
          <button type="submit" class="button primary" aria-disabled={busy} aria-busy={busy}>
            {busy && <span class="spinner" aria-hidden="true"></span>}
            <PlainText text={plainOf(view.submit)} />
          </button>
        )}
      </footer>
    </form>
  );
}

/** The modal on top; those below keep what was typed and come back when it is closed. */
export function Modals({ views, session }: { views: View[]; session: Session }) {
  const [behind, setBehind] = useState(false);
  if (!views.length) return null;
  const top = views.at(-1)!;
  const close = () => session.acts.close(top.id);
  return (
    <>
      <Dialog
        kind="modal-dialog"
        label={plainOf(top.title)}
        onCancel={close}
        onShown={(dialog) =>
          focusFirst(dialog.querySelector<HTMLElement>(".modal-body")!, top.blocks)
        }
      >
        {views.map((view, index) => (
          <div class="modal-layer" key={view.id} hidden={view !== top}>
            <Modal
              view={view}
              session={session}
              below={index > 0}
              onBlocks={() => setBehind(true)}
              onClose={() => session.acts.close(view.id)}
            />
          </div>
        ))}
      </Dialog>
      {behind && <ViewBlocks view={top} session={session} onClose={() => setBehind(false)} />}
    </>
  );
}

export function Confirm({ question }: { question: Question }) {
  const { confirm, answer } = question;
  return (
    <Dialog kind="confirm-dialog" label={plainOf(confirm.title)} onCancel={() => answer(false)}>
      <div class="modal">
        <header class="modal-head">
          <h2>{plainOf(confirm.title)}</h2>
        </header>
        <div class="modal-body text">
          <TextObject text={confirm.text as Text} />
        </div>
        <footer class="modal-foot">
          <button type="button" class="button" onClick={() => answer(false)}>
            {plainOf(confirm.deny)}
          </button>
          <button
            type="button"
            class={`button ${confirm.style ?? "primary"}`}
            autofocus
            onClick={() => answer(true)}
          >
            {plainOf(confirm.confirm)}
          </button>
        </footer>
      </div>
    </Dialog>
  );
}

function HomeView({ view, session }: { view: View; session: Session }) {
  const surface = useViewSurface(view, session, null);
  return (
    <div class="home-view" data-view-id={view.id}>
      <Surface.Provider value={surface}>
        <Blocks blocks={view.blocks} />
      </Surface.Provider>
    </div>
  );
}

export function Home({
  view,
  session,
  botName,
}: {
  view?: View | null;
  session: Session;
  botName: string;
}) {
  if (view)
    return (
      <div class="home" tabIndex={0} role="region" aria-label={`${botName}, Home`}>
        <HomeView key={view.id} view={view} session={session} />
      </div>
    );
  const text =
    view === null
      ? `*${botName} has published no Home yet.*\nWrite to it in Messages, or mention it in a channel.`
      : "Opening Home…";
  return (
    <div class="home">
      <div class="home-empty text">
        <Mrkdwn text={text} />
      </div>
    </div>
  );
}
