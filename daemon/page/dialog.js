// What must be answered before it is done, and what is said afterwards.

import { el, find, say } from "./dom.js";
import { ask } from "./feed.js";
import { named, t } from "./text.js";

/** How long an outcome stays in sight, milliseconds. */
const TOLD_MS = 8000;

/** Asks whether to do something; Escape and Cancel do not. */
export function confirm(title, words, ...fields) {
  const dialog = find("dialog");
  if (dialog.open) return Promise.resolve(false);
  return new Promise((resolve) => {
    const end = (answer) => () => { dialog.close(); resolve(answer); };
    const cancel = el("button", { type: "button", class: "quiet", onclick: end(false) }, t("cancel"));
    const go = el("button", { type: "button", onclick: end(true) }, t("confirm"));
    dialog.replaceChildren(el("h2", { id: "dialog-title" }, title), el("p", {}, words), ...fields,
      el("p", { class: "buttons" }, cancel, go));
    dialog.oncancel = end(false);
    // A browser may close it without asking; an answer that was given already stands.
    dialog.onclose = end(false);
    dialog.showModal();
    cancel.focus();
  });
}

let fading = null;

/** Says what came of an action, in sight and aloud. */
export function tell(text, bad) {
  say(find("said"), text);
  document.querySelector(".told")?.remove();
  const note = el("p", { class: bad ? "told bad" : "told" }, text);
  document.body.append(note);
  clearTimeout(fading);
  fading = setTimeout(() => note.remove(), TOLD_MS);
}

/** Asks for a token until one is good. */
export function signIn() {
  const dialog = find("dialog");
  if (dialog.open) dialog.close();
  let done = false;
  return new Promise((resolve) => {
    const token = el("input", { id: "token", type: "password", autocomplete: "current-password", required: true });
    const why = el("p", { class: "bad", role: "alert" });
    const form = el("form", {},
      el("h2", { id: "dialog-title" }, t("sign_in")), el("p", {}, t("sign_in_words")),
      el("p", { class: "field" }, el("label", { for: "token" }, t("token")), token), why,
      el("p", { class: "buttons" }, el("button", { type: "submit" }, t("sign_in"))));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        await ask("POST", "/api/v1/session", { token: token.value.trim() });
        done = true;
        dialog.close();
        resolve();
      } catch (error) {
        say(why, error.message);
      }
    });
    dialog.oncancel = (event) => event.preventDefault();
    // A browser may close it all the same: without a token there is nothing behind it.
    dialog.onclose = () => { if (!done && !dialog.open) dialog.showModal(); };
    dialog.replaceChildren(form);
    dialog.showModal();
    token.focus();
  });
}

/** Asks for another mode; `null` where it is to stay. */
export async function chooseMode(current) {
  const option = (mode) => {
    const field = el("input", { type: "radio", name: "mode", value: mode });
    field.checked = mode === current;
    return el("label", { class: "choice" }, field, ` ${named("mode", mode)}`);
  };
  const fields = el("fieldset", {}, ...["fixed", "actuated", "max-pressure", "adaptive"].map(option));
  if (!(await confirm(t("mode_question"), t("mode_words"), fields))) return null;
  return fields.querySelector("input:checked")?.value ?? null;
}
