// What the recording page shows: which buttons, which words, and the take played back.

const SHOWN_IN = {
  camera: ["idle"],
  record: ["idle", "ready", "paused", "failed"],
  stop: ["recording", "paused"],
  watch: ["review"],
  keep: ["review"],
  again: ["review"],
};

export const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

export class RecorderView {
  constructor(root) {
    this.root = root;
    this.blobs = [];
  }

  part(role) {
    return this.root.querySelector(`[data-role="${role}"]`);
  }

  say(name, values = {}) {
    const text = this.root.dataset[`text${name}`];
    const status = this.part("status");
    if (!text || !status) return;
    const words = text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
    if (status.textContent !== words) status.textContent = words;
  }

  show(state) {
    const focused = document.activeElement;
    const began = state === "recording" && this.root.dataset.state !== state;
    this.root.dataset.state = state;
    for (const [role, states] of Object.entries(SHOWN_IN)) {
      const element = this.part(role);
      if (element) element.hidden = !states.includes(state);
    }
    const audioOnly = this.part("audio-only");
    if (audioOnly) audioOnly.disabled = state === "recording";
    const watch = this.part("watch");
    if (watch && !this.blobs.length) watch.hidden = true;
    if (focused?.hidden && this.root.contains(focused)) this.root.querySelector("button:not([hidden])")?.focus({ preventScroll: began });
    if (began) this.belowQuestion();
  }

  /* On a phone the question stays on top while one records: the picture begins below it, not behind it. */
  belowQuestion() {
    const card = document.querySelector(".question-text.stays");
    if (!card || getComputedStyle(card).position !== "sticky") return;
    scrollBy(0, this.root.getBoundingClientRect().top - card.offsetHeight - 12);
  }

  noCamera(reason) {
    const element = this.part("no-camera");
    if (element) {
      element.hidden = false;
      element.dataset.reason = reason;
    }
    this.say("NoCamera");
  }

  // After Stop: the take stands still in the player, at its first picture.
  stand() {
    const preview = this.part("preview");
    if (!preview || !this.blobs.length) return;
    preview.srcObject = null;
    preview.hidden = false;
    preview.muted = false;
    preview.controls = true;
    preview.preload = "auto";
    this.playing = 0;
    this.load();
    preview.onended = () => this.playOn();
    preview.scrollIntoView({ block: "nearest" });
  }

  watch() {
    this.stand();
    this.part("preview")?.play().catch(() => {});
  }

  load() {
    const preview = this.part("preview");
    const { blobs, type } = this.blobs[this.playing];
    if (this.taken) URL.revokeObjectURL(this.taken);
    this.taken = URL.createObjectURL(new Blob(blobs, { type }));
    preview.classList.toggle("sound-only", type.startsWith("audio"));
    // A moment after the beginning: some phones show no picture at 0.
    preview.src = `${this.taken}#t=0.001`;
  }

  playOn() {
    this.playing += 1;
    if (this.playing >= this.blobs.length) return;
    this.load();
    this.part("preview").play().catch(() => {});
  }
}
