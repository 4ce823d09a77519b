import { Button, Toolbar } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useCall } from "../state/CallContext";
import { NAMES, REACTIONS } from "./reactions";
import "./reactions.css";

/** What one may react with: one tab stop, arrows between them. */
export function Palette() {
  const { t } = useTranslation();
  const { reactions } = useCall();
  return (
    <Toolbar className="palette" aria-label={t("reactions.title")}>
      {NAMES.map((name, index) => (
        <Button
          key={name}
          className="reaction"
          autoFocus={index === 0}
          aria-label={t(`reactions.names.${name}`)}
          onPress={() => reactions.send(name)}
        >
          <span aria-hidden="true">{REACTIONS[name]}</span>
        </Button>
      ))}
    </Toolbar>
  );
}
