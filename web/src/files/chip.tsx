/** One attachment of a message that is not sent yet: what it is, how far it is, and what can be done about it. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleStop, FolderOpen, RefreshCw, X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { shareText, sizeText } from "@/i18n/sizes";
import { failureText } from "@/i18n/server-text";
import { IconButton } from "@/ui/button";
import { cx } from "@/ui/cx";
import { pickFiles } from "@/ui/pick-files";
import { ProgressRing } from "@/ui/progress";
import { toastError } from "@/ui/toast";
import { isUnderWay, useSent, type Attachment } from "./attachments";
import { KindIcon } from "./kind-icon";
import { kindOf } from "./kinds";
import { openPreview } from "./preview-state";
import { useReadingText } from "./reading-text";
import { fileQuery, isBeingRead, useReadAgain, useStopReading, viewAddress } from "./requests";
import { pictureOf, removeAttachment, resumeWith, retryUpload } from "./uploads";

export function Chip({ item }: { item: Attachment }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const { phase, name } = item;
  const isBroken = phase.at === "failed" || phase.at === "refused";
  return (
    <li
      className={cx(
        "flex w-full min-w-0 items-center gap-3 rounded-box border p-1.5",
        isBroken ? "border-danger/40 bg-danger-tint" : "border-line bg-page",
      )}
    >
      {phase.at === "stored" ? (
        <Stored item={item} fileId={phase.fileId} />
      ) : (
        <Face item={item} detail={<PhaseText item={item} />} />
      )}
      {phase.at === "failed" && (
        <Again label={t(($) => $.files.retry, { name })} onPress={() => retryUpload(queryClient, item.key)} />
      )}
      {phase.at === "interrupted" && <ChooseAgain item={item} />}
      <IconButton
        size="small"
        label={t(($) => (isUnderWay(item) ? $.files.cancelUpload : $.files.remove), { name })}
        icon={<X size={16} />}
        onClick={() => removeAttachment(queryClient, item.key)}
      />
    </li>
  );
}

interface FaceProps {
  item: Attachment;
  detail: ReactNode;
  picture?: string | undefined;
  onOpen?: () => void;
}

const SIGN = "flex size-10 shrink-0 items-center justify-center overflow-hidden rounded-small bg-sunken text-soft";

function Face({ item, detail, picture, onOpen }: FaceProps) {
  const { t } = useTranslation();
  const sign = <Sign item={item} picture={picture} />;
  return (
    <>
      {onOpen === undefined ? (
        <span className={SIGN}>{sign}</span>
      ) : (
        <button
          type="button"
          aria-label={t(($) => $.files.open, { name: item.name })}
          onClick={onOpen}
          className={cx(SIGN, "coarse:size-11")}
        >
          {sign}
        </button>
      )}
      <span className="min-w-0 flex-1">
        <span className="block truncate text-ui" title={item.name} data-text>
          {item.name}
        </span>
        <span className="block text-small text-soft">{detail}</span>
      </span>
    </>
  );
}

function Sign({ item, picture }: { item: Attachment; picture: string | undefined }) {
  const { t } = useTranslation();
  const sent = useSent((all) => all[item.key] ?? 0);
  if (isUnderWay(item)) {
    return <ProgressRing share={sent / item.size} label={t(($) => $.files.uploading, { name: item.name })} />;
  }
  const source = pictureOf(item.key) ?? picture;
  if (source !== undefined) return <img src={source} alt="" className="size-full object-cover" />;
  return <KindIcon kind={kindOf(undefined, item.name)} />;
}

function PhaseText({ item }: { item: Attachment }) {
  const { t } = useTranslation();
  const sent = useSent((all) => all[item.key] ?? 0);
  const size = sizeText(item.size);
  const { phase } = item;
  switch (phase.at) {
    case "waiting":
      return t(($) => $.files.waiting);
    case "uploading":
      return t(($) => $.files.uploadingOf, { share: shareText(sent / item.size), size });
    case "interrupted":
      return t(($) => $.files.interrupted);
    case "refused":
      return <Complaint>{t(($) => $.files[phase.why], { size, limit: sizeText(phase.limit) })}</Complaint>;
    case "failed":
      return <Complaint>{failureText(phase.failure)}</Complaint>;
    case "stored":
      return size;
    default:
      return phase satisfies never;
  }
}

function Again({ label, onPress }: { label: string; onPress: () => void }) {
  return <IconButton size="small" label={label} icon={<RefreshCw size={16} />} onClick={onPress} />;
}

function Complaint({ children }: { children: ReactNode }) {
  return (
    <span role="alert" className="text-danger">
      {children}
    </span>
  );
}

/** The browser forgets which file it was: it has to be shown once more. */
function ChooseAgain({ item }: { item: Attachment }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const choose = async () => {
    const [file] = await pickFiles({ multiple: false });
    if (file === undefined || resumeWith(queryClient, item.key, file)) return;
    toastError(t(($) => $.files.otherFile, { name: item.name }));
  };
  return (
    <IconButton
      size="small"
      label={t(($) => $.files.choose, { name: item.name })}
      icon={<FolderOpen size={16} />}
      onClick={() => void choose()}
    />
  );
}

/** What is at the server: how far it is read, and a look at it. */
function Stored({ item, fileId }: { item: Attachment; fileId: string }) {
  const { t } = useTranslation();
  const { data: file, error } = useQuery(fileQuery(fileId));
  const reading = useReadingText(file);
  const readAgain = useReadAgain();
  const stopReading = useStopReading();
  if (error !== null && file === undefined) {
    return <Face item={item} detail={<Complaint>{failureText(error)}</Complaint>} />;
  }
  return (
    <>
      <Face
        item={item}
        detail={reading ?? sizeText(item.size)}
        picture={item.isImage ? viewAddress(fileId) : undefined}
        onOpen={() => openPreview([{ id: fileId, name: item.name }], 0)}
      />
      {isBeingRead(file) && (
        <IconButton
          size="small"
          label={t(($) => $.files.stopReading, { name: item.name })}
          icon={<CircleStop size={16} />}
          onClick={() => stopReading.mutate(fileId)}
        />
      )}
      {file?.status === "failed" && (
        <Again label={t(($) => $.files.readAgain, { name: item.name })} onPress={() => readAgain.mutate(fileId)} />
      )}
    </>
  );
}
