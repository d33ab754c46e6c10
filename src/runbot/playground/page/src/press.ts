// While a button is held down, nothing under it is drawn anew or scrolled away: a press that was
// begun on it would end on something else, and the browser then sends no click.

const PRESSED = "button, a[href], label, summary, input[type=checkbox], input[type=radio]";

let held = false;
let ending: ReturnType<typeof setTimeout> | undefined;
const waiting = new Set<() => void>();

/** Runs it now or, once, as soon as nothing is held down and the click has been heard. */
export function whenReleased(run: () => void): void {
  if (held) waiting.add(run);
  else run();
}

function release(): void {
  held = false;
  ending = undefined;
  const due = [...waiting];
  waiting.clear();
  for (const run of due) run();
}

/** The click follows its pointerup within the same task, and what was held back comes after it. */
function releaseSoon(): void {
  if (held) ending ??= setTimeout(release);
}

/** Follows the pointer over the whole page. */
export function followPresses(): void {
  const options = { capture: true, passive: true };
  const begin = ({ target, button }: PointerEvent) => {
    if (button !== 0 || !(target instanceof Element) || !target.closest(PRESSED)) return;
    clearTimeout(ending);
    ending = undefined;
    held = true;
  };
  addEventListener("pointerdown", begin, options);
  for (const end of ["pointerup", "pointercancel", "dragend"]) {
    addEventListener(end, releaseSoon, options);
  }
  // One may let go where the page can't hear it.
  const moved = ({ buttons }: PointerEvent) => {
    if (!buttons) releaseSoon();
  };
  addEventListener("pointermove", moved, options);
  addEventListener("blur", ({ target }) => {
    if (target === window) releaseSoon();
  });
}
