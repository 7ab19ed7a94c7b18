/** A mermaid diagram, shown as a picture: inside `<img>` nothing of it can run, click or fetch. */
import { memo, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { useIsDark } from "@/ui/theme";
import { useKeptOpen } from "@/ui/use-kept-open";
import { useNear } from "@/ui/use-near";
import { CodeBlock } from "./code";
import type { Drawing } from "./draw";

/** Mermaid's own default limit is about this; larger ones stay code. */
const LONGEST_DIAGRAM = 20_000;

export const DiagramBlock = memo(function DiagramBlock({ source }: { source: string }) {
  const { t } = useTranslation();
  const frame = useRef<HTMLElement>(null);
  const [isSourceShown, setSourceShown] = useKeptOpen(`source of ${source}`);
  const drawing = useDrawing(source, useNear(frame));
  return (
    <figure ref={frame} className="diagram">
      {drawing === undefined || isSourceShown ? (
        <CodeBlock code={source} language="mermaid" isOpen={false} />
      ) : (
        <div className="drawing">
          <img src={drawing.address} width={drawing.width} height={drawing.height} alt={t(($) => $.chat.diagram)} />
        </div>
      )}
      {drawing !== undefined && (
        <Button look="quiet" className="-ml-4 text-small text-soft" onClick={() => setSourceShown(!isSourceShown)}>
          {t(($) => (isSourceShown ? $.chat.showDiagram : $.chat.showSource))}
        </Button>
      )}
    </figure>
  );
});

/** What was drawn, oldest first: the end of an answer and coming back to it cost no second drawing and no jump. */
const drawn = new Map<string, Drawing>();
const MOST_DRAWN = 50;

function keep(name: string, drawing: Drawing): void {
  drawn.set(name, drawing);
  const [oldest] = drawn.keys();
  if (drawn.size > MOST_DRAWN && oldest !== undefined) drawn.delete(oldest);
}

/** Drawing is heavy: only what comes near to the eye is drawn. */
function useDrawing(source: string, isNear: boolean): Drawing | undefined {
  const isDark = useIsDark();
  const name = `${isDark ? "dark" : "light"} ${source}`;
  const [latest, setLatest] = useState<{ name: string; drawing: Drawing }>();
  const known = latest?.name === name ? latest.drawing : drawn.get(name);
  const isWanted = isNear && known === undefined && source.length <= LONGEST_DIAGRAM;
  useEffect(() => {
    if (!isWanted) return;
    let isCurrent = true;
    void import("./draw")
      .then(({ draw }) => draw(source, isDark))
      .then((drawing) => {
        keep(name, drawing);
        if (isCurrent) setLatest({ name, drawing });
      })
      // A diagram with mistakes, or no connection to load the drawing program: its source is shown.
      .catch(() => undefined);
    return () => {
      isCurrent = false;
    };
  }, [source, isDark, name, isWanted]);
  // While it is drawn in the other colours, the old ones are better than a jump.
  return known ?? latest?.drawing;
}
