import { useEffect, useState } from "react";

/** Milliseconds between two readings: fewer looks sluggish, more renders for nothing. */
const EVERY = 80;

/** How loud a microphone is, from 0 to 100 on a scale that follows the ear. */
export function useLevel(track: MediaStreamTrack | undefined): number {
  const [level, setLevel] = useState(0);
  useEffect(() => {
    if (!track) return setLevel(0);
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    void context.resume();
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      setLevel(loudness(samples));
    }, EVERY);
    return () => {
      clearInterval(timer);
      void context.close();
    };
  }, [track]);
  return level;
}

/** Root mean square in decibels, -60 dBFS → 0 and -10 dBFS → 100. */
export function loudness(samples: Float32Array): number {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  const decibels = 10 * Math.log10(energy / samples.length + 1e-10);
  return Math.round(Math.min(100, Math.max(0, (decibels + 60) * 2)));
}
