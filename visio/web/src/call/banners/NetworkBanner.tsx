import { Gauge } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/Button";
import { useCall } from "../state/CallContext";
import { useObservable } from "../state/hooks";

/** That less than everything is shown, why, and the way back. */
export function NetworkBanner() {
  const { t } = useTranslation();
  const { network } = useCall();
  const { choice, use } = useObservable(network.shown);
  const isAutomatic = choice === "auto";
  const why = isAutomatic ? "weak" : "chosen";
  const text = use !== "full" && t(`bandwidth.${why}.${use}`);
  return (
    <>
      <p role="status" className="visually-hidden">
        {text}
      </p>
      {text && (
        <div className="banner">
          <Gauge aria-hidden="true" />
          <span>{text}</span>
          <Button size="small" onPress={() => network.choose(isAutomatic ? "full" : "auto")}>
            {t("bandwidth.back")}
          </Button>
        </div>
      )}
    </>
  );
}
