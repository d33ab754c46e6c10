// Menus, popups and dialogs. The browser's popover and dialog give the top layer, Esc and the focus
// trap; Floating UI finds the place.

import { autoUpdate, computePosition, flip, offset, shift, size } from "@floating-ui/dom";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./icons";

const GAP_PX = 4;

/** Keeps a popover beside its anchor, inside the window, until the returned function is called. */
function placeBeside(anchor: HTMLElement, popup: HTMLElement): () => void {
  return autoUpdate(anchor, popup, async () => {
    const { x, y } = await computePosition(anchor, popup, {
      strategy: "fixed",
      placement: "bottom-start",
      middleware: [
        offset(GAP_PX),
        flip({ fallbackPlacements: ["top-start", "bottom-end", "top-end"] }),
        shift({ padding: 8 }),
        size({
          padding: 8,
          apply: ({ availableHeight }) => {
            popup.style.maxHeight = `${Math.max(160, availableHeight)}px`;
          },
        }),
      ],
    });
    popup.style.left = `${x}px`;
    popup.style.top = `${y}px`;
  });
}

interface PopupProps {
  anchor: HTMLElement;
  label: string;
  role: "menu" | "dialog";
  kind: string;
  onClose: () => void;
  onKeyDown?: (event: KeyboardEvent, popup: HTMLElement) => void;
  children: ComponentChildren;
}

/** Something that hangs at an element until it is left; then the focus goes back there. */
export function Popup({ anchor, label, role, kind, onClose, onKeyDown, children }: PopupProps) {
  const popup = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = popup.current!;
    element.showPopover();
    element.querySelector<HTMLElement>("[data-first], [role^=menuitem]")?.focus();
    const release = placeBeside(anchor, element);
    return () => {
      release();
      const lost = document.activeElement === null || document.activeElement === document.body;
      const inside = element.contains(document.activeElement);
      if (lost || inside) anchor.focus();
    };
  }, [anchor]);
  return (
    <div
      class={`popup ${kind}`}
      role={role}
      aria-label={label}
      popover="auto"
      ref={popup}
      onToggle={(event) => {
        if (event.newState === "closed") onClose();
      }}
      onKeyDown={(event) => onKeyDown?.(event, popup.current!)}
    >
      {children}
    </div>
  );
}

function moveFocus(event: KeyboardEvent, menu: HTMLElement) {
  const items = [...menu.querySelectorAll<HTMLElement>("[role^=menuitem]")];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const steps: Record<string, number> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    Home: 0,
    End: items.length - 1,
  };
  if (!(event.key in steps)) return;
  event.preventDefault();
  event.stopPropagation();
  items.at(steps[event.key] % items.length)?.focus();
}

export interface MenuItem {
  label: string;
  onPick: () => void;
  danger?: boolean;
  children?: ComponentChildren;
}

interface MenuButtonProps {
  label: string;
  items: MenuItem[];
  busy?: boolean;
  buttonProps?: object;
  children: ComponentChildren;
}

/** A button that opens a menu. */
export function MenuButton({
  label,
  children,
  items,
  busy = false,
  buttonProps = {},
}: MenuButtonProps) {
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const closedAt = useRef(0);
  const close = () => {
    closedAt.current = Date.now();
    setOpen(false);
  };
  // The press that dismisses an open menu must not open it again.
  const press = () => {
    if (!busy && Date.now() - closedAt.current > 200) setOpen(true);
  };
  const pick = (item: MenuItem) => {
    close();
    button.current?.focus();
    item.onPick();
  };
  return (
    <span class="menu-anchor">
      <button
        type="button"
        ref={button}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={label}
        title={label}
        aria-disabled={busy}
        onClick={press}
        {...buttonProps}
      >
        {children}
      </button>
      {open && (
        <Popup
          anchor={button.current!}
          label={label}
          role="menu"
          kind="menu"
          onClose={close}
          onKeyDown={moveFocus}
        >
          {items.map((item) => (
            <button
              type="button"
              role="menuitem"
              key={item.label}
              class={item.danger ? "menu-item danger" : "menu-item"}
              onClick={() => pick(item)}
            >
              {item.children ?? item.label}
            </button>
          ))}
        </Popup>
      )}
    </span>
  );
}

interface DialogProps {
  label: string;
  kind: string;
  onShown?: (dialog: HTMLDialogElement) => void;
  onCancel: () => void;
  children: ComponentChildren;
}

/** A modal dialog. `onShown` may move the focus; `onCancel` answers Esc; the focus returns in the end. */
export function Dialog({ label, kind, onShown, onCancel, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const element = dialog.current!;
    element.showModal();
    onShown?.(element);
    return () => {
      element.close();
      const lost = document.activeElement === null || document.activeElement === document.body;
      if (!lost) return;
      if (before?.isConnected && before !== document.body) before.focus();
      else document.querySelector<HTMLElement>("[data-composer]")?.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={`dialog ${kind}`}
      aria-label={label}
      onCancel={(event) => {
        event.preventDefault();
        onCancel();
      }}
    >
      {children}
    </dialog>
  );
}

const NOTICE_MS = 9000;

/** Closes itself after a while; stays while it is read with the pointer on it. */
export function Notice({ message, onDismiss }: { message: string; onDismiss: () => void }) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const start = () => {
    timer.current = setTimeout(onDismiss, NOTICE_MS);
  };
  useEffect(() => {
    start();
    return () => clearTimeout(timer.current);
  }, []);
  return (
    <div
      class="notice"
      role="alert"
      onMouseEnter={() => clearTimeout(timer.current)}
      onMouseLeave={start}
    >
      <span>{message}</span>
      <button type="button" class="icon-button" aria-label="Dismiss" onClick={onDismiss}>
        <Icon name="close" />
      </button>
    </div>
  );
}
