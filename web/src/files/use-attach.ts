/** Attaches files to a draft and says what became of those that could not be. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { toastError } from "@/ui/toast";
import { attach, MOST_FILES } from "./uploads";

/** Gives the keys of what was attached. */
export type Attach = (files: readonly File[]) => Promise<readonly string[]>;

export function useAttach(draftKey: string): Attach {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  return useCallback(
    async (files) => {
      const { keys, left } = await attach(queryClient, draftKey, files);
      if (left > 0) toastError(t(($) => $.files.tooMany, { most: MOST_FILES, count: left }));
      return keys;
    },
    [queryClient, draftKey, t],
  );
}
