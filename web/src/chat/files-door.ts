/** What the chat asks of whoever keeps files. The views connect the two, for features do not know each other. */
import { createContext, use, type ComponentType, type ReactNode } from "react";
import type { Sources } from "@/markdown/sources";
import type { AttachedPart } from "@/wire/types";

/** The files of a draft, for the one who sends it. */
export interface Attached {
  readonly count: number;
  /** Why the message cannot go yet, in words. */
  readonly obstacle: string | undefined;
  /** Takes the files out of the draft, as parts of a message. */
  readonly take: () => readonly AttachedPart[];
  /** Puts files into the draft, of a message that did not go. */
  readonly giveBack: (parts: readonly AttachedPart[]) => void;
  /** Whether what is pasted was taken; `insert` writes a text where the cursor is. */
  readonly paste: (data: DataTransfer, insert: (text: string) => void) => boolean;
}

export interface FilesDoor {
  readonly useAttached: (draftKey: string) => Attached;
  /** What is attached, above the text. */
  readonly Tray: ComponentType<{ draftKey: string }>;
  readonly AttachButton: ComponentType<{ draftKey: string }>;
  /** Where files can be dropped. */
  readonly DropZone: ComponentType<{ draftKey: string; className?: string; children: ReactNode }>;
  /** The files of a message. */
  readonly MessageFiles: ComponentType<{ parts: readonly AttachedPart[]; isOwn: boolean }>;
  /** The files of a chat, for answers that name them. */
  readonly useSources: (parts: readonly AttachedPart[]) => Sources;
}

export const FilesContext = createContext<FilesDoor | null>(null);

export function useFilesDoor(): FilesDoor {
  const door = use(FilesContext);
  if (door === null) throw new Error("a chat is shown without its files");
  return door;
}
