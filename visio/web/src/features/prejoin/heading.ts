/** The id of the heading that says which room this is: a keyboard whose place is gone goes on from there. */
export const ROOM_HEADING = "room-heading";
