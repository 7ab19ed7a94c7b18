/** Whether the list of chats is shown: beside the page (a preference of this browser), or over it on a phone. */
import { create } from "zustand";
import { persist } from "zustand/middleware";

interface SidebarState {
  /** Beside the page, where there is room. */
  isOpen: boolean;
  /** Over the page, where there is none. */
  isDrawerOpen: boolean;
}

export const useSidebar = create<SidebarState>()(
  persist((): SidebarState => ({ isOpen: true, isDrawerOpen: false }), {
    name: "chatbox.sidebar",
    partialize: ({ isOpen }) => ({ isOpen }),
  }),
);

export function setSidebar(to: Partial<SidebarState>): void {
  useSidebar.setState(to);
}
