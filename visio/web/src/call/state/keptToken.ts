import { keep, kept } from "../../design/kept";

/** A guest has no account to read a transcript with: the meeting's token opens it, in this tab. */
export function keepToken(meeting: string, token: string): void {
  keep(nameOf(meeting), token, () => sessionStorage);
}

export function keptToken(meeting: string): string | undefined {
  return kept(nameOf(meeting), () => sessionStorage);
}

function nameOf(meeting: string): string {
  return `visio.meeting.${meeting}`;
}
