// The guide's state as the server sends it, and which element of the page is the one to press next.

import { call } from "./api";
import type { State } from "./state";

export interface GuideStep {
  name: string;
  title: string;
  sentence: string;
  done: boolean;
}

export interface Guide {
  dismissed: boolean;
  steps: GuideStep[];
  current: string | null; // the step to do next; null once all is done
  insert: { text: string; channel: string; thread_ts: string } | null;
  press: string[]; // action_ids
  submit: string; // a modal's callback_id
  place: string;
}

export const postGuide = (
  said: { opened: string } | { dismissed: boolean } | { again: true },
): Promise<{ guide: Guide | null }> => call("POST", "guide", said);

const within = (attribute: string, value: string) => `[${attribute}="${CSS.escape(value)}"]`;

/** The text that the guide offers for one place to write; empty for none. */
export function offeredText(guide: Guide | null | undefined, channel: string, threadTs = "") {
  if (!guide || guide.dismissed || !guide.insert) return "";
  const { insert } = guide;
  return insert.channel === channel && insert.thread_ts === threadTs ? insert.text : "";
}

const isVisible = (element: HTMLElement) => element.offsetParent !== null;

function last(selector: string): HTMLElement | undefined {
  return [...document.querySelectorAll<HTMLElement>(selector)].filter(isVisible).at(-1);
}

/** Where the guide's text is to be sent from, or the way there. */
function toWrite(insert: NonNullable<Guide["insert"]>): HTMLElement | undefined {
  const box = last(
    `.composer${within("data-channel", insert.channel)}${within("data-thread", insert.thread_ts)}`,
  );
  if (box) {
    const offer = box.querySelector<HTMLElement>(".suggestion");
    return offer ?? box.querySelector<HTMLElement>(".send:not([disabled])") ?? undefined;
  }
  const root = last(`.message${within("data-ts", insert.thread_ts)}`);
  if (insert.thread_ts && root) return root.querySelector<HTMLElement>(".replies") ?? root;
  return last(within("data-conversation", insert.channel));
}

/** What is to be pressed next; undefined where it isn't on the screen. */
export function targetOf(guide: Guide, { views }: State): HTMLElement | undefined {
  const top = views.at(-1);
  if (top) {
    if (!guide.submit || top.callback_id !== guide.submit) return undefined;
    return last(`form${within("data-view-id", top.id)} [type=submit]`);
  }
  const pressed = guide.press.map((id) => `.message ${within("data-action-id", id)}`).join();
  if (pressed) return last(pressed);
  if (guide.insert) return toWrite(guide.insert);
  return guide.place ? last(within("data-place", guide.place)) : undefined;
}
