import type { SelfieSegmentation } from "@mediapipe/selfie_segmentation";
import program from "@mediapipe/selfie_segmentation/selfie_segmentation.js?url";
import graph from "@mediapipe/selfie_segmentation/selfie_segmentation.binarypb?url";
import model from "@mediapipe/selfie_segmentation/selfie_segmentation_landscape.tflite?url";
import data from "@mediapipe/selfie_segmentation/selfie_segmentation_solution_simd_wasm_bin.data?url";
import loader from "@mediapipe/selfie_segmentation/selfie_segmentation_solution_simd_wasm_bin.js?url";
import binary from "@mediapipe/selfie_segmentation/selfie_segmentation_solution_simd_wasm_bin.wasm?url";

/** Tells a person from what is behind: an image that is opaque where the person is. */
export type Segment = (frame: HTMLCanvasElement) => Promise<CanvasImageSource>;

let loaded: Promise<Segment> | undefined;

/** MediaPipe's selfie segmentation, 6 MB from our own origin, fetched when it is first wanted. */
export function loadSegmentation(): Promise<Segment> {
  loaded ??= load().catch((error: unknown) => {
    loaded = undefined;
    throw error;
  });
  return loaded;
}

async function load(): Promise<Segment> {
  // Without it MediaPipe would say so with an alert().
  if (!document.createElement("canvas").getContext("webgl2")) throw new Error("no WebGL");
  await run(program);
  const { SelfieSegmentation: Solution } = window as unknown as { SelfieSegmentation: typeof SelfieSegmentation };
  const solution = new Solution({ locateFile: (name) => FILES[name] ?? name });
  // Its declaration lacks the option. On the processor it takes a tenth of the time where there is no graphics card.
  solution.setOptions({ modelSelection: LANDSCAPE, useCpuInference: true } as object);
  await solution.initialize();
  return queued(solution);
}

/** One frame at a time, scaled down to what the model looks at. */
function queued(solution: SelfieSegmentation): Segment {
  const small = document.createElement("canvas");
  [small.width, small.height] = SIZE;
  const brush = small.getContext("2d", { willReadFrequently: true });
  let mask: CanvasImageSource | undefined;
  solution.onResults((results) => {
    mask = results.segmentationMask;
  });
  let turn: Promise<unknown> = Promise.resolve();
  async function segment(frame: HTMLCanvasElement): Promise<CanvasImageSource> {
    brush?.drawImage(frame, 0, 0, ...SIZE);
    await solution.send({ image: small });
    if (!mask) throw new Error("no mask");
    return mask;
  }
  return (frame) => {
    const mine = turn.then(() => segment(frame));
    turn = mine.catch(() => {});
    return mine;
  };
}

/** A classic script, which leaves its class in the window. */
function run(address: string): Promise<void> {
  const script = document.createElement("script");
  script.src = address;
  return new Promise((resolve, reject) => {
    script.onload = () => resolve();
    script.onerror = () => reject(new Error("the segmentation was not loaded"));
    document.head.append(script);
  });
}

// No copy for processors without SIMD: every browser that we support has it.
const FILES: Record<string, string> = {
  "selfie_segmentation.binarypb": graph,
  "selfie_segmentation_landscape.tflite": model,
  "selfie_segmentation_solution_simd_wasm_bin.data": data,
  "selfie_segmentation_solution_simd_wasm_bin.js": loader,
  "selfie_segmentation_solution_simd_wasm_bin.wasm": binary,
};
const LANDSCAPE = 1;
const SIZE = [256, 144] as const;
