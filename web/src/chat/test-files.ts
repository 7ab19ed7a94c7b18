/** A door to files behind which there are none, for the chat's tests. */
import { createElement, type ReactNode } from "react";
import type { Attached, FilesDoor } from "./files-door";

const NO_SOURCES = { find: () => undefined };

const NOTHING: Attached = {
  count: 0,
  obstacle: undefined,
  take: () => [],
  giveBack: () => undefined,
  paste: () => false,
};

export const noFiles: FilesDoor = {
  useAttached: () => NOTHING,
  Tray: () => null,
  AttachButton: () => null,
  DropZone: ({ className, children }: { className?: string; children: ReactNode }) =>
    createElement("div", { className }, children),
  MessageFiles: () => null,
  useSources: () => NO_SOURCES,
};
