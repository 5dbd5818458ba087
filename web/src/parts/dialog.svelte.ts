// What must be answered before it is done. One question at a time; Escape and Cancel do not do it.

/** A question. */
export interface Question {
  title: string;
  words: string;
  /** One of several, where there is something to choose. */
  choice?: { label: string; options: (readonly [string, string])[]; value: string };
  /** A line of text that goes with it. */
  text?: { label: string; needed: boolean; value: string };
}

/** The answer of somebody who said yes. */
export interface Answer { choice: string; text: string }

class Asking {
  question = $state.raw<Question | null>(null);
  #answer: (answer: Answer | null) => void = () => {};

  ask(question: Question): Promise<Answer | null> {
    if (this.question) return Promise.resolve(null);
    this.question = question;
    return new Promise((resolve) => { this.#answer = resolve; });
  }

  answer(answer: Answer | null): void {
    this.question = null;
    this.#answer(answer);
    this.#answer = () => {};
  }
}

export const asking = new Asking();

/** Asks whether to do something; `null` where not. */
export const confirm = (question: Question): Promise<Answer | null> => asking.ask(question);
