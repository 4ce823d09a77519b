import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { I18nProvider, RouterProvider } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { BrowserRouter, Route, Routes, useHref, useNavigate } from "react-router";
import { Problem } from "./api/request";
import { Loading } from "./design/Loading";
import { HomePage } from "./pages/HomePage";
import { MeetingPage } from "./pages/MeetingPage";
import { NotFoundPage } from "./pages/NotFoundPage";
import { SignInPage } from "./pages/SignInPage";

// The call brings livekit-client with it: pages without a call do not wait for it.
const RoomPage = lazy(() => import("./pages/RoomPage"));

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

function Waiting() {
  return (
    <main className="page-main">
      <Loading />
    </main>
  );
}

function Pages() {
  const navigate = useNavigate();
  return (
    <RouterProvider navigate={navigate} useHref={useHref}>
      <Suspense fallback={<Waiting />}>
        <Routes>
          <Route path="/" element={<HomePage />} />
          <Route path="/login" element={<SignInPage />} />
          <Route path="/meetings/:id" element={<MeetingPage />} />
          <Route path="/:slug" element={<RoomPage />} />
          <Route path="*" element={<NotFoundPage />} />
        </Routes>
      </Suspense>
    </RouterProvider>
  );
}
