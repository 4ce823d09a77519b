import {
  Archive,
  Building2,
  DoorOpen,
  History,
  KeyRound,
  type LucideIcon,
  Palette,
  Radio,
  Scale,
  ScrollText,
  Users,
} from "lucide-react";
import { type ComponentType, lazy } from "react";

export interface Section {
  /** Its address below /admin. */
  path: string;
  icon: LucideIcon;
  /** The key of its name. */
  label: string;
  /** Shows this address and those below it. */
  page: ComponentType;
}

/** The pages of the console, in the order of its navigation; the first is where it begins. */
export const SECTIONS: Section[] = [
  { path: "live", icon: Radio, label: "admin.live.title", page: lazy(() => import("./live/LivePages")) },
  { path: "people", icon: Users, label: "admin.people.title", page: lazy(() => import("./people/PeoplePages")) },
  {
    path: "entities",
    icon: Building2,
    label: "admin.entities.title",
    page: lazy(() => import("./entities/EntitiesPage")),
  },
  { path: "rooms", icon: DoorOpen, label: "records.rooms.title", page: lazy(() => import("./records/RoomsPage")) },
  {
    path: "meetings",
    icon: History,
    label: "records.meetings.title",
    page: lazy(() => import("./records/MeetingsPage")),
  },
  {
    path: "retention",
    icon: Archive,
    label: "records.retention.title",
    page: lazy(() => import("./records/RetentionPage")),
  },
  {
    path: "branding",
    icon: Palette,
    label: "admin.branding.title",
    page: lazy(() => import("./branding/BrandingPage")),
  },
  { path: "policy", icon: Scale, label: "admin.policy.title", page: lazy(() => import("./policy/PolicyPage")) },
  { path: "keys", icon: KeyRound, label: "admin.keys.title", page: lazy(() => import("./keys/KeysPages")) },
  { path: "audit", icon: ScrollText, label: "admin.audit.title", page: lazy(() => import("./audit/AuditPage")) },
];
