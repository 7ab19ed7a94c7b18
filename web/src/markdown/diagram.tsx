/** A mermaid diagram, shown as a picture: inside `<img>` nothing of it can run, click or fetch. */
import { memo, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { useTheme } from "@/ui/theme";
import { CodeBlock } from "./code";

/** Mermaid's own default limit is about this; larger ones stay code. */
const LONGEST_DIAGRAM = 20_000;

export const DiagramBlock = memo(function DiagramBlock({ source }: { source: string }) {
  const { t } = useTranslation();
  const [isSourceShown, setSourceShown] = useState(false);
  const picture = usePicture(source);
  if (picture === undefined) return <CodeBlock code={source} language="mermaid" isOpen={false} />;
  return (
    <figure className="diagram">
      {isSourceShown ? (
        <CodeBlock code={source} language="mermaid" isOpen={false} />
      ) : (
        <img src={picture} alt={t(($) => $.chat.diagram)} />
      )}
      <Button look="quiet" className="-ml-4 text-small text-soft" onClick={() => setSourceShown(!isSourceShown)}>
        {t(($) => (isSourceShown ? $.chat.showDiagram : $.chat.showSource))}
      </Button>
    </figure>
  );
});

function usePicture(source: string): string | undefined {
  const theme = useTheme((choice) => choice.theme);
  const [picture, setPicture] = useState<string>();
  useEffect(() => {
    if (source.length > LONGEST_DIAGRAM) return;
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
  }, [source, theme]);
  return picture;
}
