/** The chats, pinned ones first, the others under the day they were last used; loads more towards the end. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import { currentLanguage } from "@/i18n/start";
import { Button } from "@/ui/button";
import { Spinner } from "@/ui/spinner";
import type { SessionOut } from "@/wire/types";
import { groupByDay, type Group, type Period } from "./group";
import { sessionsQuery, type ListFilter } from "./queries";
import { SessionRow } from "./session-row";

/** How near to the end, in pixels, the next page is asked for. */
const MORE_WITHIN = 600;

interface SessionListProps {
  /** Part of a title; empty shows everything. */
  search: string;
  archived?: boolean;
}

export function SessionList({ search, archived = false }: SessionListProps) {
  const { t } = useTranslation();
  const isPlain = search === "" && !archived;
  const pinned = useInfiniteQuery({ ...sessionsQuery({ archived, pinned: true }), enabled: isPlain });
  const others = useInfiniteQuery(sessionsQuery(filterOf(search, archived)));
  const scroll = useRef<HTMLDivElement>(null);
  const list = useRef<VirtualizerHandle>(null);
  const loadMore = () => {
    const { current } = list;
    if (current === null || !others.hasNextPage || others.isFetching) return;
    if (current.scrollSize - current.scrollOffset - current.viewportSize < MORE_WITHIN) void others.fetchNextPage();
  };
  if (others.isPending) return <Centered>{<Spinner label={t(($) => $.app.loading)} />}</Centered>;
  if (others.isError) {
    return (
      <Centered>
        {t(($) => $.sessions.loadFailed)}
        <Button onClick={() => void others.refetch()}>{t(($) => $.app.tryAgain)}</Button>
      </Centered>
    );
  }
  const groups = [
    ...(isPlain ? pinnedGroup(itemsOf(pinned.data)) : []),
    ...groupByDay(itemsOf(others.data), new Date()),
  ];
  if (groups.length === 0) {
    const empty = t(($) => (archived ? $.sessions.archiveEmpty : $.sessions.empty));
    return <Centered>{search === "" ? empty : t(($) => $.sessions.nothingFound)}</Centered>;
  }
  return (
    <div ref={scroll} className="min-h-0 flex-1 overflow-y-auto pb-4">
      <Virtualizer ref={list} scrollRef={scroll} onScroll={loadMore} onResize={loadMore}>
        {groups.flatMap((group) => rowsOf(group, titleOf))}
      </Virtualizer>
      {others.isFetchingNextPage && <Centered>{t(($) => $.sessions.loadingMore)}</Centered>}
    </div>
  );

  function titleOf(period: Period): string {
    if (typeof period === "string") return t(($) => $.sessions[period]);
    const month = new Date(period.year, period.month);
    const year = period.year === new Date().getFullYear() ? {} : { year: "numeric" as const };
    return new Intl.DateTimeFormat(currentLanguage(), { month: "long", ...year }).format(month);
  }
}

function filterOf(search: string, archived: boolean): ListFilter {
  if (search !== "") return { archived, q: search };
  return archived ? { archived } : { archived, pinned: false };
}

function itemsOf(data: { pages: { items: readonly SessionOut[] }[] } | undefined): SessionOut[] {
  return data?.pages.flatMap((page) => page.items) ?? [];
}

function pinnedGroup(items: SessionOut[]): Group[] {
  return items.length === 0 ? [] : [{ period: "pinned", items }];
}

function rowsOf(group: Group, titleOf: (period: Period) => string): ReactNode[] {
  const title = titleOf(group.period);
  return [
    <h2 key={title} className="px-5 pt-4 pb-1 text-small font-normal text-soft">
      {title}
    </h2>,
    ...group.items.map((session) => <SessionRow key={session.id} session={session} />),
  ];
}

function Centered({ children }: { children: ReactNode }) {
  return <div className="flex flex-col items-center gap-3 px-4 py-6 text-center text-soft">{children}</div>;
}
