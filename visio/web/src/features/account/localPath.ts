/** Only a path of our own may be returned to: anything else is the home page. */
export function localPath(next: string | null): string {
  return next && /^\/(?!\/)[\w.~/-]*$/.test(next) ? next : "/";
}
