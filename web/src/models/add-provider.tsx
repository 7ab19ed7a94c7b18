/** Adds a provider: first which one, then how to reach it. */
import { useQuery } from "@tanstack/react-query";
import { ArrowLeft } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLoadWords } from "@/i18n/load-words";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { LoadState } from "@/ui/load-state";
import { kindsQuery } from "./requests";
import { NewProviderForm } from "./new-provider-form";
import type { Preset } from "./types";

interface AddProviderProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  mayShare: boolean;
}

/** A choice among the presets; `custom` is none of them. */
type Choice = Preset | "custom";

export function AddProvider({ open, onOpenChange, mayShare }: AddProviderProps) {
  const { t } = useTranslation();
  const words = useLoadWords();
  // Asked for before the dialog opens, so that it opens with its choices, and the focus on the first.
  const kinds = useQuery(kindsQuery);
  const [choice, setChoice] = useState<Choice | null>(null);

  function change(isOpen: boolean): void {
    if (!isOpen) setChoice(null);
    onOpenChange(isOpen);
  }

  return (
    <Dialog
      open={open}
      onOpenChange={change}
      title={choice === null || choice === "custom" ? t(($) => $.providers.add) : choice.name}
      {...(choice === null ? { description: t(($) => $.providers.addHint) } : {})}
      closeLabel={t(($) => $.app.close)}
    >
      <LoadState query={kinds} words={words}>
        {(list) =>
          choice === null ? (
            <PresetChoice presets={list.presets} onChoose={setChoice} />
          ) : (
            <>
              <Button
                look="quiet"
                icon={<ArrowLeft size={16} />}
                className="mb-2 -ml-4"
                onClick={() => setChoice(null)}
              >
                {t(($) => $.providers.otherPreset)}
              </Button>
              <NewProviderForm
                preset={choice === "custom" ? null : choice}
                kinds={list.kinds}
                mayShare={mayShare}
                onDone={() => change(false)}
              />
            </>
          )
        }
      </LoadState>
    </Dialog>
  );
}

function PresetChoice({ presets, onChoose }: { presets: readonly Preset[]; onChoose: (choice: Choice) => void }) {
  const { t } = useTranslation();
  return (
    <ul className="grid grid-cols-2 gap-2">
      {presets.map((preset) => (
        <li key={preset.name}>
          <Button className="h-11 w-full justify-start px-3!" onClick={() => onChoose(preset)}>
            <span className="truncate">{preset.name}</span>
          </Button>
        </li>
      ))}
      <li>
        <Button className="h-11 w-full justify-start px-3!" onClick={() => onChoose("custom")}>
          <span className="truncate">{t(($) => $.providers.custom)}</span>
        </Button>
      </li>
    </ul>
  );
}
