import { useQuery } from "@tanstack/react-query";
import { readSpeakingTime } from "../../api/call";
import { mayDirect } from "./attributes";
import { useCall } from "./CallContext";
import { usePerson } from "./hooks";

/** Milliseconds between two looks, while the people are shown. */
const AGAIN = 5_000;

/** How long people have spoken, by identity, as far as one is told. */
export function useSpeakingTime(): ReadonlyMap<string, number> | undefined {
  const { slug, token, room } = useCall();
  const hosts = mayDirect(usePerson(room.localParticipant).role);
  const { data } = useQuery({
    queryKey: ["speaking-time", slug, token, hosts],
    queryFn: () => readSpeakingTime(slug, token),
    refetchInterval: AGAIN,
    refetchOnMount: "always",
  });
  return data;
}
