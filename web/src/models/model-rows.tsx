/** Models below each other, each with what is known about it. */
import { useTranslation } from "react-i18next";
import { currentLanguage } from "@/i18n/start";
import type { Model } from "@/wire/types";

export function ModelRows({ models, label }: { models: readonly Model[]; label: string }) {
  return (
    // A long list scrolls in its own box, so the keyboard must be able to reach it.
    <ul
      aria-label={label}
      tabIndex={0}
      className="max-h-80 divide-y divide-line overflow-y-auto rounded-box border border-line bg-raised"
    >
      {models.map((model) => (
        <ModelRow key={model.id} model={model} />
      ))}
    </ul>
  );
}

function ModelRow({ model }: { model: Model }) {
  const facts = useFacts(model);
  return (
    <li className="px-3 py-2">
      <p>{model.display_name}</p>
      {facts.length > 0 && <p className="text-small text-soft">{facts.join(" · ")}</p>}
    </li>
  );
}

function useFacts(model: Model): readonly string[] {
  const { t } = useTranslation();
  const tokens = new Intl.NumberFormat(currentLanguage(), { notation: "compact", maximumFractionDigits: 1 });
  const dollars = new Intl.NumberFormat(currentLanguage(), {
    style: "currency",
    currency: "USD",
    currencyDisplay: "narrowSymbol",
    maximumFractionDigits: 4,
  });
  const facts: string[] = [];
  if (model.context_window !== null) {
    facts.push(t(($) => $.providers.context, { tokens: tokens.format(model.context_window) }));
  }
  if (model.sees_images) facts.push(t(($) => $.providers.seesImages));
  if (model.reasons) facts.push(t(($) => $.providers.reasons));
  if (model.calls_tools) facts.push(t(($) => $.providers.callsTools));
  if (model.input_price !== null && model.output_price !== null) {
    const input = dollars.format(model.input_price);
    facts.push(t(($) => $.providers.price, { input, output: dollars.format(model.output_price) }));
  }
  return facts;
}
