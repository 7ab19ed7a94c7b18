/** One person: who it is, and what an administrator can do about their account. */
import { Ban, CircleCheck, Ellipsis, ShieldCheck, ShieldOff, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { dayText } from "@/i18n/dates";
import { Avatar } from "@/ui/avatar";
import { Badge } from "@/ui/badge";
import { IconButton } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Menu, MenuItem, MenuLine } from "@/ui/menu";
import { Row } from "@/ui/page";
import { api } from "@/wire/api";
import type { User } from "@/wire/types";
import { useDeed } from "./requests";
import type { PersonPatch } from "./types";

interface PersonRowProps {
  person: User;
  isMe: boolean;
}

export function PersonRow({ person, isMe }: PersonRowProps) {
  const { t } = useTranslation();
  return (
    // Nobody locks themselves out by mistake: what is to change about an administrator, another one changes.
    <Row action={isMe ? undefined : <PersonMenu person={person} />}>
      <div className="flex items-center gap-3">
        <Avatar name={person.name} size={36} />
        <div className="min-w-0">
          <p className="flex flex-wrap items-center gap-2">
            <span className="font-strong">{person.name}</span>
            {person.role === "admin" && <Badge tone="accent">{t(($) => $.admin.administrator)}</Badge>}
            {person.status === "suspended" && <Badge tone="danger">{t(($) => $.admin.suspended)}</Badge>}
            {isMe && <Badge>{t(($) => $.admin.you)}</Badge>}
          </p>
          <p className="text-small text-soft">
            {t(($) => $.admin.personFacts, { email: person.email, day: dayText(person.created_at) })}
          </p>
        </div>
      </div>
    </Row>
  );
}

/** What is asked about before it is done. */
type Question = "suspend" | "delete";

function PersonMenu({ person }: { person: User }) {
  const { t } = useTranslation();
  const [question, setQuestion] = useState<Question | null>(null);
  const changing = useDeed((patch: PersonPatch) => api.patch(`/admin/users/${person.id}`, patch));
  const deleting = useDeed(() => api.delete(`/admin/users/${person.id}`));
  const isAdmin = person.role === "admin";
  return (
    <>
      <Menu
        trigger={
          <IconButton
            label={t(($) => $.admin.actionsFor, { name: person.name })}
            icon={<Ellipsis size={18} />}
            disabled={changing.isPending || deleting.isPending}
          />
        }
      >
        <MenuItem
          icon={isAdmin ? <ShieldOff size={16} /> : <ShieldCheck size={16} />}
          onSelect={() => changing.mutate({ role: isAdmin ? "user" : "admin" })}
        >
          {isAdmin ? t(($) => $.admin.makeUser) : t(($) => $.admin.makeAdmin)}
        </MenuItem>
        {person.status === "active" ? (
          <MenuItem icon={<Ban size={16} />} onSelect={() => setQuestion("suspend")}>
            {t(($) => $.admin.suspend)}
          </MenuItem>
        ) : (
          <MenuItem icon={<CircleCheck size={16} />} onSelect={() => changing.mutate({ status: "active" })}>
            {t(($) => $.admin.activate)}
          </MenuItem>
        )}
        <MenuLine />
        <MenuItem icon={<Trash2 size={16} />} onSelect={() => setQuestion("delete")} danger>
          {t(($) => $.app.delete)}
        </MenuItem>
      </Menu>
      <Confirm
        open={question === "suspend"}
        onOpenChange={() => setQuestion(null)}
        title={t(($) => $.admin.suspendTitle, { name: person.name })}
        description={t(($) => $.admin.suspendHint)}
        confirmLabel={t(($) => $.admin.suspend)}
        cancelLabel={t(($) => $.app.cancel)}
        onConfirm={() => changing.mutate({ status: "suspended" })}
        danger
      />
      <Confirm
        open={question === "delete"}
        onOpenChange={() => setQuestion(null)}
        title={t(($) => $.admin.deleteTitle, { name: person.name })}
        description={t(($) => $.admin.deleteHint, { email: person.email })}
        confirmLabel={t(($) => $.app.delete)}
        cancelLabel={t(($) => $.app.cancel)}
        onConfirm={() => deleting.mutate()}
        danger
      />
    </>
  );
}
