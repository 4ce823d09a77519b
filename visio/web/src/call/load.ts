/**
 * The meeting's code, livekit-client with it: half of all that we have. It comes with the first sign that somebody is
 * about to join, so that it waits for nobody at the door, and not with the page before the meeting.
 */
export const loadCall = () => import("./entrance");
