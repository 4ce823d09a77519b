/** A colour in the address, as La Suite's library takes it: with or without "#", or its English name. */
export function colourOf(asked: string | null): string {
  const value = asked?.trim() ?? "";
  if (/^#?([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i.test(value)) return value.startsWith("#") ? value : `#${value}`;
  return /^[a-z]+$/i.test(value) ? value : "transparent";
}
