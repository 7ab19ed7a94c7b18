/** The paper clip beside a message that is being written. */
import { Paperclip } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/ui/button";
import { pickFiles } from "@/ui/pick-files";
import { useAttach } from "./use-attach";

export function AttachButton({ draftKey }: { draftKey: string }) {
  const { t } = useTranslation();
  const attach = useAttach(draftKey);
  return (
    <IconButton
      label={t(($) => $.files.attach)}
      icon={<Paperclip size={18} />}
      onClick={() => void pickFiles({ multiple: true }).then(attach)}
    />
  );
}
