import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request, requestAll } from "./request";

export type Access = "public" | "trusted" | "restricted";
export type Role = "owner" | "administrator" | "member";

/** Who may do something in a room. */
export type Who = "everyone" | "hosts";

/** Who may write in its chat. */
export type Writers = Who | "nobody";

export const SPOKEN = ["detected", "fr", "en", "de", "es", "it", "nl", "pt"] as const;
export type Spoken = (typeof SPOKEN)[number];

/** What hosts decide for a room; a `max_participants` of 0 is none. */
export interface RoomSettings {
  access: Access;
  locked: boolean;
  max_participants: number;
  microphone: Who;
  camera: Who;
  screen_share: Who;
  muting: Who;
  /** Who may have what is said written down. */
  transcribing: "hosts" | "nobody";
  /** Which language is written down. */
  spoken: Spoken;
  /** Days that its meetings are kept; 0 are the server's. */
  retention_days: number;
  chat: Writers;
  /** Whether the chat is kept as long as the meeting; else it goes at its end. */
  chat_kept: boolean;
}

export type RoomChange = Partial<RoomSettings> & { title?: string };

/** Its settings beside `access` are shown to hosts only. */
export interface RoomSummary extends Partial<RoomSettings> {
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
  /** A chosen name in the address; without it the server draws one. */
  slug?: string;
}

export const DEFAULT_SETTINGS: RoomSettings = {
  access: "restricted",
  locked: false,
  max_participants: 0,
  microphone: "everyone",
  camera: "everyone",
  screen_share: "everyone",
  muting: "hosts",
  transcribing: "hosts",
  spoken: "detected",
  retention_days: 0,
  chat: "everyone",
  chat_kept: false,
};

export function settingsOf(room: Partial<RoomSettings>): RoomSettings {
  const all = { ...DEFAULT_SETTINGS, ...room };
  const names = Object.keys(DEFAULT_SETTINGS) as (keyof RoomSettings)[];
  return Object.fromEntries(names.map((name) => [name, all[name]])) as unknown as RoomSettings;
}

export function useRooms() {
  return useQuery({
    queryKey: ["rooms"],
    queryFn: () => requestAll<RoomSummary>("/rooms", "rooms"),
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
  return useRoomChange((change: RoomChange) => request("PATCH", `/rooms/${encodeURIComponent(slug)}`, { body: change }));
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
