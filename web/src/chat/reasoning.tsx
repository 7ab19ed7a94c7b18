/** What the model thought: folded, with its latest line while it thinks. */
import { ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { LiveMarkdown, Markdown } from "@/markdown/markdown";
import { cx } from "@/ui/cx";
import { useKeptOpen } from "@/ui/use-kept-open";

/** How much of the end is searched for the latest line. */
const LINE_WITHIN = 300;

interface ReasoningProps {
  /** Tells it from all others. */
  name: string;
  text: string;
  isOpen: boolean;
}

export function Reasoning({ name, text, isOpen }: ReasoningProps) {
  const { t } = useTranslation();
  const [isUnfolded, setUnfolded] = useKeptOpen(name);
  if (text.trim() === "" && !isOpen) return null;
  return (
    <section className="my-3">
      <button
        type="button"
        aria-expanded={isUnfolded}
        onClick={() => setUnfolded(!isUnfolded)}
        className="-ml-2 flex min-h-9 max-w-full items-center gap-1 rounded-box px-2 text-ui text-soft hover:text-ink coarse:min-h-11"
      >
        <ChevronRight
          size={16}
          className={cx("shrink-0 transition-transform duration-100", isUnfolded && "rotate-90")}
        />
        <span className={cx("shrink-0", isOpen && "animate-breathe")}>
          {t(($) => (isOpen ? $.chat.thinking : $.chat.thoughts))}
        </span>
        {isOpen && !isUnfolded && <span className="ml-2 truncate opacity-80">{lastLine(text)}</span>}
      </button>
      {isUnfolded && (
        <div className="border-l-2 border-line pl-4 text-soft [&_.prose]:text-ui">
          {isOpen ? <LiveMarkdown text={text} /> : <Markdown text={text} />}
        </div>
      )}
    </section>
  );
}

function lastLine(text: string): string {
  return (
    text
      .slice(-LINE_WITHIN)
      .trimEnd()
      .split("\n")
      .at(-1)
      ?.replace(/[*_`#>]/g, "")
      .trim() ?? ""
  );
}
