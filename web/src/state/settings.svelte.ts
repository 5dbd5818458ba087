// What each browser keeps for itself: the language and the theme.

export const LANGUAGES = { en: "en", zh: "zh-Hans" } as const;
export type Language = keyof typeof LANGUAGES;
export const THEMES = ["light", "dark", "sunlight"] as const;
export type Theme = (typeof THEMES)[number];

function kept(name: string): string | null {
  try { return localStorage.getItem(`greenwave-${name}`); } catch { return null; }
}

function keep(name: string, value: string): void {
  try { localStorage.setItem(`greenwave-${name}`, value); } catch { /* a private window forgets it */ }
}

function firstLanguage(): Language {
  const was = kept("language");
  if (was === "en" || was === "zh") return was;
  const asked = typeof navigator === "undefined" ? [] : navigator.languages;
  return asked.some((tag) => tag.startsWith("zh")) ? "zh" : "en";
}

function firstTheme(): Theme {
  const was = THEMES.find((theme) => theme === kept("theme"));
  if (was) return was;
  const dark = typeof matchMedia !== "undefined" && matchMedia("(prefers-color-scheme: dark)").matches;
  return dark ? "dark" : "light";
}

class Settings {
  #language = $state<Language>(firstLanguage());
  #theme = $state<Theme>(firstTheme());

  get language(): Language { return this.#language; }
  set language(value: Language) {
    this.#language = value;
    keep("language", value);
  }

  get theme(): Theme { return this.#theme; }
  set theme(value: Theme) {
    this.#theme = value;
    keep("theme", value);
  }
}

export const settings = new Settings();
