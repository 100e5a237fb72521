/* A double tap sends once. The button stays enabled for the browser, so that its name is sent along. */
const AGAIN_AFTER_MS = 10_000;

const release = (form) => {
  delete form.dataset.sending;
  for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-sign-out]")) forgetUnsaved();
  if (!form.matches("[data-submit-once]")) return;
  if (form.dataset.sending) return event.preventDefault();
  form.dataset.sending = "yes";
  event.submitter?.setAttribute("aria-disabled", "true");
  setTimeout(release, AGAIN_AFTER_MS, form);
});

/* Back from the next page: the form must be usable again. */
addEventListener("pageshow", () => document.querySelectorAll("form[data-sending]").forEach(release));

/* On a shared computer nobody's words stay behind after signing out. */
function forgetUnsaved() {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith("placewell:")) localStorage.removeItem(key);
  } catch { /* storage switched off */ }
}
