/** All files of a person. */
import { useNavigate } from "@tanstack/react-router";
import { NEW_CHAT } from "@/chat/drafts";
import { AllFiles } from "@/files/all-files";
import { addAttachments } from "@/files/attachments";
import { attachmentFor } from "@/files/for-chat";

export function FilesPage() {
  const navigate = useNavigate();
  return (
    <AllFiles
      onUse={(file) => {
        addAttachments([attachmentFor(NEW_CHAT, file)]);
        void navigate({ to: "/" });
      }}
    />
  );
}
