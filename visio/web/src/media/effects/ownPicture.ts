import { keep, kept } from "../../design/kept";
import { Observable } from "../../call/state/observable";

const KEY = "visio.background.own";
/** Bytes of a file that is opened at all. */
const MOST = 20_000_000;
const [WIDTH, HEIGHT] = [1280, 720];

/** The person's own picture as a data: address. It is kept in this browser and sent nowhere. */
export const ownPicture = new Observable(kept(KEY));

/** Takes a picture, cut to a camera's form and written anew: neither its place nor its name stays in it. */
export async function takeOwnPicture(file: File): Promise<void> {
  if (file.size > MOST) throw new Error("the picture is too large");
  const bitmap = await createImageBitmap(file);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [WIDTH, HEIGHT];
  const brush = canvas.getContext("2d");
  if (brush) drawCovering(brush, bitmap, bitmap.width, bitmap.height);
  bitmap.close();
  const address = canvas.toDataURL("image/jpeg", 0.85);
  keep(KEY, address);
  ownPicture.set(address);
}

export function dropOwnPicture(): void {
  keep(KEY, "");
  ownPicture.set("");
}

/** Fills the whole canvas; what does not fit is cut off at both ends. */
export function drawCovering(
  brush: CanvasRenderingContext2D,
  image: CanvasImageSource,
  width: number,
  height: number,
): void {
  const { canvas } = brush;
  const scale = Math.max(canvas.width / width, canvas.height / height);
  const [drawnWidth, drawnHeight] = [width * scale, height * scale];
  brush.drawImage(image, (canvas.width - drawnWidth) / 2, (canvas.height - drawnHeight) / 2, drawnWidth, drawnHeight);
}
