/* Saves a short answer one second after typing stops. The server counts the sentences.
   Reply: {saved_at_text, sentences_text, meter, row_version}; 401: {message, csrf_token}; 409 and 422: {message}. The page works the same without this. */
const PAUSE_MS = 1000;
const SIGNED_OUT_MS = 5000;
const RETRY_MS = [2000, 5000, 15_000, 30_000];

for (const box of document.querySelectorAll("textarea[data-autosave-url]")) start(box);

function start(box) {
  const field = box.closest(".field");
  const saved = field.querySelector("[data-saved]");
  const announce = field.querySelector("[data-announce]");
  const shown = box.form?.elements.row_version;
  const key = `placewell:${box.dataset.autosaveUrl}`;
  let onServer = box.defaultValue;
  let timer;
  let failures = 0;
  let running = false;
  let sent = false;

  offerKeptWords();
  box.addEventListener("input", () => schedule(PAUSE_MS));
  addEventListener("online", () => box.value !== onServer && schedule(0));
  box.form?.addEventListener("submit", () => { clearTimeout(timer); sent = true; });
  addEventListener("pagehide", () => { if (!sent && box.value !== onServer) keep(box.value); });

  function schedule(delay) {
    clearTimeout(timer);
    timer = setTimeout(save, delay);
  }

  async function save() {
    if (running || box.value === onServer) return;
    running = true;
    const text = box.value;
    keep(text);
    try {
      const reply = await fetch(box.dataset.autosaveUrl, {
        method: "POST",
        headers: { "X-CSRFToken": box.form.elements.csrf_token?.value ?? "", Accept: "application/json" },
        body: new URLSearchParams({ [box.name]: text, ...(shown && { row_version: shown.value }) }),
        redirect: "error",
      });
      if (reply.status === 409 || reply.status === 422) return refused(await reply.json());
      if (reply.status === 401) return signedOut(await reply.json());
      if (!reply.ok) throw new Error(`status ${reply.status}`);
      show(await reply.json(), text);
    } catch {
      failures += 1;
      say(box.dataset.textWaiting, true);
      schedule(RETRY_MS[Math.min(failures, RETRY_MS.length) - 1]);
    } finally {
      running = false;
    }
  }

  /* The server says why it cannot take this text: trying again would not help, the person's own save shows both. */
  function refused(reply) {
    say(reply.message, true);
  }

  /* After signing in again in another tab the reply brings a token of the new session; until then we ask patiently. */
  function signedOut(reply) {
    const token = box.form.elements.csrf_token;
    const renewed = Boolean(reply.csrf_token && token && token.value !== reply.csrf_token);
    if (renewed) token.value = reply.csrf_token;
    else say(reply.message ?? box.dataset.textWaiting, true);
    schedule(renewed ? 0 : SIGNED_OUT_MS);
  }

  function show(reply, text) {
    onServer = text;
    if (shown && reply.row_version) shown.value = reply.row_version;
    failures = 0;
    forget();
    say(reply.saved_at_text, false);
    field.querySelector("[data-meter-text]").textContent = reply.sentences_text;
    const segments = field.querySelector(".segments");
    [...segments.children].forEach((segment, n) => segment.classList.toggle("on", n < reply.meter));
    segments.classList.toggle("over", reply.meter > segments.children.length);
    announce.textContent = `${reply.sentences_text}. ${reply.saved_at_text}`;
    if (box.value !== text) schedule(PAUSE_MS);
  }

  function say(text, unsaved) {
    if (unsaved && saved.textContent !== text) announce.textContent = text;
    saved.textContent = text;
    saved.classList.toggle("unsaved", unsaved);
  }

  /* Words that never reached the server are offered, not forced: another device may hold newer ones. */
  function offerKeptWords() {
    const words = recall();
    if (words === null || words.trim() === onServer.trim()) return forget();
    const offer = field.querySelector("[data-kept]");
    offer.hidden = false;
    offer.querySelector("button").addEventListener("click", () => {
      box.value = words;
      offer.hidden = true;
      box.focus();
      schedule(0);
    });
  }

  function keep(text) { try { localStorage.setItem(key, text); } catch { /* storage switched off */ } }
  function recall() { try { return localStorage.getItem(key); } catch { return null; } }
  function forget() { try { localStorage.removeItem(key); } catch { /* storage switched off */ } }
}
