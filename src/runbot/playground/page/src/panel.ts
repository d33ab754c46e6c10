// The panel for those who look behind the page: which of its two sides is open, and where it stands.
// Kept apart from the session: it outlives a change of person, and is remembered by the browser.

import { useEffect, useState } from "preact/hooks";

export type Side = "inspector" | "faults";
export type Dock = "right" | "bottom";

/** What the inspector is asked to look at: one message, or one view. */
export interface Subject {
  title: string;
  channel?: string;
  ts?: string;
  view?: string;
  blocks: unknown;
}

export interface PanelState {
  side: Side | null; // null while it is closed
  dock: Dock;
  size: number; // pixels, across the dock's edge
  subject: Subject | null;
}

const KEY = "playground.panel";
const LEAST_PX = 260;

function remembered(): Partial<PanelState> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") ?? {};
  } catch {
    return {}; // Somebody else's words under this name are no reason to open no page.
  }
}

const before = remembered();
let panel: PanelState = {
  side: before.side === "inspector" || before.side === "faults" ? before.side : null,
  dock: before.dock === "bottom" ? "bottom" : "right",
  size: Number(before.size) >= LEAST_PX ? Number(before.size) : 440,
  subject: null,
};
const listeners = new Set<() => void>();

export const panelNow = (): PanelState => panel;

export function setPanel(change: Partial<PanelState>): void {
  panel = { ...panel, ...change };
  const { side, dock, size } = panel;
  localStorage.setItem(KEY, JSON.stringify({ side, dock, size }));
  for (const listener of listeners) listener();
}

export const openPanel = (side: Side, subject: Subject | null = null): void =>
  setPanel({ side, subject });

export function togglePanel(side: Side): void {
  if (panel.side === side) closePanel();
  else openPanel(side);
}

export function closePanel(): void {
  setPanel({ side: null, subject: null });
  document.querySelector<HTMLElement>(".main-pane [data-composer]")?.focus();
}

/** The width or height, within what the window leaves for the rest. */
export function resizePanel(size: number): void {
  const whole = panel.dock === "right" ? innerWidth : innerHeight;
  setPanel({ size: Math.round(Math.max(LEAST_PX, Math.min(size, whole * 0.7))) });
}

export function usePanel(): PanelState {
  const [, draw] = useState(0);
  useEffect(() => {
    const listener = () => draw((count) => count + 1);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return panel;
}
