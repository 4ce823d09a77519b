// A worker's timers go on in a tab that nobody looks at, as when one shares another tab.
self.onmessage = ({ data }: MessageEvent<number>) => {
  setTimeout(() => self.postMessage(0), data);
};
