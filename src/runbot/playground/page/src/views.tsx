// Views: the stack of modals, the app's Home, and the questions that stand over everything.

import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Blocks } from "./blocks";
import { Surface, collectValues, useForm } from "./forms";
import { Dialog } from "./popups";
import { Mrkdwn, PlainText, TextObject, plainOf } from "./text";

/** The surface of one view: its form, and clicks that carry all that is typed so far. */
function useViewSurface(view, session, errors) {
  const form = useForm();
  const latest = useRef(null);
  latest.current = view;
  const surface = useMemo(
    () => ({
      key: view.id,
      values: () => collectValues(latest.current.blocks, form.valueOf),
      click: (click) =>
        session.click({
          view_id: view.id,
          ...click,
          values: collectValues(latest.current.blocks, form.valueOf),
        }),
      confirm: (confirm) => session.confirm(confirm),
      notify: (text) => session.notify(text),
    }),
    [view.id],
  );
  return { ...surface, ...form, errors };
}

/** The input that the app names, or the first one. */
function focusFirst(body, blocks) {
  const wanted = blocks.find((block) => block.element?.focus_on_load);
  const input =
    wanted &&
    body.querySelector(`[data-block-id="${CSS.escape(wanted.block_id)}"][data-action-id]`);
  (input ?? body.querySelector("input, textarea, select"))?.focus();
}

function Modal({ view, session, below, onClose }) {
  const [errors, setErrors] = useState(null);
  const [failure, setFailure] = useState(null);
  const [busy, setBusy] = useState(false);
  const body = useRef(null);
  const surface = useViewSurface(view, session, errors);
  // Apps often open an empty modal at once and fill it a moment later: its inputs get the focus then.
  // (The very first modal gets it from its dialog, which isn't shown yet at this point.)
  const fillable = view.blocks.some((block) => block.type === "input");
  useLayoutEffect(() => {
    if (fillable) focusFirst(body.current, view.blocks);
  }, [fillable]);
  useLayoutEffect(() => {
    if (errors) body.current.querySelector(".has-error :is(input, textarea, select)")?.focus();
  }, [errors]);
  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailure(null);
    setErrors(null);
    try {
      setErrors(await session.submit(view.id, surface.values()));
    } catch (error) {
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
export function Modals({ views, session }) {
  if (!views.length) return null;
  const top = views.at(-1);
  const close = () => session.close(top.id);
  return (
    <Dialog
      kind="modal-dialog"
      label={plainOf(top.title)}
      onCancel={close}
      onShown={(dialog) => focusFirst(dialog.querySelector(".modal-body"), top.blocks)}
    >
      {views.map((view, index) => (
        <div class="modal-layer" key={view.id} hidden={view !== top}>
          <Modal
            view={view}
            session={session}
            below={index > 0}
            onClose={() => session.close(view.id)}
          />
        </div>
      ))}
    </Dialog>
  );
}

export function Confirm({ question }) {
  const { confirm, answer } = question;
  return (
    <Dialog kind="confirm-dialog" label={plainOf(confirm.title)} onCancel={() => answer(false)}>
      <div class="modal">
        <header class="modal-head">
          <h2>{plainOf(confirm.title)}</h2>
        </header>
        <div class="modal-body text">
          <TextObject text={confirm.text} />
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

function HomeView({ view, session }) {
  const surface = useViewSurface(view, session, null);
  return (
    <div class="home-view" data-view-id={view.id}>
      <Surface.Provider value={surface}>
        <Blocks blocks={view.blocks} />
      </Surface.Provider>
    </div>
  );
}

export function Home({ view, session, botName }) {
  if (view)
    return (
      <div class="home" tabindex="0" role="region" aria-label={`${botName}, Home`}>
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
