/** Every address of the page and the view behind it; each view loads when it is first visited. */
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { loadTexts, type MoreTexts } from "@/i18n/start";
import { Problem } from "@/wire/api";
import { meQuery } from "@/wire/queries";
import { Crashed, NotFound } from "./routes/failures";
import { RootLayout } from "./routes/root-layout";

export interface RouterContext {
  queryClient: QueryClient;
}

const root = createRootRouteWithContext<RouterContext>()({
  component: RootLayout,
  notFoundComponent: NotFound,
  errorComponent: Crashed,
});

/** Where to go back to after signing in; only a path of this page, never another site. */
function validateReturn(search: Record<string, unknown>): { from?: string } {
  const from = search.from;
  return typeof from === "string" && /^\/(?![/\\])/.test(from) ? { from } : {};
}

/** Which message of a chat to begin at. */
function validateMessage(search: Record<string, unknown>): { message?: string } {
  return typeof search.message === "string" ? { message: search.message } : {};
}

/** Loads a view and the texts that it is written with. */
function withTexts<Module>(texts: MoreTexts, load: () => Promise<Module>): () => Promise<Module> {
  return async () => (await Promise.all([load(), loadTexts(texts)]))[0];
}

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: validateReturn,
  component: lazyRouteComponent(
    withTexts("pages", () => import("./routes/sign-in")),
    "SignInPage",
  ),
});

const register = createRoute({
  getParentRoute: () => root,
  path: "/register",
  validateSearch: validateReturn,
  component: lazyRouteComponent(
    withTexts("pages", () => import("./routes/register")),
    "RegisterPage",
  ),
});

const appLayout = withTexts("chats", () => import("./routes/app-layout"));
const chatPage = () => import("./routes/chat");
const newChatPage = () => import("./routes/new-chat");

const app = createRoute({
  getParentRoute: () => root,
  id: "app",
  component: lazyRouteComponent(appLayout, "AppLayout"),
  beforeLoad: async ({ context, location }) => {
    // Most people come for a chat: it loads while the server says who they are.
    void Promise.all([appLayout(), chatPage(), newChatPage()]).catch(() => undefined);
    try {
      await context.queryClient.query({ ...meQuery, staleTime: "static" });
    } catch (reason) {
      if (!(reason instanceof Problem) || reason.status !== 401) throw reason;
      const from = location.href;
      throw redirect({ to: "/sign-in", search: from === "/" ? {} : { from } });
    }
  },
});

const newChat = createRoute({
  getParentRoute: () => app,
  path: "/",
  component: lazyRouteComponent(newChatPage, "NewChatPage"),
  staticData: { hasOwnBar: true },
});

const chat = createRoute({
  getParentRoute: () => app,
  path: "/chat/$sessionId",
  validateSearch: validateMessage,
  component: lazyRouteComponent(chatPage, "ChatPage"),
  staticData: { hasOwnBar: true },
});

const archive = createRoute({
  getParentRoute: () => app,
  path: "/archive",
  component: lazyRouteComponent(() => import("./routes/archive"), "ArchivePage"),
});

const files = createRoute({
  getParentRoute: () => app,
  path: "/files",
  component: lazyRouteComponent(() => import("./routes/files"), "FilesPage"),
});

const account = createRoute({
  getParentRoute: () => app,
  path: "/account",
  component: lazyRouteComponent(
    withTexts("pages", () => import("./routes/account")),
    "AccountPage",
  ),
});

const providers = createRoute({
  getParentRoute: () => app,
  path: "/providers",
  component: lazyRouteComponent(
    withTexts("pages", () => import("./routes/providers")),
    "ProvidersPage",
  ),
});

const admin = createRoute({
  getParentRoute: () => app,
  path: "/admin",
  component: lazyRouteComponent(
    withTexts("pages", () => import("./routes/admin")),
    "AdminPage",
  ),
});

const pages = [newChat, chat, archive, files, account, providers, admin];
const tree = root.addChildren([signIn, register, app.addChildren(pages)]);

export function makeRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { queryClient },
    defaultPreload: "intent",
    defaultPendingMs: 300,
    scrollRestoration: false,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
  interface StaticDataRouteOption {
    /** The view draws its own top bar, with the button that opens the list of chats in it. */
    hasOwnBar?: boolean;
  }
}
