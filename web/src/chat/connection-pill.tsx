/** Says when the stream is away and that it comes back by itself; silent while all is well. */
import { WifiOff } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Spinner } from "@/ui/spinner";
import type { ConnectionState } from "@/wire/socket";

/** Shorter gaps are nobody's concern. */
const QUIET_MS = 1_200;
const BACK_SHOWN_MS = 2_000;

type Shown = "connecting" | "waiting" | "offline" | "back" | undefined;

export function ConnectionPill({ state, onRetry }: { state: ConnectionState; onRetry: () => void }) {
  const { t } = useTranslation();
  const shown = useShown(state);
  return (
    <div role="status" className="flex items-center text-small text-soft">
      {shown !== undefined && (
        <button
          type="button"
          title={shown === "waiting" || shown === "offline" ? t(($) => $.chat.reconnect) : undefined}
          onClick={onRetry}
          className="flex h-8 animate-rise items-center gap-2 rounded-full bg-notice-tint px-3 text-ink coarse:h-11"
        >
          {shown === "offline" && <WifiOff size={14} />}
          {(shown === "connecting" || shown === "waiting") && <Spinner size={14} />}
          {t(($) => $.chat.connection[shown])}
        </button>
      )}
    </div>
  );
}

function useShown(state: ConnectionState): Shown {
  const [shown, setShown] = useState<Shown>();
  useEffect(() => {
    if (state === "closed") return;
    const next =
      state === "open" ? () => setShown((before) => (before === undefined ? before : "back")) : () => setShown(state);
    const timer = setTimeout(next, state === "open" ? 0 : QUIET_MS);
    return () => clearTimeout(timer);
  }, [state]);
  useEffect(() => {
    if (shown !== "back") return;
    const timer = setTimeout(() => setShown(undefined), BACK_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [shown]);
  return shown;
}
