/** Chooses a model: searchable, grouped by provider, all by keyboard. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Check, ChevronDown } from "lucide-react";
import { useId, useState, type KeyboardEvent, type ReactElement } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "@/ui/cx";
import { Popover } from "@/ui/popover";
import { modelsQuery } from "@/wire/queries";
import type { Model } from "@/wire/types";
import { useModelName } from "./model-choice";

interface ModelPickerProps {
  /** The id of the model in use. */
  value: string | null;
  onChange: (modelId: string) => void;
  /** The button that opens it; without one, the model's name is the button. */
  trigger?: ReactElement;
}

export function ModelPicker({ value, onChange, trigger }: ModelPickerProps) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const name = useModelName(value) ?? t(($) => $.chat.chooseModel);
  const button = trigger ?? (
    <button
      type="button"
      aria-label={`${t(($) => $.chat.model)}: ${name}`}
      className="flex h-9 max-w-full min-w-0 items-center gap-1 rounded-box px-3 text-soft transition-colors duration-100 hover:bg-sunken hover:text-ink coarse:h-11"
    >
      <span className="truncate">{name}</span>
      <ChevronDown size={16} className="shrink-0" />
    </button>
  );
  return (
    <Popover open={isOpen} onOpenChange={setOpen} trigger={button} label={t(($) => $.chat.chooseModel)}>
      <Choices
        value={value}
        onChoose={(id) => {
          setOpen(false);
          onChange(id);
        }}
      />
    </Popover>
  );
}

function Choices({ value, onChoose }: { value: string | null; onChoose: (id: string) => void }) {
  const { t } = useTranslation();
  const listId = useId();
  const [search, setSearch] = useState("");
  const { data } = useQuery(modelsQuery);
  const models = matching(data?.items ?? [], search);
  const [active, setActive] = useState<string | null>(value);
  const current = models.find((model) => model.id === active) ?? models[0];
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter" && current !== undefined) onChoose(current.id);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined || current === undefined) return;
    event.preventDefault();
    setActive(models.at((models.indexOf(current) + step) % models.length)?.id ?? null);
  };
  if (data?.items.length === 0) return <NoModels />;
  return (
    <>
      <input
        role="combobox"
        aria-expanded
        aria-controls={listId}
        aria-activedescendant={current === undefined ? undefined : `${listId}-${current.id}`}
        aria-label={t(($) => $.chat.searchModels)}
        placeholder={t(($) => $.chat.searchModels)}
        value={search}
        onChange={(event) => setSearch(event.target.value)}
        onKeyDown={onKeyDown}
        className="h-11 shrink-0 border-b border-line bg-transparent px-4 outline-none coarse:text-body"
      />
      <div id={listId} role="listbox" aria-label={t(($) => $.chat.model)} className="min-h-0 overflow-y-auto p-1">
        {groupsOf(models).map(([provider, group]) => (
          <div key={provider} role="group" aria-label={provider}>
            <p aria-hidden className="px-3 pt-2 pb-1 text-small text-soft">
              {provider}
            </p>
            {group.map((model) => (
              <Choice
                key={model.id}
                id={`${listId}-${model.id}`}
                model={model}
                isChosen={model.id === value}
                isActive={model === current}
                onChoose={onChoose}
                onPoint={setActive}
              />
            ))}
          </div>
        ))}
      </div>
      {models.length === 0 && <p className="px-4 py-3 text-soft">{t(($) => $.chat.noModelFound)}</p>}
    </>
  );
}

interface ChoiceProps {
  id: string;
  model: Model;
  isChosen: boolean;
  isActive: boolean;
  onChoose: (id: string) => void;
  onPoint: (id: string) => void;
}

function Choice({ id, model, isChosen, isActive, onChoose, onPoint }: ChoiceProps) {
  return (
    <div
      ref={(row) => {
        if (isActive) row?.scrollIntoView({ block: "nearest" });
      }}
      id={id}
      role="option"
      aria-selected={isChosen}
      onClick={() => onChoose(model.id)}
      onPointerMove={() => onPoint(model.id)}
      className={cx("flex min-h-9 items-center gap-2 rounded-small px-3 coarse:min-h-11", isActive && "bg-sunken")}
    >
      <span className="min-w-0 flex-1 truncate">{model.display_name}</span>
      {isChosen && <Check size={16} className="shrink-0 text-accent" />}
    </div>
  );
}

function NoModels() {
  const { t } = useTranslation();
  return (
    <div className="px-4 py-4">
      <p className="text-soft">{t(($) => $.chat.noModels)}</p>
      <Link to="/providers" className="mt-2 inline-block text-accent underline">
        {t(($) => $.chat.addProvider)}
      </Link>
    </div>
  );
}

function matching(models: readonly Model[], search: string): readonly Model[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const textOf = (model: Model) => `${model.display_name} ${model.name} ${model.provider}`.toLowerCase();
  return models.filter((model) => words.every((word) => textOf(model).includes(word)));
}

function groupsOf(models: readonly Model[]): [string, Model[]][] {
  const groups = new Map<string, Model[]>();
  for (const model of models) groups.set(model.provider, [...(groups.get(model.provider) ?? []), model]);
  return [...groups];
}
