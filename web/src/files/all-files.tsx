/** The page of all files: how much room they take, finding one, and bringing more. */
import { useQuery } from "@tanstack/react-query";
import { Search, Upload } from "lucide-react";
import { useDeferredValue, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";
import { sizeText } from "@/i18n/sizes";
import { Button } from "@/ui/button";
import { cx } from "@/ui/cx";
import { Input } from "@/ui/field";
import { Page } from "@/ui/page";
import { pickFiles } from "@/ui/pick-files";
import { ProgressBar } from "@/ui/progress";
import { Select } from "@/ui/select";
import type { FileOut } from "@/wire/types";
import { attachedTo, useAttachments } from "./attachments";
import { DropZone } from "./drop-zone";
import { FileList } from "./file-list";
import { GROUPS, type Group } from "./kinds";
import { usageQuery } from "./requests";
import { Tray } from "./tray";
import { forget } from "./uploads";
import { useAttach } from "./use-attach";

/** Under this name the page keeps what it uploads; it is the draft of no message. */
const UPLOADS = "files-page";

export function AllFiles({ onUse }: { onUse: (file: FileOut) => void }) {
  const { t } = useTranslation();
  const attach = useAttach(UPLOADS);
  const [search, setSearch] = useState("");
  const [kind, setKind] = useState<Group | "all">("all");
  const query = useDeferredValue(search.trim());
  const hasFiles = useQuery(usageQuery).data?.count !== 0;
  useForgetStored();
  const title = t(($) => $.files.title);
  const upload = (files: readonly File[]) => void attach(files);
  const kinds = [
    { value: "all" as const, label: t(($) => $.files.allKinds) },
    ...GROUPS.map((value) => ({ value, label: t(($) => $.files.groups[value]) })),
  ];
  const uploadButton = (
    <Button look="primary" icon={<Upload size={16} />} onClick={() => void pickFiles({ multiple: true }).then(attach)}>
      {t(($) => $.files.upload)}
    </Button>
  );
  return (
    <DropZone words={t(($) => $.files.dropHere)} onDrop={upload} className="h-full">
      <Page title={title} intro={t(($) => $.files.intro)} action={uploadButton}>
        <title>{`${title} · ${t(($) => $.app.name)}`}</title>
        <Usage />
        <div className="-mx-3">
          <Tray draftKey={UPLOADS} />
        </div>
        <div className={cx("mt-6 mb-4 flex flex-wrap gap-3", !hasFiles && "hidden")}>
          <div className="relative min-w-48 flex-1">
            <Search size={16} aria-hidden className="absolute top-1/2 left-3 -translate-y-1/2 text-soft" />
            <Input
              type="search"
              value={search}
              aria-label={t(($) => $.files.search)}
              placeholder={t(($) => $.files.search)}
              onChange={(event) => setSearch(event.target.value)}
              className="pl-9"
            />
          </div>
          <div className="w-full sm:w-40">
            <Select value={kind} onChange={setKind} options={kinds} label={t(($) => $.files.kind)} />
          </div>
        </div>
        <FileList filter={{ query, kind: kind === "all" ? "" : kind }} onUse={onUse} />
      </Page>
    </DropZone>
  );
}

/** What is uploaded is in the list, and need not be shown above it too. */
function useForgetStored(): void {
  const stored = useAttachments(
    useShallow((state) =>
      attachedTo(UPLOADS)(state)
        .filter((item) => item.phase.at === "stored")
        .map((item) => item.key),
    ),
  );
  useEffect(() => {
    if (stored.length > 0) forget(stored);
  }, [stored]);
}

const NEARLY_FULL = 0.9;

function Usage() {
  const { t } = useTranslation();
  const { data } = useQuery(usageQuery);
  if (data === undefined) return <div className="mt-6 h-9" />;
  const share = data.quota === 0 ? 1 : data.used / data.quota;
  const isNearlyFull = share >= NEARLY_FULL;
  return (
    <div className="mt-6">
      <ProgressBar share={share} label={t(($) => $.files.usageLabel)} tone={isNearlyFull ? "danger" : "accent"} />
      <p className="mt-2 flex flex-wrap justify-between gap-x-4 text-small text-soft">
        <span>{t(($) => $.files.usage, { used: sizeText(data.used), quota: sizeText(data.quota) })}</span>
        <span>{t(($) => $.files.fileCount, { count: data.count })}</span>
      </p>
      {isNearlyFull && <p className="mt-1 text-small text-danger">{t(($) => $.files.usageLow)}</p>}
    </div>
  );
}
