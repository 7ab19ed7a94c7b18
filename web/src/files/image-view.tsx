/** A picture, whole in the window or as large as wanted. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/ui/empty-state";
import { cx } from "@/ui/cx";
import { Spinner } from "@/ui/spinner";
import type { FileOut } from "@/wire/types";
import { isDrawable } from "./kinds";
import { contentAddress, viewAddress } from "./requests";
import { ZoomButtons, type Zoom } from "./zoom-buttons";

export function ImageView({ file }: { file: FileOut }) {
  const { t } = useTranslation();
  const [state, setState] = useState<"loading" | "shown" | "failed">("loading");
  const [zoom, setZoom] = useState<Zoom>("fit");
  const [width, setWidth] = useState(0);
  if (state === "failed") return <EmptyState title={t(($) => $.files.unavailable)} />;
  const isFit = zoom === "fit";
  return (
    <div className="relative h-full">
      <div
        className={cx("flex h-full overflow-auto p-4 pb-18", isFit && "items-center justify-center")}
        tabIndex={0}
        role="region"
        aria-label={file.filename}
      >
        <img
          src={isDrawable(file.mime_type) ? contentAddress(file.id) : viewAddress(file.id)}
          alt={file.filename}
          onLoad={(event) => {
            setWidth(event.currentTarget.naturalWidth);
            setState("shown");
          }}
          onError={() => setState("failed")}
          onDoubleClick={() => setZoom(isFit ? 1 : "fit")}
          style={isFit ? undefined : { width: width * zoom }}
          className={cx("rounded-small", isFit ? "max-h-full max-w-full object-contain" : "m-auto max-w-none")}
        />
      </div>
      {state === "loading" && (
        <div className="absolute inset-0 flex items-center justify-center text-soft">
          <Spinner size={20} label={t(($) => $.app.loading)} />
        </div>
      )}
      <div className="absolute inset-x-0 bottom-3 flex justify-center">
        <ZoomButtons zoom={zoom} onChange={setZoom} />
      </div>
    </div>
  );
}
