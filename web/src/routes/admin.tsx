/** What administrators look after: registration, files, people, the audit log. */
import { useQuery } from "@tanstack/react-query";
import { ShieldOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { AuditLog } from "@/admin/audit-log";
import { FileLimits } from "@/admin/file-limits";
import { People } from "@/admin/people";
import { Registration } from "@/admin/registration";
import { useLoadWords } from "@/i18n/load-words";
import { EmptyState } from "@/ui/empty-state";
import { LoadState } from "@/ui/load-state";
import { Page } from "@/ui/page";
import { meQuery } from "@/wire/queries";

export function AdminPage() {
  const { t } = useTranslation();
  const words = useLoadWords();
  const me = useQuery(meQuery);
  return (
    <Page title={t(($) => $.app.admin)}>
      <title>{`${t(($) => $.app.admin)} · ${t(($) => $.app.name)}`}</title>
      <LoadState query={me} words={words}>
        {(user) =>
          user.role === "admin" ? (
            <>
              <Registration />
              <FileLimits />
              <People me={user} />
              <AuditLog />
            </>
          ) : (
            <EmptyState icon={<ShieldOff size={28} />} title={t(($) => $.admin.onlyAdmins)} />
          )
        }
      </LoadState>
    </Page>
  );
}
