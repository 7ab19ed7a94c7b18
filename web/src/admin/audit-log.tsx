/** What administrators did and which sign-ins were refused, newest first. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { momentText } from "@/i18n/dates";
import { useLoadWords } from "@/i18n/load-words";
import { Button } from "@/ui/button";
import { LoadState } from "@/ui/load-state";
import { Panel, Row, Rows, Section } from "@/ui/page";
import { useDeedText } from "./deed-text";
import { auditQuery } from "./requests";
import type { AuditEntry } from "./types";

export function AuditLog() {
  const { t } = useTranslation();
  const words = useLoadWords();
  const log = useInfiniteQuery(auditQuery);
  return (
    <Section title={t(($) => $.admin.auditLog)} description={t(($) => $.admin.auditHint)}>
      <LoadState query={log} words={words}>
        {({ pages }) => <Entries entries={pages.flatMap((page) => page.items)} />}
      </LoadState>
      {log.hasNextPage && (
        <Button className="mt-4" busy={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
          {t(($) => $.admin.showMore)}
        </Button>
      )}
    </Section>
  );
}

function Entries({ entries }: { entries: readonly AuditEntry[] }) {
  const { t } = useTranslation();
  if (entries.length === 0) return <Panel className="px-4 py-6 text-soft">{t(($) => $.admin.auditEmpty)}</Panel>;
  return (
    <Rows label={t(($) => $.admin.auditLog)}>
      {entries.map((entry) => (
        <Entry key={entry.id} entry={entry} />
      ))}
    </Rows>
  );
}

function Entry({ entry }: { entry: AuditEntry }) {
  const text = useDeedText(entry);
  return (
    <Row>
      <p>{text}</p>
      <p className="text-small text-soft">
        <time dateTime={entry.created_at}>{momentText(entry.created_at)}</time>
        {entry.address !== null && ` · ${entry.address}`}
      </p>
    </Row>
  );
}
