import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { I18nProvider, RouterProvider } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { BrowserRouter, Route, Routes, useHref, useNavigate } from "react-router";
import { Problem } from "./api/request";
import { useBrandedDocument } from "./design/branded";
import { isEmbedded, openOutside } from "./features/embed/embedded";
import { Waiting } from "./pages/Waiting";

// Each comes with its own code when it is opened: most people open two of them.
const AccountPage = lazy(() => import("./pages/AccountPage"));
const AdminPage = lazy(() => import("./pages/AdminPage"));
const ConnectionTestPage = lazy(() => import("./pages/ConnectionTestPage"));
const ForgottenPage = lazy(() => import("./pages/ForgottenPage"));
const HomePage = lazy(() => import("./pages/HomePage"));
const ImportPage = lazy(() => import("./pages/ImportPage"));
const MeetingPage = lazy(() => import("./pages/MeetingPage"));
const MeetingsPage = lazy(() => import("./pages/MeetingsPage"));
const NotFoundPage = lazy(() => import("./pages/NotFoundPage"));
const PasswordLinkPage = lazy(() => import("./pages/PasswordLinkPage"));
const RoomPage = lazy(() => import("./pages/RoomPage"));
const SearchPage = lazy(() => import("./pages/SearchPage"));
const SignInPage = lazy(() => import("./pages/SignInPage"));
// What pages of other sites show, and the windows that those open.
const SdkPages = lazy(() => import("./features/sdk/SdkPages"));

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // A refusal is an answer; only a server that cannot be reached is asked again.
      retry: (failures, error) => !(error instanceof Problem && error.status > 0) && failures < 2,
      staleTime: 5_000,
    },
  },
});

export function App() {
  const { i18n } = useTranslation();
  return (
    <QueryClientProvider client={queries}>
      <I18nProvider locale={i18n.language === "en" ? "en-GB" : "fr-FR"}>
        <BrowserRouter>
          <Pages />
        </BrowserRouter>
      </I18nProvider>
    </QueryClientProvider>
  );
}

/** Of a page of ours, or of anything else that a link may lead to: a letter, another site. */
function useAddress(link: string): string {
  const page = useHref(link);
  return /^[a-z]+:/.test(link) ? link : page;
}

function Pages() {
  const navigate = useNavigate();
  useBrandedDocument();
  return (
    <RouterProvider navigate={isEmbedded ? openOutside : navigate} useHref={useAddress}>
      <Suspense fallback={<Waiting />}>
        <Routes>
          <Route path="/" element={<HomePage />} />
          <Route path="/login" element={<SignInPage />} />
          <Route path="/forgotten" element={<ForgottenPage />} />
          <Route path="/password" element={<PasswordLinkPage />} />
          <Route path="/account" element={<AccountPage />} />
          <Route path="/connection-test" element={<ConnectionTestPage />} />
          <Route path="/rooms/import" element={<ImportPage />} />
          <Route path="/admin/*" element={<AdminPage />} />
          <Route path="/meetings" element={<MeetingsPage />} />
          <Route path="/meetings/search" element={<SearchPage />} />
          <Route path="/meetings/:id" element={<MeetingPage />} />
          <Route path="/sdk/*" element={<SdkPages />} />
          <Route path="/embed/:slug" element={<RoomPage />} />
          <Route path="/:slug" element={<RoomPage />} />
          <Route path="*" element={<NotFoundPage />} />
        </Routes>
      </Suspense>
    </RouterProvider>
  );
}
