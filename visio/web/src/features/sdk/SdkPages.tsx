import { Route, Routes } from "react-router";
import NotFoundPage from "../../pages/NotFoundPage";
import { CreateButton } from "./CreateButton";
import { CreatePopup } from "./CreatePopup";
import { SettingsPopup } from "./SettingsPopup";
import "./sdk.css";

/** At the addresses of La Suite's library: the button within other sites' pages, and its windows. */
export default function SdkPages() {
  return (
    <Routes>
      <Route path="create-button" element={<CreateButton />} />
      <Route path="create-popup" element={<CreatePopup />} />
      <Route path="settings-popup" element={<SettingsPopup />} />
      <Route path="settings-popup/:slug" element={<SettingsPopup />} />
      <Route path="*" element={<NotFoundPage />} />
    </Routes>
  );
}
