// What came of an action, in sight and aloud.

/** How long an outcome stays in sight, milliseconds. */
const TOLD_MS = 8000;

class Told {
  words = $state("");
  bad = $state(false);
  #fading: ReturnType<typeof setTimeout> | undefined;

  tell(words: string, bad: boolean): void {
    this.words = words;
    this.bad = bad;
    clearTimeout(this.#fading);
    this.#fading = setTimeout(() => { this.words = ""; }, TOLD_MS);
  }
}

export const told = new Told();
