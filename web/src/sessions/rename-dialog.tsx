/** Asks for a chat's new title. */
import { useState, type SubmitEvent } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field, Input } from "@/ui/field";
import { Problem } from "@/wire/api";
import type { SessionOut } from "@/wire/types";
import { useChangeSession } from "./queries";

const LONGEST_NAME = 200;

export function RenameDialog({ session, onClose }: { session: SessionOut; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(session.name);
  const change = useChangeSession();
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    change.mutate({ id: session.id, patch: { name: name.trim() } }, { onSuccess: onClose });
  };
  const error = change.error instanceof Problem ? change.error.fieldError("name") : undefined;
  return (
    <Dialog open onOpenChange={onClose} title={t(($) => $.sessions.renameTitle)} closeLabel={t(($) => $.app.close)}>
      <form onSubmit={save} className="flex flex-col gap-4">
        <Field label={t(($) => $.sessions.name)} error={error}>
          {(control) => (
            <Input
              {...control}
              autoFocus
              required
              maxLength={LONGEST_NAME}
              value={name}
              onFocus={(event) => event.target.select()}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <Button type="submit" look="primary" className="self-end" busy={change.isPending} disabled={name.trim() === ""}>
          {t(($) => $.app.save)}
        </Button>
      </form>
    </Dialog>
  );
}
