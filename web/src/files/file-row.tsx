/** One file in the list of all: what it is, where it is used, and what can be done with it. */
import { CircleStop, Download, Ellipsis, MessageSquarePlus, RefreshCw, Trash2 } from "lucide-react";
import { Fragment, lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { dayText } from "@/i18n/dates";
import { sizeText } from "@/i18n/sizes";
import { IconButton } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { cx } from "@/ui/cx";
import { Menu, MenuItem, MenuLine } from "@/ui/menu";
import { Row } from "@/ui/page";
import { toast } from "@/ui/toast";
import type { FileOut } from "@/wire/types";
import { KindIcon } from "./kind-icon";
import { kindOf } from "./kinds";
import { openPreview } from "./preview-state";
import { useReadingText } from "./reading-text";
import { downloadAddress, isBeingRead, useDeleteFile, useReadAgain, useStopReading, viewAddress } from "./requests";

/** Reaches beyond its text, so that a finger finds it, and takes no more room. */
const FINGER = "relative coarse:before:absolute coarse:before:-inset-x-2 coarse:before:-inset-y-3";

const FileUses = lazy(async () => ({ default: (await import("./file-uses")).FileUses }));

export function FileRow({ file, onUse }: { file: FileOut; onUse: () => void }) {
  const [dialog, setDialog] = useState<"uses" | "delete">();
  const close = () => setDialog(undefined);
  return (
    <Row action={<Actions file={file} onUse={onUse} onDelete={() => setDialog("delete")} />}>
      <div className="flex items-center gap-3">
        <Thumbnail file={file} />
        <div className="min-w-0 flex-1">
          <button
            type="button"
            onClick={() => openPreview([{ id: file.id, name: file.filename }], 0)}
            className={cx("block max-w-full truncate rounded-small text-left hover:underline", FINGER)}
            data-text
          >
            {file.filename}
          </button>
          <Facts file={file} onUses={() => setDialog("uses")} />
        </div>
      </div>
      <Suspense>{dialog === "uses" && <FileUses file={file} onClose={close} />}</Suspense>
      <DeleteDialog file={file} isOpen={dialog === "delete"} onClose={close} />
    </Row>
  );
}

function Thumbnail({ file }: { file: FileOut }) {
  return (
    <span className="flex size-10 shrink-0 items-center justify-center overflow-hidden rounded-small bg-sunken text-soft">
      {file.preview_url === null ? (
        <KindIcon kind={kindOf(file, file.filename)} />
      ) : (
        <img src={viewAddress(file.id)} alt="" loading="lazy" decoding="async" className="size-full object-cover" />
      )}
    </span>
  );
}

function Facts({ file, onUses }: { file: FileOut; onUses: () => void }) {
  const { t } = useTranslation();
  const reading = useReadingText(file);
  const kind = t(($) => $.files.kinds[kindOf(file, file.filename)]);
  const pages = file.pages === null ? [] : [t(($) => $.files.pages, { count: file.pages })];
  const facts = [kind, sizeText(file.size), ...pages, dayText(file.created_at)];
  return (
    <p className="text-small text-soft">
      {facts.map((fact, index) => (
        <Fragment key={index}>
          {index > 0 && " · "}
          <span className="whitespace-nowrap">{fact}</span>
        </Fragment>
      ))}
      <span className="max-sm:hidden"> · </span>
      <span className="max-sm:block">
        {file.uses === 0 ? (
          t(($) => $.files.unused)
        ) : (
          <button
            type="button"
            onClick={onUses}
            className={cx("rounded-small underline decoration-line underline-offset-2 hover:text-ink", FINGER)}
          >
            {t(($) => $.files.usedIn, { count: file.uses })}
            <span className="sr-only"> · {file.filename}</span>
          </button>
        )}
      </span>
      {reading !== undefined && (
        <span className={cx("block", file.status === "failed" && "text-danger")}>{reading}</span>
      )}
    </p>
  );
}

interface ActionsProps {
  file: FileOut;
  onUse: () => void;
  onDelete: () => void;
}

function Actions({ file, onUse, onDelete }: ActionsProps) {
  const { t } = useTranslation();
  const readAgain = useReadAgain();
  const stopReading = useStopReading();
  return (
    <Menu
      trigger={<IconButton label={t(($) => $.files.actions, { name: file.filename })} icon={<Ellipsis size={18} />} />}
    >
      <MenuItem icon={<MessageSquarePlus size={16} />} onSelect={onUse}>
        {t(($) => $.files.useInChat)}
      </MenuItem>
      <MenuItem icon={<Download size={16} />} onSelect={() => location.assign(downloadAddress(file.id))}>
        {t(($) => $.files.download)}
      </MenuItem>
      {isBeingRead(file) && (
        <MenuItem icon={<CircleStop size={16} />} onSelect={() => stopReading.mutate(file.id)}>
          {t(($) => $.files.stopReadingShort)}
        </MenuItem>
      )}
      {file.status === "failed" && (
        <MenuItem icon={<RefreshCw size={16} />} onSelect={() => readAgain.mutate(file.id)}>
          {t(($) => $.files.readAgainShort)}
        </MenuItem>
      )}
      <MenuLine />
      <MenuItem danger icon={<Trash2 size={16} />} onSelect={onDelete}>
        {t(($) => $.files.delete)}
      </MenuItem>
    </Menu>
  );
}

function DeleteDialog({ file, isOpen, onClose }: { file: FileOut; isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const deleting = useDeleteFile();
  const name = file.filename;
  return (
    <Confirm
      danger
      open={isOpen}
      onOpenChange={onClose}
      title={t(($) => $.files.deleteTitle, { name })}
      description={
        file.uses === 0 ? t(($) => $.files.deleteUnused) : t(($) => $.files.deleteUsed, { count: file.uses })
      }
      confirmLabel={t(($) => $.files.delete)}
      cancelLabel={t(($) => $.app.cancel)}
      onConfirm={() => deleting.mutate(file.id, { onSuccess: () => toast(t(($) => $.files.deleted, { name })) })}
    />
  );
}
