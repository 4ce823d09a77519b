import type { Background } from "./choice";
import { drawCovering, ownPicture } from "./ownPicture";
import { paintPicture } from "./pictures";

/** Paints what is to be behind the person, under what is on the canvas already. */
export type Backdrop = (brush: CanvasRenderingContext2D, frame: HTMLCanvasElement) => void;

/** Undefined for the camera's picture as it is. */
export async function backdropOf(background: Background): Promise<Backdrop | undefined> {
  switch (background) {
    case "none":
      return undefined;
    case "blurLight":
      return blurred(4);
    case "blurStrong":
      return blurred(6);
    case "own":
      return ownBackdrop();
    default: {
      const brush = newBrush(1280, 720);
      paintPicture(background, brush, 1280, 720);
      return (onto) => drawCovering(onto, brush.canvas, 1280, 720);
    }
  }
}

/** Halves the frame so many times and enlarges it again: as smooth as a filter, and Safari can, too. */
function blurred(halvings: number): Backdrop {
  const levels = Array.from({ length: halvings }, () => newBrush(1, 1));
  return (onto, frame) => {
    let larger = frame;
    for (const level of levels) {
      level.canvas.width = Math.max(1, larger.width >> 1);
      level.canvas.height = Math.max(1, larger.height >> 1);
      drawOnto(level, larger);
      larger = level.canvas;
    }
    for (const level of levels.toReversed().slice(1)) {
      drawOnto(level, larger);
      larger = level.canvas;
    }
    drawOnto(onto, larger);
  };
}

function drawOnto(brush: CanvasRenderingContext2D, image: HTMLCanvasElement): void {
  brush.drawImage(image, 0, 0, brush.canvas.width, brush.canvas.height);
}

async function ownBackdrop(): Promise<Backdrop> {
  const image = new Image();
  image.src = ownPicture.get() ?? "";
  await image.decode();
  return (brush) => drawCovering(brush, image, image.naturalWidth, image.naturalHeight);
}

function newBrush(width: number, height: number): CanvasRenderingContext2D {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const brush = canvas.getContext("2d");
  if (!brush) throw new Error("no canvas");
  return brush;
}
