// Where the panel stands: beside or under the workspace, as wide as one drags it.

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { FaultPanel } from "./faults";
import { postGuide } from "./guide";
import { Inspector } from "./inspector";
import { Icon } from "./icons";
import {
  closePanel,
  openPanel,
  panelNow,
  resizePanel,
  setPanel,
  togglePanel,
  usePanel,
  type Side,
} from "./panel";
import type { Session } from "./session";
import type { State } from "./state";

const KEY_STEP_PX = 40;
const SIDES: [Side, string][] = [
  ["inspector", "Inspector"],
  ["faults", "Trouble"],
];

function Edge() {
  const { dock, size } = usePanel();
  const right = dock === "right";
  const drag = (event: PointerEvent) => {
    const edge = event.currentTarget as HTMLElement;
    edge.setPointerCapture(event.pointerId);
    edge.onpointermove = ({ clientX, clientY }) =>
      resizePanel(right ? innerWidth - clientX : innerHeight - clientY);
    edge.onlostpointercapture = () => {
      edge.onpointermove = null;
    };
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const steps = right ? { ArrowLeft: 1, ArrowRight: -1 } : { ArrowUp: 1, ArrowDown: -1 };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    resizePanel(panelNow().size + step * KEY_STEP_PX);
  };
  return (
    <div
      class="panel-edge"
      role="separator"
      tabIndex={0}
      aria-orientation={right ? "vertical" : "horizontal"}
      aria-label="Size of the panel"
      aria-valuenow={size}
      onPointerDown={drag}
      onKeyDown={onKeyDown}
    ></div>
  );
}

function Panel({ state, session }: { state: State; session: Session }) {
  const { side, dock, subject } = usePanel();
  const { guide } = state.boot!;
  const awaited = Boolean(guide?.steps.some((step) => !step.done));
  useEffect(() => {
    if (side === "inspector" && awaited) session.telling(postGuide({ opened: "inspector" }));
  }, [side, awaited]);
  const other = dock === "right" ? "bottom" : "right";
  return (
    <aside class="panel" aria-label={side === "faults" ? "Trouble on purpose" : "Inspector"}>
      <Edge />
      <header class="panel-head">
        <div class="tabs" role="group" aria-label="Panel">
          {SIDES.map(([name, label]) => (
            <button
              type="button"
              key={name}
              aria-pressed={side === name}
              onClick={() => openPanel(name)}
            >
              {label}
            </button>
          ))}
        </div>
        <button
          type="button"
          class="icon-button dock-switch"
          aria-label={`Dock at the ${other}`}
          title={`Dock at the ${other}`}
          onClick={() => setPanel({ dock: other })}
        >
          <span class={`dock-sign ${other}`} aria-hidden="true"></span>
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label="Close the panel"
          title="Close the panel (Esc)"
          onClick={closePanel}
        >
          <Icon name="close" size={16} />
        </button>
      </header>
      {side === "inspector" && <Inspector subject={subject} state={state} />}
      {side === "faults" && <FaultPanel state={state} />}
    </aside>
  );
}

/** The workspace, with the panel beside or under it while that is open. */
export function Docked({
  state,
  session,
  children,
}: {
  state: State;
  session: Session;
  children: ComponentChildren;
}) {
  const { side, dock, size } = usePanel();
  const tracks =
    dock === "right"
      ? { gridTemplateColumns: `minmax(0, 1fr) min(${size}px, 60vw)` }
      : { gridTemplateRows: `minmax(0, 1fr) min(${size}px, 70vh)` };
  return (
    <div class={side ? `docked ${dock}` : "docked"} style={side ? tracks : undefined}>
      {children}
      {side && <Panel state={state} session={session} />}
    </div>
  );
}

/** The sidebar's ways behind the page. */
export function ToolEntries({ state, session }: { state: State; session: Session }) {
  const { side } = usePanel();
  const { guide, faults = [] } = state.boot!;
  const entries: [Side, string, "code" | "bug"][] = [
    ["inspector", "Inspector", "code"],
    ["faults", "Trouble", "bug"],
  ];
  return (
    <>
      {entries.map(([name, label, icon]) => (
        <li key={name}>
          <button
            type="button"
            class="entry"
            data-place={name}
            aria-pressed={side === name}
            onClick={() => togglePanel(name)}
          >
            <span class="entry-icon" aria-hidden="true">
              <Icon name={icon} size={16} />
            </span>
            <span class="entry-name">{label}</span>
            {name === "faults" && faults.length > 0 && (
              <span class="badge" aria-label={`${faults.length} on`}>
                {faults.length}
              </span>
            )}
          </button>
        </li>
      ))}
      {guide?.dismissed && (
        <li>
          <button
            type="button"
            class="entry"
            onClick={() => session.telling(postGuide({ dismissed: false }))}
          >
            <span class="entry-icon" aria-hidden="true">
              <Icon name="steps" size={16} />
            </span>
            <span class="entry-name">First steps</span>
          </button>
        </li>
      )}
    </>
  );
}

/** Ctrl+. as Slack's key for its right side; Esc closes while the focus is in the panel. */
export function followPanelKeys(isMac: boolean): void {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented) return;
    const command = isMac ? event.metaKey : event.ctrlKey;
    const inPanel = document.activeElement?.closest(".panel");
    if (command && event.key === ".") togglePanel("inspector");
    else if (event.key === "Escape" && inPanel) closePanel();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  });
}
