/** Connects the chat with the files feature. */
import type { FilesDoor } from "@/chat/files-door";
import { ChatDropZone, useAttached } from "@/files/for-chat";
import { MessageFiles } from "@/files/message-files";
import { AttachButton } from "@/files/attach-button";
import { useSources } from "@/files/sources";
import { Tray } from "@/files/tray";

export const chatFiles: FilesDoor = {
  useAttached,
  Tray,
  AttachButton,
  DropZone: ChatDropZone,
  MessageFiles,
  useSources,
};
