import { Choice } from "../../design/choice";

/** Where captions are, and in which colours. */
export const CAPTION_PLACE = new Choice("visio.captions.place", ["bottom", "top"]);

export const CAPTION_COLOURS = new Choice("visio.captions.colours", ["white", "yellow", "black"]);
