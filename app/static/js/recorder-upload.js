// Sends slices in order, one at a time, again and again until the server has them.

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30000;
// What will not become right by trying again; 401, 403 and 404 may (sign in in another tab, server restarting).
const FINAL = new Set([400, 409, 410, 413, 415, 422]);

// After signing in again in another tab: the token of the new session.
let renewed;

export class Refused extends Error {
  constructor(status, body) {
    super(`refused with ${status}`);
    this.status = status;
    this.body = body;
  }
}

const pause = (milliseconds) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    addEventListener("online", () => { clearTimeout(timer); resolve(); }, { once: true });
  });

async function body_of(response) {
  try {
    return await response.json();
  } catch {
    return {};
  }
}

/** One request; resolves with the JSON answer, rejects with Refused or with the network's error. */
export async function send(url, { method = "POST", csrf, body, type }) {
  const headers = { "X-CSRFToken": renewed ?? csrf, Accept: "application/json" };
  if (type) headers["Content-Type"] = type;
  const response = await fetch(url, { method, headers, body, credentials: "same-origin", redirect: "error" });
  const answer = await body_of(response);
  if (response.status === 401 && answer.csrf_token) renewed = answer.csrf_token;
  if (!response.ok) throw new Refused(response.status, answer);
  return answer;
}

/** Like send, with back-off while the network or the server is away. `onTrouble(error)` at each failure. */
export async function sendPatiently(url, options, onTrouble = () => {}) {
  for (let wait = FIRST_WAIT; ; wait = Math.min(wait * 2, LONGEST_WAIT)) {
    try {
      return await send(url, options);
    } catch (error) {
      if (error instanceof Refused && FINAL.has(error.status)) throw error;
      onTrouble(error);
      await pause(wait);
    }
  }
}

export class Uploader {
  /** `changed()` is called whenever progress or trouble changes; `urlFor(slice)` resolves with its address. */
  constructor(store, { csrf, method, changed, urlFor }) {
    this.store = store;
    this.csrf = csrf;
    this.method = method;
    this.changed = changed;
    this.urlFor = urlFor;
    this.queue = [];
    this.running = null;
    this.sentBytes = 0;
    this.allBytes = 0;
    this.trouble = null;
    this.refused = null;
  }

  /** From 0 to 100. */
  get percent() {
    return this.allBytes ? Math.floor((100 * this.sentBytes) / this.allBytes) : 100;
  }

  get idle() {
    return this.queue.length === 0;
  }

  add(slice) {
    this.queue.push(slice);
    this.allBytes += slice.blob.size;
    this.running ??= this.run();
  }

  /** Resolves when every slice has been acknowledged; rejects when the server refuses one for good. */
  async done() {
    while (this.running) await this.running;
    if (this.refused) throw this.refused;
  }

  async run() {
    try {
      while (this.queue.length) {
        await this.sendFirst(this.queue[0]);
        this.queue.shift();
        this.changed();
      }
    } catch (error) {
      this.refused = error;
      this.changed();
    } finally {
      this.running = null;
    }
  }

  async sendFirst(slice) {
    const request = { method: this.method, csrf: this.csrf, body: slice.blob, type: "application/octet-stream" };
    const troubled = (error) => {
      // A server that takes slices by the other verb says so.
      if (error.status === 405) request.method = this.method = this.method === "PUT" ? "POST" : "PUT";
      this.trouble = error;
      this.changed();
    };
    await sendPatiently(await this.urlFor(slice), request, troubled);
    this.trouble = null;
    this.sentBytes += slice.blob.size;
    await this.store.dropSlice(slice).catch(() => {});
  }
}
