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
    this.root.dataset.state = state;
    for (const [role, states] of Object.entries(SHOWN_IN)) {
      const element = this.part(role);
      if (element) element.hidden = !states.includes(state);
    }
    const audioOnly = this.part("audio-only");
    if (audioOnly) audioOnly.disabled = state === "recording";
    const watch = this.part("watch");
    if (watch && !this.blobs.length) watch.hidden = true;
    if (focused?.hidden && this.root.contains(focused)) this.root.querySelector("button:not([hidden])")?.focus();
  }

  noCamera(reason) {
    const element = this.part("no-camera");
    if (element) {
      element.hidden = false;
      element.dataset.reason = reason;
    }
    this.say("NoCamera");
  }

  watch() {
    const preview = this.part("preview");
    if (!preview || !this.blobs.length) return;
    let number = 0;
    const next = () => {
      if (preview.src) URL.revokeObjectURL(preview.src);
      const segment = this.blobs[number++];
      if (!segment) return;
      preview.src = URL.createObjectURL(new Blob(segment.blobs, { type: segment.type }));
      preview.play().catch(() => {});
    };
    preview.srcObject = null;
    preview.hidden = false;
    preview.muted = false;
    preview.controls = true;
    preview.onended = () => number < this.blobs.length && next();
    next();
  }
}
