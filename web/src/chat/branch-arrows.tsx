/** Steps between the versions of a message. */
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/ui/button";
import type { MessageOut } from "@/wire/types";

interface BranchArrowsProps {
  message: MessageOut;
  onSwitch: (messageId: string) => void;
}

export function BranchArrows({ message, onSwitch }: BranchArrowsProps) {
  const { t } = useTranslation();
  const { sibling_ids: siblings, id } = message;
  const index = siblings.indexOf(id);
  if (siblings.length < 2 || index < 0) return null;
  const step = (by: number) => {
    const target = siblings[index + by];
    if (target !== undefined) onSwitch(target);
  };
  return (
    <div className="flex items-center text-small text-soft">
      <IconButton
        size="small"
        label={t(($) => $.chat.previousVersion)}
        icon={<ChevronLeft size={16} />}
        disabled={index === 0}
        onClick={() => step(-1)}
      />
      <span
        className="tabular-nums"
        role="img"
        aria-label={t(($) => $.chat.version, { number: index + 1, count: siblings.length })}
      >
        {index + 1}/{siblings.length}
      </span>
      <IconButton
        size="small"
        label={t(($) => $.chat.nextVersion)}
        icon={<ChevronRight size={16} />}
        disabled={index === siblings.length - 1}
        onClick={() => step(1)}
      />
    </div>
  );
}
