/** One chat in the list. */
import { Link } from "@tanstack/react-router";
import { Pin } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import type { SessionOut } from "@/wire/types";
import { SessionMenu } from "./session-menu";

export const SessionRow = memo(function SessionRow({ session }: { session: SessionOut }) {
  const { t } = useTranslation();
  return (
    <div className="group relative mx-2 rounded-box hover:bg-sunken has-[[aria-current=page]]:bg-tint">
      <Link
        to="/chat/$sessionId"
        params={{ sessionId: session.id }}
        className="flex h-9 items-center gap-2 rounded-box pr-10 pl-3 coarse:h-11"
        activeProps={{ className: "font-strong" }}
      >
        {session.pinned && <Pin size={14} className="shrink-0 text-soft" aria-hidden />}
        <span className="truncate">{session.name || t(($) => $.sessions.untitled)}</span>
      </Link>
      <div className="absolute top-0 right-0.5 flex h-full items-center">
        <SessionMenu
          session={session}
          className="opacity-0 group-hover:opacity-100 group-has-[[aria-current=page]]:opacity-100 focus-visible:opacity-100 data-[state=open]:opacity-100 coarse:opacity-100"
        />
      </div>
    </div>
  );
});
