import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { readEncryption } from "../../api/call";
import { useCall } from "../state/CallContext";

/** How one's own connection to the server is encrypted, as both ends agreed. */
export function EncryptionDetails() {
  const { t } = useTranslation();
  const { slug, token } = useCall();
  const { data } = useQuery({
    queryKey: ["encryption", slug, token],
    queryFn: () => readEncryption(slug, token),
    staleTime: 0,
  });
  if (!data) return null;
  return (
    <section className="encryption">
      <h3>{t("settings.encryption")}</h3>
      <p>{t(data.post_quantum ? "settings.quantumSafe" : "settings.notQuantumSafe")}</p>
      <p className="details">{[data.protocol, data.group, data.cipher, data.srtp].join(" · ")}</p>
    </section>
  );
}
