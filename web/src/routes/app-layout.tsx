/** The signed-in page: the list of chats beside what is open. */
import { Outlet } from "@tanstack/react-router";

export function AppLayout() {
  return (
    <main className="h-dvh">
      <Outlet />
    </main>
  );
}
