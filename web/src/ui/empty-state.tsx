/** What a place says when there is nothing in it, or when it could not be loaded. */
import type { ReactNode } from "react";

interface EmptyStateProps {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  /** Nothing else is on the page. */
  isWholePage?: boolean;
}

export function EmptyState({ icon, title, children, action, isWholePage = false }: EmptyStateProps) {
  const Box = isWholePage ? "main" : "div";
  const Title = isWholePage ? "h1" : "h2";
  return (
    <Box className="mx-auto flex max-w-form flex-col items-center px-6 py-16 text-center">
      {icon !== undefined && <div className="mb-4 text-soft">{icon}</div>}
      <Title className="text-title font-strong">{title}</Title>
      {children !== undefined && <div className="mt-2 text-soft">{children}</div>}
      {action !== undefined && <div className="mt-6 flex flex-wrap justify-center gap-2">{action}</div>}
    </Box>
  );
}
