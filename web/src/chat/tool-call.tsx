/** A tool that the model used: its name and state, what went in and what came out on demand. */
import { ChevronRight, CircleAlert, Wrench } from "lucide-react";
import { useTranslation } from "react-i18next";
import { serverText } from "@/i18n/server-text";
import { cx } from "@/ui/cx";
import { Spinner } from "@/ui/spinner";
import { useKeptOpen } from "@/ui/use-kept-open";
import type { ToolCallPart } from "@/wire/types";

/** More of a result would only slow the page down. */
const LONGEST_SHOWN = 20_000;

/** `name` tells it from all others. */
export function ToolCall({ name, part }: { name: string; part: ToolCallPart }) {
  const { t } = useTranslation();
  const [isUnfolded, setUnfolded] = useKeptOpen(name);
  return (
    <section className="my-3 rounded-box border border-line text-ui">
      <button
        type="button"
        aria-expanded={isUnfolded}
        onClick={() => setUnfolded(!isUnfolded)}
        className="flex min-h-9 w-full items-center gap-2 px-3 text-left text-soft hover:text-ink coarse:min-h-11"
      >
        <StateIcon state={part.state} />
        <span className="min-w-0 flex-1 truncate">{t(STATE_TEXTS[part.state], { name: part.toolName })}</span>
        <ChevronRight size={16} className={cx("transition-transform duration-100", isUnfolded && "rotate-90")} />
      </button>
      {isUnfolded && (
        <div className="border-t border-line px-3 pb-3">
          <Value title={t(($) => $.chat.toolInput)} value={part.args} />
          {part.result !== undefined && part.result !== null && (
            <Value title={t(($) => $.chat.toolOutput)} value={inWords(part.result)} />
          )}
        </div>
      )}
    </section>
  );
}

/** What the server itself says in place of a result is a code. */
function inWords(result: unknown): unknown {
  return typeof result === "string" ? (serverText("notes", result) ?? result) : result;
}

type Texts = Parameters<Parameters<ReturnType<typeof useTranslation>["t"]>[0]>[0];

const STATE_TEXTS = {
  call: ($: Texts) => $.chat.toolRunning,
  result: ($: Texts) => $.chat.toolCall,
  error: ($: Texts) => $.chat.toolFailed,
};

function StateIcon({ state }: { state: ToolCallPart["state"] }) {
  if (state === "call") return <Spinner />;
  return state === "error" ? <CircleAlert size={16} className="text-danger" /> : <Wrench size={16} />;
}

function Value({ title, value }: { title: string; value: unknown }) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return (
    <div className="mt-2">
      <p className="text-small text-soft">{title}</p>
      <pre
        tabIndex={0}
        className="mt-1 max-h-72 overflow-auto rounded-small bg-side p-2 font-mono text-small whitespace-pre-wrap"
      >
        {text.slice(0, LONGEST_SHOWN)}
      </pre>
    </div>
  );
}
