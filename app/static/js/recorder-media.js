// Camera, microphone, sound level, and the format that this browser records best.

// mp4 only where it is really H.264: Chromium's VP9 in mp4 plays in fewer places than its webm.
const VIDEO_TYPES = [
  "video/mp4;codecs=avc1.42E01E,mp4a.40.2",
  "video/mp4;codecs=avc1,mp4a.40.2",
  "video/webm;codecs=vp8,opus",
  "video/webm",
  "video/mp4",
];
const AUDIO_TYPES = ["audio/mp4;codecs=mp4a.40.2", "audio/webm;codecs=opus", "audio/webm", "audio/mp4"];
const HEARD_FROM = 8;

export function canRecord() {
  return Boolean(globalThis.MediaRecorder && navigator.mediaDevices?.getUserMedia);
}

export function bestType(audioOnly) {
  const types = audioOnly ? AUDIO_TYPES : VIDEO_TYPES;
  return types.find((type) => MediaRecorder.isTypeSupported(type)) || "";
}

/** Rejects with a DOMException when the person or the device refuses. */
export function openDevices(audioOnly) {
  const video = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 20 }, facingMode: "user" };
  return navigator.mediaDevices.getUserMedia({ audio: true, video: audioOnly ? false : video });
}

export function newRecorder(stream, audioOnly) {
  const mimeType = bestType(audioOnly);
  const rates = { audioBitsPerSecond: 64000, ...(audioOnly ? {} : { videoBitsPerSecond: 600000 }) };
  return new MediaRecorder(stream, { ...rates, ...(mimeType ? { mimeType } : {}) });
}

export function closeStream(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** Moves a <meter> with the voice; `heard()` is called once. Returns the function that ends it. */
export function followLevel(stream, meter, heard) {
  if (!meter || !globalThis.AudioContext || !stream.getAudioTracks().length) return () => {};
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 512;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Uint8Array(analyser.fftSize);
  let told = false;
  const timer = setInterval(() => {
    analyser.getByteTimeDomainData(samples);
    const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample - 128)), 0);
    meter.value = Math.min(100, Math.round(loudest * 1.2));
    if (!told && loudest >= HEARD_FROM) {
      told = true;
      heard();
    }
  }, 100);
  return () => {
    clearInterval(timer);
    meter.value = 0;
    context.close();
  };
}
