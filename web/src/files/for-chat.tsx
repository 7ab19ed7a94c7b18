/** What the chat is given of files: attaching them to a draft, and showing them in a message. */
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useMemo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";
import { toast } from "@/ui/toast";
import { api } from "@/wire/api";
import type { AttachedPart, FileOut } from "@/wire/types";
import { addAttachments, attachedTo, isUnderWay, needsDecision, useAttachments, type Attachment } from "./attachments";
import { DropZone } from "./drop-zone";
import { fileIdOf } from "./parts";
import { isDrawable } from "./kinds";
import { pastedFiles, pastedText, PASTED_NAME } from "./paste";
import { fileQuery } from "./requests";
import { forget, removeAttachment } from "./uploads";
import { useAttach } from "./use-attach";

export function useAttached(draftKey: string) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const attach = useAttach(draftKey);
  const { count, isWaiting, isStuck } = useAttachments(
    useShallow((state) => {
      const items = attachedTo(draftKey)(state);
      return {
        count: items.filter((item) => item.phase.at === "stored").length,
        isWaiting: items.some(isUnderWay),
        isStuck: items.some(needsDecision),
      };
    }),
  );
  return useMemo(() => {
    const words = isWaiting ? t(($) => $.files.waitForUploads) : t(($) => $.files.decideFirst);
    return {
      count,
      obstacle: isWaiting || isStuck ? words : undefined,
      take: () => take(queryClient, draftKey),
      giveBack: (parts: readonly AttachedPart[]) => void giveBack(queryClient, draftKey, parts),
      paste: (data: DataTransfer, insert: (text: string) => void) => {
        const files = pastedFiles(data);
        if (files.length > 0) {
          void attach(files);
          return true;
        }
        const text = pastedText(data);
        if (text === undefined) return false;
        void attach([new File([text], PASTED_NAME, { type: "text/plain" })]).then((keys) => {
          if (keys.length === 0) {
            insert(text);
            return;
          }
          const undo = () => {
            keys.forEach((key) => removeAttachment(queryClient, key));
            insert(text);
          };
          toast(
            t(($) => $.files.pasted),
            { label: t(($) => $.files.undoPaste), run: undo },
          );
        });
        return true;
      },
    };
  }, [attach, count, draftKey, isStuck, isWaiting, queryClient, t]);
}

function take(queryClient: QueryClient, draftKey: string): AttachedPart[] {
  const items = attachedTo(draftKey)(useAttachments.getState());
  forget(items.map((item) => item.key));
  return items.flatMap((item): AttachedPart[] => {
    if (item.phase.at !== "stored") return [];
    const { fileId } = item.phase;
    const found = queryClient.getQueryData<FileOut>(fileQuery(fileId).queryKey);
    const isImage = found === undefined ? item.isImage : found.kind === "image";
    return [isImage ? { type: "image", image: fileId } : { type: "file", fileId, filename: item.name }];
  });
}

async function giveBack(queryClient: QueryClient, draftKey: string, parts: readonly AttachedPart[]): Promise<void> {
  const ids = parts.map(fileIdOf).filter((id) => id !== undefined);
  const files = await Promise.allSettled(ids.map((id) => fetchFile(queryClient, id)));
  addAttachments(files.flatMap((file) => (file.status === "fulfilled" ? [attachmentFor(draftKey, file.value)] : [])));
}

async function fetchFile(queryClient: QueryClient, id: string): Promise<FileOut> {
  const known = queryClient.getQueryData<FileOut>(fileQuery(id).queryKey);
  return known ?? api.get<FileOut>(`/files/${id}`);
}

/** A file that is at the server already, as an attachment. */
export function attachmentFor(draftKey: string, file: FileOut): Attachment {
  return {
    key: `${draftKey}:${file.id}`,
    draftKey,
    name: file.filename,
    size: file.size,
    isImage: isDrawable(file.mime_type),
    phase: { at: "stored", fileId: file.id },
  };
}

interface ChatDropZoneProps {
  draftKey: string;
  className?: string;
  children: ReactNode;
}

export function ChatDropZone({ draftKey, className = "", children }: ChatDropZoneProps) {
  const { t } = useTranslation();
  const attach = useAttach(draftKey);
  return (
    <DropZone words={t(($) => $.files.drop)} onDrop={(files) => void attach(files)} className={className}>
      {children}
    </DropZone>
  );
}
