// A message's words as a screen reader says them.

import { parseInline, type Node } from "./mrkdwn";
import type { State } from "./state";

const said = (nodes: Node[], state: State): string =>
  nodes
    .map((node) => {
      switch (node.type) {
        case "user":
          return `@${state.people.get(node.id)?.name ?? node.label ?? "someone"}`;
        case "channel": {
          const found = state.conversations.find((one) => one.id === node.id);
          return `#${found?.name ?? node.label ?? "a channel"}`;
        }
        case "emoji":
          return node.name.replaceAll("_", " ");
        case "date":
          return node.fallback;
        case "text":
        case "broadcast":
          return node.text;
        default:
          return said(node.children, state);
      }
    })
    .join("");

/** Names instead of ids, and no marks. */
export const spoken = (text: string, state: State): string => said(parseInline(text), state);
