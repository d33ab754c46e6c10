// Light, dark, or as the system has it; what was chosen here is kept in this browser.

const KEY = "playground.theme";

export type Theme = "auto" | "light" | "dark";
const THEMES: Theme[] = ["auto", "light", "dark"];

export function chosenTheme(): Theme {
  const kept = localStorage.getItem(KEY) as Theme | null;
  return kept && THEMES.includes(kept) ? kept : "auto";
}

export function applyTheme(theme: Theme): void {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** Keeps the choice, here and in this browser's other windows. */
export function chooseTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  applyTheme(theme);
}

export const nextTheme = (theme: Theme): Theme =>
  THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];

export function followTheme(): void {
  applyTheme(chosenTheme());
  addEventListener("storage", ({ key }) => {
    if (key === KEY) applyTheme(chosenTheme());
  });
}
