import { useState } from "react";
import { useSearchParams } from "react-router";
import type { Sought } from "../../../api/people";

/** Who is shown; `trail` are the beginnings of the pages behind the first, up to this one. */
export interface PeopleListing {
  sought: Sought;
  trail: string[];
  /** Leads to the first page. */
  seek: (change: Partial<Sought>) => void;
  walk: (trail: string[]) => void;
}

/** The address may say of which entity. */
export function usePeopleListing(): PeopleListing {
  const [asked] = useSearchParams();
  const [{ sought, trail }, set] = useState<Pick<PeopleListing, "sought" | "trail">>({
    sought: { search: "", sort: "name", order: "ascending", entity: asked.get("entity") ?? "" },
    trail: [],
  });
  return {
    sought,
    trail,
    seek: (change) => set((before) => ({ sought: { ...before.sought, ...change }, trail: [] })),
    walk: (steps) => set((before) => ({ ...before, trail: steps })),
  };
}
