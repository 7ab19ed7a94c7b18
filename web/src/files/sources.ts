/** The files of a chat, found by how an answer names them. */
import { useMemo, useState } from "react";
import type { Sources } from "@/markdown/sources";
import type { AttachedPart } from "@/wire/types";
import { fileIdOf } from "./parts";
import { openPreview, type Shown } from "./preview-state";

/** The sources that `parts`, the files of a chat from its first to its last, stand for; the same until they change. */
export function useSources(parts: readonly AttachedPart[]): Sources {
  const [known, setKnown] = useState<readonly Shown[]>([]);
  const now = filesOf(parts);
  const isSame = now.length === known.length && now.every((file, index) => file.id === known[index]?.id);
  if (!isSame) setKnown(now);
  return useMemo(() => sourcesOf(known), [known]);
}

export function sourcesOf(files: readonly Shown[]): Sources {
  // Of two with the same name the newer one is meant.
  const byName = new Map(files.map((file) => [plain(file.name), file]));
  return {
    find: (words) => {
      const whole = byName.get(plain(words));
      if (whole !== undefined) return { open: () => openPreview([whole], 0) };
      const { name, place } = cut(words);
      const file = byName.get(plain(name));
      if (file === undefined) return undefined;
      const page = Number(/\d+/.exec(place)?.[0] ?? 1);
      return { open: () => openPreview([file], 0, Math.max(1, page)) };
    },
  };
}

function filesOf(parts: readonly AttachedPart[]): Shown[] {
  return parts.flatMap((part) => {
    const id = fileIdOf(part);
    return id === undefined || !part.filename ? [] : [{ id, name: part.filename }];
  });
}

/** The name is all before the last comma, for a name may hold commas itself. */
function cut(words: string): { name: string; place: string } {
  const comma = Math.max(...[",", "，", "、"].map((mark) => words.lastIndexOf(mark)));
  return comma < 0 ? { name: words, place: "" } : { name: words.slice(0, comma), place: words.slice(comma + 1) };
}

/** A name as models are told it and may repeat it. */
function plain(name: string): string {
  return name
    .split(/\s+/)
    .filter(Boolean)
    .join(" ")
    .replaceAll('"', "'")
    .replaceAll("<", "(")
    .replaceAll(">", ")")
    .toLowerCase();
}
