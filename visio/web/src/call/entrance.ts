/** All that it takes to be in a meeting, as one piece of code. */
export { Call } from "./Call";
export { whenEnded } from "./state/ending";
export { joinProblem } from "./state/failures";
export { enter, publish } from "./state/session";
