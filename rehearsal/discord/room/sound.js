// The sound of a voice channel: Opus, as the member's client decrypted it, decoded by the browser and played as it comes.

const RATE = 48000; // samples a second
const FRAME = 20000; // microseconds
const AHEAD = 0.2; // seconds between a frame's arrival and its sounding, so that the next one is there in time
const LONGEST_WAIT = 1; // seconds that frames may wait before some are left out

/** Whether this browser can decode what comes. */
export const canDecode = () => "AudioDecoder" in window;

/** Plays frames: `hear(bytes)`; `loudness()` is 0 to 1; `close()`. Must be made while a person presses something. */
export function speaker() {
  const context = new AudioContext({ sampleRate: RATE });
  const analyser = context.createAnalyser();
  analyser.connect(context.destination);
  const samples = new Float32Array(analyser.fftSize);
  let next = 0; // when the frame after the last one sounds
  let frames = 0;
  let decoder;

  const play = (data) => {
    const now = context.currentTime;
    if (next - now < LONGEST_WAIT) {
      const buffer = context.createBuffer(data.numberOfChannels, data.numberOfFrames, data.sampleRate);
      for (let plane = 0; plane < data.numberOfChannels; plane += 1)
        data.copyTo(buffer.getChannelData(plane), { planeIndex: plane, format: "f32-planar" });
      const source = context.createBufferSource();
      source.buffer = buffer;
      source.connect(analyser);
      next = next < now ? now + AHEAD : next;
      source.start(next);
      next += buffer.duration;
    }
    data.close();
  };
  return {
    hear(opus) {
      if (decoder?.state !== "configured") {
        decoder = new AudioDecoder({ output: play, error() {} }); // what is no Opus ends it; the next frame gets a new one
        decoder.configure({ codec: "opus", sampleRate: RATE, numberOfChannels: 2 });
      }
      frames += 1;
      decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: frames * FRAME, data: opus }));
    },
    loudness() {
      analyser.getFloatTimeDomainData(samples);
      return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
    },
    close() {
      if (decoder?.state === "configured") decoder.close();
      context.close();
    },
  };
}
