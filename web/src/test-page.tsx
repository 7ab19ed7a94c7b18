/** For tests: a page around one component, and a server that answers as it is told. */
import { QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterContextProvider,
} from "@tanstack/react-router";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { vi } from "vitest";
import { makeQueryClient } from "./query-client";
import { Toaster } from "./ui/toast";
import { TooltipProvider } from "./ui/tooltip";

// jsdom lays nothing out, so it cannot scroll; menus and selects ask for it when they open.
Element.prototype.scrollIntoView = () => undefined;

/** Shows `children` as the view of `path`. Gives the router, to see where it went. */
export async function renderPage(children: ReactNode, path = "/") {
  const root = createRootRoute();
  const routes = ["/", "/sign-in", "/register", "/account"].map((known) =>
    createRoute({ getParentRoute: () => root, path: known }),
  );
  const router = createRouter({
    routeTree: root.addChildren(routes),
    history: createMemoryHistory({ initialEntries: [path] }),
  });
  await router.load();
  const queryClient = makeQueryClient();
  render(
    <QueryClientProvider client={queryClient}>
      <RouterContextProvider router={router}>
        <TooltipProvider>
          {children}
          <Toaster label="Notifications" closeLabel="Close" />
        </TooltipProvider>
      </RouterContextProvider>
    </QueryClientProvider>,
  );
  return { router, queryClient };
}

export interface Sent {
  readonly request: string;
  readonly body: unknown;
}

/** The answer to a request: a status, a JSON document or null for none, and headers. */
export type Answer = readonly [status: number, document: unknown, headers?: Record<string, string>];

/**
 * Stands in for the network. `answers` says by `"POST /auth/login"` what comes back, the same each time or what a
 * function makes of the body. Gives the list of what was sent, which grows.
 */
export function serveAnswers(answers: Readonly<Record<string, Answer | ((body: unknown) => Answer)>>): Sent[] {
  const sent: Sent[] = [];
  vi.stubGlobal("fetch", (address: string, options: RequestInit) => {
    const path = new URL(address, "http://localhost").pathname.replace("/api/v1", "");
    const request = `${options.method ?? "GET"} ${path}`;
    const body: unknown = typeof options.body === "string" ? JSON.parse(options.body) : undefined;
    sent.push({ request, body });
    const answer = answers[request] ?? [404, { code: "not_found", detail: `nothing answers ${request}` }];
    const [status, document, headers = {}] = typeof answer === "function" ? answer(body) : answer;
    return Promise.resolve(new Response(document === null ? null : JSON.stringify(document), { status, headers }));
  });
  return sent;
}
