import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { type AnyRoom, changeAnyRoom, deleteAnyRoom } from "../../../api/records";
import { Problem } from "../../../api/request";
import type { Access } from "../../../api/rooms";

export type BulkAction = "access" | "retention" | "delete";

/** What is done with each room; `access` and `days` for the actions that are about them. */
export interface BulkDeed {
  action: BulkAction;
  access: Access;
  days: number;
}

export interface Refused {
  room: AnyRoom;
  code: string;
}

/** How far it is: `done` counts the refused too. */
export interface BulkState {
  done: number;
  total: number;
  refused: Refused[];
  over: boolean;
}

/** Does one thing with many rooms, one after the other, until it is stopped; each is done wholly or refused. */
export function useBulk() {
  const client = useQueryClient();
  const [state, setState] = useState<BulkState>();
  const stopped = useRef(false);
  useEffect(
    () => () => {
      stopped.current = true;
    },
    [],
  );
  async function run(rooms: AnyRoom[], deed: BulkDeed): Promise<void> {
    stopped.current = false;
    const refused: Refused[] = [];
    let done = 0;
    const tell = (over: boolean) => setState({ done, total: rooms.length, refused: [...refused], over });
    tell(false);
    for (const room of rooms) {
      if (stopped.current) break;
      await perform(room, deed).catch((error: unknown) =>
        refused.push({ room, code: error instanceof Problem ? error.code : "unknown" }),
      );
      done += 1;
      tell(false);
    }
    tell(true);
    await client.invalidateQueries({ queryKey: ["records"] });
  }
  return {
    state,
    run,
    stop: () => {
      stopped.current = true;
    },
  };
}

function perform({ id }: AnyRoom, { action, access, days }: BulkDeed): Promise<void> {
  switch (action) {
    case "access":
      return changeAnyRoom(id, { access });
    case "retention":
      return changeAnyRoom(id, { retention_days: days });
    case "delete":
      return deleteAnyRoom(id);
  }
}
