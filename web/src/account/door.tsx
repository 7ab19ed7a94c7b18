/** The frame of the pages before sign-in: the name, one form, and below it language and theme. */
import { Languages, SunMoon } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { LanguageChoice } from "./language-choice";
import { ThemeChoice } from "./theme-choice";

interface DoorProps {
  title: string;
  intro?: string | undefined;
  children: ReactNode;
}

export function Door({ title, intro, children }: DoorProps) {
  const { t } = useTranslation();
  return (
    <main className="flex min-h-full flex-col bg-side px-4 py-8">
      <title>{`${title} · ${t(($) => $.app.name)}`}</title>
      <div className="m-auto w-full max-w-form">
        <div className="rounded-card border border-line bg-page p-6 sm:p-8">
          <p className="mb-6 flex items-center gap-2 text-ui font-strong text-soft">
            <img src="/favicon.svg" alt="" width={24} height={24} />
            {t(($) => $.app.name)}
          </p>
          <h1 className="text-display font-strong">{title}</h1>
          {intro !== undefined && <p className="mt-2 text-soft">{intro}</p>}
          <div className="mt-6">{children}</div>
        </div>
        <div className="mt-4 grid gap-4 sm:grid-cols-2">
          <div className="flex items-center gap-2 text-soft">
            <Languages size={18} aria-hidden className="shrink-0" />
            <div className="min-w-0 flex-1">
              <LanguageChoice />
            </div>
          </div>
          <div className="flex items-center gap-2 text-soft">
            <SunMoon size={18} aria-hidden className="shrink-0" />
            <div className="min-w-0 flex-1">
              <ThemeChoice />
            </div>
          </div>
        </div>
      </div>
    </main>
  );
}
