/** The first page: a new chat. */
import { useTranslation } from "react-i18next";
import { FilesContext } from "@/chat/files-door";
import { NewChat } from "@/chat/new-chat";
import { chatFiles } from "./chat-files";
import { SidebarButton } from "./sidebar-button";

export function NewChatPage() {
  const { t } = useTranslation();
  return (
    <div className="flex h-full flex-col">
      <title>{`${t(($) => $.chat.newChat)} · Chatbox`}</title>
      <header className="flex h-14 shrink-0 items-center px-2">
        <SidebarButton />
      </header>
      <div className="min-h-0 flex-1">
        <FilesContext value={chatFiles}>
          <NewChat />
        </FilesContext>
      </div>
    </div>
  );
}
