/** Views side by side under one heading. */
import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";

interface TabsProps<Name extends string> {
  value: Name;
  onChange: (name: Name) => void;
  label: string;
  tabs: readonly { name: Name; title: string; content: ReactNode }[];
}

export function Tabs<Name extends string>({ value, onChange, label, tabs }: TabsProps<Name>) {
  return (
    <Radix.Root value={value} onValueChange={(name) => onChange(name as Name)}>
      <Radix.List aria-label={label} className="flex gap-1 overflow-x-auto border-b border-line">
        {tabs.map((tab) => (
          <Radix.Trigger
            key={tab.name}
            value={tab.name}
            className="-mb-px h-11 border-b-2 border-transparent px-4 text-ui whitespace-nowrap text-soft hover:text-ink data-[state=active]:border-accent data-[state=active]:font-strong data-[state=active]:text-ink"
          >
            {tab.title}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) => (
        <Radix.Content key={tab.name} value={tab.name} className="pt-6">
          {tab.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}
