// An element's act: asks its confirm question, sends the click, and shows what came back beside it.

import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "./api";
import { safeLink } from "./mrkdwn";
import { MenuButton } from "./popups";
import { useSurface, type ElementProps } from "./forms";
import { PlainText, plainOf } from "./text";

/** {act, busy, error} of one element. `act(extra)` sends the click with what was chosen. */
export function useAct(block, element) {
  const surface = useSurface();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);
  const act = async (extra = {}, confirm = element.confirm) => {
    if (busy) return false;
    if (confirm && !(await surface.session.confirm(confirm))) return false;
    setError(null);
    setBusy(true);
    try {
      await surface.click({ block_id: block.block_id, action_id: element.action_id, ...extra });
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      // The element may be gone by now; its answer still reaches the person.
      if (here.current) setError(failure.message);
      else surface.session.notify(failure.message);
    }
    setBusy(false);
    return true;
  };
  return { act, busy, error };
}

/** `of` names the element where several stand side by side. */
export const ActError = ({ error, of }: { error: string | null; of?: string }) =>
  error && (
    <span class="act-error" role="alert">
      {of && `${of}: `}
      {error}
    </span>
  );

/** What the browser tests and the style sheet find an element by. */
export const hooks = (block, element) => ({
  "data-block-id": block.block_id,
  "data-action-id": element.action_id,
});

export function Button({ block, element }: ElementProps) {
  const { act, busy, error } = useAct(block, element);
  const href = element.url ? safeLink(element.url) : null;
  const content = (
    <>
      {busy && <span class="spinner" aria-hidden="true"></span>}
      <span class="button-text">
        <PlainText text={element.text?.text ?? ""} />
      </span>
    </>
  );
  const shared = {
    class: `button ${element.style ?? ""}`,
    "aria-label": element.accessibility_label,
    ...hooks(block, element),
  };
  const value = element.value === undefined ? {} : { value: element.value };
  return (
    <span class="element">
      {href ? (
        <a
          {...shared}
          href={href}
          target="_blank"
          rel="noopener noreferrer"
          onClick={() => act(value, null)}
        >
          {content}
        </a>
      ) : (
        <button
          type="button"
          {...shared}
          aria-disabled={busy}
          aria-busy={busy}
          onClick={() => act(value)}
        >
          {content}
        </button>
      )}
      <ActError error={error} of={plainOf(element.text)} />
    </span>
  );
}

export function Overflow({ block, element }: ElementProps) {
  const { act, busy, error } = useAct(block, element);
  const items = element.options.map((option) => ({
    label: plainOf(option.text),
    onPick: () => {
      const href = option.url ? safeLink(option.url) : null;
      if (href) open(href, "_blank", "noopener,noreferrer");
      act({ selected_option: option });
    },
  }));
  return (
    <span class="element">
      <MenuButton
        label="More actions"
        items={items}
        busy={busy}
        buttonProps={{ class: "button overflow", ...hooks(block, element) }}
      >
        ⋯
      </MenuButton>
      <ActError error={error} />
    </span>
  );
}

export function IconButton({ block, element }: ElementProps) {
  const { act, busy, error } = useAct(block, element);
  const label = plainOf(element.text);
  const icon = element.icon === "trash" ? "🗑" : "•";
  return (
    <span class="element">
      <button
        type="button"
        class="icon-button"
        aria-label={label}
        title={label}
        aria-disabled={busy}
        {...hooks(block, element)}
        onClick={() => act(element.value === undefined ? {} : { value: element.value })}
      >
        {icon}
      </button>
      <ActError error={error} />
    </span>
  );
}

export function FeedbackButtons({ block, element }: ElementProps) {
  const { act, busy, error } = useAct(block, element);
  return (
    <span class="element">
      {[
        ["👍", element.positive_button],
        ["👎", element.negative_button],
      ].map(([icon, button]) => (
        <button
          type="button"
          class="icon-button"
          aria-label={plainOf(button.text)}
          title={plainOf(button.text)}
          aria-disabled={busy}
          {...hooks(block, element)}
          onClick={() => act({ value: button.value })}
        >
          {icon}
        </button>
      ))}
      <ActError error={error} />
    </span>
  );
}
