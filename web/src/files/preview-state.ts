/** Which file is looked at. */
import { create } from "zustand";

export interface Shown {
  readonly id: string;
  readonly name: string;
}

interface PreviewState {
  /** The files that the arrow keys go through; none when nothing is looked at. */
  readonly files: readonly Shown[];
  readonly index: number;
  /** Where a file with pages opens, from 1. */
  readonly page: number;
}

const CLOSED: PreviewState = { files: [], index: 0, page: 1 };

export const usePreview = create<PreviewState>()(() => CLOSED);

export function openPreview(files: readonly Shown[], index: number, page = 1): void {
  usePreview.setState({ files, index, page });
}

export function closePreview(): void {
  usePreview.setState(CLOSED);
}

/** To the next file or the one before, round and round. */
export function stepPreview(by: number): void {
  usePreview.setState(({ files, index }) => ({ index: (index + by + files.length) % files.length, page: 1 }));
}
