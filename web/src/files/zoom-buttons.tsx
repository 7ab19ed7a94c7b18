/** How large something is shown: to fit, or so many times its size. */
import { Maximize, ZoomIn, ZoomOut } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/ui/button";

export type Zoom = "fit" | number;

const STEP = 1.25;
const LEAST = 0.1;
const MOST = 8;

interface ZoomButtonsProps {
  zoom: Zoom;
  onChange: (zoom: Zoom) => void;
  /** What stands before them in the same bar. */
  children?: ReactNode;
}

export function ZoomButtons({ zoom, onChange, children }: ZoomButtonsProps) {
  const { t } = useTranslation();
  const by = (factor: number) => onChange(Math.min(MOST, Math.max(LEAST, (zoom === "fit" ? 1 : zoom) * factor)));
  return (
    <div className="flex items-center gap-1 rounded-box border border-line bg-raised p-1 shadow-raised">
      {children}
      <IconButton
        size="small"
        label={t(($) => $.files.preview.zoomOut)}
        icon={<ZoomOut size={16} />}
        onClick={() => by(1 / STEP)}
      />
      <IconButton
        size="small"
        label={t(($) => $.files.preview.fit)}
        icon={<Maximize size={16} />}
        aria-pressed={zoom === "fit"}
        onClick={() => onChange("fit")}
      />
      <IconButton
        size="small"
        label={t(($) => $.files.preview.zoomIn)}
        icon={<ZoomIn size={16} />}
        onClick={() => by(STEP)}
      />
    </div>
  );
}
