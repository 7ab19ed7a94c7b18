/** Says when the stream is away and that it comes back by itself; silent while all is well. */
import { WifiOff } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Spinner } from "@/ui/spinner";
import type { ConnectionState } from "@/wire/socket";

/** Shorter gaps are nobody's concern. */
const QUIET_MS = 1_200;
const BACK_SHOWN_MS = 2_000;

type Shown = "connecting" | "offline" | "back" | undefined;

export function ConnectionPill({ state, onRetry }: { state: ConnectionState; onRetry: () => void }) {
  const { t } = useTranslation();
  const shown = useShown(state);
  return (
    <div role="status" className="flex items-center text-small text-soft">
      {shown !== undefined && (
        <button
          type="button"
          title={shown !== "back" ? t(($) => $.chat.reconnect) : undefined}
          onClick={onRetry}
          className="flex h-8 animate-rise items-center gap-2 rounded-full bg-notice-tint px-3 text-ink coarse:h-11"
        >
          {shown === "offline" && <WifiOff size={14} />}
          {shown === "connecting" && <Spinner size={14} />}
          {t(($) => $.chat.connection[shown])}
        </button>
      )}
    </div>
  );
}

function useShown(state: ConnectionState): Shown {
  const isAway = state !== "open" && state !== "closed";
  const [phase, setPhase] = useState<"quiet" | "away" | "back">("quiet");
  useEffect(() => {
    const timers = isAway
      ? [setTimeout(() => setPhase("away"), QUIET_MS)]
      : [
          setTimeout(() => setPhase((before) => (before === "away" ? "back" : before))),
          setTimeout(() => setPhase("quiet"), BACK_SHOWN_MS),
        ];
    return () => timers.forEach(clearTimeout);
  }, [isAway]);
  if (phase === "back") return "back";
  if (phase === "quiet" || !isAway) return undefined;
  // Waiting to try and trying alternate; to a person they are one.
  return state === "offline" ? "offline" : "connecting";
}
