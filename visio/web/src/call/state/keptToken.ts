/** A guest has no account to read a transcript with: the meeting's token opens it, in this tab. */
export function keepToken(meeting: string, token: string): void {
  sessionStorage.setItem(`visio.meeting.${meeting}`, token);
}

export function keptToken(meeting: string): string | undefined {
  return sessionStorage.getItem(`visio.meeting.${meeting}`) ?? undefined;
}
