// Menus and dialogs. The browser's own popover and dialog give the top layer, Esc and the focus trap.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

const MENU_GAP = 4;

function placeMenu(menu, button) {
  const anchor = button.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const below = anchor.bottom + MENU_GAP;
  const above = anchor.top - MENU_GAP - height;
  menu.style.top = `${below + height > innerHeight && above > 0 ? above : below}px`;
  menu.style.left = `${Math.max(MENU_GAP, Math.min(anchor.left, innerWidth - width - MENU_GAP))}px`;
}

function moveFocus(menu, event) {
  const items = [...menu.querySelectorAll("[role^=menuitem]")];
  const at = items.indexOf(document.activeElement);
  const steps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 };
  if (!(event.key in steps)) return;
  event.preventDefault();
  items.at(steps[event.key] % items.length)?.focus();
}

/** A button that opens a menu of `items`: {label, onPick, danger?}. */
export function MenuButton({ label, children, items, busy = false, buttonProps = {} }) {
  const button = useRef(null);
  const menu = useRef(null);
  const [open, setOpen] = useState(false);
  useLayoutEffect(() => {
    if (!open) return;
    placeMenu(menu.current, button.current);
    menu.current.querySelector("[role^=menuitem]")?.focus();
  }, [open]);
  const pick = (item) => {
    menu.current.hidePopover();
    button.current.focus();
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
        onClick={() => !busy && menu.current.togglePopover()}
        {...buttonProps}
      >
        {children}
      </button>
      <div
        class="menu"
        role="menu"
        aria-label={label}
        popover="auto"
        ref={menu}
        onToggle={(event) => setOpen(event.newState === "open")}
        onKeyDown={(event) => moveFocus(menu.current, event)}
      >
        {items.map((item) => (
          <button
            type="button"
            role="menuitem"
            class={item.danger ? "menu-item danger" : "menu-item"}
            onClick={() => pick(item)}
          >
            {item.children ?? item.label}
          </button>
        ))}
      </div>
    </span>
  );
}

/** A modal dialog. `onShown` may move the focus; `onCancel` answers Esc; the focus returns in the end. */
export function Dialog({ label, kind, onShown, onCancel, children, ...rest }) {
  const dialog = useRef(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current.showModal();
    onShown?.(dialog.current);
    return () => {
      dialog.current?.close();
      const lost = document.activeElement === null || document.activeElement === document.body;
      if (!lost) return;
      if (before?.isConnected && before !== document.body) before.focus();
      else document.querySelector("[data-composer]")?.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={`dialog ${kind}`}
      aria-label={label}
      {...rest}
      onCancel={(event) => {
        event.preventDefault();
        onCancel();
      }}
    >
      {children}
    </dialog>
  );
}

/** Closes itself after a while; stays while it is read with the pointer on it. */
export function Notice({ message, onDismiss }) {
  const timer = useRef(null);
  const start = () => {
    timer.current = setTimeout(onDismiss, 9000);
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
        ✕
      </button>
    </div>
  );
}
