/** Which model answered and what it took. */
import { useTranslation } from "react-i18next";
import { currentLanguage } from "@/i18n/start";
import type { MessageOut } from "@/wire/types";
import { useModelName } from "./model-choice";

export function UsageLine({ message }: { message: MessageOut }) {
  const { t } = useTranslation();
  const name = useModelName(message.model);
  const count = new Intl.NumberFormat(currentLanguage());
  const { usage } = message;
  const tokens =
    usage === null
      ? undefined
      : t(($) => $.chat.tokens, {
          input: count.format(usage.inputTokens),
          output: count.format(usage.outputTokens),
        });
  return (
    <p className="ml-2 min-w-0 truncate text-small text-soft">
      {[name, tokens].filter((text) => text !== undefined).join(" · ")}
    </p>
  );
}
