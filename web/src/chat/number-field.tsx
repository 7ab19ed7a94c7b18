/** A field for a number that may be left empty. */
import { useTranslation } from "react-i18next";
import { Field, Input } from "@/ui/field";

export interface Range {
  readonly least: number;
  readonly most: number;
  readonly isWhole: boolean;
}

/** The number in `text`, null for an empty one, undefined for what is no number in the range. */
export function numberIn(text: string, { least, most, isWhole }: Range): number | null | undefined {
  if (text.trim() === "") return null;
  const number = Number(text.replace(",", "."));
  const fits = number >= least && number <= most && (!isWhole || Number.isInteger(number));
  return fits ? number : undefined;
}

interface NumberFieldProps {
  label: string;
  hint?: string;
  range: Range;
  value: string;
  onChange: (value: string) => void;
}

export function NumberField({ label, hint, range, value, onChange }: NumberFieldProps) {
  const { t } = useTranslation();
  const { least, most } = range;
  const isWrong = numberIn(value, range) === undefined;
  return (
    <Field label={label} hint={hint} error={isWrong ? t(($) => $.chat.numberBetween, { least, most }) : undefined}>
      {(control) => (
        <Input
          {...control}
          inputMode={range.isWhole ? "numeric" : "decimal"}
          placeholder={t(($) => $.chat.automatic)}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
