/** The icon of a kind of file. */
import {
  BookText,
  File,
  FileCode,
  FileImage,
  FileSpreadsheet,
  FileText,
  FileType,
  Mail,
  Presentation,
  type LucideIcon,
} from "lucide-react";
import type { Kind } from "./kinds";

const ICONS: Record<Kind, LucideIcon> = {
  image: FileImage,
  pdf: FileText,
  document: FileType,
  sheet: FileSpreadsheet,
  slides: Presentation,
  text: FileText,
  code: FileCode,
  book: BookText,
  mail: Mail,
  other: File,
};

export function KindIcon({ kind, size = 20 }: { kind: Kind; size?: number }) {
  const Icon = ICONS[kind];
  return <Icon size={size} aria-hidden className="shrink-0" />;
}
