/** Which model a new chat starts with: the one that was chosen last in this browser, else the server's standard. */
import { useQuery } from "@tanstack/react-query";
import { create } from "zustand";
import { persist } from "zustand/middleware";
import { modelsQuery } from "@/wire/queries";
import type { Model, ModelList } from "@/wire/types";

interface LastModel {
  id: string | null;
}

export const useLastModel = create<LastModel>()(persist((): LastModel => ({ id: null }), { name: "chatbox.model" }));

/** The model to use: `wanted` if it is there, else the last one, else the standard, else any. */
export function pickModel(models: ModelList, wanted: string | null, last: string | null): Model | undefined {
  const byId = (id: string | null) => (id === null ? undefined : models.items.find((model) => model.id === id));
  return byId(wanted) ?? byId(last) ?? byId(models.default) ?? models.items[0];
}

/** The id of the model that a message of a chat with `wanted` goes to; null while unknown. */
export function useModelId(wanted: string | null): string | null {
  const last = useLastModel((choice) => choice.id);
  const { data } = useQuery(modelsQuery);
  if (wanted !== null) return wanted;
  return data === undefined ? null : (pickModel(data, null, last)?.id ?? null);
}

/** The name that people know a model by. */
export function useModelName(id: string | null): string | undefined {
  const { data } = useQuery(modelsQuery);
  if (id === null) return undefined;
  return data?.items.find((model) => model.id === id)?.display_name ?? id;
}
