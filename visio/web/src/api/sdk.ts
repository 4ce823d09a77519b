import { useQuery } from "@tanstack/react-query";
import { request } from "./request";
import type { Access, RoomSummary } from "./rooms";

/** Milliseconds between two looks; less shows the room sooner, more asks the server less. */
const LOOK = 1_000;

/** The room that was made for `callback` in another window, once it is there. */
export function useMadeRoom(callback: string | undefined): { slug: string } | undefined {
  const { data } = useQuery({
    queryKey: ["made-room", callback],
    queryFn: () =>
      request<{ room: { slug: string } | null }>("POST", "/room-callbacks/collect", { body: { callback } }),
    enabled: callback !== undefined,
    // Told once: what is there is not asked for again.
    refetchInterval: ({ state }) => (state.data?.room ? false : LOOK),
    refetchOnWindowFocus: false,
    staleTime: Infinity,
  });
  return data?.room ?? undefined;
}

/** Makes a room and leaves word of it for who waits with `callback`. */
export async function makeRoomFor(callback: string, title: string, access: Access): Promise<string> {
  const { slug } = await request<RoomSummary>("POST", "/rooms", { body: { title, access } });
  await request("POST", "/room-callbacks", { body: { callback, slug } });
  return slug;
}
