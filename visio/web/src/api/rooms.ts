import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request } from "./request";

export type Access = "public" | "trusted" | "restricted";
export type Role = "owner" | "administrator" | "member";

export interface RoomSummary {
  slug: string;
  title: string;
  access: Access;
  role: Role | null;
  /** How many people are inside now. */
  live: number;
}

export interface RoomDetails extends RoomSummary {
  transcription: "on" | "off";
}

export interface RoomDraft {
  title: string;
  access: Access;
}

export function useRooms() {
  return useQuery({
    queryKey: ["rooms"],
    queryFn: async () => (await request<{ rooms: RoomSummary[] }>("GET", "/rooms")).rooms,
    refetchInterval: 20_000,
  });
}

export function useRoom(slug: string) {
  return useQuery({
    queryKey: ["room", slug],
    queryFn: () => request<RoomDetails>("GET", `/rooms/${encodeURIComponent(slug)}`),
  });
}

export function useCreateRoom() {
  return useRoomChange((draft: RoomDraft) => request<RoomSummary>("POST", "/rooms", { body: draft }));
}

export function useEditRoom(slug: string) {
  return useRoomChange((draft: RoomDraft) => request("PATCH", `/rooms/${encodeURIComponent(slug)}`, { body: draft }));
}

export function useDeleteRoom(slug: string) {
  return useRoomChange((_: void) => request("DELETE", `/rooms/${encodeURIComponent(slug)}`));
}

function useRoomChange<Input, Answer>(change: (input: Input) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: ["rooms"] }),
  });
}
