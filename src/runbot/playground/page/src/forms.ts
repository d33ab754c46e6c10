// What people put into the inputs of one surface (a message, a modal, Home), as Slack's state.values.

import { createContext } from "preact";
import type { Session } from "./session";
import type { Block, Element } from "./types";
import { useCallback, useContext, useRef, useState } from "preact/hooks";

// For each stateful element: the key of its value, and of its initial value.
const STATE_KEYS: Record<string, [string, string]> = {
  external_select: ["selected_option", "initial_option"],
  multi_external_select: ["selected_options", "initial_options"],
  file_input: ["files", "initial_files"],
  plain_text_input: ["value", "initial_value"],
  number_input: ["value", "initial_value"],
  email_text_input: ["value", "initial_value"],
  url_text_input: ["value", "initial_value"],
  rich_text_input: ["rich_text_value", "initial_value"],
  static_select: ["selected_option", "initial_option"],
  users_select: ["selected_user", "initial_user"],
  conversations_select: ["selected_conversation", "initial_conversation"],
  channels_select: ["selected_channel", "initial_channel"],
  multi_static_select: ["selected_options", "initial_options"],
  multi_users_select: ["selected_users", "initial_users"],
  multi_conversations_select: ["selected_conversations", "initial_conversations"],
  multi_channels_select: ["selected_channels", "initial_channels"],
  datepicker: ["selected_date", "initial_date"],
  timepicker: ["selected_time", "initial_time"],
  datetimepicker: ["selected_date_time", "initial_date_time"],
  checkboxes: ["selected_options", "initial_options"],
  radio_buttons: ["selected_option", "initial_option"],
};
const MANY = new Set([
  "files",
  "selected_options",
  "selected_users",
  "selected_conversations",
  "selected_channels",
]);

/** The key under which an element's value travels, or undefined for a stateless one. */
export const valueKey = (element) => STATE_KEYS[element.type]?.[0];

export function initialValue(element) {
  const [key, initial] = STATE_KEYS[element.type];
  return element[initial] ?? (MANY.has(key) ? [] : null);
}

const slot = (blockId, actionId) => `${blockId}\n${actionId}`;

function elementsOf(block) {
  if (block.type === "container") return block.child_blocks.flatMap(elementsOf);
  const elements =
    {
      input: [block.element],
      section: [block.accessory],
      actions: block.elements,
      context_actions: block.elements,
      card: block.actions,
    }[block.type] ?? [];
  return elements.filter((element) => element?.action_id).map((element) => ({ block, element }));
}

/** {block_id: {action_id: {type, …}}} of all that can hold a value. */
export function collectValues(blocks, valueOf) {
  const values = {};
  for (const { block, element } of blocks.flatMap(elementsOf)) {
    const key = valueKey(element);
    if (!key) continue;
    values[block.block_id] ??= {};
    values[block.block_id][element.action_id] = {
      type: element.type,
      [key]: valueOf(block, element),
    };
  }
  return values;
}

/** The surface around an element: where its clicks go and where its value is kept. */
export interface SurfaceData {
  key: string;
  session: Session;
  /** What says to the server where an element is: a message, or a view. */
  where: { channel: string; ts: string } | { view_id: string };
  click: (click: object) => Promise<unknown>;
  valueOf: (block: Block, element: Element) => any;
  enter: (block: Block, element: Element, value: unknown) => void;
  errors?: Record<string, string> | null;
}

export const Surface = createContext<SurfaceData | null>(null);
export const useSurface = (): SurfaceData => useContext(Surface)!;

/** What each element's component is given. */
export interface ElementProps {
  block: Block;
  element: Element;
  invalid?: boolean;
}

/**
 * The values of one surface. What a person entered stays through a redraw as long as block_id and
 * action_id stay; in a message (`follows`), an initial value that the app has changed wins instead.
 */
export function useForm({ follows = false } = {}) {
  const entered = useRef(new Map());
  const [, redraw] = useState(0);
  const valueOf = useCallback(
    (block, element) => {
      const entry = entered.current.get(slot(block.block_id, element.action_id));
      const initial = initialValue(element);
      if (!entry || (follows && entry.initial !== JSON.stringify(initial))) return initial;
      return entry.value;
    },
    [follows],
  );
  const enter = useCallback((block, element, value) => {
    const initial = JSON.stringify(initialValue(element));
    entered.current.set(slot(block.block_id, element.action_id), { value, initial });
    redraw((count) => count + 1);
  }, []);
  return { valueOf, enter };
}
