/** A mermaid diagram, shown as a picture: inside `<img>` nothing of it can run, click or fetch. */
import { memo, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { useTheme } from "@/ui/theme";
import { useNear } from "@/ui/use-near";
import { CodeBlock } from "./code";

/** Mermaid's own default limit is about this; larger ones stay code. */
const LONGEST_DIAGRAM = 20_000;

export const DiagramBlock = memo(function DiagramBlock({ source }: { source: string }) {
  const { t } = useTranslation();
  const frame = useRef<HTMLElement>(null);
  const [isSourceShown, setSourceShown] = useState(false);
  const picture = usePicture(source, useNear(frame));
  return (
    <figure ref={frame} className="diagram">
      {picture === undefined || isSourceShown ? (
        <CodeBlock code={source} language="mermaid" isOpen={false} />
      ) : (
        <img src={picture} alt={t(($) => $.chat.diagram)} />
      )}
      {picture !== undefined && (
        <Button look="quiet" className="-ml-4 text-small text-soft" onClick={() => setSourceShown(!isSourceShown)}>
          {t(($) => (isSourceShown ? $.chat.showDiagram : $.chat.showSource))}
        </Button>
      )}
    </figure>
  );
});

/** Drawing is heavy: only what comes near to the eye is drawn. */
function usePicture(source: string, isNear: boolean): string | undefined {
  const theme = useTheme((choice) => choice.theme);
  const [picture, setPicture] = useState<string>();
  useEffect(() => {
    if (!isNear || source.length > LONGEST_DIAGRAM) return;
    let isCurrent = true;
    void import("./draw")
      .then(({ draw }) => draw(source))
      .then((drawn) => {
        if (isCurrent) setPicture(drawn);
      })
      // A diagram with mistakes, or no connection to load the drawing program: its source is shown.
      .catch(() => undefined);
    return () => {
      isCurrent = false;
    };
  }, [source, isNear, theme]);
  return picture;
}
