import { hueOf, initials } from "./identity";
import "./Avatar.css";

/** The initials of a person on a colour of their own; decoration, since the name stands beside it. */
export function Avatar({ name }: { name: string }) {
  return <span className={`avatar hue-${hueOf(name)}`} data-initials={initials(name)} aria-hidden="true" />;
}
