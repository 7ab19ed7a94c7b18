/** Starts the page: texts, server data, router. */
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import i18next from "i18next";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { currentLanguage, startTranslations } from "@/i18n/start";
import { connectApi } from "@/wire/api";
import { meQuery } from "@/wire/queries";
import { makeQueryClient } from "./query-client";
import { makeRouter } from "./router";
import "./theme.css";

const queryClient = makeQueryClient();
const router = makeRouter(queryClient);

connectApi({
  language: currentLanguage,
  onSignedOut: () => {
    // Told once for each request that was refused; whoever is not signed in anyway is on the way to the sign-in page.
    if (queryClient.getQueryData(meQuery.queryKey) === undefined) return;
    queryClient.removeQueries(meQuery);
    void router.invalidate();
  },
});

await startTranslations();
i18next.on("languageChanged", () => void router.invalidate());

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
