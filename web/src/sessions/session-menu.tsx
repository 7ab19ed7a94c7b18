/** What can be done with a chat: rename, pin, archive, delete. */
import { useNavigate, useParams } from "@tanstack/react-router";
import { Archive, ArchiveRestore, Ellipsis, Pencil, Pin, PinOff, Trash2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Menu, MenuItem, MenuLine } from "@/ui/menu";
import { toast } from "@/ui/toast";
import type { SessionOut } from "@/wire/types";
import { useChangeSession, useDeleteSession } from "./queries";

const RenameDialog = lazy(async () => ({ default: (await import("./rename-dialog")).RenameDialog }));

interface SessionMenuProps {
  session: SessionOut;
  className?: string;
}

export function SessionMenu({ session, className }: SessionMenuProps) {
  const { t } = useTranslation();
  const [dialog, setDialog] = useState<"rename" | "delete">();
  const change = useChangeSession();
  const archive = useArchive(session);
  const remove = useRemove(session);
  const name = session.name || t(($) => $.sessions.untitled);
  const close = () => setDialog(undefined);
  return (
    <>
      <Menu
        trigger={
          <IconButton
            size="small"
            label={t(($) => $.sessions.actions, { name })}
            icon={<Ellipsis size={16} />}
            {...(className === undefined ? {} : { className })}
          />
        }
      >
        <MenuItem icon={<Pencil size={16} />} onSelect={() => setDialog("rename")}>
          {t(($) => $.sessions.rename)}
        </MenuItem>
        <MenuItem
          icon={session.pinned ? <PinOff size={16} /> : <Pin size={16} />}
          onSelect={() => change.mutate({ id: session.id, patch: { pinned: !session.pinned } })}
        >
          {t(($) => (session.pinned ? $.sessions.unpin : $.sessions.pin))}
        </MenuItem>
        <MenuItem icon={session.archived ? <ArchiveRestore size={16} /> : <Archive size={16} />} onSelect={archive}>
          {t(($) => (session.archived ? $.sessions.unarchive : $.sessions.archive))}
        </MenuItem>
        <MenuLine />
        <MenuItem danger icon={<Trash2 size={16} />} onSelect={() => setDialog("delete")}>
          {t(($) => $.sessions.delete)}
        </MenuItem>
      </Menu>
      <Suspense>{dialog === "rename" && <RenameDialog session={session} onClose={close} />}</Suspense>
      <Confirm
        danger
        open={dialog === "delete"}
        onOpenChange={close}
        title={t(($) => $.sessions.deleteTitle, { name })}
        description={t(($) => $.sessions.deleteText)}
        confirmLabel={t(($) => $.sessions.delete)}
        cancelLabel={t(($) => $.app.cancel)}
        onConfirm={remove}
      />
    </>
  );
}

function useArchive(session: SessionOut): () => void {
  const { t } = useTranslation();
  const change = useChangeSession();
  const leave = useLeave(session.id);
  const set = (archived: boolean) => change.mutateAsync({ id: session.id, patch: { archived } });
  return () => {
    void set(!session.archived).then(() => {
      if (session.archived) return;
      leave();
      toast(
        t(($) => $.sessions.archived),
        { label: t(($) => $.sessions.undo), run: () => void set(false).catch(() => undefined) },
      );
    }, ignore);
  };
}

function useRemove(session: SessionOut): () => void {
  const { t } = useTranslation();
  const remove = useDeleteSession();
  const leave = useLeave(session.id);
  return () => {
    void remove.mutateAsync(session.id).then(() => {
      leave();
      toast(t(($) => $.sessions.deleted));
    }, ignore);
  };
}

/** The mutation has told the person already. */
function ignore(): undefined {
  return undefined;
}

/** Goes to a new chat when the one that went away is open. */
function useLeave(sessionId: string): () => void {
  const navigate = useNavigate();
  const { sessionId: open } = useParams({ strict: false });
  return () => {
    if (open === sessionId) void navigate({ to: "/" });
  };
}
