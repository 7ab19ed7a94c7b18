/** A formula; the typesetter loads with the first one, until then its source stands there. */
import { memo, useEffect, useState } from "react";

type Typeset = (source: string, isBlock: boolean) => string;

let typeset: Typeset | undefined;

export const Maths = memo(function Maths({ source, isBlock }: { source: string; isBlock: boolean }) {
  const [isLoaded, setLoaded] = useState(typeset !== undefined);
  useEffect(() => {
    if (isLoaded) return;
    let isCurrent = true;
    void import("./typeset")
      .then((module) => {
        typeset = module.typeset;
        if (isCurrent) setLoaded(true);
      })
      // Without a connection the source is shown; it can be read.
      .catch(() => undefined);
    return () => {
      isCurrent = false;
    };
  }, [isLoaded]);
  const Tag = isBlock ? "div" : "span";
  if (!isLoaded || typeset === undefined) return <code>{source}</code>;
  return (
    <Tag
      className={isBlock ? "maths-block" : undefined}
      dangerouslySetInnerHTML={{ __html: typeset(source, isBlock) }}
    />
  );
});
