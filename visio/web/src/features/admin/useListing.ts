import { useState } from "react";
import type { Listing } from "../../api/live";

const ROWS = 50;

/** What part of a list is shown: a change of anything but the page leads to the first one. */
export function useListing(sort: string): [Listing, (change: Partial<Listing>) => void] {
  const [listing, setListing] = useState<Listing>({ search: "", sort, order: "ascending", offset: 0, limit: ROWS });
  return [listing, (change) => setListing((before) => ({ ...before, offset: 0, ...change }))];
}
