// Records one answer in the page and never loses it: slices go to IndexedDB, then to the server, in order.
//
// <div data-recorder data-open-url data-finish-url data-csrf data-limit-seconds data-take-key data-text-...>
// States (data-state on the root): idle, ready, recording, paused (cut off, can go on), review, failed.
// Roles: preview, level, timer, status, no-camera, audio-only, camera, record, stop, watch, keep, again.
// data-mode="practice" never sends anything. All words come from data-text-* ({percent}, {time}, {seconds}).

import { canRecord, closeStream, followLevel, newRecorder, openDevices } from "./recorder-media.js";
import { openStore } from "./recorder-store.js";
import { send, sendPatiently, Refused, Uploader } from "./recorder-upload.js";
import { clock, RecorderView } from "./recorder-view.js";

const SLICE_MS = 5000;
const GRACE_SECONDS = 15;
const OPENING_PATIENCE_MS = 4000;
const newTake = () => ({ segments: [], order: 0, seconds: 0, stopped: false });

class RecorderPage extends RecorderView {
  constructor(root) {
    super(root);
    this.practice = root.dataset.mode === "practice";
    this.limit = Number(root.dataset.limitSeconds) || 120;
    this.grace = Number(root.dataset.graceSeconds ?? GRACE_SECONDS);
    this.openings = new Map();
    this.finished = false;
    this.wanted = null;
  }

  async start() {
    const { dataset } = this.root;
    this.store = await openStore(dataset.takeKey || dataset.openUrl || location.pathname);
    this.take = (!this.practice && (await this.store.loadTake().catch(() => null))) || newTake();
    this.uploader = this.newUploader();
    this.listen();
    this.tick(this.take.seconds);
    if (!canRecord()) this.noCamera("unsupported");
    if (this.take.segments.length) await this.comeBack();
    else this.show("idle");
  }

  newUploader() {
    return new Uploader(this.store, {
      csrf: this.root.dataset.csrf,
      method: this.root.dataset.sliceMethod || "PUT",
      changed: () => this.showUpload(),
      urlFor: (slice) => this.addressOf(slice),
    });
  }

  listen() {
    const on = (role, act) => this.part(role)?.addEventListener("click", (event) => act(event));
    on("camera", () => this.openCamera());
    on("record", () => this.record());
    on("stop", () => this.stop());
    on("watch", () => this.watch());
    on("keep", (event) => this.leave(event, "keep"));
    on("again", (event) => this.leave(event, "again"));
    this.part("audio-only")?.addEventListener("change", () => this.changeDevices());
    addEventListener("pagehide", () => this.recording && this.recorder.requestData());
    addEventListener("beforeunload", (event) => {
      if (this.recording || (!this.practice && !this.uploader.idle)) event.preventDefault();
    });
  }

  get recording() {
    return this.recorder?.state === "recording";
  }

  get audioOnly() {
    return Boolean(this.part("audio-only")?.checked);
  }

  // ---- after a reload or a closed tab

  async comeBack() {
    for (const slice of await this.store.slices()) this.uploader.add(slice);
    if (this.take.stopped) {
      this.show("review");
      await this.finish();
    } else {
      this.show("paused");
      this.say("Resumed", { time: clock(this.take.seconds) });
    }
  }

  // ---- devices

  async openCamera() {
    if (this.stream?.active) return true;
    try {
      this.stream = await openDevices(this.audioOnly);
    } catch (error) {
      this.noCamera(error.name === "NotAllowedError" ? "refused" : "missing");
      return false;
    }
    const without = this.part("no-camera");
    if (without) without.hidden = true;
    const preview = this.part("preview");
    if (preview) {
      preview.hidden = this.audioOnly;
      preview.controls = false;
      preview.classList.remove("sound-only");
      preview.muted = true;
      preview.removeAttribute("src");
      preview.srcObject = this.stream;
      preview.play?.().catch(() => {});
    }
    this.endLevel = followLevel(this.stream, this.part("level"), () => this.say("Heard"));
    if (this.root.dataset.state === "idle") this.show("ready");
    return true;
  }

  closeCamera() {
    this.endLevel?.();
    this.endLevel = null;
    closeStream(this.stream);
    this.stream = null;
    const preview = this.part("preview");
    if (preview) {
      preview.srcObject = null;
      preview.hidden = true;
    }
  }

  async changeDevices() {
    if (this.recording || !this.stream) return;
    this.closeCamera();
    await this.openCamera();
  }

  // ---- recording

  async record() {
    if (this.recording || this.starting) return;
    this.starting = true;
    try {
      if (this.take.seconds >= this.limit + this.grace) return this.stop();
      if (!(await this.openCamera())) return;
      this.recorder = newRecorder(this.stream, this.audioOnly);
      const segment = { mime: this.recorder.mimeType, audioOnly: this.audioOnly, id: null, template: null, slices: 0 };
      this.take.segments.push(segment);
      if (!(await this.mayBegin(this.take.segments.length - 1))) return;
      this.beginSegment(segment);
    } finally {
      this.starting = false;
    }
  }

  // Asks the server first, but a network that is away stops nobody: slices wait for their address.
  async mayBegin(number) {
    if (this.practice) return true;
    const patience = new Promise((resolve) => setTimeout(resolve, OPENING_PATIENCE_MS));
    try {
      await Promise.race([this.opening(number), patience]);
      return true;
    } catch (error) {
      this.take.segments.splice(number, 1);
      this.openings.delete(number);
      this.fail(error);
      return false;
    }
  }

  opening(number) {
    if (!this.openings.has(number)) this.openings.set(number, this.openSegment(this.take.segments[number]));
    return this.openings.get(number);
  }

  async openSegment(segment) {
    if (segment.template) return;
    const body = JSON.stringify({ mime: segment.mime, audio_only: segment.audioOnly });
    const { openUrl, csrf } = this.root.dataset;
    const answer = await sendPatiently(openUrl, { csrf, body, type: "application/json" });
    segment.id = answer.segment_id;
    segment.template = answer.slice_url_template;
    await this.remember();
  }

  async addressOf(slice) {
    await this.opening(slice.segment);
    return this.take.segments[slice.segment].template.replace("INDEX", String(slice.index));
  }

  beginSegment(segment) {
    const number = this.take.segments.indexOf(segment);
    const earlier = this.take.seconds;
    const began = performance.now();
    const blobs = [];
    this.blobs.push({ type: segment.mime, blobs });
    this.warned = new Set();
    this.recorder.ondataavailable = ({ data }) => {
      if (!data.size) return;
      blobs.push(data);
      this.keepSlice({ segment: number, index: segment.slices++, order: this.take.order++, blob: data });
    };
    this.recorder.onstop = () => this.segmentEnded();
    this.recorder.start(SLICE_MS);
    this.timer = setInterval(() => {
      this.take.seconds = earlier + (performance.now() - began) / 1000;
      this.tick(this.take.seconds);
    }, 250);
    this.show("recording");
    this.say("Recording");
  }

  keepSlice(slice) {
    if (this.practice) return;
    this.store.saveSlice(slice).catch(() => {});
    this.remember();
    this.uploader.add(slice);
  }

  remember() {
    return this.store.saveTake(this.take).catch(() => {});
  }

  tick(seconds) {
    const timer = this.part("timer");
    if (timer) timer.textContent = `${clock(seconds)} / ${clock(this.limit)}`;
    if (!this.recording) return;
    const left = this.limit - seconds;
    for (const mark of [30, 10, 0]) {
      if (left <= mark && this.limit > mark && !this.warned.has(mark)) {
        this.warned.add(mark);
        if (mark) this.say("SecondsLeft", { seconds: mark });
        else this.say("Limit", { seconds: this.grace });
      }
    }
    if (left <= -this.grace) this.stop();
  }

  stop() {
    this.take.stopped = true;
    if (this.recording) this.recorder.stop();
    else if (this.root.dataset.state !== "review") this.review();
  }

  // Also when the device is pulled out or a call comes in: what was said is kept and can be gone on with.
  segmentEnded() {
    clearInterval(this.timer);
    this.closeCamera();
    if (this.take.stopped) return this.review();
    this.show("paused");
    this.say("Interrupted", { time: clock(this.take.seconds) });
  }

  async review() {
    if (!this.take.order) {
      this.take = newTake();
      this.openings.clear();
      this.blobs = [];
      this.show("failed");
      return this.say("Nothing");
    }
    this.show("review");
    this.stand();
    if (this.practice) return this.say("Practice");
    await this.remember();
    await this.finish();
  }

  // ---- sending

  showUpload() {
    if (this.finished || this.recording) return;
    if (!this.take.stopped) return;
    this.say(this.uploader.trouble ? "Waiting" : "Uploading", { percent: this.uploader.percent });
  }

  async finish() {
    this.showUpload();
    try {
      await this.uploader.done();
      const segments = this.take.segments.map(({ id, slices }) => ({ id, slices })).filter(({ slices }) => slices);
      const body = JSON.stringify({ slices: this.take.order, seconds: Math.round(this.take.seconds), segments });
      const { finishUrl, csrf } = this.root.dataset;
      const trouble = () => this.say("Waiting", { percent: this.uploader.percent });
      this.answer = await sendPatiently(finishUrl, { csrf, body, type: "application/json" }, trouble);
    } catch (error) {
      return this.fail(error);
    }
    this.finished = true;
    await this.store.clear().catch(() => {});
    this.say("Saved");
    this.root.dispatchEvent(new CustomEvent("recorder:saved", { bubbles: true, detail: this.answer }));
    if (this.wanted) this.go(this.wanted);
  }

  // The slices stay in IndexedDB; a failure never costs a try.
  fail(error) {
    this.show(this.take.order ? "review" : "failed");
    this.say("Failed");
    const words = error instanceof Refused && error.body?.message;
    if (words && this.part("status")) this.part("status").textContent = words;
  }

  leave(event, role) {
    if (this.practice) return role === "again" ? this.startOver() : undefined;
    const free = this.finished && this.part(role).form && !this.root.dataset[`${role}Url`];
    if (free) return undefined;
    event.preventDefault();
    this.wanted = role;
    if (this.finished) return this.go(role);
    if (this.uploader.refused) return this.retry();
    return this.showUpload();
  }

  retry() {
    this.uploader.refused = null;
    if (!this.uploader.idle) this.uploader.running ??= this.uploader.run();
    return this.finish();
  }

  async go(role) {
    this.wanted = null;
    const url = this.root.dataset[`${role}Url`];
    const button = this.part(role);
    if (!url && button.form) return button.form.requestSubmit(button);
    try {
      const answer = url ? await send(url, { csrf: this.root.dataset.csrf }) : this.answer;
      const next = answer?.next_url || this.root.dataset.nextUrl;
      if (next) location.assign(next);
      else location.reload();
    } catch (error) {
      this.fail(error);
    }
  }

  startOver() {
    this.take = newTake();
    this.blobs = [];
    this.show("idle");
    this.tick(0);
    return this.openCamera();
  }
}

for (const root of document.querySelectorAll("[data-recorder]")) {
  const page = new RecorderPage(root);
  page.start().catch(() => page.fail(new Error("start")));
}
