import type { PICTURES } from "./choice";

export type Picture = (typeof PICTURES)[number];

type Brush = CanvasRenderingContext2D;

/** Paints a picture of our own making, in any size. */
export function paintPicture(picture: Picture, brush: Brush, width: number, height: number): void {
  brush.save();
  brush.scale(width, height);
  PAINTERS[picture](brush);
  brush.restore();
}

// Each paints a square of 1 × 1.
const PAINTERS: Record<Picture, (brush: Brush) => void> = {
  dawn(brush) {
    fill(brush, ["#2d3a78", "#8d6aa8", "#f2a27e", "#fbd9a5"]);
    hills(brush, "#6d5a92", 0.66, 0.05, 1);
    hills(brush, "#463f74", 0.76, 0.06, 1.7);
    hills(brush, "#272b55", 0.87, 0.05, 2.6);
  },
  lagoon(brush) {
    fill(brush, ["#dff3f7", "#9ed5df", "#3d98ad", "#0d5a75"]);
    hills(brush, "rgb(255 255 255 / 22%)", 0.52, 0.015, 4);
    hills(brush, "rgb(255 255 255 / 16%)", 0.66, 0.02, 3);
    hills(brush, "rgb(4 60 84 / 35%)", 0.82, 0.025, 2.2);
  },
  office(brush) {
    fill(brush, ["#f4f1ea", "#e4ded2"]);
    fillRectangle(brush, "#d8e6ee", 0.62, 0.1, 0.28, 0.46);
    fillRectangle(brush, "#c3d8e4", 0.62, 0.36, 0.28, 0.2);
    fillRectangle(brush, "#f8f6f1", 0.755, 0.1, 0.01, 0.46);
    fillRectangle(brush, "#c9bfae", 0, 0.84, 1, 0.16);
    fillRectangle(brush, "#b7ab97", 0, 0.84, 1, 0.012);
    for (const [x, colour] of [[0.1, "#000091"], [0.2, "#8a8f9c"], [0.3, "#c9665c"]] as const) {
      fillRectangle(brush, colour, x, 0.24, 0.07, 0.17);
    }
  },
  shelves(brush) {
    fill(brush, ["#5a4535", "#3c2d23"]);
    for (let shelf = 0; shelf < 4; shelf++) {
      for (let book = 0; book < 26; book++) {
        // The same books every time: no chance in them.
        const tall = 0.13 + 0.05 * Math.abs(Math.sin(book * 7 + shelf * 3));
        const colour = BOOKS[(book * 5 + shelf * 3) % BOOKS.length] ?? "#ffffff";
        fillRectangle(brush, colour, book / 26 + 0.003, shelf * 0.25 + 0.22 - tall, 1 / 26 - 0.006, tall);
      }
      fillRectangle(brush, "#7a5d46", 0, shelf * 0.25 + 0.22, 1, 0.03);
    }
  },
};

const BOOKS = ["#8c3b3b", "#3d5a80", "#c8a25b", "#506b4f", "#6b4f6b", "#b0aca0"];

function fill(brush: Brush, colours: string[]): void {
  const gradient = brush.createLinearGradient(0, 0, 0, 1);
  for (const [index, colour] of colours.entries()) gradient.addColorStop(index / (colours.length - 1), colour);
  brush.fillStyle = gradient;
  brush.fillRect(0, 0, 1, 1);
}

function fillRectangle(brush: Brush, colour: string, x: number, y: number, width: number, height: number): void {
  brush.fillStyle = colour;
  brush.fillRect(x, y, width, height);
}

/** A wavy line, and all below it. */
function hills(brush: Brush, colour: string, top: number, amplitude: number, waves: number): void {
  brush.beginPath();
  brush.moveTo(0, 1);
  for (let x = 0; x <= 1.001; x += 0.02) {
    brush.lineTo(x, top + amplitude * Math.sin(x * waves * Math.PI * 2 + waves));
  }
  brush.lineTo(1, 1);
  brush.fillStyle = colour;
  brush.fill();
}
