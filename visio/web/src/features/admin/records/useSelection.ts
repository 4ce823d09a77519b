import { useState } from "react";
import type { AnyRoom } from "../../../api/records";

/** The rooms that were chosen, also of parts of the list that are not shown any more. */
export interface Selection {
  rooms: AnyRoom[];
  has: (room: AnyRoom) => boolean;
  set: (rooms: AnyRoom[], chosen: boolean) => void;
  /** Only these stay chosen. */
  keep: (ids: string[]) => void;
}

export function useSelection(): Selection {
  const [chosen, setChosen] = useState<ReadonlyMap<string, AnyRoom>>(new Map());
  return {
    rooms: [...chosen.values()],
    has: ({ id }) => chosen.has(id),
    set: (rooms, add) =>
      setChosen((before) => {
        const after = new Map(before);
        for (const room of rooms) {
          if (add) after.set(room.id, room);
          else after.delete(room.id);
        }
        return after;
      }),
    keep: (ids) => setChosen((before) => new Map([...before].filter(([id]) => ids.includes(id)))),
  };
}
