import type { ReactNode } from "react";
import { Button as AriaButton, type ButtonProps, Link as AriaLink, type LinkProps } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Spinner } from "./Spinner";
import "./Button.css";

export interface Look {
  variant?: "primary" | "secondary" | "soft" | "quiet" | "danger";
  size?: "small" | "medium" | "large";
  wide?: boolean;
}

interface Props extends Omit<ButtonProps, "isPending" | "children">, Look {
  /** Its work is under way: it keeps the focus and says so, but cannot be pressed again. */
  isBusy?: boolean;
  children: ReactNode;
}

export function Button({ variant, size, wide, isBusy, children, className, type, onPress, ...props }: Props) {
  const { t } = useTranslation();
  return (
    <AriaButton
      {...props}
      className={classes({ variant, size, wide }, isBusy ? "busy" : className)}
      type={isBusy ? "button" : type}
      onPress={isBusy ? undefined : onPress}
    >
      {isBusy && <Spinner />}
      {children}
      {isBusy && <span className="visually-hidden">{t("common.loading")}</span>}
    </AriaButton>
  );
}

/** A link that looks like a button. */
export function ButtonLink({ variant, size, wide, className, ...props }: LinkProps & Look) {
  return <AriaLink {...props} className={classes({ variant, size, wide }, className)} />;
}

function classes({ variant = "secondary", size = "medium", wide }: Look, extra: unknown): string {
  return ["button", variant, size, wide ? "wide" : "", typeof extra === "string" ? extra : ""].filter(Boolean).join(" ");
}
