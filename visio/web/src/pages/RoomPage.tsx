import { useTranslation } from "react-i18next";
import { Navigate, useParams } from "react-router";
import { useRoom } from "../api/rooms";
import { useAccount } from "../api/session";
import { Call } from "../call/Call";
import { usePresence } from "../call/state/usePresence";
import { Loading } from "../design/Loading";
import { signInPath } from "../features/account/AccountMenu";
import { Ended } from "../features/ended/Ended";
import { PreJoin } from "../features/prejoin/PreJoin";
import { RoomRefused } from "../features/prejoin/RoomRefused";
import { PageFrame } from "./PageFrame";

/** A room, from its link: look in the mirror, be in the meeting, see what it made. */
export default function RoomPage() {
  const { slug = "" } = useParams();
  return <RoomOf key={slug} slug={slug} />;
}

function RoomOf({ slug }: { slug: string }) {
  const { t } = useTranslation();
  const room = useRoom(slug);
  const account = useAccount();
  const presence = usePresence(slug);
  if (account?.must_change_password) return <Navigate to={signInPath(`/${slug}`)} replace />;
  if (presence.state === "in") return <Call session={presence.session} />;
  if (presence.state === "ended") {
    return (
      <PageFrame title={t("ended.title")}>
        <Ended ending={presence.ending} onRejoin={presence.comeBack} />
      </PageFrame>
    );
  }
  return (
    <PageFrame title={room.data?.title ?? t("prejoin.about")}>
      {room.error ? (
        <RoomRefused error={room.error} slug={slug} signedIn={Boolean(account)} onRetry={() => void room.refetch()} />
      ) : room.data && account !== undefined ? (
        <PreJoin
          room={room.data}
          account={account}
          joining={presence.state === "joining"}
          error={presence.state === "out" ? presence.error : undefined}
          onJoin={presence.join}
        />
      ) : (
        <Loading />
      )}
    </PageFrame>
  );
}
