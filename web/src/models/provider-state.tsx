/** Whether a provider works: what a test just found, or else what the server last saw. */
import { CircleAlert, CircleCheck } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { agoText } from "@/i18n/dates";
import { failureText } from "@/i18n/server-text";
import { cx } from "@/ui/cx";
import { Spinner } from "@/ui/spinner";
import { problemText } from "./provider-problem";
import type { Provider, ProviderTest } from "./types";

interface ProviderStateProps {
  provider: Provider;
  test: ProviderTest | undefined;
  /** Why the test itself could not be made. */
  failure: Error | null;
  isTesting: boolean;
}

export function ProviderState(props: ProviderStateProps) {
  return (
    <div role="status" className="mt-3">
      <State {...props} />
    </div>
  );
}

function State({ provider, test, failure, isTesting }: ProviderStateProps) {
  const { t } = useTranslation();
  if (isTesting) {
    return (
      <Line icon={<Spinner />} tone="text-soft">
        {t(($) => $.providers.testing)}
      </Line>
    );
  }
  if (failure !== null) return <Bad>{failureText(failure)}</Bad>;
  if (test?.error === null) {
    const models = t(($) => $.providers.modelsCount, { count: test.models_count });
    return <Good>{t(($) => $.providers.works, { models, milliseconds: test.latency_ms })}</Good>;
  }
  const problem = test?.error ?? provider.last_error;
  if (problem !== null) return <Bad>{problemText(problem)}</Bad>;
  if (provider.models_fetched_at === null) return null;
  return <Good>{t(($) => $.providers.lastSeen, { when: agoText(provider.models_fetched_at) })}</Good>;
}

function Good({ children }: { children: ReactNode }) {
  return (
    <Line icon={<CircleCheck size={16} aria-hidden />} tone="text-good">
      {children}
    </Line>
  );
}

function Bad({ children }: { children: ReactNode }) {
  return (
    <Line icon={<CircleAlert size={16} aria-hidden />} tone="text-danger">
      {children}
    </Line>
  );
}

function Line({ icon, tone, children }: { icon: ReactNode; tone: string; children: ReactNode }) {
  return (
    <p className={cx("flex items-start gap-2", tone)}>
      <span className="mt-0.5 shrink-0">{icon}</span>
      <span className="min-w-0">{children}</span>
    </p>
  );
}
